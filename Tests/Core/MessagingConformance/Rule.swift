import Revoada

/// One thing that every implementation of a protocol must do; a check of it.
///
/// The suites are lists of rules, so that the tests of a backend can run each by itself:
///
/// ```
/// @Test(arguments: WorkStoreRules.all) func keeps(_ rule: Rule<any WorkStore<Int>>) async throws {
///   try await rule.check(SQLiteWorkStore(path: …), Traits(keepsItems: true, tick: .milliseconds(50)))
/// }
/// ```
package struct Rule<Subject: Sendable>: Sendable, CustomStringConvertible {
  package let description: String
  /// Throws a ``Violation`` if the rule is broken. Each check wants a subject of its own.
  package let check: @Sendable (_ subject: Subject, _ traits: Traits) async throws -> Void

  package init(
    _ description: String, _ check: @escaping @Sendable (Subject, Traits) async throws -> Void
  ) {
    self.description = description
    self.check = check
  }
}

/// In what implementations may differ.
package struct Traits: Sendable {
  /// Whether items outlive the process: then `close` may end claims at once, and `takeBack` returns nothing.
  package var keepsItems: Bool
  /// The shortest time that can be told apart; delays and leases of the checks are multiples of it.
  package var tick: Duration

  package init(keepsItems: Bool = false, tick: Duration = .milliseconds(10)) {
    self.keepsItems = keepsItems
    self.tick = tick
  }
}

/// A rule was broken.
package struct Violation: Error, CustomStringConvertible {
  package let description: String
}

/// Fails unless two values are equal.
func expect<T: Equatable>(
  _ value: T, is expected: T, _ what: String = "", line: UInt = #line
) throws {
  if value != expected {
    throw Violation(description: "line \(line): \(what) \(value), but expected \(expected)")
  }
}

/// Fails unless `body` throws an error like that.
func expect(
  _ what: String, line: UInt = #line, throws isRight: (any Error) -> Bool,
  _ body: () async throws -> Void
) async throws {
  do { try await body() } catch {
    if isRight(error) { return }
    throw Violation(description: "line \(line): \(what) threw \(error)")
  }
  throw Violation(description: "line \(line): \(what) did not throw")
}
