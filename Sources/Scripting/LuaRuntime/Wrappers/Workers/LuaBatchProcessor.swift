import Revoada

/// `batch_processor{batch_size, flush_interval, fn, …}`: a ``BatchProcessor``.
final class LuaBatchProcessor: SwiftObject, @unchecked Sendable {
  private let processor: BatchProcessor<LuaValue>

  init(_ call: LuaCall) throws {
    let known: Set<String> = ["batch_size", "flush_interval", "fn", "parallel", "on_failure", "name"]
    let options = try LuaOptions(call, 1, known: known)
    guard let sink = try options.function("fn") else { throw options.missing("fn", "function") }
    let name = try options.text("name") ?? "batch"
    var settings = BatchOptions(size: try options.integer("batch_size", in: 1...Int.max) ?? 100)
    settings.interval = try options.duration("flush_interval")
    settings.parallel = try options.integer("parallel", in: 1...65_536) ?? 1
    try LuaError.misuse(of: call) { try settings.validate(name) }
    var onFailure: (@Sendable (LuaValue, any Error) -> Void)?
    if let function = try options.function("on_failure") {
      let body = LuaBody(function: function, name: "on_failure of batch_processor \"\(name)\"")
      onFailure = { item, error in
        spawn { _ = try await body([item, .string(String(describing: error))]) }
      }
    }
    let body = LuaBody(function: sink, name: "sink of batch_processor \"\(name)\"", returnsCopies: true)
    processor = BatchProcessor(options: settings, name: name, onFailure: onFailure) { items in
      try await Self.deliver(items, to: body)
    }
    super.init(name: name)
  }

  /// A sink fails for the whole batch by raising or by `nil, message`; for single items by `nil, {[index] = message}`.
  private static func deliver(_ items: [LuaValue], to sink: LuaBody) async throws {
    do {
      _ = try await sink([.table(LuaTable(array: items))])
    } catch let failure as LuaFailure {
      guard case .table(let messages) = failure.message else { throw failure }
      throw BatchItemErrors(failures: messages.numbered.map { ($0 - 1, LuaFailure(message: $1)) })
    }
  }

  static let kind = ObjectKind(
    16, "batch_processor",
    swift: [
      .waiting("add") { (self: LuaBatchProcessor, call) in
        if call.value(1).isNil {
          throw call.argumentError(1, "an item expected, got \(call.value(1).luaTypeName)")
        }
        try await self.processor.add(call.value(1))
        return []
      },
      .waiting("flush") { (self: LuaBatchProcessor, _) in
        try await self.processor.flush()
        return []
      },
      .waiting("close") { (self: LuaBatchProcessor, _) in
        try await self.processor.close()
        return []
      },
      .immediate("stats") { (self: LuaBatchProcessor, _) in
        let stats = self.processor.stats
        return [
          .table(
            LuaTable([
              "name": .string(stats.name), "added": .count(stats.added), "delivered": .count(stats.delivered),
              "failed": .count(stats.failed), "in_sink": .count(stats.inSink),
              "buffered": .count(stats.buffered),
              "waiting": .count(stats.waiting), "batches": .count(stats.batches),
            ]))
        ]
      },
    ])
  override var kind: ObjectKind { Self.kind }
}

extension LuaTable {
  /// What stands at whole numbers, also behind gaps.
  fileprivate var numbered: [(Int, LuaValue)] {
    let rest = fields.compactMap { key, value -> (Int, LuaValue)? in
      if case .integer(let index) = key { (Int(clamping: index), value) } else { nil }
    }
    return array.enumerated().map { ($0 + 1, $1) } + rest
  }
}
