import EstoqueDatabase
import EstoqueStock

/// How far an export is.
public enum ExportState: String, Sendable, CaseIterable, SQLConvertible {
  /// Nobody works on it yet.
  case waiting
  /// Somebody works on it.
  case running
  /// The file is there.
  case done
  /// It cannot be made; the message says why.
  case failed
  /// Somebody stopped it.
  case cancelled

  /// Whether nothing more happens by itself.
  public var isEnd: Bool { self == .done || self == .failed || self == .cancelled }
}

/// An export in the background.
public struct ExportJob: Sendable, Equatable {
  /// Its number.
  public typealias ID = Identifier<ExportJob>

  /// Of which observers of the database are told when a job changes.
  public static let table = "export_job"

  /// Its number.
  public let id: ID
  /// What is wanted.
  public let request: ExportRequest
  /// How far it is.
  public var state: ExportState
  /// How many rows there are, as counted at the beginning; nil before.
  public var total: Int?
  /// How many rows have been written.
  public var done: Int
  /// How many had to be left out: products whose code no bar code can say.
  public var failed: Int
  /// The file's length in bytes, when it is there.
  public var bytes: Int?
  /// Why it failed, or what was left out.
  public var message: String
  /// Who started it.
  public let user: User.ID?
  /// When it was started, in microseconds since 1970 in UTC, as the other moments.
  public let createdAt: Int64
  /// When work on it began last.
  public var startedAt: Int64?
  /// When it ended.
  public var endedAt: Int64?
  /// How often work on it has begun.
  public var attempts: Int

  /// The name under which people save the file.
  public var file: String { "\(request.kind.fileName)-\(id).\(request.format.rawValue)" }
  var stored: String { "export-\(id).\(request.format.rawValue)" }
}

/// The file of an export.
public struct ExportFile: Sendable, Equatable {
  /// Where it is.
  public let path: String
  /// The name under which people save it.
  public let name: String
  /// Its media type.
  public let contentType: String
  /// Its length in bytes.
  public let bytes: Int
}

extension ExportFormat {
  /// The media type.
  public var contentType: String {
    switch self {
    case .csv: "text/csv; charset=utf-8"
    case .xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    case .pdf: "application/pdf"
    }
  }
}
