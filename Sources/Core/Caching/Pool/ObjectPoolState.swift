import RevoadaScheduling

/// The bookkeeping of an ``ObjectPool``: a pure state machine. The pool takes the lock around it, and creates, validates and destroys
/// without.
package struct ObjectPoolState<Object: Sendable>: Sendable {
  /// An object of the pool.
  package struct Entry: Sendable {
    package let object: Object
    package let created: Int64
    package var idleSince: Int64

    package init(object: Object, created: Int64) {
      self.object = object
      self.created = created
      idleSince = created
    }
  }

  /// What a borrower gets.
  package enum Grant: Sendable {
    /// An idle object.
    case object(Entry)
    /// The right to create one.
    case create
    /// Nothing: the pool is closed.
    case closed
    /// Nothing: too many wait.
    case full
  }

  /// Who has an object.
  package struct Loan: Sendable {
    package let file: StaticString
    package let line: UInt
    package let since: Int64
    fileprivate var isReported = false

    package init(file: StaticString, line: UInt, since: Int64) {
      self.file = file
      self.line = line
      self.since = since
    }
  }

  /// What is to be done at some moment, and when to look again.
  package struct Chores: Sendable {
    package var expired: [Entry] = []
    package var overdue: [Loan] = []
    package var next: Int64?
  }

  package var configuration: ObjectPoolConfiguration
  package private(set) var isClosed = false
  /// Idle objects, that used last at the end: it is lent first, so that the others can grow old.
  private var idle: [Entry] = []
  private var loans: [Int: Loan] = [:]
  /// What waiting borrowers were given, by their tickets, until they fetch it.
  private var grants: [Int: Grant] = [:]
  /// Objects, those being created and destroyed included.
  private var live = 0
  /// Everything counted; `idle`, `creating` and `waiting` are filled in when it is read.
  package private(set) var tally = ObjectPoolStatistics()

  package init(_ configuration: ObjectPoolConfiguration) { self.configuration = configuration }

  package func statistics(waiting: Int) -> ObjectPoolStatistics {
    var result = tally
    result.idle = idle.count
    result.creating = live - idle.count - tally.borrowed - tally.closing
    result.waiting = waiting
    return result
  }

  /// Whether nothing is left of a closed pool.
  package var isDrained: Bool { isClosed && live == 0 }

  // MARK: Borrowing

  package var canServe: Bool { isClosed || !idle.isEmpty || live < configuration.max }

  /// Serves a borrower, if `canServe`.
  package mutating func serve(_ ticket: Int) {
    if isClosed {
      grants[ticket] = .closed
    } else if let entry = idle.popLast() {
      tally.borrowed += 1
      grants[ticket] = .object(entry)
    } else {
      live += 1
      grants[ticket] = .create
    }
  }

  /// Serves a borrower that has just come.
  /// - Returns: false if it must wait.
  package mutating func serveNewcomer(_ ticket: Int, waiting: Int) -> Bool {
    if canServe, isClosed || waiting == 0 {
      serve(ticket)
    } else if let most = configuration.maxWaiters, waiting >= most {
      grants[ticket] = .full
    } else {
      return false
    }
    return true
  }

  package mutating func takeGrant(_ ticket: Int) -> Grant? { grants.removeValue(forKey: ticket) }

  package mutating func created(asIdle entry: Entry? = nil) {
    tally.created += 1
    if let entry { idle.append(entry) } else { tally.borrowed += 1 }
  }

  /// A right to create an object was not used.
  package mutating func giveUpCreation(failed: Bool) {
    live -= 1
    if failed { tally.createFailures += 1 }
  }

  package mutating func lend(_ ticket: Int, _ loan: Loan) {
    tally.loans += 1
    loans[ticket] = loan
  }

  package mutating func timedOut() { tally.timeouts += 1 }

  /// Takes a place for an object that the minimum asks for.
  package mutating func reserveForMinimum() -> Bool {
    if isClosed || live >= min(configuration.min, configuration.max) { return false }
    live += 1
    return true
  }

  // MARK: Coming back

  /// Ends a loan; the object counts as borrowed until it is kept or given up.
  package mutating func endLoan(_ ticket: Int) -> Loan? { loans.removeValue(forKey: ticket) }

  /// Makes a borrowed object idle, or gives it up.
  /// - Returns: whether it was kept.
  package mutating func takeBack(_ entry: Entry, now: Int64) -> Bool {
    if isClosed || live > configuration.max || isOld(entry, now: now) {
      giveUp()
      return false
    }
    var entry = entry
    entry.idleSince = now
    tally.borrowed -= 1
    idle.append(entry)
    return true
  }

  /// A borrowed object is going to be destroyed.
  package mutating func giveUp(isInvalid: Bool = false, isLeaked: Bool = false) {
    tally.borrowed -= 1
    tally.destroyed += 1
    tally.closing += 1
    if isInvalid { tally.validationFailures += 1 }
    if isLeaked { tally.leaked += 1 }
  }

  /// An object has been destroyed.
  /// - Parameter keepsPlace: another is created in its place by the same borrower.
  package mutating func destroyed(keepsPlace: Bool, failed: Bool) {
    tally.closing -= 1
    if !keepsPlace { live -= 1 }
    if failed { tally.destroyFailures += 1 }
  }

  /// Takes out the idle objects that are too many: beyond the maxima, or all when closed.
  package mutating func takeSurplus() -> [Entry] {
    let tooMany = max(live - tally.closing - configuration.max, idle.count - (configuration.maxIdle ?? .max))
    let number = isClosed ? idle.count : min(idle.count, max(0, tooMany))
    return retire(Array(idle.prefix(number)), leaving: Array(idle.dropFirst(number)))
  }

  package mutating func close() { isClosed = true }

  // MARK: Growing old

  /// Whether an object must not be lent any more.
  package func isOld(_ entry: Entry, now: Int64) -> Bool {
    guard let limit = configuration.maxLifetime?.nanoseconds else { return false }
    return now - entry.created >= limit
  }

  /// Takes out what has become too old or idle for too long, and names loans that take too long, each once.
  package mutating func chores(now: Int64) -> Chores {
    var chores = Chores()
    var kept: [Entry] = []
    var surplus = live - tally.closing - configuration.min
    for entry in idle {  // the longest idle first
      let isIdleTooLong = configuration.maxIdleTime.map { now - entry.idleSince >= $0.nanoseconds } ?? false
      if isOld(entry, now: now) || (isIdleTooLong && surplus > 0) {
        chores.expired.append(entry)
        surplus -= 1
      } else {
        kept.append(entry)
      }
    }
    chores.expired = retire(chores.expired, leaving: kept)
    if let limit = configuration.leakWarning?.nanoseconds {
      for (ticket, loan) in loans where !loan.isReported && now - loan.since >= limit {
        loans[ticket]?.isReported = true
        tally.leakWarnings += 1
        chores.overdue.append(loan)
      }
    }
    chores.next = nextChore(surplus: surplus)
    return chores
  }

  /// When something will be due; nil if nothing will without further events.
  package func nextChore() -> Int64? { nextChore(surplus: live - tally.closing - configuration.min) }

  private func nextChore(surplus: Int) -> Int64? {
    func later(_ time: Int64, _ duration: Duration?) -> Int64? {
      guard let duration else { return nil }
      let (sum, overflow) = time.addingReportingOverflow(duration.nanoseconds)
      return overflow ? nil : sum
    }
    var times: [Int64?] = []
    if configuration.maxLifetime != nil { times += idle.map { later($0.created, configuration.maxLifetime) } }
    if surplus > 0, let first = idle.first { times.append(later(first.idleSince, configuration.maxIdleTime)) }
    if configuration.leakWarning != nil {
      times += loans.values.map { $0.isReported ? nil : later($0.since, configuration.leakWarning) }
    }
    return times.compactMap(\.self).min()
  }

  /// Idle objects are going to be destroyed.
  private mutating func retire(_ entries: [Entry], leaving kept: [Entry]) -> [Entry] {
    idle = kept
    tally.destroyed += entries.count
    tally.closing += entries.count
    return entries
  }
}
