import LuaShim

// References mean something in their own isolate only. What leaves it is copied there, in its turn, at that moment.

extension Array where Element == LuaValue {
  /// The values as `isolate` may have them.
  func carried(to isolate: Isolate) async throws -> [LuaValue] {
    guard contains(where: { $0.isStrange(to: isolate) }) else { return self }
    var carried: [LuaValue] = []
    for value in self { carried.append(try await value.carried(to: isolate)) }
    return carried
  }
}

extension LuaValue {
  fileprivate var reference: RegistryReference? {
    switch self {
    case .function(let function): function.holder
    case .handle(let handle): handle.object as? RegistryReference
    default: nil
    }
  }

  /// Whether it refers to something in another isolate.
  fileprivate func isStrange(to isolate: Isolate) -> Bool {
    if case .table(let table) = self {
      return table.array.contains { $0.isStrange(to: isolate) }
        || table.fields.contains { $0.value.isStrange(to: isolate) }
    }
    return reference.map { $0.isolate !== isolate } ?? false
  }

  fileprivate func carried(to isolate: Isolate) async throws -> LuaValue {
    guard isStrange(to: isolate) else { return self }
    if case .table(var table) = self {
      table.array = try await table.array.carried(to: isolate)
      for (key, value) in table.fields { table.fields[key] = try await value.carried(to: isolate) }
      return .table(table)
    }
    guard let reference else { return self }
    return .handle(LuaHandle(object: try await reference.copied()))
  }
}

extension RegistryReference {
  fileprivate func copied() async throws -> CopiedValue {
    if rv_is_turning(isolate.state) != 0 { return try copy() }
    return try await withCheckedThrowingContinuation { continuation in
      let posted = isolate.post { [self] _ in continuation.resume(with: Result { try copy() }) }
      if !posted { continuation.resume(throwing: isolate.core.endError) }
    }
  }

  /// Turn only.
  private func copy() throws -> CopiedValue {
    var message = [CChar](repeating: 0, count: 512)
    guard let buffer = rv_copy_reference(isolate.state, reference, &message, message.count) else {
      throw LuaError(.runtime, LuaString(cString: message).text)
    }
    return CopiedValue(buffer)
  }
}

/// A value on its way from one isolate to another, encoded on its own.
final class CopiedValue: SharedObject, @unchecked Sendable {
  let buffer: ValueBuffer

  init(_ buffer: ValueBuffer) {
    self.buffer = buffer
    super.init()
  }

  deinit { buffer.discard() }
}
