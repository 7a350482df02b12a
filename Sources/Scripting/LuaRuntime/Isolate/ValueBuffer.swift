import LuaShim

/// An encoded value under way between threads.
///
/// Exactly one holder takes it.
///
/// `@unchecked Sendable`: a buffer has one owner at a time, and this is how it is handed on.
final class Parcel: @unchecked Sendable {
  private var buffer: ValueBuffer?

  init(_ buffer: ValueBuffer) { self.buffer = buffer }
  deinit { buffer?.discard() }

  func take() -> ValueBuffer {
    guard let buffer else { preconditionFailure("a parcel is taken once") }
    self.buffer = nil
    return buffer
  }
}

extension UnsafeMutablePointer where Pointee == rv_buffer {
  /// Frees the buffer and lets go of the objects inside.
  func discard() {
    rv_buffer_discard(self) { Unmanaged<SharedObject>.fromOpaque($0).release() }
  }

  /// Takes the contents of a buffer that C keeps and reuses.
  static func stealing(_ other: ValueBuffer) -> ValueBuffer {
    let stolen = rv_buffer_new()
    swap(&stolen.pointee, &other.pointee)
    return stolen
  }

  // MARK: Encoding

  static func make(_ values: [LuaValue], for isolate: Isolate? = nil) -> ValueBuffer {
    let buffer = rv_buffer_new()
    for value in values {
      buffer.put(value, isolate)
      buffer.pointee.count += 1
    }
    return buffer
  }

  private func put<T>(_ tag: rv_tag, _ payload: T) {
    rv_buffer_put_tag(self, tag)
    withUnsafeBytes(of: payload) { rv_buffer_put(self, $0.baseAddress!, $0.count) }
  }

  private func put(_ value: LuaValue, _ isolate: Isolate?) {
    switch value {
    case .nil: rv_buffer_put_tag(self, RV_TAG_NIL)
    case .bool(let bool): rv_buffer_put_tag(self, bool ? RV_TAG_TRUE : RV_TAG_FALSE)
    case .integer(let integer): put(RV_TAG_INTEGER, integer)
    case .number(let number): put(RV_TAG_NUMBER, number)
    case .string(let string):
      string.bytes.withUnsafeBytes { rv_buffer_put_string(self, $0.baseAddress, $0.count) }
    case .table(let table): put(table, isolate)
    case .function(let function):
      // A reference means something in its own isolate only.
      if function.isolate === isolate {
        // The buffer holds the function too: the caller's reference may go before it is read.
        putReference(function.holder)
      } else {
        rv_buffer_put_tag(self, RV_TAG_NIL)
      }
    case .handle(let handle) where handle.object is RegistryReference:
      let reference = unsafeDowncast(handle.object, to: RegistryReference.self)
      if reference.isolate === isolate {
        putReference(reference)
      } else {
        rv_buffer_put_tag(self, RV_TAG_NIL)
      }
    case .handle(let handle) where handle.object is CopiedValue:
      rv_buffer_put_nested(self, unsafeDowncast(handle.object, to: CopiedValue.self).buffer) {
        _ = Unmanaged<SharedObject>.fromOpaque($0).retain()
      }
    case .handle(let handle):
      rv_buffer_put_tag(self, RV_TAG_OBJECT)
      let header: (UInt8, UInt8) = (UInt8(handle.object.kind.identifier), 0)
      withUnsafeBytes(of: header) { rv_buffer_put(self, $0.baseAddress!, 2) }
      putRetained(handle.object)
    }
  }

  private func putReference(_ reference: RegistryReference) {
    put(RV_TAG_REFERENCE, UInt8(reference.type))
    withUnsafeBytes(of: reference.reference) { rv_buffer_put(self, $0.baseAddress!, $0.count) }
    putRetained(reference)
  }

  private func putRetained(_ object: SharedObject) {
    let pointer = Unmanaged.passRetained(object).toOpaque()
    withUnsafeBytes(of: pointer) { rv_buffer_put(self, $0.baseAddress!, $0.count) }
  }

  private func put(_ table: LuaTable, _ isolate: Isolate?) {
    put(RV_TAG_TABLE, UInt32(table.array.count))
    for (index, value) in table.array.enumerated() where !value.isNil {
      put(RV_TAG_INTEGER, Int64(index + 1))
      put(value, isolate)
    }
    for (key, value) in table.fields {
      // Lua refuses these as keys.
      if key.isNil || value.isNil { continue }
      if case .number(let number) = key, number.isNaN { continue }
      put(key, isolate)
      put(value, isolate)
    }
    rv_buffer_put_tag(self, RV_TAG_END)
    rv_buffer_put_tag(self, RV_TAG_NIL)
  }
}

