import HTTPTypes
import Hummingbird
import NIOHTTP1
import Revoada

/// Stands around all routes: turns errors into problems, adds the headers that every answer has, and counts.
struct Dispatcher: HTTPResponder {
  let router: RouterResponder<WebContext>
  let server: Services

  func respond(to request: Request, context: WebContext) async throws -> Response {
    let start = Timers.current.now
    let number = context.requestNumber
    var response: Response
    do {
      response = try await server.traced("\(request.method.rawValue) request", kind: .server) {
        try await router.respond(to: request, context: context)
      }
      // The router answers by itself what it does not know.
      if context.endpointPath == "NotFound" { throw Problem.notFound }
    } catch let error as HTTPParserError {
      throw error  // the connection's own business: it answers and closes
    } catch {
      let counted = error as? CountedFailure
      let error = counted?.error ?? error
      var problem = Problem(error)
      if let counted { server.quota.add(to: &problem.headers, remaining: counted.remaining) }
      if problem.status.code >= 500 {
        server.logger.error(
          "a request failed",
          metadata: ["request": "\(number)", "path": "\(request.uri.path)", "error": "\(error)"])
      }
      response = problem.response(path: request.uri.path, request: number)
      if request.method == .head { response = response.createHeadResponse() }
    }
    SecurityHeaders.add(to: &response, isSecure: server.configuration.isSecure)
    response.headers.append(HTTPField(name: .requestID, value: number))
    let took = Timers.current.now - start
    server.metrics.note(
      Self.known.contains(request.method) ? request.method.rawValue : "OTHER",
      context.endpointPath.map { $0.hasPrefix("/**") || $0 == "NotFound" ? "other" : $0 } ?? "other",
      Int(response.status.code), nanoseconds: took)
    if server.logger.logLevel <= .debug {
      server.logger.debug(
        "request",
        metadata: [
          "request": "\(number)", "method": "\(request.method.rawValue)", "path": "\(request.uri.path)",
          "status": "\(response.status.code)", "microseconds": "\(took / 1000)",
        ])
    }
    return response
  }

  static let known: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options, .trace]
}

/// What browsers are told to be careful about.
enum SecurityHeaders {
  /// For pages: nothing from elsewhere, and no script but files of our own.
  static let pagePolicy = """
    default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
    font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'
    """
  /// For everything else: it is no page.
  static let dataPolicy = "default-src 'none'; frame-ancestors 'none'"

  // Fields that are made once need not be checked, nor looked for, with each answer.
  private static let always = [
    HTTPField(name: .nosniff, value: "nosniff"), HTTPField(name: .frameOptions, value: "DENY"),
    HTTPField(name: .referrerPolicy, value: "same-origin"),
    HTTPField(name: .openerPolicy, value: "same-origin"),
    HTTPField(name: .resourcePolicy, value: "same-origin"),
  ]
  private static let data = HTTPField(name: .csp, value: dataPolicy)
  private static let unstored = HTTPField(name: .cacheControl, value: "no-store")
  private static let transport = HTTPField(name: .transportSecurity, value: "max-age=31536000")

  static func add(to response: inout Response, isSecure: Bool) {
    if !response.headers.contains(.csp) { response.headers.append(data) }
    if !response.headers.contains(.cacheControl) { response.headers.append(unstored) }
    response.headers.append(contentsOf: always)
    if isSecure { response.headers.append(transport) }
  }
}
