import LuaShim
import Revoada

/// `priority_channel([capacity [, {ageing, name}]])`: a ``PriorityChannel``.
final class LuaPriorityChannel: SwiftObject, @unchecked Sendable {
  /// An element, with what puts it back in its place.
  private struct Entry: Sendable {
    var value: LuaValue
    var priority: Int

    init(_ value: LuaValue, priority: Int) {
      self.value = value
      self.priority = priority
    }

    init(_ call: LuaCall) throws {
      self.init(call.value(1), priority: Int(clamping: try call.optionalInteger(2) ?? 0))
    }
  }

  private let channel: PriorityChannel<Entry>
  private let returned = ReturnedElements<LuaValue>()

  init(_ call: LuaCall) throws {
    let capacity = try call.optionalInteger(1)
    if let capacity, capacity < 0 { throw call.argumentError(1, "capacity must not be negative") }
    let options = try LuaOptions(call, 2, known: ["ageing", "name"])
    let name = try options.text("name")
    channel = PriorityChannel(
      capacity: capacity.map { Int($0) }, ageing: try options.duration("ageing"), name: name)
    super.init(name: name)
  }

  static let kind = ObjectKind(
    17, "priority_channel",
    swift: [
      .waiting("send") { (self: LuaPriorityChannel, call) in
        let entry = try Entry(call)
        do { try await self.channel.send(entry, priority: entry.priority) } catch is ChannelClosed<Entry> {
          throw LuaError(.argument, "send on closed \(self.label)")
        }
        return [true]
      },
      .immediate("try_send") { (self: LuaPriorityChannel, call) in
        let entry = try Entry(call)
        switch self.channel.trySend(entry, priority: entry.priority) {
        case .sent: return [true]
        case .full: return [false]
        case .closed: throw LuaError(.argument, "send on closed \(self.label)")
        }
      },
      .waiting("receive", undo: { (self: LuaPriorityChannel, values) in self.putBack(values) }) {
        (self: LuaPriorityChannel, _) in
        if let values = self.takeReturned() { return values }
        return LuaPriorityChannel.answer(try await self.channel.receive())
      },
      .waiting("try_receive", undo: { (self: LuaPriorityChannel, values) in self.putBack(values) }) {
        (self: LuaPriorityChannel, _) in
        if let values = self.takeReturned() { return values }
        switch self.channel.tryReceive() {
        case .received(let entry): return LuaPriorityChannel.answer(entry)
        case .empty: return [.nil, false]
        case .closed: return [.nil, false, "closed"]
        }
      },
      .immediate("close") { (self: LuaPriorityChannel, _) in
        if self.channel.isClosed { throw LuaError(.argument, "close of already closed \(self.label)") }
        self.channel.close()
        return []
      },
      .immediate("len") { (self: LuaPriorityChannel, _) in [.count(self.channel.count)] },
      .immediate("cap") { (self: LuaPriorityChannel, _) in [self.channel.capacity.map(LuaValue.count) ?? .nil]
      },
      .immediate("is_closed") { (self: LuaPriorityChannel, _) in [.bool(self.channel.isClosed)] },
      .immediate("inspect") { (self: LuaPriorityChannel, _) in self.channel.snapshot.figures },
    ])
  override var kind: ObjectKind { Self.kind }
  override func isServedByCallers(_ waiter: GoroutineID) -> Bool { true }

  // MARK: Select

  override var selectable: [rv_operation] { [RV_RECEIVE, RV_SEND] }
  override func selectCase(_ call: SelectCall) -> any SelectCases<[LuaValue]> {
    if call.operation == RV_RECEIVE { return Receive(channel) { Self.answer($0) } }
    let entry = Entry(call.value, priority: Int(call.amount))
    return channel.whenSendable(entry, priority: entry.priority) { [] }
  }
  override func takeReturned() -> [LuaValue]? { returned.take().map { [$0, true] } }

  /// As `receive` answers.
  private static func answer(_ entry: Entry?) -> [LuaValue] {
    entry.map { [$0.value, true, .count($0.priority)] } ?? [.nil, false]
  }

  /// Whoever was to have the element is gone.
  private func putBack(_ results: [LuaValue]) {
    guard results.count == 3, case .integer(let priority) = results[2] else { return }
    let entry = Entry(results[0], priority: Int(priority))
    if case .sent = channel.trySend(entry, priority: entry.priority) { return }
    returned.put(entry.value)
  }
}
