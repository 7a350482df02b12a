/// A program of rows, called as `program ROW N`.
public struct RowProgram: Sendable {
  let rows: [String: Row]

  /// Creates a program out of named rows.
  public init(_ rows: [String: Row]) {
    self.rows = rows
  }

  /// Runs the row that the command line names and prints its figure as one line of JSON.
  ///
  /// - Throws: what the row throws, or an error that names an unknown row or a bad count.
  public func run(_ arguments: [String] = CommandLine.arguments) async throws {
    guard arguments.count == 3, let row = rows[arguments[1]], let n = Int(arguments[2]), n > 0 else {
      throw Row.Wrong(description: "usage: ROW N, where ROW is one of \(rows.keys.sorted())")
    }
    let value = try await row.run(n)
    // Row names are our own and hold nothing that JSON would escape.
    print(#"{"name":"\#(arguments[1])","unit":"\#(row.unit)","value":\#(value)}"#)
  }
}
