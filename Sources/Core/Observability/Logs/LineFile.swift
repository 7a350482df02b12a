import RevoadaScheduling

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Writes lines to a file descriptor, whole and one after another, and gives up those that it does not take.
final class LineFile: Sendable {
  private let descriptor: Int32
  private let owns: Bool
  private let patience: Int32
  private let state = Guarded(State())

  private struct State {
    /// Lines that were not taken since the last that was.
    var lost = 0
    /// Whether the last line ended in the middle.
    var isBroken = false
  }

  /// The most that a pipe takes in one piece (POSIX's minimum is 512, Linux has 4096): with room for it, a write does not block.
  private static let piece = 4096

  /// - Parameter patience: for how many milliseconds a line waits for room.
  init(_ descriptor: Int32, owns: Bool = false, patience: Int32 = 1000) {
    self.descriptor = descriptor
    self.owns = owns
    self.patience = patience
  }
  deinit { if owns { close(descriptor) } }

  func write(_ line: String) {
    state.withLock { state in
      if state.lost > 0 {
        let report = (state.isBroken ? "\n" : "") + "(\(state.lost) lines of this log were lost)\n"
        // Whoever reads has had its chance: no line waits for it again before it takes one.
        guard put(report, patience: 0, &state) else { return state.lost += 1 }
        state = State()
      }
      if !put(line, patience: patience, &state) { state.lost += 1 }
    }
  }

  /// Writes a text; false if not all of it was taken in time.
  private func put(_ text: String, patience: Int32, _ state: inout State) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)[...]
      while !rest.isEmpty {
        guard hasRoom(patience: patience) else { break }
        let piece = UnsafeRawBufferPointer(rebasing: rest)
        // More than a piece blocks if a pipe has room for one only; to a file, all goes at once.
        let most = piece.count > Self.piece && isPipe ? Self.piece : piece.count
        let count = writeBytes(piece.baseAddress, most)
        if count < 0 {
          if errno == EINTR || errno == EAGAIN { continue }
          break
        }
        rest = rest.dropFirst(count)
      }
      if rest.isEmpty { return true }
      if rest.count < bytes.count { state.isBroken = true }
      return false
    }
  }

  private func writeBytes(_ start: UnsafeRawPointer?, _ count: Int) -> Int {
    #if canImport(Glibc)
      Glibc.write(descriptor, start, count)
    #elseif canImport(Musl)
      Musl.write(descriptor, start, count)
    #else
      Darwin.write(descriptor, start, count)
    #endif
  }

  /// Whether a write of one piece would not block now, or within the patience.
  private func hasRoom(patience: Int32) -> Bool {
    var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    while true {
      let ready = poll(&wanted, 1, patience)
      // An error comes with room, and is the write's to tell.
      if ready != -1 { return ready > 0 }
      if errno != EINTR { return false }
    }
  }

  /// Anything but a regular file may have room for less than a line.
  private var isPipe: Bool {
    var status = stat()
    return fstat(descriptor, &status) != 0 || status.st_mode & S_IFMT != S_IFREG
  }
}
