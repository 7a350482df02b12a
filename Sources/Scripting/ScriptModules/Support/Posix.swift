#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A failed system call, told as people expect it: `open 'notes.txt': No such file or directory`.
struct SystemError: Error, CustomStringConvertible {
  var operation: String
  var path: String
  var code: Int32

  /// The error the last system call of this thread left in `errno`.
  static func current(_ operation: String, _ path: ScriptPath) -> SystemError {
    SystemError(operation: operation, path: path.text, code: errno)
  }

  var description: String { "\(operation) '\(path)': \(String(cString: strerror(code)))" }
}

/// An open file that closes itself.
struct OpenFile: ~Copyable {
  let descriptor: Int32
  private let path: ScriptPath

  init(_ path: ScriptPath, _ flags: Int32, mode: mode_t = 0o666, operation: String) throws {
    self.path = path
    descriptor = try retrying { path.withCString { open($0, flags | O_CLOEXEC, mode) } }.orThrow(
      operation, path)
  }

  deinit { close(descriptor) }

  /// Reads into the buffer; 0 at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    try retrying { readBytes(descriptor, buffer.baseAddress, buffer.count) }.orThrow("read", path)
  }

  /// Writes all bytes.
  func write(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let chunk = UnsafeRawBufferPointer(rebasing: rest)
      let count = try retrying { writeBytes(descriptor, chunk.baseAddress, chunk.count) }.orThrow(
        "write", path)
      rest = rest.dropFirst(count)
    }
  }

  /// Calls `body` for each piece of the file until its end.
  func forEachChunk(size: Int = 1 << 18, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = try read(into: buffer)
      if count == 0 { return }
      try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }
}

// Inside OpenFile the names of its own methods hide the C functions.
private func readBytes(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(descriptor, buffer, count)
}
private func writeBytes(_ descriptor: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, buffer, count)
}

/// The call's result, repeated as long as a signal interrupts it.
func retrying<T: SignedInteger>(_ call: () -> T) -> T {
  while true {
    let result = call()
    if result != -1 || errno != EINTR { return result }
  }
}

extension SignedInteger {
  /// The result of a system call, or its error when it is -1.
  @discardableResult
  func orThrow(_ operation: String, _ path: ScriptPath) throws -> Self {
    if self == -1 { throw SystemError.current(operation, path) }
    return self
  }
}
