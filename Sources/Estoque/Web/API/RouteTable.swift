import EstoqueAccess
import Hummingbird

/// All routes of the server, in one table.
enum RouteTable {
  static let all: [Route] =
    sessions + tokens + users + products + places + stock + movements + stocktakes + nfe + suppliers + imports
    + staging + exports + reports + live + operations
    + pages

  /// Makes a router of the table. What a path does not know is answered with what it does know.
  static func router(_ routes: [Route], _ server: Services) -> RouterResponder<WebContext> {
    let router = Router(context: WebContext.self)
    for route in routes {
      let path = RouterPath(route.path)
      router.on(path, method: route.method, responder: Endpoint(route: route, server: server, isHead: false))
      if route.method == .get {
        router.on(path, method: .head, responder: Endpoint(route: route, server: server, isHead: true))
      }
    }
    for (path, routes) in Dictionary(grouping: routes, by: \.path) where !path.hasSuffix("**") {
      var allowed = Set(routes.map(\.method))
      if allowed.contains(.get) { allowed.insert(.head) }
      let names = allowed.map(\.rawValue).sorted().joined(separator: ", ")
      for method in Dispatcher.known where !allowed.contains(method) {
        router.on(RouterPath(path), method: method, responder: NotAllowed(methods: names))
      }
    }
    return router.buildResponder()
  }
}

/// Answers a method that a path does not have.
private struct NotAllowed: HTTPResponder {
  let methods: String

  func respond(to request: Request, context: WebContext) throws -> Response {
    var problem = Problem(.methodNotAllowed, "method", "este endereço aceita \(methods)")
    problem.headers[.allow] = methods
    throw problem
  }
}
