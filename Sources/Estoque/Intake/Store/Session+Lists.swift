import EstoqueDatabase

extension Session {
  /// The rows of `head IN (…) tail` for any number of values.
  ///
  /// Few different statements, so that they stay prepared: the last value is asked for again until there are enough.
  func query<Value>(
    _ head: SQL, in values: some Collection<SQLValue>, _ tail: SQL = "",
    decode: (borrowing Row) throws -> Value
  ) throws -> [Value] {
    let values = Array(values)
    var result: [Value] = []
    for start in stride(from: 0, to: values.count, by: 256) {
      let chunk = values[start..<min(start + 256, values.count)]
      var size = 1
      while size < chunk.count { size *= 2 }
      let padded = Array(chunk) + [SQLValue](repeating: values[chunk.endIndex - 1], count: size - chunk.count)
      result += try query("\(head) IN (\(placeholders: 1...size)) \(tail)", values: padded, decode: decode)
    }
    return result
  }
}
