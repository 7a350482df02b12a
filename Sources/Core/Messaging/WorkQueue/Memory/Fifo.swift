/// First in, first out, in an array whose taken places are given up from time to time.
struct Fifo<Element> {
  private var places: [Element?] = []
  private var head = 0

  var isEmpty: Bool { head == places.count }
  var count: Int { places.count - head }
  var first: Element? { isEmpty ? nil : places[head] }
  /// All of them, the oldest first.
  var elements: [Element] { places[head...].compactMap(\.self) }

  mutating func append(_ element: Element) { places.append(element) }

  mutating func prepend(_ element: Element) {
    if head == 0 { return places.insert(element, at: 0) }
    head &-= 1
    places[head] = element
  }

  mutating func popFirst() -> Element? {
    if isEmpty { return nil }
    let element = places[head].take()
    head &+= 1
    if head == places.count {
      places.removeAll(keepingCapacity: head <= 4096)
      head = 0
    } else if head >= 64, head &* 2 >= places.count {
      places.removeFirst(head)
      head = 0
    }
    return element
  }

  mutating func removeAll(where condition: (Element) -> Bool) {
    places = elements.filter { !condition($0) }
    head = 0
  }
}
