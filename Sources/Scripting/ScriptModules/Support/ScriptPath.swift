import RevoadaLua

/// A path as the system has it: bytes, which need not be UTF-8.
struct ScriptPath: Sendable, Hashable, CustomStringConvertible {
  var bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }
  init(_ text: String) { bytes = Array(text.utf8) }

  /// For messages; bytes that are not UTF-8 are replaced.
  var text: String { String(decoding: bytes, as: UTF8.self) }
  var description: String { text }
  var value: LuaValue { .string(LuaString(bytes: bytes)) }

  private static let slash = UInt8(ascii: "/")

  func withCString<R>(_ body: (UnsafePointer<CChar>) throws -> R) rethrows -> R {
    try (bytes + [0]).withUnsafeBytes { buffer in
      try buffer.withMemoryRebound(to: CChar.self) { characters in
        // The terminator makes the buffer non-empty, so it has an address.
        try body(characters.baseAddress!)
      }
    }
  }

  /// This path and `other` behind it; an absolute `other` stands alone.
  func appending(_ other: ScriptPath) -> ScriptPath {
    if bytes.isEmpty || other.bytes.first == Self.slash { return other }
    if other.bytes.isEmpty { return self }
    return ScriptPath(bytes + (bytes.last == Self.slash ? [] : [Self.slash]) + other.bytes)
  }

  /// The last component, as `basename(1)` gives it.
  var lastComponent: ScriptPath {
    let trimmed = withoutTrailingSlashes
    guard let cut = trimmed.bytes.lastIndex(of: Self.slash), trimmed.bytes.count > 1 else { return trimmed }
    return ScriptPath(Array(trimmed.bytes[(cut + 1)...]))
  }

  /// Everything before the last component, as `dirname(1)` gives it.
  var parent: ScriptPath {
    let trimmed = withoutTrailingSlashes
    guard let cut = trimmed.bytes.lastIndex(of: Self.slash) else { return ScriptPath(".") }
    if cut == 0 { return ScriptPath("/") }
    return ScriptPath(Array(trimmed.bytes[..<cut])).withoutTrailingSlashes
  }

  /// The last component's extension with its dot; empty for none, and for names that start with their only dot.
  var pathExtension: ScriptPath {
    let name = lastComponent.bytes
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > 0, dot < name.count - 1 else {
      return ScriptPath("")
    }
    return ScriptPath(Array(name[dot...]))
  }

  private var withoutTrailingSlashes: ScriptPath {
    var bytes = bytes
    while bytes.count > 1, bytes.last == Self.slash { bytes.removeLast() }
    return ScriptPath(bytes)
  }
}
