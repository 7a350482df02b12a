import EstoqueDatabase
import EstoqueDomain
import EstoqueStock

/// A batch of files that came together.
public enum IntakeBatch {
  /// Its number.
  public typealias ID = Identifier<IntakeBatch>
}

/// A document that came in, and what became of it.
public struct IntakeDocument: Sendable, Equatable {
  /// Its number.
  public typealias ID = Identifier<IntakeDocument>

  /// Of which observers of the database are told when a document comes or is settled.
  public static let table = "intake"

  /// Its number, in the order of arrival.
  public let id: ID
  /// With what it came.
  public let batch: IntakeBatch.ID
  /// The name of its file; of a file in an archive, behind that of the archive.
  public let file: String
  /// Which document of its file it is, from 0; below zero as long as nobody has looked.
  public let position: Int
  /// The SHA-256 of its file, in hexadecimal.
  public let sha256: String
  /// What became of it.
  public let state: IntakeState
  /// The access key as far as it could be read; empty if there is none.
  public let key: String
  /// The invoice's number.
  public let number: Int?
  /// The invoice's series.
  public let series: Int?
  /// The emitter's CNPJ or CPF.
  public let emitter: String
  /// The emitter's name.
  public let emitterName: String
  /// When it was emitted, in microseconds since 1970 in UTC.
  public let issuedAt: Int64?
  /// What the invoice comes to.
  public let total: Money?
  /// How many items it lists.
  public let items: Int?
  /// Why it is in its state, in Portuguese.
  public let reason: String
  /// What is odd about it, in Portuguese.
  public let warnings: [String]
  /// How it came.
  public let source: IntakeSource
  /// When it came, in microseconds since 1970 in UTC.
  public let receivedAt: Int64
  /// Who sent it.
  public let receivedBy: User.ID?
  /// When it came into its state.
  public let settledAt: Int64?
  /// Who decided about it.
  public let decidedBy: User.ID?
  /// What that person remarked.
  public let note: String
}

/// Which documents are asked for.
public struct IntakeQuery: Sendable, Equatable {
  /// Those in one of these states; all if there are none.
  public var states: [IntakeState] = []
  /// Those of one batch.
  public var batch: IntakeBatch.ID?
  /// Those with this text in their key, file, emitter or number.
  public var search = ""
  /// How many at most.
  public var limit = 50
  /// Those before this one: the latest come first.
  public var after: IntakeDocument.ID?

  /// All documents.
  public init(states: [IntakeState] = [], batch: IntakeBatch.ID? = nil, search: String = "") {
    (self.states, self.batch, self.search) = (states, batch, search)
  }
}

/// A page of documents.
public struct IntakePage: Sendable, Equatable {
  /// The documents, the latest first.
  public let items: [IntakeDocument]
  /// What to ask for next, as ``IntakeQuery/after``; nil at the end.
  public let next: IntakeDocument.ID?
  /// How many there are on all pages.
  public let total: Int
  /// How many there are in each state, whichever of them were asked for; states without any are left out.
  public let counts: [IntakeState: Int]

  init(
    items: [IntakeDocument], next: IntakeDocument.ID?, counts: [IntakeState: Int], states: Set<IntakeState>
  ) {
    (self.items, self.next, self.counts) = (items, next, counts)
    total = counts.reduce(0) { states.isEmpty || states.contains($1.key) ? $0 + $1.value : $0 }
  }
}
