#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
import Synchronization

/// Unbuffered, whole-line-safe writes to a file descriptor.
private func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
  bytes.withUnsafeBytes { buffer in
    var rest = buffer[...]
    while !rest.isEmpty {
      let written = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if written > 0 {
        rest = rest.dropFirst(written)
      } else if errno != EINTR && errno != EAGAIN {
        return
      }
    }
  }
}

enum StandardOutput {
  // One lock for the process: two isolates must not mix their lines.
  private static let lock = Mutex(())
  static func write(_ string: LuaString) { lock.withLock { _ in writeAll(string.bytes, to: STDOUT_FILENO) } }
}

enum StandardError {
  private static let lock = Mutex(())
  static func write(_ string: LuaString) { lock.withLock { _ in writeAll(string.bytes, to: STDERR_FILENO) } }
}

enum ProcessorCount {
  /// Processors that can run isolates now; at least one.
  static var online: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}
