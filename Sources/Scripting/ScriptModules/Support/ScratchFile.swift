#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file without a name that holds given bytes, open for reading from its start.
///
/// What a program is to read is handed to it this way rather than through a pipe: a program that stops
/// reading early then breaks nothing, and nobody has to feed it while it runs.
struct ScratchFile: ~Copyable {
  private let descriptor: Int32

  init(holding bytes: [UInt8]) throws {
    let folder = ScriptPath(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")
    var template = folder.appending(ScriptPath("revoada-XXXXXX")).bytes.map(CChar.init(bitPattern:)) + [0]
    let file = try mkstemp(&template).orThrow("mkstemp", folder)
    unlink(template)
    _ = fcntl(file, F_SETFD, FD_CLOEXEC)
    do {
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = try retrying { rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) } }
          .orThrow("write", folder)
        rest = rest.dropFirst(count)
      }
      try lseek(file, 0, SEEK_SET).orThrow("seek", folder)
    } catch {
      close(file)
      throw error
    }
    // Last: a value whose `init` throws must not be half made.
    descriptor = file
  }

  /// Gives the open file away; the receiver closes it.
  consuming func release() -> Int32 {
    let result = descriptor
    discard self
    return result
  }

  deinit { close(descriptor) }
}
