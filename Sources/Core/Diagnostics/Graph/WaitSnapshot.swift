import RevoadaScheduling

/// One that may wait, at the moment at which it was looked at.
public struct WaitSnapshot: Sendable, CustomStringConvertible {
  /// Who it is.
  public let id: WaiterID
  /// Its name, if it was given one.
  public let name: String?
  /// What it waits for: one case, the several of a select, or none if it does not wait.
  public let cases: [WaitCase]
  /// Tells this wait from earlier and later ones of the same waiter.
  public let wait: UInt64
  /// Whether a time limit will end the wait, whatever it waits for.
  public let isLimited: Bool

  private enum Place: Sendable {
    case site(SpawnSite)
    case text(String)
  }
  // Rendered only for reports: a million goroutines have a million sites.
  private let storedPlace: Place

  /// Describes a waiter of a ``WaitSource``.
  ///
  /// - Parameters:
  ///   - id: who it is.
  ///   - name: what reports call it.
  ///   - place: where it is or came from, such as `waiting at script.lua:3`.
  ///   - wait: changes whenever the waiter has gone on between two looks.
  ///   - isLimited: whether time ends the wait.
  ///   - cases: what it waits for; any one of them is enough.
  public init(
    id: WaiterID, name: String?, place: String, cases: [WaitCase], wait: UInt64, isLimited: Bool = false
  ) {
    self.id = id
    self.name = name
    self.cases = cases
    self.wait = wait
    self.isLimited = isLimited
    storedPlace = .text(place)
  }

  init(_ goroutine: AnyGoroutine, cases: [WaitCase], wait: UInt64, isLimited: Bool) {
    id = .goroutine(goroutine.id)
    name = goroutine.name
    self.cases = cases
    self.wait = wait
    self.isLimited = isLimited
    storedPlace = .site(goroutine.site)
  }

  /// Where it is or came from: `spawned at Bank/Transfer.swift:12`.
  public var place: String {
    switch storedPlace {
    case .site(let site): "spawned at \(site)"
    case .text(let text): text
    }
  }

  /// Who it is, in short: `goroutine 7 "transfer"`.
  public var label: String {
    let number = "goroutine \(id.number)"
    return name.map { "\(number) \"\($0)\"" } ?? number
  }

  /// What it does, in words.
  public var activity: String {
    if cases.isEmpty { return "runs" }
    let texts = cases.map(\.object.description)
    return texts.count == 1 ? texts[0] : "selects: " + texts.joined(separator: ", or ")
  }

  /// A line for people.
  public var description: String { "\(label) (\(place)) \(activity)" }
}
