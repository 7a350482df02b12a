import EstoqueDatabase

/// An event of an invoice, as it was recorded.
public struct InvoiceEvent: Sendable, Equatable {
  /// What became of an event.
  public enum State: String, Sendable, Codable, SQLConvertible {
    /// It has no effect, or had none.
    case recorded
    /// Its invoice is not there yet.
    case waiting
    /// Its invoice's movements have been reversed.
    case applied
  }

  /// The document that brought it.
  public let document: IntakeDocument.ID
  /// The kind's six digits (tpEvento).
  public let type: Int
  /// Which of its kind.
  public let sequence: Int
  /// When it happened, in microseconds since 1970 in UTC.
  public let happenedAt: Int64?
  /// The correction, or the reason.
  public let text: String
  /// What became of it.
  public let state: State
}
