import EstoqueDomain

/// What became of a document.
public struct Judgement: Hashable, Sendable {
  /// What it does.
  public let verdict: Verdict

  /// The access key, as far as it was read; empty where none was.
  public let key: String

  /// What is odd about the document, whatever became of it.
  public let warnings: [Warning]

  /// What a document does.
  public enum Verdict: Hashable, Sendable {
    /// It moves stock.
    case accepted(Invoice, StockEffect)
    /// Somebody has to look; the effect is what it would be then, without a direction where none follows.
    case review(Invoice, StockEffect, [Doubt])
    /// It is an event of an invoice.
    case event(Event, EventEffect)
    /// An event that somebody has to look at.
    case reviewEvent(Event, [Doubt])
    /// It does nothing.
    case refused(Refusal)
  }

  /// Whether the document may claim its key: a bare invoice never stands in the way of its authorised form.
  public var claimsKey: Bool {
    if case .accepted = verdict { true } else { false }
  }

  /// The word for the verdict.
  public var outcome: Outcome {
    switch verdict {
    case .accepted: .accepted
    case .review, .reviewEvent: .review
    case .event: .event
    case .refused: .refused
    }
  }
}

/// The word for what became of a document, as commands print it.
///
/// `duplicate` and `conflict` are not among them: only a database knows those.
public enum Outcome: String, Hashable, Sendable, CaseIterable {
  case accepted, event, review, refused
}

/// Why somebody has to look at a document before it may do anything.
public enum Doubt: Hashable, Sendable {
  /// No company is configured, so that nothing says whose stock it is.
  case noCompany
  /// The file holds no protocol of the authority.
  case notAuthorised
  /// The protocol says that it has been cancelled.
  case cancelled(status: Int)
  /// The protocol is of another environment than the invoice.
  case environmentOfProtocol
  /// It is of the other environment.
  case environment(TaxEnvironment)
  /// It is for something that may not move goods.
  case purpose(Invoice.Purpose)
  /// Some of its items are services.
  case services(items: [Int])
  /// Another company says that goods came in, from us.
  case entryByAnother
  /// A cancellation that the authority has not confirmed in this file.
  case unconfirmedCancellation
}
