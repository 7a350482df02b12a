import RevoadaConsole

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A script on disk, read and found to be text.
struct ScriptFile: Sendable {
  /// Larger files are no scripts, and reading one would only delay the message.
  static let largest = 64 << 20

  var path: String
  var bytes: [UInt8]

  /// Reads a script; the error says what the file is instead.
  init(reading path: String) throws(Failure) {
    self.path = path
    bytes = []
    var status = stat()
    guard stat(path, &status) == 0 else { throw Self.unreadable(path) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw Failure(.usage, "\(path): is a directory, not a script")
    default: throw Failure(.usage, "\(path): is not a regular file")
    }
    guard status.st_size <= Self.largest else {
      throw Failure(.usage, "\(path): larger than \(Self.largest >> 20) MiB, not a script")
    }
    guard let file = fopen(path, "re") else { throw Self.unreadable(path) }
    defer { fclose(file) }
    let size = Int(status.st_size)
    bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      count = size == 0 ? 0 : fread(buffer.baseAddress, 1, size, file)
    }
    guard ferror(file) == 0 else { throw Self.unreadable(path) }
    // Compiled chunks start with an escape; a NUL is in no text.
    guard bytes.first != 0x1B, !bytes.contains(0) else {
      throw Failure(.usage, "\(path): not a Lua script (binary data)")
    }
  }

  /// The source as Lua's `load` takes it: without a byte order mark, and with a comment in place of the line
  /// that is for the shell.
  var source: [UInt8] {
    var text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    if text.first == UInt8(ascii: "#") { text = Array("--".utf8) + text }
    return Array(text)
  }

  private static func unreadable(_ path: String) -> Failure {
    Failure(.usage, "\(path): \(String(cString: strerror(errno)))")
  }
}
