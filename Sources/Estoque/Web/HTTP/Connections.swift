import Hummingbird
import NIOCore
import Revoada

/// The open connections, so that a request can be told when its client has gone.
final class Connections: Sendable {
  private let open = Guarded<[ObjectIdentifier: Connection]>([:])

  /// How many there are.
  var count: Int { open.withLock { $0.count } }

  /// That of a channel; nil in tests without a network.
  func connection(of channel: any NIOCore.Channel) -> Connection? {
    open.withLock { $0[ObjectIdentifier(channel)] }
  }

  fileprivate func add(_ channel: any NIOCore.Channel) -> Connection {
    let connection = Connection(channel)
    open.withLock { $0[ObjectIdentifier(channel)] = connection }
    return connection
  }
  fileprivate func remove(_ channel: any NIOCore.Channel) {
    _ = open.withLock { $0.removeValue(forKey: ObjectIdentifier(channel)) }
  }

  /// Ends all, whatever they do: a shutdown has taken too long.
  func endAll() {
    for connection in open.withLock({ Array($0.values) }) {
      connection.end()
      connection.channel.close(promise: nil)
    }
  }

  /// Notices the end of a connection.
  func makeHandler() -> any RemovableChannelHandler { ConnectionHandler(self) }
}

/// A connection: at most one request at a time.
final class Connection: Sendable {
  private struct State {
    var isGone = false
    var cancel: (@Sendable () -> Void)?
  }
  private let state = Guarded(State())
  fileprivate let channel: any NIOCore.Channel

  fileprivate init(_ channel: any NIOCore.Channel) { self.channel = channel }

  /// The client has gone: whatever runs for it is cancelled.
  func end() {
    let cancel = state.withLock { state in
      state.isGone = true
      return state.cancel
    }
    cancel?()
  }

  /// Runs `body` in a goroutine that is cancelled when the client goes.
  func run<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async throws -> R {
    let work = spawn(name: "request", body)
    let isGone = state.withLock { state in
      state.cancel = { work.cancel() }
      return state.isGone
    }
    if isGone { work.cancel() }
    defer { state.withLock { $0.cancel = nil } }
    return try await withTaskCancellationHandler {
      try await work.ending.get()
    } onCancel: {
      work.cancel()
    }
  }
}

/// Stands in the pipeline of each connection.
private final class ConnectionHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = NIOAny

  private let connections: Connections
  private var connection: Connection?

  init(_ connections: Connections) { self.connections = connections }

  func handlerAdded(context: ChannelHandlerContext) { connection = connections.add(context.channel) }
  func handlerRemoved(context: ChannelHandlerContext) {
    connections.remove(context.channel)
    connection?.end()
  }

  func channelInactive(context: ChannelHandlerContext) {
    connections.remove(context.channel)
    connection?.end()
    context.fireChannelInactive()
  }

  /// A client that closes its half has gone: neither browsers nor proxies wait for an answer after that.
  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .inputClosed? = event as? ChannelEvent { connection?.end() }
    context.fireUserInboundEventTriggered(event)
  }
}
