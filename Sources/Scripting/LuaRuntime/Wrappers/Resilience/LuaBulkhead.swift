import Revoada

/// `bulkhead{partitions = {name = {max_concurrent, max_queue}}, name}`: ``BulkheadPartitions``.
final class LuaBulkhead: SwiftObject, @unchecked Sendable {
  let partitions: BulkheadPartitions

  init(_ call: LuaCall) throws {
    let options = try LuaOptions(call, 1, known: ["partitions", "name"])
    let described = try options.tables("partitions", known: ["max_concurrent", "max_queue"]) ?? [:]
    if described.isEmpty { throw options.missing("partitions", "at least one partition") }
    partitions = BulkheadPartitions(
      try described.mapValues { partition in
        guard let limit = try partition.integer("max_concurrent", in: 1...Int.max) else {
          throw partition.missing("max_concurrent", "whole number of at least 1")
        }
        return .init(limit: limit, queue: try partition.integer("max_queue", in: 0...Int.max))
      })
    super.init(name: try options.text("name"))
  }

  static let kind = ObjectKind(
    25, "bulkhead",
    swift: [
      .waiting("execute") { (self: LuaBulkhead, call) in
        let partition = try call.string(1).text
        let body = LuaBody(
          function: try call.function(2), name: "call of \(self.label), partition \(partition)")
        let arguments = Array(call.arguments.dropFirst(2))
        do {
          return [true] + (try await self.partitions.execute(partition) { try await body(arguments) })
        } catch let error as UnknownPartition {
          throw LuaError(.argument, "\(error)")
        } catch {
          return [false, try LuaError.message(of: error)]
        }
      },
      .immediate("stats") { (self: LuaBulkhead, _) in
        let stats = self.partitions.stats.map { name, stats in
          (name, LuaValue.table(stats.luaTable(limit: self.partitions[name]?.limit ?? 0)))
        }
        return [.table(LuaTable(Dictionary(uniqueKeysWithValues: stats)))]
      },
    ])
  override var kind: ObjectKind { Self.kind }
}

extension Bulkhead.Stats {
  func luaTable(limit: Int) -> LuaTable {
    LuaTable([
      "running": .count(running), "waiting": .count(waiting), "completed": .count(completed),
      "refused": .count(refused), "cancelled": .count(cancelled), "max_concurrent": .count(limit),
    ])
  }
}