/// Reads the values of a buffer.
///
/// Every object inside is taken over, also when reading fails.
struct ValueReader {
  private let buffer: ValueBuffer
  /// Whose references C wrote; nil when only Swift wrote any.
  private let isolate: Isolate?
  private var seen: [LuaValue?] = []
  private var isCyclic = false

  init(_ buffer: ValueBuffer, _ isolate: Isolate?) {
    self.buffer = buffer
    self.isolate = isolate
    buffer.pointee.position = 0
  }

  mutating func values() throws -> [LuaValue] {
    var values: [LuaValue] = []
    values.reserveCapacity(Int(buffer.pointee.count))
    for _ in 0..<buffer.pointee.count { values.append(value() ?? .nil) }
    if isCyclic { throw LuaError(.argument, "a table that contains itself cannot be passed to Swift") }
    return values
  }

  private func get<T: BitwiseCopyable>(_ type: T.Type) -> T {
    let address = UnsafeRawPointer(buffer.pointee.bytes! + buffer.pointee.position)
    buffer.pointee.position += MemoryLayout<T>.size
    return address.loadUnaligned(as: type)
  }

  private func getBytes() -> LuaString {
    let count = Int(get(UInt32.self))
    let start = buffer.pointee.bytes! + buffer.pointee.position
    buffer.pointee.position += count
    return LuaString(bytes: UnsafeBufferPointer(start: start, count: count))
  }

  /// Nil at the end mark of a table.
  private mutating func value() -> LuaValue? {
    switch rv_tag(rawValue: get(UInt8.self)) {
    case RV_TAG_FALSE: return .bool(false)
    case RV_TAG_TRUE: return .bool(true)
    case RV_TAG_INTEGER: return .integer(get(Int64.self))
    case RV_TAG_NUMBER: return .number(get(Double.self))
    case RV_TAG_STRING: return .string(getBytes())
    case RV_TAG_TABLE: return table()
    case RV_TAG_SEEN:
      let met = seen[Int(get(UInt32.self)) - 1]
      if met == nil { isCyclic = true }
      return met ?? .nil
    case RV_TAG_GLOBALS: return .table(LuaTable())
    case RV_TAG_REFERENCE:
      return reference()
    case RV_TAG_OBJECT:
      _ = get(UInt16.self)
      let pointer = UnsafeMutableRawPointer(bitPattern: get(UInt.self))!
      return .handle(LuaHandle(object: Unmanaged<SharedObject>.fromOpaque(pointer).takeRetainedValue()))
    case RV_TAG_END: return nil
    default: return .nil
    }
  }

  private func reference() -> LuaValue {
    let type = Int32(get(UInt8.self))
    let number = get(Int32.self)
    let holder: RegistryReference
    if let pointer = UnsafeMutableRawPointer(bitPattern: get(UInt.self)) {
      holder = Unmanaged<RegistryReference>.fromOpaque(pointer).takeRetainedValue()
    } else if let isolate {
      holder = RegistryReference(isolate, number, type: type)
    } else {
      return .nil
    }
    return type == LUA_TFUNCTION ? .function(LuaFunction(holder)) : .handle(LuaHandle(object: holder))
  }

  private mutating func table() -> LuaValue {
    let count = Int(get(UInt32.self))
    let place = seen.count
    seen.append(nil)
    var table = LuaTable()
    var early: [Int64: LuaValue] = [:]
    table.array.reserveCapacity(count)
    while let key = value() {
      let value = value() ?? .nil
      if case .integer(let index) = key, index >= 1, index <= count {
        if index == table.array.count + 1 { table.array.append(value) } else { early[index] = value }
      } else {
        table.fields[key] = value
      }
    }
    // `next` gives the array part in order, but a border may lie in the hash part.
    while let value = early.removeValue(forKey: Int64(table.array.count + 1)) { table.array.append(value) }
    for (index, value) in early { table.fields[.integer(index)] = value }
    _ = value()  // the metatable, which Swift has no use for
    seen[place] = .table(table)
    return .table(table)
  }
}

extension LuaString {
  /// The bytes before the first zero.
  init(cString: [CChar]) { self.init(bytes: cString.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }) }
}
