import RevoadaScheduling

/// One or more cases of a ``select(_:_:)``: ``Receive``, ``Send``, ``After``, ``Default``, the cases of other primitives, and what
/// `if` and `for` make of them.
///
/// For the library's own types: a select tells its cases what to do by pointers that mean nothing elsewhere.
public protocol SelectCases<Output> {
  /// What the handlers return.
  associatedtype Output
  /// How many cases these are.
  var caseCount: Int { get }
  /// Describes each case in a slot of its own.
  func describe(_ slots: UnsafeMutablePointer<SelectSlot>)
  /// After the select is decided: cleans up after the losers. `chosen` is outside the range if none of these has won.
  func settle(_ slots: UnsafeMutablePointer<SelectSlot>, chosen: Int)
  /// Runs the handler of the chosen case.
  nonisolated(nonsending) func finish(_ slot: SelectSlot, index: Int) async throws -> Output
}

/// Collects the cases of a ``select(_:_:)``.
@resultBuilder
public enum SelectBuilder<Output> {
  /// A case.
  @inlinable @inline(__always)
  public static func buildExpression<Cases: SelectCases<Output>>(_ cases: Cases) -> Cases { cases }
  /// The first case.
  @inlinable @inline(__always)
  public static func buildPartialBlock<Cases: SelectCases<Output>>(first: Cases) -> Cases { first }
  /// One more case.
  @inlinable @inline(__always)
  public static func buildPartialBlock<First: SelectCases<Output>, Second: SelectCases<Output>>(
    accumulated: First, next: Second
  ) -> SelectPair<First, Second> { SelectPair(first: accumulated, second: next) }
  /// A select without cases.
  public static func buildBlock() -> SelectArray<SelectCase<Output>> { SelectArray(cases: []) }
  /// `if` without `else`.
  public static func buildOptional<Cases: SelectCases<Output>>(_ cases: Cases?) -> SelectArray<Cases> {
    SelectArray(cases: cases.map { [$0] } ?? [])
  }
  /// `if`.
  public static func buildEither<First: SelectCases<Output>, Second: SelectCases<Output>>(
    first cases: First
  ) -> SelectPair<SelectArray<First>, SelectArray<Second>> {
    SelectPair(first: SelectArray(cases: [cases]), second: SelectArray(cases: []))
  }
  /// `else`.
  public static func buildEither<First: SelectCases<Output>, Second: SelectCases<Output>>(
    second cases: Second
  ) -> SelectPair<SelectArray<First>, SelectArray<Second>> {
    SelectPair(first: SelectArray(cases: []), second: SelectArray(cases: [cases]))
  }
  /// `for`.
  public static func buildArray<Cases: SelectCases<Output>>(_ cases: [Cases]) -> SelectArray<Cases> {
    SelectArray(cases: cases)
  }
}

/// Cases one after the other.
public struct SelectPair<First: SelectCases, Second: SelectCases>: SelectCases
where First.Output == Second.Output {
  @usableFromInline let first: First
  @usableFromInline let second: Second

  @inlinable @inline(__always)
  init(first: First, second: Second) {
    self.first = first
    self.second = second
  }
  /// The sum of both.
  @inlinable @inline(__always)
  public var caseCount: Int { first.caseCount + second.caseCount }
  /// Describes both.
  @inlinable @inline(__always)
  public func describe(_ slots: UnsafeMutablePointer<SelectSlot>) {
    first.describe(slots)
    second.describe(slots + first.caseCount)
  }
  /// Settles both.
  @inlinable @inline(__always)
  public func settle(_ slots: UnsafeMutablePointer<SelectSlot>, chosen: Int) {
    first.settle(slots, chosen: chosen)
    second.settle(slots + first.caseCount, chosen: chosen - first.caseCount)
  }
  /// Runs the handler of the one to which the case belongs.
  @inlinable @inline(__always)
  nonisolated(nonsending) public func finish(_ slot: SelectSlot, index: Int) async throws -> First.Output {
    if index < first.caseCount { return try await first.finish(slot, index: index) }
    return try await second.finish(slot, index: index - first.caseCount)
  }
}

/// Any number of cases of one type.
public struct SelectArray<Element: SelectCases>: SelectCases {
  let cases: [Element]

  /// The sum of all.
  public var caseCount: Int { cases.reduce(0) { $0 + $1.caseCount } }
  /// Describes all.
  public func describe(_ slots: UnsafeMutablePointer<SelectSlot>) {
    var first = 0
    for item in cases {
      item.describe(slots + first)
      first += item.caseCount
    }
  }
  /// Settles all.
  public func settle(_ slots: UnsafeMutablePointer<SelectSlot>, chosen: Int) {
    var first = 0
    for item in cases {
      item.settle(slots + first, chosen: chosen - first)
      first += item.caseCount
    }
  }
  /// Runs the handler of the one to which the case belongs.
  nonisolated(nonsending) public func finish(_ slot: SelectSlot, index: Int) async throws -> Element.Output {
    var rest = index
    var place = 0
    while rest >= cases[place].caseCount {
      rest -= cases[place].caseCount
      place += 1
    }
    return try await cases[place].finish(slot, index: rest)
  }
}
