import CRevoada
import RevoadaChannels
import RevoadaScheduling

/// The messages of one process: a broadcaster for each pattern.
///
/// What a topic's message is sent to is found once and kept, until somebody subscribes to a new pattern. A pattern without subscribers goes
/// when there are twice as many patterns as were in use when this was last looked at.
public final class MemoryBus<Message: Sendable>: MessageBus, @unchecked Sendable {
  // All variables are protected by `lock`.

  @usableFromInline let lock = Lock()
  @exclusivity(unchecked) @usableFromInline var known: [String: Route<Message>] = [:]
  @exclusivity(unchecked) @usableFromInline var isClosed = false
  @exclusivity(unchecked) private var outlets = TopicTree<Outlet<Message>>()
  /// The number of patterns at which the unused ones go.
  @exclusivity(unchecked) private var sweepAt = 64
  @usableFromInline let instruments: PubSubInstruments
  private let subject: String

  /// How many topics are known before all are forgotten: topics may be made up from data.
  private static var mostKnown: Int { 1024 }

  /// Creates a bus without subscribers.
  /// - Parameter name: for errors, metrics and logs.
  public init(name: String? = nil) {
    subject = name.map { "pub/sub \"\($0)\"" } ?? "pub/sub"
    instruments = PubSubInstruments(name: name)
  }

  deinit { close() }

  /// See ``MessageBus/subscribe(_:group:buffer:policy:onUndelivered:)``.
  public func subscribe(
    _ pattern: TopicPattern, group: String?, buffer: Int, policy: SubscriptionPolicy,
    onUndelivered: ((consuming Message, UndeliveredReason) -> Void)?
  ) -> Subscription<Message> {
    let outlet = open(pattern, group)
    let broadcaster = group == nil ? outlet.everyone : Broadcaster<Message>(history: 0)
    let subscription = broadcaster.subscribe(buffer: buffer, policy: policy, onUndelivered: onUndelivered)
    let (patterns, hasClosed, released) = lock.withLock { () -> (Int, Bool, [Broadcaster<Message>]?) in
      outlet.pins -= 1
      let released = group.flatMap { outlet.groups[$0]?.add(broadcaster) }
      return (outlets.count, isClosed, released)
    }
    // A close in between has not seen it.
    if hasClosed { broadcaster.close() }
    withExtendedLifetime(released) {}
    instruments.subscribed(pattern, group: group, patterns: patterns)
    return subscription
  }

  /// What belongs to a pattern, and may not go until its subscriber is there.
  private func open(_ pattern: TopicPattern, _ group: String?) -> Outlet<Message> {
    let isNew = lock.withLock { outlets[pattern] == nil }
    let fresh = isNew ? Outlet<Message>(pattern) : nil
    let (outlet, released) = lock.withLock { () -> (Outlet<Message>, Released) in
      var released = Released()
      let old = outlets[pattern]
      if old == nil, outlets.count >= sweepAt { sweep(&released) }
      // It may have gone since, but then nobody else has it.
      let outlet = old ?? fresh ?? Outlet<Message>(pattern)
      let isNewGroup = group.map { outlet.groups[$0] == nil } ?? false
      if old == nil || isNewGroup { forgetRoutes(&released) }
      if old == nil { outlets[pattern] = outlet }
      if isNewGroup, let group { outlet.groups[group] = QueueGroup() }
      outlet.pins += 1
      return (outlet, released)
    }
    withExtendedLifetime(released) {}
    return outlet
  }

  /// What is released after the lock is, since the end of a broadcaster is logged.
  private struct Released {
    var outlets: [Outlet<Message>] = []
    var routes: [[String: Route<Message>]] = []
  }

  /// With the lock held.
  private func sweep(_ released: inout Released) {
    released.outlets = outlets.values.filter { $0.pins == 0 && $0.isUnused }
    for outlet in released.outlets { outlets[outlet.pattern] = nil }
    sweepAt = max(64, outlets.count * 2)
  }

  /// With the lock held.
  private func forgetRoutes(_ released: inout Released) {
    released.routes.append(known)
    known = [:]
  }

  /// See ``MessageBus/publish(_:to:)``.
  nonisolated(nonsending)
    public func publish(_ message: Message, to topic: String) async throws -> Int?
  { try await deliver(message, to: topic) }

