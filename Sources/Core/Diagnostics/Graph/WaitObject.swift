import RevoadaScheduling

/// Something that is waited for.
public struct WaitObject: Hashable, Sendable, CustomStringConvertible {
  /// What it is, as in `waits to receive from channel "jobs"`: the words before its name.
  public let words: String
  /// Its name, if it was given one.
  public let name: String?
  /// Tells it from others while it lives: its address, usually.
  public let identity: UInt
  /// Whether it is an end of a channel.
  public let isChannel: Bool

  /// Describes something.
  public init(_ words: String, name: String?, identity: UInt, isChannel: Bool = false) {
    self.words = words
    self.name = name
    self.identity = identity
    self.isChannel = isChannel
  }

  /// How it is called in a list: its name, or a number.
  public var label: String { name ?? "#" + String(identity, radix: 16) }

  /// A part of a sentence: `waits for lock "accounts"`.
  public var description: String {
    if let name { return "\(words) \"\(name)\"" }
    return identity == 0 ? words : "\(words) \(label)"
  }
}

extension WaitObject {
  init(_ kind: WaitKind, name: String?, identity: UInt) {
    self.init(kind.words, name: name, identity: identity, isChannel: kind == .receive || kind == .send)
  }
}

extension WaitKind {
  var words: String {
    switch self {
    case .receive: "waits to receive from channel"
    case .send: "waits to send to channel"
    case .lock: "waits for lock"
    case .readWrite: "waits for read-write lock"
    case .permits: "waits for permits of"
    case .place: "waits for a place in scope"
    case .group: "waits for wait group"
    case .condition: "waits for condition"
    case .once: "waits for somebody else's call of once"
    case .barrier: "waits at barrier"
    case .latch: "waits for latch"
    case .goroutine: "waits for the end of goroutine"
    case .timer: "waits for a timer"
    case .other: "waits in"
    }
  }
}
