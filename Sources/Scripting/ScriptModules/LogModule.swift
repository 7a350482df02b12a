import Logging
import RevoadaLua
import Synchronization

/// `log.debug/info/warn/error(message[, fields])` to standard error, `log.set_level(name)`,
/// `log.level()`, `log.is_terminal()`.
///
/// Standard output stays the script's own. The level belongs to the run: all isolates share it.
enum LogModule {
  private static let levels: [(name: String, level: Logger.Level)] = [
    ("debug", .debug), ("info", .info), ("warn", .warning), ("error", .error),
  ]

  static func make(output: @escaping @Sendable (String) -> Void) -> LuaModule {
    let logger = SharedLogger(Logger(label: "script") { _ in LineLogHandler(output: output) })
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
    module.function("is_terminal") { _ in [.bool(LogLine.isTerminal)] }
    return module
  }

  private static func metadata(_ fields: LuaTable) -> Logger.Metadata {
    var metadata = Logger.Metadata()
    for (key, value) in fields.fields { metadata[key.shown] = .string(value.shown) }
    for (index, value) in fields.array.enumerated() { metadata[String(index + 1)] = .string(value.shown) }
    return metadata
  }
}

/// A logger whose level can be changed from any isolate.
private final class SharedLogger: Sendable {
  private let logger: Mutex<Logger>

  init(_ logger: Logger) { self.logger = Mutex(logger) }

  var current: Logger { logger.withLock { $0 } }
  func set(_ level: Logger.Level) { logger.withLock { $0.logLevel = level } }
}
