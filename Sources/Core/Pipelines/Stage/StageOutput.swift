/// What a stage makes of one element.
@usableFromInline
enum StageOutput<Element: Sendable>: Sendable {
  case one(Element)
  /// Nothing: the element was filtered out.
  case none
  /// Several, but at least one.
  case many([Element])
  /// The outputs of as many elements, which have been counted.
  case batch([Element])

  @inlinable
  init(optional element: Element?) {
    if let element { self = .one(element) } else { self = .none }
  }

  @inlinable
  init(all elements: [Element]) { self = elements.isEmpty ? .none : .many(elements) }
}
