import Hummingbird
import Revoada

extension RouteTable {
  static let live: [Route] = [
    .get(
      "/api/events", .viewer, time: .unlimited,
      Operation(
        "events",
        """
        O que acontece, em qualquer instância, enquanto acontece: nfe, import, export, stock; e reset, quando se deve ler tudo de novo.
        """,
        .other(["text/event-stream"]))
    ) { call in
      let stream = try call.server.live.subscribe(after: call.headers[.lastEventID])
      let events = stream.events
      let heartbeat = call.server.configuration.heartbeat
      var reply = Reply.stream(type: "text/event-stream") { writer in
        // At once, so that the client knows that it is connected; and how long it shall wait before it connects again.
        try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
        if let first = stream.first { try await writer.write(ByteBuffer(bytes: first.bytes)) }
        var isOpen = true
        while isOpen {
          do {
            guard let event = try await events.receive(timeout: heartbeat) else { break }
            if event.number > stream.after { try await writer.write(ByteBuffer(bytes: event.bytes)) }
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
