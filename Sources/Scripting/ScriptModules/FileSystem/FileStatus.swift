import RevoadaLua

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What the system knows about a file.
struct FileStatus: Sendable {
  enum Kind: String, Sendable { case file, directory, link, other }

  var kind: Kind
  var size: Int64
  var permissions: UInt32
  var modified: Double

  /// The status of what `path` leads to, or of the link itself.
  init(_ path: ScriptPath, followingLinks: Bool = true) throws {
    var status = stat()
    try path.withCString { followingLinks ? stat($0, &status) : lstat($0, &status) }.orThrow("stat", path)
    kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .directory
      case S_IFLNK: .link
      default: .other
      }
    size = Int64(status.st_size)
    permissions = UInt32(status.st_mode & 0o7777)
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    modified = Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// The status, or `nil` when nothing is there.
  static func ifPresent(_ path: ScriptPath, followingLinks: Bool = true) -> FileStatus? {
    try? FileStatus(path, followingLinks: followingLinks)
  }

  var table: LuaValue {
    .table(
      LuaTable([
        "type": .string(kind.rawValue), "size": .integer(size), "mode": .integer(Int64(permissions)),
        "modified": .number(modified),
      ]))
  }
}
