import EstoqueAccess
import Hummingbird

/// A row of the table of routes: everything that is known about one kind of request. The router, the checks of who may what, the metrics and the OpenAPI
/// document are all made of these rows, so that they cannot differ.
struct Route: Sendable {
  /// Who may use it.
  enum Access: Sendable, Equatable {
    case everyone
    case role(Role)
  }

  /// What must come with it.
  enum Body: Sendable, Equatable {
    case none
    /// An object of this schema.
    case json(String)
    /// Files: `multipart/form-data`, or one as the body itself.
    case files
  }

  /// How long it may take.
  enum Time: Sendable {
    case usual
    /// As long as its client wants.
    case unlimited
  }

  typealias Handler = @Sendable (Call) async throws -> Reply

  let method: HTTPRequest.Method
  /// As in OpenAPI: `/api/products/{id}`.
  let path: String
  let access: Access
  var body = Body.none
  var time = Time.usual
  /// Whether it counts for the user's rate.
  var isCounted = true
  /// Whether its answers are kept in ``Services/encoded``.
  var isKept = false
  let operation: Operation
  let handler: Handler

  static func get(
    _ path: String, _ access: Access, time: Time = .usual, isCounted: Bool = true, isKept: Bool = false,
    _ operation: Operation, _ handler: @escaping Handler
  ) -> Route {
    Route(
      method: .get, path: path, access: access, time: time, isCounted: isCounted, isKept: isKept,
      operation: operation, handler: handler)
  }
  static func post(
    _ path: String, _ access: Access, body: Body = .none, _ operation: Operation, _ handler: @escaping Handler
  ) -> Route {
    Route(method: .post, path: path, access: access, body: body, operation: operation, handler: handler)
  }
  static func put(
    _ path: String, _ access: Access, body: Body, _ operation: Operation, _ handler: @escaping Handler
  ) -> Route {
    Route(method: .put, path: path, access: access, body: body, operation: operation, handler: handler)
  }
  static func patch(
    _ path: String, _ access: Access, body: Body, _ operation: Operation, _ handler: @escaping Handler
  ) -> Route {
    Route(method: .patch, path: path, access: access, body: body, operation: operation, handler: handler)
  }
  static func delete(_ path: String, _ access: Access, _ operation: Operation, _ handler: @escaping Handler)
    -> Route
  {
    Route(method: .delete, path: path, access: access, operation: operation, handler: handler)
  }

  /// Whether requests of this kind change something, so that a browser's cookie alone is not enough.
  var isChange: Bool { method != .get && method != .head }
}

extension Route.Access {
  static let viewer = Route.Access.role(.viewer)
  static let `operator` = Route.Access.role(.operator)
  static let admin = Route.Access.role(.admin)
}

/// What the OpenAPI document says about a route.
struct Operation: Sendable {
  /// A parameter in the query.
  struct Parameter: Sendable {
    let name: String
    let schema: JSON
    var isRequired = false
    var about = ""
  }

  /// What is answered.
  enum Answer: Sendable {
    /// JSON of this schema.
    case json(String)
    /// A page of a list of this schema.
    case page(String)
    /// A list of this schema, all of it.
    case list(String)
    /// Anything else, of one of these media types.
    case other([String])
    case nothing
  }

  /// A name, unique.
  let id: String
  /// A sentence for people.
  let about: String
  var parameters: [Parameter] = []
  var status = 200
  var answer = Answer.nothing
  /// Whether the answer carries a version, and a change must name one.
  var isVersioned = false

  init(
    _ id: String, _ about: String, _ parameters: [Parameter], status: Int = 200, _ answer: Answer,
    isVersioned: Bool = false
  ) {
    (self.id, self.about, self.parameters, self.status) = (id, about, parameters, status)
    (self.answer, self.isVersioned) = (answer, isVersioned)
  }

  init(_ id: String, _ about: String, status: Int = 200, _ answer: Answer, isVersioned: Bool = false) {
    self.init(id, about, [], status: status, answer, isVersioned: isVersioned)
  }
}
