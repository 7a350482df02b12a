#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A file that cannot be read.
public struct FileFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file.
  public let path: String
  /// The system's error number.
  public let code: Int32
  /// A sentence for people.
  public var description: String { "\(path): \(String(cString: strerror(code)))" }
}

/// Reads a file from its beginning to its end; blocks the thread.
final class ByteReader {
  private let path: String
  private let descriptor: Int32

  init(path: String) throws(FileFault) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw FileFault(path: path, code: errno) }
  }
  deinit { close(descriptor) }

  /// The next bytes, at most `count`; none at the end.
  func read(_ count: Int) throws(FileFault) -> [UInt8] {
    var (length, code): (Int, Int32) = (0, 0)
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      #if canImport(Glibc)
        repeat {
          length = Glibc.read(descriptor, buffer.baseAddress, count)
        } while length < 0 && errno == EINTR
      #else
        repeat {
          length = Darwin.read(descriptor, buffer.baseAddress, count)
        } while length < 0 && errno == EINTR
      #endif
      code = errno
      initialized = max(0, length)
    }
    if length < 0 { throw FileFault(path: path, code: code) }
    return bytes
  }
}
