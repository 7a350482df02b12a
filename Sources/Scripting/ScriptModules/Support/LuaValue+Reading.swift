import RevoadaLua

extension LuaValue {
  var text: String? { if case .string(let string) = self { string.text } else { nil } }

  /// How a value reads inside a message or a log line.
  var shown: String {
    switch self {
    case .nil: "nil"
    case .bool(let flag): String(flag)
    case .integer(let number): String(number)
    case .number(let number): String(number)
    case .string(let string): string.text
    case .table: (try? JSONWriter.write(self)) ?? "table"
    case .function: "function"
    case .handle(let handle): handle.typeName
    }
  }
}
