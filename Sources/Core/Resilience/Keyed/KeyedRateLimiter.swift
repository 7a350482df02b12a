import RevoadaScheduling

/// A rate for each user, address or whatever the key is.
///
/// ```swift
/// let users = KeyedRateLimiter<String>(rate: 10, per: .seconds(1), burst: 10)
/// if !users.tryAcquire(user) { return .tooManyRequests }
/// ```
///
/// Each key has a token bucket as a ``RateLimiter`` has. A bucket that is full is as good as new, so idle keys are dropped
/// without anybody noticing. At most `maxKeys` are kept: when more are busy at a time, those that are next to full
/// are forgotten first (``Stats/forgotten``). Keys for whom somebody waits are never dropped.
///
/// Cost: about 100 ns a `tryAcquire` plus the hashing of the key; some 80 bytes a key.
public final class KeyedRateLimiter<Key: Hashable & Sendable>: @unchecked Sendable {
  // All `var`s are protected by `lock`.

  /// A key's bucket.
  @usableFromInline
  struct Entry {
    /// See ``TokenBucket``.
    @usableFromInline var fullAt: Int128
    /// Has the bucket while somebody waits.
    @usableFromInline var limiter: RateLimiter?
    /// How many wait.
    @usableFromInline var users: Int

    @inlinable
    init() { (fullAt, limiter, users) = (.min, nil, 0) }
  }

  /// What was asked for and what became of it, in tokens.
  public struct Stats: Sendable, Equatable {
    /// The keys at present.
    public let keys: Int
    /// Busy keys that had to make room for others.
    public let forgotten: Int
    /// Let through, at once or after a wait.
    public let granted: Int
    /// Refused by ``KeyedRateLimiter/tryAcquire(_:_:)``.
    public let refused: Int
    /// No longer wanted: cancelled waits.
    public let cancelled: Int
    /// Asked for and not yet there.
    public let waiting: Int
  }

  /// What the limiter is called in errors and metrics.
  public let name: String?
  @usableFromInline let lock = Lock()
  @exclusivity(unchecked) @usableFromInline var entries: KeyedStates<Key, Entry>
  /// The arithmetic for all keys: each key's state is put in and taken out.
  @exclusivity(unchecked) @usableFromInline var bucket: TokenBucket
  @exclusivity(unchecked) @usableFromInline var counts = KeyedCounts()
  @usableFromInline let burst: Int
  @usableFromInline let fault: InvalidSetting?
  @usableFromInline let instruments: RateInstruments

  /// Creates a limiter without keys.
  ///
  /// - Parameters:
  ///   - name: for errors and metrics.
  ///   - rate: how many tokens each key gets each `per`, see ``RateLimiter/init(name:rate:per:burst:)``.
  ///   - per: the time that `rate` is for.
  ///   - burst: how many tokens each key can save up; nil for those of one `per`.
  ///   - maxKeys: how many keys are kept.
  public init(
    name: String? = nil, rate: Double, per: Duration = .seconds(1), burst: Int? = nil, maxKeys: Int = 100_000
  ) {
    var check = SettingsCheck("keyed rate limiter", name)
    check.require(maxKeys >= 1, "max keys", maxKeys, "at least 1")
    let (bucket, fault) = RateSettings.bucket(
      "keyed rate limiter", name, rate: rate, per: per, burst: burst)
    self.name = name
    self.fault = fault ?? check.fault
    self.bucket = self.fault == nil ? bucket : .closed
    self.burst = bucket.burst
    entries = KeyedStates(limit: maxKeys)
    instruments = RateInstruments(name: name)
  }

  /// Finds a setting that the limiter cannot work with.
  public func validate() throws(InvalidSetting) { if let fault { throw fault } }

  /// The ledger: asked for = granted + refused + cancelled + waiting. A snapshot.
  public var stats: Stats {
    lock.withLock {
      Stats(
        keys: entries.count, forgotten: entries.forgotten, granted: counts.granted, refused: counts.refused,
        cancelled: counts.cancelled, waiting: counts.waiting)
    }
  }

  /// Takes tokens of a key if they are there and nobody waits for some; see ``RateLimiter/tryAcquire(_:)``.
  @inlinable
  public func tryAcquire(_ key: Key, _ count: Int = 1) -> Bool {
    if count < 0 || fault != nil { return false }
    let now = currentTime()
    let taken = lock.withLock {
      let place = place(of: key, now: now)
      let taken = entries[place].limiter?.tryAcquire(count) ?? take(count, at: place, now: now)
      if taken { counts.granted &+= count } else { counts.refused &+= count }
      return taken
    }
    instruments.tried(count, taken)
    return taken
  }

  /// What a key can take now by ``tryAcquire(_:_:)``: the burst for one that is not known.
  @inlinable
  public func available(_ key: Key) -> Int {
    if fault != nil { return 0 }
    let now = currentTime()
    return lock.withLock {
      guard let place = entries.find(key) else { return burst }
      if let limiter = entries[place].limiter { return limiter.available }
      bucket.fullAt = entries[place].fullAt
      return bucket.available(now: now)
    }
  }

  /// Takes tokens of a key, suspending until they are there; see ``RateLimiter/acquire(_:)``.
  nonisolated(nonsending)
    public func acquire(_ key: Key, _ count: Int = 1) async throws
  {
    try validate()
    try checkRequest(count, burst, name)
    let now = Timers.current.now
    let limiter = lock.withLock { () -> RateLimiter? in
      let place = place(of: key, now: now)
      if entries[place].limiter == nil {
        if take(count, at: place, now: now) {
          counts.granted &+= count
          return nil
        }
        bucket.fullAt = entries[place].fullAt
        entries[place].limiter = RateLimiter(name: name, RateMeter(bucket: bucket), nil, isSilent: true)
      }
      entries[place].users += 1
      counts.waiting += count
      return entries[place].limiter
    }
    guard let limiter else { return instruments.tried(count, true) }
    do { try await limiter.acquire(count) } catch {
      leave(key) {
        counts.waiting -= count
        counts.cancelled &+= count
      }
      instruments.cancelled(count)
      throw error
    }
    leave(key) {
      counts.waiting -= count
      counts.granted &+= count
    }
    instruments.granted(count) { Timers.current.now - now }
  }

  // MARK: With the lock held

  @inlinable
  func place(of key: Key, now: Int64) -> Int {
    entries.place(of: key) { [bucket] entry in
      entry.limiter == nil ? bucket.timeToFull(entry.fullAt, now: now) : nil
    } make: {
      Entry()
    }
  }

  @inlinable
  func take(_ count: Int, at place: Int, now: Int64) -> Bool {
    bucket.fullAt = entries[place].fullAt
    if !bucket.take(count, now: now) { return false }
    entries[place].fullAt = bucket.fullAt
    return true
  }

  // MARK: Without it

  /// After a wait: the last one puts the bucket back.
  private func leave(_ key: Key, _ note: () -> Void) {
    lock.withLock {
      note()
      guard let place = entries.find(key) else { return }  // unreachable: keys in use stay
      entries[place].users -= 1
      guard entries[place].users == 0, let limiter = entries[place].limiter else { return }
      entries[place].fullAt = limiter.fullAt
      entries[place].limiter = nil
    }
  }
}

/// The tokens in the ledger of a keyed limiter.
@usableFromInline
struct KeyedCounts {
  @usableFromInline var granted = 0
  @usableFromInline var refused = 0
  var cancelled = 0
  var waiting = 0
}
