import Foundation

/// A disk of its own that can be full: file systems in memory, which only root may mount.
package struct SmallDisk: Sendable {
  package static let isPossible = (try? SmallDisk(megabytes: 1).remove()) != nil
  package static let problem = "needs the right to mount a file system (root)"

  package let path: String

  package init(megabytes: Int) throws {
    var template = Array("/tmp/estoque-disk-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Command.Failure(reason: "no temporary directory") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    do {
      try Command(["/usr/bin/mount", "-t", "tmpfs", "-o", "mode=0755,size=\(megabytes)m", "tmpfs", path])
        .run()
    } catch {
      rmdir(path)
      throw error
    }
  }

  /// Lazily, as somebody may still have a file open.
  package func remove() throws {
    try Command(["/usr/bin/umount", "-l", path]).run()
    rmdir(path)
  }

  private var ballast: String { path + "/ballast" }

  /// Leaves room for so many bytes, and no more.
  package func fill(leaving room: Int = 0) {
    makeRoom()
    let descriptor = open(ballast, O_WRONLY | O_CREAT, 0o600)
    defer { close(descriptor) }
    var file = statvfs()
    statvfs(path, &file)
    let free = Int(file.f_bavail) * Int(file.f_bsize)
    posix_fallocate(descriptor, 0, max(0, free - room))
  }

  package func makeRoom() { unlink(ballast) }

  /// How many bytes are free.
  package var room: Int {
    var file = statvfs()
    statvfs(path, &file)
    return Int(file.f_bavail) * Int(file.f_bsize)
  }
}
