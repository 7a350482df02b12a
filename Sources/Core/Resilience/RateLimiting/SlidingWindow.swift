/// At most `limit` in any span of `length`: the times of those let in are kept until they are old enough.
///
/// Memory: one entry for each moment at which anything was let in, at most `limit`.
struct SlidingWindow: Sendable {
  let limit: Int
  private let length: Int64
  /// Those let in within the last `length`, in order of time; those before `head` are over.
  private var entries: [(time: Int64, count: Int)] = []
  private var head = 0
  private var inside = 0
  private var latest = Int64.min

  init(limit: Int, length: Int64) {
    self.limit = limit
    self.length = length
  }

  private mutating func expire(_ now: Int64) {
    latest = max(latest, now)
    while head < entries.count, latest - entries[head].time >= length {
      inside -= entries[head].count
      head += 1
    }
    if head > 32, head * 2 > entries.count {
      entries.removeFirst(head)
      head = 0
    }
  }

  mutating func take(_ count: Int, now: Int64) -> Bool {
    expire(now)
    if inside + count > limit { return false }
    add(count)
    return true
  }

  private mutating func add(_ count: Int) {
    inside += count
    if entries.count > head, entries[entries.count - 1].time == latest {
      entries[entries.count - 1].count += count
    } else {
      entries.append((latest, count))
    }
  }

  /// When there will be room for `count` more; those beyond `limit` wait for further windows.
  func ready(_ count: Int) -> Int64 {
    let (rounds, rest) = (count - 1).quotientAndRemainder(dividingBy: limit)
    // How many must have left before the last of them may enter.
    var toLeave = inside + rest + 1 - limit
    var time = toLeave > 0 ? Int64.max : Int64.min
    for entry in entries[head...] where toLeave > 0 {
      toLeave -= entry.count
      if toLeave <= 0 { time = adding(entry.time, length) }
    }
    if rounds == 0 { return time }
    let (wait, overflow) = length.multipliedReportingOverflow(by: Int64(rounds))
    return adding(max(time, latest), overflow ? .max : wait)
  }

  mutating func serve(_ count: Int, now: Int64) -> Int64 {
    expire(now)
    add(count)
    return latest
  }

  /// Puts back what was taken at `time`; nothing if that is past the window anyway.
  mutating func refund(_ count: Int, takenAt time: Int64) {
    guard let index = entries[head...].lastIndex(where: { $0.time == time }) else { return }
    let returned = min(count, entries[index].count)
    entries[index].count -= returned
    inside -= returned
  }

  func available(now: Int64) -> Int {
    let present = max(latest, now)
    let gone = entries[head...].prefix { present - $0.time >= length }.reduce(0) { $0 + $1.count }
    return limit - inside + gone
  }
}

private func adding(_ time: Int64, _ span: Int64) -> Int64 {
  let (sum, overflow) = time.addingReportingOverflow(span)
  return overflow ? .max : sum
}