  /// Everybody is served before anybody is waited for.
  @inlinable
  nonisolated(nonsending)
    func deliver(_ message: Message, to topic: String) async throws -> Int
  {
    let route = try route(to: topic)
    var receivers = 0
    var waiting: [(Broadcaster<Message>, BroadcastRound<Message>)] = []
    for broadcaster in route.broadcasters {
      var round = BroadcastRound<Message>()
      receivers &+= broadcaster.begin(message, &round) ?? 0
      if round.isWaiting { waiting.append((broadcaster, round)) }
    }
    for group in route.groups { receivers &+= deliver(message, to: group, &waiting) }
    if instruments.isMeasuring { instruments.published(receivers) }
    if !waiting.isEmpty { try await finish(waiting) }
    return receivers
  }

  @inlinable
  func route(to topic: String) throws -> Route<Message> {
    crv_lock_acquire(lock.word)
    if !isClosed, let route = known[topic] {
      crv_lock_release(lock.word)
      return route
    }
    crv_lock_release(lock.word)
    return try findRoute(to: topic)
  }

  @usableFromInline
  func findRoute(to topic: String) throws -> Route<Message> {
    let parts = try TopicPattern.validate(topic: topic)
    let (found, released) = lock.withLock { () -> (Route<Message>?, Released) in
      var released = Released()
      if isClosed { return (nil, released) }
      let route = Route(to: outlets.matches(parts))
      if known.count >= Self.mostKnown { forgetRoutes(&released) }
      known[topic] = route
      return (route, released)
    }
    withExtendedLifetime(released) {}
    guard let found else { throw MessagingClosed(subject: subject) }
    return found
  }

  /// Gives a message to one member of a group.
  @usableFromInline
  func deliver(
    _ message: Message, to group: QueueGroup<Message>,
    _ waiting: inout [(Broadcaster<Message>, BroadcastRound<Message>)]
  ) -> Int {
    // A member that leaves just now does not take the message along.
    while let member = lock.withLock({ group.next() }) {
      var round = BroadcastRound<Message>()
      guard let receivers = member.begin(message, &round), receivers > 0 else { continue }
      if round.isWaiting { waiting.append((member, round)) }
      return receivers
    }
    return 0
  }

  /// Waits for all who were full, even if it is cancelled while it waits for the first of them.
  @usableFromInline
  nonisolated(nonsending)
    func finish(_ waiting: [(Broadcaster<Message>, BroadcastRound<Message>)]) async throws
  {
    var failure: (any Error)?
    for (broadcaster, round) in waiting {
      do { try await broadcaster.finish(round) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// See ``MessageBus/close()``.
  public func close() {
    var released = Released()
    let (rest, members, isFirst) = lock.withLock { () -> ([Outlet<Message>], [Broadcaster<Message>], Bool) in
      let isFirst = !isClosed
      isClosed = true
      forgetRoutes(&released)
      let rest = outlets.values
      return (rest, rest.flatMap { $0.groups.values.flatMap(\.members) }, isFirst)
    }
    if !isFirst { return }
    for broadcaster in rest.map(\.everyone) + members { broadcaster.close() }
    instruments.closed(patterns: rest.count)
  }
}

/// The subscribers of one pattern.
final class Outlet<Message: Sendable>: @unchecked Sendable {  // what changes is protected by the bus's lock
  let pattern: TopicPattern
  let everyone = Broadcaster<Message>(history: 0)
  @exclusivity(unchecked) var groups: [String: QueueGroup<Message>] = [:]
  /// Subscribers that are about to be added.
  @exclusivity(unchecked) var pins = 0

  init(_ pattern: TopicPattern) { self.pattern = pattern }

  var isUnused: Bool { everyone.subscribers == 0 && groups.values.allSatisfy(\.isUnused) }
}

/// Where the messages of one topic go.
@usableFromInline
final class Route<Message: Sendable>: Sendable {
  @usableFromInline let broadcasters: [Broadcaster<Message>]
  @usableFromInline let groups: [QueueGroup<Message>]

  init(to outlets: [Outlet<Message>]) {
    broadcasters = outlets.map(\.everyone)
    groups = outlets.flatMap { $0.groups.values }
  }
}
