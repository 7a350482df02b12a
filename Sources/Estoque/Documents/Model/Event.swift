import EstoqueDomain

/// Something that happened to an invoice after its emission.
public struct Event: Hashable, Sendable {
  /// The invoice.
  public internal(set) var key: AccessKey
  /// The kind, by its six digits (tpEvento).
  public internal(set) var type: EventType
  /// Which of its kind for this invoice, from 1.
  public internal(set) var sequence: Int
  /// Whether it is real.
  public internal(set) var environment: TaxEnvironment
  /// When it happened, or was registered where only the receipt is in the file.
  public internal(set) var date: Moment?
  /// Who asked for it, as written; empty where only the receipt is in the file.
  public internal(set) var author: String
  /// What the document calls it.
  public internal(set) var name: String
  /// The text of a correction, or the reason of a cancellation.
  public internal(set) var text: String
  /// The key of the invoice that replaces this one (110112), as written.
  public internal(set) var replacement: String
  /// The authority's receipt, if it is in the file.
  public internal(set) var receipt: Receipt?

  /// The authority's answer to an event (retEvento).
  public struct Receipt: Hashable, Sendable {
    /// What became of the event (cStat).
    public internal(set) var status = 0
    /// The status in words.
    public internal(set) var motive = ""
    /// The protocol's number.
    public internal(set) var number = ""
    /// When it was registered.
    public internal(set) var registered: Moment?

    /// Whether the event is registered: linked to its invoice (135), not linked (136), or late (155).
    public var isRegistered: Bool { status == 135 || status == 136 || status == 155 }
  }
}

/// The kind of an event, by its six digits.
public struct EventType: Hashable, Sendable, CustomStringConvertible {
  /// The digits.
  public let code: Int

  /// Creates a kind from its digits, known or not.
  public init(_ code: Int) { self.code = code }

  /// A correction letter.
  public static let correction = EventType(110_110)
  /// A cancellation.
  public static let cancellation = EventType(110_111)
  /// A cancellation because another document replaces this one.
  public static let substitution = EventType(110_112)

  /// Whether it takes back what the invoice did to stock.
  public var cancels: Bool { self == .cancellation || self == .substitution }

  /// The digits.
  public var description: String { String(code) }
}
