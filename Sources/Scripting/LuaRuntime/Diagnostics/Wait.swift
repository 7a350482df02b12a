import LuaShim
import Revoada

/// A parked goroutine and what it waits for.
struct Wait {
  /// What can end it.
  enum Ending {
    /// A timer or native call.
    case time
    /// Somebody with one of these channels or objects, which belong to this isolate alone.
    case channels
    /// Anybody, for all that is known.
    case anybody
    case object(SharedObject)
    case goroutine(GoroutineID)
    case nothing
  }

  /// Tells this wait from all others.
  struct ID: Hashable, Sendable {
    let goroutine: GoroutineID
    let number: UInt32
  }

  let id: ID
  /// Who waits, in a graph of the library.
  let waiter: WaiterID
  /// What the goroutine was called by whoever called it from Swift, such as `main`.
  let name: String?
  /// Such as `waits to receive from channel "jobs" at script.lua:3`.
  var text: String
  /// Where the goroutine was spawned, as `file.lua:12`.
  let site: String
  /// The channels that it waits for, such as `channel "jobs"`.
  let channels: [String]
  let ending: Ending
  /// Whether only a goroutine of this isolate that can reach one of the channels or objects ends the wait.
  let isLocal: Bool

  var goroutine: GoroutineID { id.goroutine }
  /// What reports call the goroutine.
  var label: String { name ?? "goroutine \(waiter.number)" }

  /// Who waits for what, and where it comes from.
  var sentence: String { "\(label) \(text)" + (site == "?" ? "" : ", spawned at \(site)") }

  /// The script's line.
  var place: String? {
    let words = text.split(separator: " ")
    guard words.count > 1, words[words.count - 2] == "at" else { return nil }
    return String(words[words.count - 1])
  }
}

extension Isolate {
  /// Describes every parked goroutine.
  ///
  /// In a turn, or while the pump is held parked.
  func waits() -> [Wait] {
    let list = WaitList(self)
    rv_visit_waits(state, Unmanaged.passUnretained(list).toOpaque()) { list, wait in
      Unmanaged<WaitList>.fromOpaque(list).takeUnretainedValue().append(wait.pointee)
    }
    return list.waits
  }
}

private final class WaitList {
  let isolate: Isolate
  private let names: [UInt64: String]
  var waits: [Wait] = []

  init(_ isolate: Isolate) {
    self.isolate = isolate
    let calls = isolate.core.calls.all.filter { $0.isolate === isolate }
    names = Dictionary(calls.map { ($0.call.goroutine, $0.call.name) }) { $1 }
  }

  func append(_ info: rv_wait_info) {
    var text = String(cString: info.text)
    // What the shim cannot know: which function of Swift it is.
    if let call = isolate.hosted[info.goroutine]?.name {
      text = text.replacing("waits for a native call", with: "waits in \(call)", maxReplacements: 1)
    }
    let goroutine = GoroutineID(isolate, info.goroutine)
    let areLocal = UnsafeBufferPointer(start: info.objects, count: Int(info.object_count)).allSatisfy {
      pointer in
      let object = Unmanaged<SharedObject>.fromOpaque(pointer).takeUnretainedValue()
      return object.isPrivate && object.isServedByCallers(goroutine)
    }
    waits.append(
      Wait(
        id: Wait.ID(goroutine: goroutine, number: info.number),
        waiter: WaiterID(source: isolate.number, number: UInt64(info.serial)),
        name: names[info.goroutine], text: text,
        site: String(cString: info.site), channels: channels(info), ending: ending(info, areLocal),
        isLocal: areLocal && (info.ending == RV_BY_CHANNEL || info.ending == RV_BY_OBJECT)))
  }

  private func channels(_ info: rv_wait_info) -> [String] {
    String(cString: info.channels).split(separator: "\n").map(String.init)
  }

  private func ending(_ info: rv_wait_info, _ areLocal: Bool) -> Wait.Ending {
    switch info.ending {
    case RV_BY_CHANNEL: return areLocal ? .channels : .anybody
    case RV_BY_ANYBODY: return .anybody
    case RV_BY_GOROUTINE: return info.awaited == 0 ? .time : .goroutine(GoroutineID(isolate, info.awaited))
    case RV_BY_NOTHING: return .nothing
    case RV_BY_OBJECT:
      guard let object = info.object else { return .time }
      return .object(Unmanaged<SharedObject>.fromOpaque(object).takeUnretainedValue())
    default: return .time
    }
  }
}
