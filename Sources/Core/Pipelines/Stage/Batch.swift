import RevoadaChannels

/// Elements in a row, in memory that is used again and again; they are taken from the front.
@usableFromInline
struct Batch<Element>: ~Copyable {
  // Flat memory: the channels move elements into it and out of it.
  @usableFromInline var memory: UnsafeMutablePointer<Element>
  @usableFromInline var capacity: Int
  @usableFromInline var start = 0
  @usableFromInline var end = 0

  @inlinable
  init(capacity: Int) {
    self.capacity = capacity
    memory = .allocate(capacity: capacity)
  }
  @inlinable
  deinit {
    (memory + start).deinitialize(count: end - start)
    memory.deallocate()
  }

  @inlinable
  var isEmpty: Bool { start == end }

  @inlinable
  mutating func append(_ element: consuming Element) {
    if start == end {
      start = 0
      end = 0
    }
    if end == capacity { grow() }
    (memory + end).initialize(to: element)
    end &+= 1
  }

  @inlinable
  mutating func removeFirst() -> Element {
    start &+= 1
    return (memory + start - 1).move()
  }

  @inlinable
  mutating func removeAll() -> [Element] {
    let count = end &- start
    defer { end = start }
    return Array(unsafeUninitializedCapacity: count) { places, initializedCount in
      places.baseAddress?.moveInitialize(from: memory + start, count: count)
      initializedCount = count
    }
  }

  @inlinable
  mutating func grow() {
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
    (larger + start).moveInitialize(from: memory + start, count: end - start)
    memory.deallocate()
    memory = larger
    capacity *= 2
  }
}

extension Batch where Element: Sendable {
  /// Takes at least one element of a channel and at most `limit` into the empty batch. Suspends until there is one.
  /// - Returns: false when there will be none, or the run is ending.
  @inlinable
  nonisolated(nonsending)
    mutating func fill(_ limit: Int, from channel: Channel<Element>, _ meter: WorkerMeter) async -> Bool
  {
    var count = channel.tryReceive(into: memory, limit: limit)
    if count < 0 { return false }
    if count == 0 {
      meter.waits(.starved)
      defer { meter.works() }
      // A cancelled wait has taken nothing.
      guard let element = try? await channel.receive() else { return false }
      memory.initialize(to: element)
      // More may have come while this worker woke up.
      count = 1 + max(0, channel.tryReceive(into: memory + 1, limit: limit - 1))
    }
    start = 0
    end = count
    meter.took(count)
    return true
  }
}
