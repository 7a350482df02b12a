/// A first-in, first-out queue in one flat buffer that grows.
struct Ring<Element> {
  private var places: [Element?]
  private var head = 0
  private(set) var count = 0

  init() { places = [] }

  var isEmpty: Bool { count == 0 }
  var first: Element? { count == 0 ? nil : places[head] }

  mutating func append(_ element: Element) {
    if count == places.count { grow() }
    places[(head &+ count) & (places.count &- 1)] = element
    count &+= 1
  }

  mutating func popFirst() -> Element? {
    if count == 0 { return nil }
    let element = places[head].take()
    head = (head &+ 1) & (places.count &- 1)
    count &-= 1
    return element
  }

  /// Keeps those that meet a condition, in their order.
  mutating func keep(where condition: (Element) -> Bool) {
    for _ in 0..<count {
      if let element = popFirst(), condition(element) { append(element) }
    }
  }

  /// Sizes are powers of two, so that an index wraps by a mask.
  private mutating func grow() {
    var grown = [Element?](repeating: nil, count: max(8, places.count * 2))
    for index in 0..<count { grown[index] = places[(head &+ index) & (places.count &- 1)] }
    places = grown
    head = 0
  }
}
