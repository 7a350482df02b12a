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
    response.headers[.requestID] = number
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

  static func add(to response: inout Response, isSecure: Bool) {
    if response.headers[.csp] == nil { response.headers[.csp] = dataPolicy }
    response.headers[.nosniff] = "nosniff"
    response.headers[.frameOptions] = "DENY"
    response.headers[.referrerPolicy] = "same-origin"
    response.headers[.openerPolicy] = "same-origin"
    response.headers[.resourcePolicy] = "same-origin"
    if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    if isSecure { response.headers[.transportSecurity] = "max-age=31536000" }
  }
}
