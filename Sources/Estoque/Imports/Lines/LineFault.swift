/// What is wrong with one line.
struct LineFault: Error, Equatable {
  /// A word for programs.
  let code: String
  /// A sentence for people.
  let reason: String

  init(_ code: String, _ reason: String) { (self.code, self.reason) = (code, reason) }
}
