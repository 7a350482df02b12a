extension LuaValue {
  /// A count as a Lua integer.
  static func count(_ count: Int) -> LuaValue { .integer(Int64(count)) }

  /// A duration as Lua's milliseconds.
  static func milliseconds(_ duration: Duration) -> LuaValue { .number(duration.milliseconds) }
}

extension Duration {
  /// What scripts measure time in.
  package var milliseconds: Double {
    Double(components.seconds) * 1000 + Double(components.attoseconds) / 1e15
  }
}
