import Hummingbird
import Revoada

extension RouteTable {
  static let live: [Route] = [
    .get(
      "/api/events", .viewer, time: .unlimited,
      Operation(
        "events", "O que acontece, enquanto acontece: nfe, import, export, stock.",
        .other(["text/event-stream"]))
    ) { call in
      let last = call.headers[.lastEventID].flatMap { Int64($0) }
      let events = try call.server.live.subscribe(after: last)
      let heartbeat = call.server.configuration.heartbeat
      var reply = Reply.stream(type: "text/event-stream") { writer in
        // At once, so that the client knows that it is connected; and how long it shall wait before it connects again.
        try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
        var isOpen = true
        while isOpen {
          do {
            guard let event = try await events.receive(timeout: heartbeat) else { break }
            if event.id > last ?? .min { try await writer.write(ByteBuffer(bytes: event.bytes)) }
          } catch is TimedOut {
            try await writer.write(ByteBuffer(string: ": \n\n"))
          } catch is SubscriptionDisconnected {
            isOpen = false  // too slow: it connects again, and is told what it has missed
          }
        }
        events.unsubscribe()
        try await writer.finish(nil)
      }
      reply.headers[.cacheControl] = "no-store"
      reply.headers[.accelBuffering] = "no"
      return reply
    }
  ]
}
