import Revoada

/// What `work_queue:dead_letter_queue()` gives: the ``DeadLetters`` of the queue.
///
/// The prelude reads a letter by claiming it first and removing it when it has been dealt with.
final class LuaDeadLetters: SwiftObject, @unchecked Sendable {
  private let owner: LuaWorkQueue
  private var letters: DeadLetters<LuaValue> { owner.queue.deadLetters }
  private var store: any WorkStore<LuaValue> { owner.queue.store }

  init(_ owner: LuaWorkQueue) {
    self.owner = owner
    super.init(name: owner.name)
  }

  static let kind = ObjectKind(
    35, "dead_letter_queue",
    swift: [
      .waiting("claim", undo: { (self: LuaDeadLetters, values) in self.giveBack(values) }) {
        (self: LuaDeadLetters, _) in LuaDeadLetters.answer(try await self.store.claimDeadLetter(lease: nil))
      },
      .waiting("try_claim", undo: { (self: LuaDeadLetters, values) in self.giveBack(values) }) {
        (self: LuaDeadLetters, _) in
        LuaDeadLetters.answer(try await self.store.tryClaimDeadLetter(lease: nil))
      },
      .waiting("remove") { (self: LuaDeadLetters, call) in
        try await self.store.removeDeadLetter(UInt64(try call.integer(1)))
        return []
      },
      .waiting("give_back") { (self: LuaDeadLetters, call) in
        try await self.store.returnDeadLetter(UInt64(try call.integer(1)))
        return []
      },
      .waiting("len") { (self: LuaDeadLetters, _) in [.count(try await self.letters.count)] },
      .waiting("replay") { (self: LuaDeadLetters, _) in
        do { return [.count(try await self.letters.replay())] } catch let error as WorkQueueError {
          throw LuaError(.argument, "replay: \(error)")
        }
      },
      .waiting("purge") { (self: LuaDeadLetters, _) in [.count(try await self.letters.purge())] },
    ])
  override var kind: ObjectKind { Self.kind }

  /// `item, {id, error, attempts, crashes}`, or nothing.
  private static func answer(_ letter: DeadLetter<LuaValue>?) -> [LuaValue] {
    guard let letter else { return [] }
    let error = (try? LuaError.message(of: letter.error)) ?? "cancelled"
    return [
      letter.item,
      .table(
        LuaTable([
          "id": .integer(Int64(letter.id)), "error": error, "attempts": .count(letter.attempts),
          "crashes": .count(letter.crashes),
        ])),
    ]
  }

  /// Whoever was to have the letter is gone.
  private func giveBack(_ values: [LuaValue]) {
    guard values.count == 2, case .table(let information) = values[1],
      case .integer(let id) = information["id"]
    else { return }
    spawn { [store] in try await store.returnDeadLetter(UInt64(id)) }
  }
}
