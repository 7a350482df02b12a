import Logging
import RevoadaLua
import RevoadaObservability
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// `log.debug/info/warn/error(message[, fields])` to standard error, `log.set_level(name)`,
/// `log.level()`, `log.is_terminal()`.
///
/// Standard output stays the script's own. The level belongs to the run: all isolates share it. Fields that go by a secret's name
/// (`password`, `token` …) are not written.
enum LogModule {
  private static let levels: [(name: String, level: Logger.Level)] = [
    ("debug", .debug), ("info", .info), ("warn", .warning), ("error", .error),
  ]

  static func make(_ logging: StructuredLogging) -> LuaModule {
    // A person knows which script runs; a program reads the library's lines from the same stream.
    let label = logging.format == .text ? "" : "script"
    let logger = SharedLogger(Logger(label: label) { logging.handler(label: $0) })
    var module = LuaModule("log")
    for (name, level) in levels {
      module.function(name) { call in
        if call.arguments.isEmpty { throw call.argumentError(1, "message expected, got no value") }
        let fields = try call.optionalTable(2)
        logger.current.log(level: level, "\(call.value(1).shown)", metadata: fields.map(metadata))
        return []
      }
    }
    module.function("set_level") { call in
      let name = try call.string(1).text
      guard let level = levels.first(where: { $0.name == name })?.level else {
        let known = levels.map(\.name).joined(separator: ", ")
        throw call.argumentError(1, "unknown level '\(name)'; known: \(known)")
      }
      logger.set(level)
      return []
    }
    module.function("level") { _ in
      let level = logger.current.logLevel
      return [.string(levels.first { $0.level == level }?.name ?? level.rawValue)]
    }
    // Whether a person watches: then a progress line is welcome.
    module.function("is_terminal") { _ in [.bool(isatty(STDERR_FILENO) == 1)] }
    return module
  }

  private static func metadata(_ fields: LuaTable) -> Logger.Metadata {
    var metadata = Logger.Metadata()
    for (key, value) in fields.fields { metadata[key.shown] = shown(value) }
    for (index, value) in fields.array.enumerated() { metadata[String(index + 1)] = shown(value) }
    return metadata
  }

  private static func shown(_ value: LuaValue) -> Logger.MetadataValue {
    switch value {
    case .bool(let value): .stringConvertible(value)
    case .integer(let value): .stringConvertible(value)
    case .number(let value): .stringConvertible(value)
    case .table(let table) where table.fields.isEmpty: .array(table.array.map(shown))
    case .table(let table): .dictionary(metadata(table))
    default: .string(value.shown)
    }
  }
}

/// A logger whose level can be changed from any isolate.
private final class SharedLogger: Sendable {
  private let logger: Mutex<Logger>

  init(_ logger: Logger) { self.logger = Mutex(logger) }

  var current: Logger { logger.withLock { $0 } }
  func set(_ level: Logger.Level) { logger.withLock { $0.logLevel = level } }
}
