import EstoqueDatabase
import EstoqueStock
import EstoqueTables

/// How far an import is.
public enum ImportState: String, Sendable, Equatable, CaseIterable, SQLConvertible {
  /// Nobody works on it yet.
  case waiting
  /// Somebody works on it.
  case running
  /// All lines have been looked at.
  case done
  /// The file could not be read to its end; what was before is committed.
  case failed
  /// Somebody stopped it; what was before is committed.
  case cancelled

  /// Whether nothing more happens by itself.
  public var isEnd: Bool { self == .done || self == .failed || self == .cancelled }
}

/// An import of one file.
public struct ImportJob: Sendable, Equatable {
  /// Its number.
  public typealias ID = Identifier<ImportJob>

  /// Of which observers of the database are told when a job changes.
  public static let table = "import_job"

  /// Its number.
  public let id: ID
  /// What the lines are.
  public let kind: ImportKind
  /// The file's name, for people.
  public let file: String
  /// The file's length in bytes.
  public let size: Int
  /// The SHA-256 of the file's content, in hexadecimal.
  public let digest: String
  /// How it is imported; everything that could be found out is filled in.
  public let options: ImportOptions
  /// The titles of the columns; none if the file has none.
  public let header: [String]
  /// How far it is.
  public var state: ImportState
  /// The number of lines; an estimate until all have been read, nil where there is none.
  public var total: Int?
  /// How many records of the file have been committed, its header and blank ones included.
  public var position: Int
  /// How many lines were good.
  public var done: Int
  /// How many lines were not.
  public var failed: Int
  /// When it was created, in microseconds since 1970 in UTC, as the other moments.
  public let createdAt: Int64
  /// When work on it began first.
  public var startedAt: Int64?
  /// When it ended.
  public var endedAt: Int64?
  /// Why it failed, or what it waits for at present; empty otherwise.
  public var message: String
  /// Who started it.
  public let user: User.ID?
  /// Whether a command works on it, with a file of its own: only the same command goes on with it.
  public let isDirect: Bool
}

/// A line that was not imported.
public struct ImportFailure: Sendable, Equatable, Codable {
  /// Its line in the file; the first is 1.
  public let line: Int
  /// A word for programs.
  public let code: String
  /// A sentence for people.
  public let reason: String
  /// Its cells.
  public let record: [String]
}

/// A line that was imported.
public struct ImportSuccess: Sendable, Equatable, Encodable {
  /// What was done.
  public enum Effect: UInt8, Sendable, Equatable {
    /// A product was added.
    case added
    /// A product was changed.
    case changed
    /// A product was so already.
    case unchanged
    /// A movement was posted.
    case posted
    /// What a dealer says about a product was promoted.
    case promoted
  }

  /// Its line in the file; the first is 1.
  public let line: Int
  /// What was done.
  public let effect: Effect
  /// The product's number.
  public let product: Int64
  /// The product's code.
  public let code: String
  /// The product's name.
  public let name: String
}

/// What became of an import.
public struct ImportSummary: Sendable, Equatable {
  /// The job, as it ended.
  public let job: ImportJob
  /// Whether it went on with what an earlier call had left.
  public let isResumed: Bool
}

extension ImportSuccess.Effect: Encodable {
  /// The name is what programs read; the number is what is stored.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode("\(self)")
  }
}
