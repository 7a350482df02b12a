import EstoqueAccess
import EstoqueDatabase
import EstoqueStock
import Hummingbird
import Revoada
import Tracing

/// A request that has been let in: what a handler gets.
struct Call: Sendable {
  let server: Services
  let request: HTTPRequest
  /// The request's number in the log.
  let id: String
  let origin: Origin
  /// Who sends it; nil where anybody may.
  let identity: Identity?
  let parameters: Parameters
  let body: Body
  /// Set if the client may send it again.
  let repeatable: RepeatableRequest?

  /// What came with it.
  enum Body: Sendable {
    case none
    case json(JSON)
    case files(Upload)
  }

  var headers: HTTPFields { request.headerFields }
  var now: Int64 { server.configuration.clock() }
  var user: User.ID? { identity?.account.id }

  /// The path, without the query.
  var path: String { String((request.path ?? "/").prefix { $0 != "?" }) }
  var queryText: String {
    guard let path = request.path, let mark = path.firstIndex(of: "?") else { return "" }
    return String(path[path.index(after: mark)...])
  }

  var actor: Actor {
    Actor(user: user, login: identity?.account.login ?? "", address: origin.address, request: id)
  }

  /// Who sends it. A route for everyone has nobody: that is a fault of the table of routes.
  func account() throws(Problem) -> Account {
    guard let identity else { throw .unauthenticated }
    return identity.account
  }

  // MARK: What is asked for

  /// The number in the path.
  func identifier<Table>(_ name: Substring = "id", of table: Table.Type = Table.self) throws(Problem)
    -> Identifier<Table>
  {
    guard let text = parameters[name], let number = Int64(text), number > 0, text.utf8.count <= 19 else {
      throw .notFound
    }
    return Identifier(rawValue: number)
  }

  /// Reads the query.
  func query<Value>(_ read: (inout Fields) throws -> Value) throws -> Value {
    var fields = Fields(query: try Query.parse(queryText))
    let value = try read(&fields)
    try fields.end()
    return value
  }

  /// Reads the body.
  func form<Value>(_ read: (inout Fields) -> Value) throws(Problem) -> Value {
    guard case .json(let json) = body else { throw .mediaType("application/json") }
    var fields = Fields(json)
    let value = read(&fields)
    try fields.end()
    return value
  }

  /// The files that came.
  func upload() throws(Problem) -> Upload {
    guard case .files(let upload) = body else { throw .mediaType("multipart/form-data") }
    return upload
  }

  /// Reads a body that is a list of objects.
  func formList<Element>(most: Int, _ read: (inout Fields) -> Element) throws(Problem) -> [Element] {
    guard case .json(let json) = body else { throw .mediaType("application/json") }
    var fields = Fields(["items": json])
    let elements = fields.list("items", most: most, read) ?? []
    try fields.end()
    return elements
  }

  // MARK: The database

  /// Reads by one statement or a few.
  func read<R: Sendable>(_ body: @escaping @Sendable (Session) throws -> R) async throws -> R {
    try await server.traced("database read") { try await server.database.read(body) }
  }

  /// What a change has come to.
  struct Change: Sendable {
    /// What was changed: `product:17`.
    let subject: String
    /// How, for people.
    var detail = ""
    var reply: Reply
  }

  /// Changes something in one transaction, together with its line in the audit log and the answer that a repeated request gets. So
  /// there is never one of them without the others, whatever stops the program.
  ///
  /// - Parameters:
  ///   - action: what is done: `product.update`.
  ///   - body: does it; may run several times, as transactions do.
  func change(_ action: String, _ body: @escaping @Sendable (Session) throws -> Change) async throws -> Reply
  {
    let (actor, now, repeatable) = (actor, now, repeatable)
    return try await server.traced("database transaction") {
      try await server.database.transaction { session in
        var change = try body(session)
        try session.audit(action, change.subject, change.detail, by: actor, at: now)
        if let repeatable, let answer = change.reply.stored {
          if try !session.store(answer, to: repeatable) { throw Problem.underWay }
          change.reply.isStored = true
        }
        return change.reply
      }
    }
  }

  /// Notes what a part of the program has done by itself.
  func note(_ action: String, _ subject: String, _ detail: String = "") async throws {
    let (actor, now) = (actor, now)
    try await server.database.transaction { session in
      try session.audit(action, subject, detail, by: actor, at: now)
    }
  }
}
