import CoreTestSupport
import Revoada
import Testing

/// A failure that tests ask for.
struct Broken: Error, Equatable, CustomStringConvertible {
  let number: Int
  init(_ number: Int = 0) { self.number = number }
  var description: String { "broken \(number)" }
}

/// Returns the number, or fails on it.
func failing(_ number: Int, if fails: Bool) throws(Broken) -> Int {
  if fails { throw Broken(number) }
  return number
}

/// An open channel with elements in it.
func filled<Element: Sendable>(_ elements: some Collection<Element>) -> Channel<Element> {
  let channel = Channel<Element>(capacity: elements.count + 1)
  for element in elements { _ = channel.trySend(element) }
  return channel
}

/// A closed one.
func feed<Element: Sendable>(_ elements: some Collection<Element>) -> Channel<Element> {
  let channel = filled(elements)
  channel.close()
  return channel
}

extension AsyncSequence {
  /// All elements up to the end.
  func collected() async throws -> [Element] { try await reduce(into: []) { $0.append($1) } }
}

/// Collects what a pipeline could not deliver.
final class Undelivered: Sendable {
  private let recorder = Recorder<UndeliveredElement>()
  var callback: @Sendable (UndeliveredElement) -> Void { { self.recorder.add($0) } }
  var all: [UndeliveredElement] { recorder.values }
  func elements<Element>(as type: Element.Type = Int.self) -> [Element] {
    all.compactMap { $0.element as? Element }
  }
}

extension PipelineLedger {
  /// Counts that must hold at any time.
  var isBalanced: Bool {
    inside >= 0 && taken + created == emitted + failed + dropped + filtered + undelivered + inside
  }
}
