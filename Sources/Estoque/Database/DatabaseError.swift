/// What went wrong in a database: the same kinds for both.
///
/// Holds no parameter and no secret, so that it may be logged: of PostgreSQL's reports only the primary message is kept, and not even that
/// where it quotes data.
public struct DatabaseError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds; more may come.
  public enum Kind: Sendable, Equatable {
    /// A constraint of the schema does not hold.
    case constraint(ConstraintViolation)
    /// Somebody else holds the lock, in SQLite the only writer's. Another attempt may succeed.
    case busy
    /// The transaction could not be put in an order with the others; another attempt may succeed.
    case serializationFailure
    /// The transaction was chosen to end a deadlock; another attempt may succeed.
    case deadlock
    /// The schema has changed under a prepared statement; another attempt succeeds.
    case staleStatement
    /// The database cannot be reached or opened: no server, no such file, too many connections.
    case unreachable
    /// The connection broke, before a `COMMIT` was sent: nothing was changed.
    case connectionLost
    /// The connection broke while a `COMMIT` was under way: it may or may not have happened.
    case outcomeUnknown
    /// The statement is wrong, or names what does not exist.
    case syntax
    /// A parameter cannot be bound, or there are too many or too few.
    case parameters
    /// The database does not accept a value: out of range, of a wrong form.
    case data
    /// A column does not hold what was asked for.
    case decoding
    /// Somebody stopped the statement: an administrator or a server's time limit. One's own cancellation is a `CancellationError`.
    case interrupted
    /// There is no more room.
    case diskFull
    /// A change was tried where only reading is allowed.
    case readOnly
    /// A statement of the transaction has failed before, and that was not caught by a savepoint: nothing is committed.
    case transactionAborted
    /// The user or the file's mode does not permit it.
    case notPermitted
    /// The database is damaged, or is none.
    case corrupt
    /// The disk or the file system failed.
    case inputOutput
    /// A session was used in a way that it does not allow.
    case misuse
    /// The configuration makes no sense.
    case configuration
    /// This kind of database cannot do it.
    case unsupported
    /// Anything else; the code tells.
    case other
  }

  /// What kind of failure it is.
  public let kind: Kind
  /// What the database says, or a sentence that says what is wrong and what to do.
  public let message: String
  /// The database's own code: an SQLSTATE, or SQLite's extended result code; empty for errors that no database reported.
  public let code: String
  /// The statement, without its parameters.
  public internal(set) var statement: String?

  init(_ kind: Kind, _ message: String, code: String = "", statement: String? = nil) {
    self.kind = kind
    self.message = message
    self.code = code
    self.statement = statement
  }

  /// A sentence for people.
  public var description: String {
    let code = code.isEmpty ? "" : " (\(code))"
    let statement = statement.map { ", in: \($0.count > 200 ? $0.prefix(200) + "…" : $0)" } ?? ""
    return "database: \(message)\(code)\(statement)"
  }

  /// Whether the whole transaction may succeed when it is tried again.
  public var isTransient: Bool {
    switch kind {
    case .busy, .serializationFailure, .deadlock, .staleStatement, .connectionLost: true
    default: false
    }
  }

  /// Whether the database as such is in trouble, rather than this statement.
  public var isOutage: Bool {
    switch kind {
    case .unreachable, .connectionLost, .outcomeUnknown, .diskFull, .inputOutput, .corrupt: true
    default: false
    }
  }

  /// What a breaker counts. A full disk stops changes only: who reads must not be refused for that.
  var countsAsFailure: Bool { isOutage && kind != .diskFull }

  /// The violated constraint, if that is what went wrong.
  public var violation: ConstraintViolation? {
    if case .constraint(let violation) = kind { violation } else { nil }
  }

  /// Short, for metrics.
  var label: String {
    if case .constraint = kind { "constraint" } else { "\(kind)" }
  }

  /// There is no room for a change.
  /// - Parameter place: a file, or what the server says.
  static func full(at place: String, code: String, _ statement: String? = nil) -> DatabaseError {
    DatabaseError(
      .diskFull, "no room is left on the disk of the database (\(place)): make room; nothing was changed",
      code: code, statement: statement)
  }

  static func nul(inParameter number: Int) -> DatabaseError {
    DatabaseError(
      .parameters, "parameter \(number) is a text with U+0000 in it, which a database cannot hold: remove it")
  }

  /// Checks the number of parameters of a statement.
  static func checkParameters(expected: Int, given: Int, _ statement: String) throws(DatabaseError) {
    if expected == given { return }
    throw DatabaseError(
      .parameters, "the statement has \(expected) parameters, but \(given) were given", statement: statement)
  }
}
