import EstoqueDocuments
import EstoqueDomain

/// A claimed document, read and judged.
struct Judged: Sendable {
  let claim: Claim
  /// Which document of its file it is.
  let position: Int
  /// How many documents the file has.
  let siblings: Int
  let verdict: Verdict

  enum Verdict: Sendable {
    case judged(Judgement)
    /// It cannot be worked on: a person has to look at it.
    case failed(reason: String)
  }

  var judgement: Judgement? { if case .judged(let judgement) = verdict { judgement } else { nil } }

  /// The key that nobody else may work on meanwhile; nil for what does nothing.
  var key: String? {
    guard let judgement, judgement.outcome != .refused else { return nil }
    return judgement.key
  }

  /// The same document, which cannot be worked on.
  func failed(_ reason: String) -> Judged {
    Judged(claim: claim, position: position, siblings: siblings, verdict: .failed(reason: reason))
  }
}

extension Judgement {
  /// The invoice, if it is one.
  var invoice: Invoice? {
    switch verdict {
    case .accepted(let invoice, _), .review(let invoice, _, _): invoice
    case .event, .reviewEvent, .refused: nil
    }
  }
}

/// What became of a document.
struct Ending: Sendable {
  var state: IntakeState
  var reason: String
  init(_ state: IntakeState, _ reason: String) { (self.state, self.reason) = (state, reason) }
}

/// A document with what became of it.
struct Settled: Sendable {
  let claim: Claim
  let key: String
  let ending: Ending
}
