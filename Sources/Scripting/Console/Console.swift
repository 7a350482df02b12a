#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Standard output and standard error.
///
/// Each text goes out by one system call, so that concurrent lines do not mix.
public enum Console {
  /// Writes a line to standard output.
  public static func output(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

  /// Writes a line to standard error.
  public static func error(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

  /// Writes text as it is to standard error.
  public static func progress(_ text: String) { write(text, to: STDERR_FILENO) }

  /// Writes what a script prints.
  ///
  /// A reader that has gone away (`revoada run … | head`) ends the process, as
  /// the signal would that ``handleBrokenPipes()`` took away.
  public static func script(_ bytes: [UInt8]) {
    if !write(bytes, to: STDOUT_FILENO), errno == EPIPE { _exit(128 + SIGPIPE) }
  }

  /// Makes a broken pipe an error of the write instead of the end of the process.
  ///
  /// A script may well feed a program that does not read all of its input. A handler, not `SIG_IGN`, which programs would inherit.
  public static func handleBrokenPipes() { signal(SIGPIPE) { _ in } }

  private static func write(_ text: String, to descriptor: Int32) {
    _ = write(Array(text.utf8), to: descriptor)
  }

  /// Writes all bytes; `false`, with the reason in `errno`, when that cannot be done.
  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { writeBytes(descriptor, $0) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        // Somebody else made the terminal non-blocking.
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&wanted, 1, -1)
      } else if errno != EINTR {
        return false
      }
    }
    return true
  }
}

private func writeBytes(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}
