import Foundation

/// There is no room for a job's file; it is tried again when there may be.
struct NoRoom: Error {
  /// The folder.
  let place: String
}

/// A file that holds a job's content while it is worked on; blocks its thread.
final class ScratchFile: Sendable {
  private let descriptor: Int32
  private let folder: String

  /// - Throws: ``NoRoom``; ``ImportStop``.
  init(_ path: String, in folder: String) throws {
    self.folder = folder
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    if descriptor < 0 { throw Self.failure(folder) }
  }

  func write(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      if count <= 0 { throw Self.failure(folder) }
      rest = rest.dropFirst(count)
    }
  }

  func close() { Foundation.close(descriptor) }

  private static func failure(_ folder: String) -> any Error {
    let code = errno
    if code == ENOSPC || code == EDQUOT { return NoRoom(place: folder) }
    return ImportStop.unreadable(Trouble.unwritable(folder, String(cString: strerror(code))))
  }
}
