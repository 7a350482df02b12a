import Crypto
import EstoqueAccess
import EstoqueDatabase
import Foundation
import Hummingbird
import NIOHTTP1
import Revoada

/// Lets requests of one route in, or not: who sends it, may they, how often, what comes with it; then runs the handler within its limits.
struct Endpoint: HTTPResponder {
  let route: Route
  let server: Services
  let isHead: Bool

  func respond(to request: Request, context: WebContext) async throws -> Response {
    let origin = server.origin(of: request.headers, context.channel)
    // Where anybody may come, nobody is asked: pages and health are there without a database, too.
    let identity = route.access == .everyone ? nil : try await server.identity(request.headers, origin)
    guard route.isCounted else { return try await respond(to: request, context, origin, identity) }
    let key = identity.map { "u\($0.account.id)" } ?? "a\(origin.address)"
    do {
      if !server.rates.tryAcquire(key) { throw server.tooMany }
      var response = try await respond(to: request, context, origin, identity)
      server.quota.add(to: &response.headers, remaining: server.rates.available(key))
      return response
    } catch let error as HTTPParserError {
      throw error
    } catch {
      throw CountedFailure(error: error, remaining: server.rates.available(key))
    }
  }

  private func respond(
    to request: Request, _ context: WebContext, _ origin: Origin, _ identity: Identity?
  ) async throws -> Response {
    try admit(identity, request.headers)
    // What is known is answered on the spot: there is nothing that a client who leaves, or a limit, could stop.
    let isKnown = route.isKept && server.encoded.has(request.head.path ?? "")
    let connection = isKnown ? nil : server.connections.connection(of: context.channel)
    let (id, parameters) = (context.requestNumber, context.parameters)
    let work: @Sendable () async throws -> Reply = {
      try await answer(request, id, origin, identity, parameters, isKnown)
    }
    let reply = if let connection { try await connection.run(work) } else { try await work() }
    return isHead ? reply.response.createHeadResponse() : reply.response
  }

  // MARK: Who

  private func admit(_ identity: Identity?, _ headers: HTTPFields) throws(Problem) {
    guard case .role(let role) = route.access else { return }
    guard let identity else { throw Problem.unauthenticated }
    if route.isChange, case .session(let csrf) = identity.proof {
      guard let sent = headers[.csrfToken], isSameSecret(sent, csrf) else { throw Problem.csrf }
    }
    if identity.account.role < role { throw Problem.forbidden(role.brazilian) }
  }

  // MARK: What

  private func answer(
    _ request: Request, _ id: String, _ origin: Origin, _ identity: Identity?,
    _ parameters: Parameters, _ isKnown: Bool
  ) async throws -> Reply {
    let (body, digest) = try await readBody(of: request)
    defer { if case .files(let upload) = body { upload.remove() } }
    let repeatable = try repeatable(request, identity, digest)
    let call = Call(
      server: server, request: request.head, id: id, origin: origin, identity: identity,
      parameters: parameters,
      body: body, repeatable: repeatable)
    guard let repeatable else { return try await isKnown ? route.handler(call) : limited(call) }
    let (now, kept) = (call.now, server.access.configuration.answersKeptFor)
    // Longer than the handler may take: who claims afterwards finds it ended.
    let end = now + (handlingTime + .seconds(5)).microseconds
    let claim = try await server.database.transaction { session in
      try session.claim(repeatable, at: now, until: end, keepUntil: now + kept.microseconds)
    }
    switch claim {
    case .answered(let answer): return Reply(answer)
    case .underWay: throw Problem.underWay
    case .otherRequest: throw Problem.otherRequest
    case .proceed: return try await once(call, repeatable)
    }
  }

  /// Runs a request that others wait for to have ended.
  private func once(_ call: Call, _ request: RepeatableRequest) async throws -> Reply {
    let database = server.database
    do {
      let reply = try await limited(call)
      if reply.isStored { return reply }
      if let answer = reply.stored {
        _ = try await database.transaction { try $0.store(answer, to: request) }
      } else {
        try await database.transaction { try $0.abandon(request) }
      }
      return reply
    } catch {
      // Even if the client has gone: in a goroutine of its own, which is not cancelled.
      spawn(name: "abandon") { try await database.transaction { try $0.abandon(request) } }
      throw error
    }
  }

  /// What has been sent is taken over by the handler: files may take longer.
  private var handlingTime: Duration { server.configuration.requestTime * (route.body == .files ? 10 : 1) }

  private func limited(_ call: Call) async throws -> Reply {
    let handler = route.handler
    guard case .usual = route.time else { return try await handler(call) }
    return try await withTimeout(handlingTime) { try await handler(call) }
  }

  // MARK: What comes with it

  private func readBody(of request: Request) async throws -> (Call.Body, digest: [UInt8]) {
    switch route.body {
    case .none: return (.none, [])
    case .json:
      let type = request.headers[.contentType] ?? ""
      guard type == "application/json" || type.hasPrefix("application/json;") else {
        throw Problem.mediaType("application/json")
      }
      let bytes = try await server.withBodyTime(1) { [limit = server.configuration.bodyLimit] in
        try await request.bytes(limit: limit)
      }
      return (.json(try JSON(parsing: bytes)), Array(SHA256.hash(data: bytes)))
    case .files:
      let upload = try await server.withBodyTime(10) { try await server.spool.receive(request) }
      return (.files(upload), upload.digest)
    }
  }

  private func repeatable(_ request: Request, _ identity: Identity?, _ digest: [UInt8]) throws(Problem)
    -> RepeatableRequest?
  {
    guard request.method == .post, let user = identity?.account.id,
      let key = request.headers[.idempotencyKey]
    else { return nil }
    guard (1...128).contains(key.utf8.count), key.utf8.allSatisfy({ (33...126).contains($0) }) else {
      throw .malformed("a Idempotency-Key deve ter de 1 a 128 caracteres visíveis")
    }
    var hash = SHA256()
    hash.update(data: Data((request.head.path ?? "").utf8))
    hash.update(data: digest)
    return RepeatableRequest(
      user: user, key: key, digest: hash.finalize().map { String($0, radix: 16) }.joined(separator: "-"),
      claim: UUID().uuidString)
  }
}

extension Request {
  /// The whole body.
  /// - Throws: that it is larger than `limit`, as soon as that is known.
  func bytes(limit: Int) async throws -> [UInt8] {
    if let length = headers[.contentLength].flatMap(Int.init), length > limit {
      throw Problem.tooLarge(limit)
    }
    var bytes: [UInt8] = []
    for try await part in body {
      if bytes.count + part.readableBytes > limit { throw Problem.tooLarge(limit) }
      bytes += part.readableBytesView
    }
    return bytes
  }
}

extension WebContext {
  /// What a request is called in the log.
  var requestNumber: String { logger[metadataKey: "hb.request.id"].map { "\($0)" } ?? "" }
}
