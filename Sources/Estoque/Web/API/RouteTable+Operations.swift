import EstoqueDatabase
import Foundation
import Hummingbird
import Revoada
import RevoadaObservability

extension RouteTable {
  static let operations: [Route] = [
    .get(
      "/api/health/live", .everyone, isCounted: false,
      Operation("live", "Se o programa vive.", .json("Health"))
    ) { _ in
      .json(["status": "up"])
    },
    .get(
      "/api/health/ready", .everyone, isCounted: false,
      Operation("ready", "Se o programa pode atender.", .json("Health"))
    ) { call in
      let health = await call.server.database.health()
      if !health.isUp {
        call.server.logger.warning("not ready", metadata: ["problem": "\(health.problem ?? "")"])
        throw Problem.unavailable(.seconds(2))
      }
      return .json(["status": "up", "database": "up"])
    },
    .get(
      "/metrics", .everyone, isCounted: false,
      Operation("metrics", "As métricas, para o Prometheus.", .other(["text/plain"]))
    ) { call in
      let server = call.server
      let isHere = call.origin.address == "127.0.0.1" || call.origin.address == "::1"
      if !server.configuration.publishesMetrics, !isHere,
        try await server.identity(call.headers, call.origin) == nil
      {
        throw Problem.unauthenticated
      }
      guard let prometheus = server.prometheus else { throw Problem.notFound }
      return .bytes(Array(prometheus.text().utf8), type: PrometheusMetrics.contentType)
    },
    .get(
      "/api/openapi.json", .everyone, isCounted: false,
      Operation("openapi", "Este documento.", .json("Document"))
    ) { _ in
      .bytes(OpenAPI.bytes, type: "application/json")
    },
    .get(
      "/api/profile", .admin, time: .unlimited,
      Operation(
        "profile", "Observa o programa por alguns segundos.",
        [
          Operation.Parameter(
            name: "seconds", schema: ["type": "integer", "minimum": 1, "maximum": 30, "default": 2],
            about: "Por quanto tempo")
        ], .json("Profile"))
    ) { call in
      let seconds = try call.query { $0.integer("seconds", 1...30) ?? 2 }
      let profiler = Profiler()
      profiler.start()
      defer { profiler.stop() }
      try await sleep(for: .seconds(seconds))
      let (stats, health) = (profiler.stats, await call.server.database.health())
      return .json([
        "seconds": .integer(seconds),
        "goroutines": [
          "active": .integer(Int64(stats.active)), "created": .integer(Int64(stats.totalCreated)),
          "completed": .integer(Int64(stats.completed)), "failed": .integer(Int64(stats.failed)),
          "cancelled": .integer(Int64(stats.cancelled)),
          "averageLifetime": milliseconds(stats.avgLifetime), "p95Lifetime": milliseconds(stats.p95Lifetime),
        ],
        "database": [
          "latency": milliseconds(health.latency), "writers": pool(health.writers),
          "readers": pool(health.readers),
        ],
        "connections": .integer(Int64(call.server.connections.count)),
        "listeners": .integer(Int64(call.server.live.listeners)),
      ])
    },
  ]

  private static func milliseconds(_ time: Duration) -> JSON {
    .number("\(Double(time.microseconds) / 1000)")
  }

  private static func pool(_ stats: ObjectPoolStatistics) -> JSON {
    [
      "idle": .integer(Int64(stats.idle)), "borrowed": .integer(Int64(stats.borrowed)),
      "waiting": .integer(Int64(stats.waiting)), "loans": .integer(Int64(stats.loans)),
      "timeouts": .integer(Int64(stats.timeouts)),
    ]
  }

  /// Whatever else is asked for is a file, or a place in the application.
  static let pages: [Route] = [
    .get("/", .everyone, isCounted: false, Operation("index", "A aplicação.", .other(["text/html"]))) {
      call in
      try call.server.pages.reply("/index.html", call.headers)
    },
    .get(
      "/**", .everyone, isCounted: false, Operation("page", "Um arquivo da aplicação.", .other(["text/html"]))
    ) { call in
      if call.path.hasPrefix("/api/") || call.path == "/api" { throw Problem.notFound }
      return try call.server.pages.reply(call.path.removingPercentEncoding ?? "", call.headers)
    },
  ]
}
