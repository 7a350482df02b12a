#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The names in a directory, sorted by their bytes, without `.` and `..`.
func directoryEntries(_ path: ScriptPath) throws -> [(name: ScriptPath, kind: FileStatus.Kind?)] {
  guard let directory = path.withCString({ opendir($0) }) else {
    throw SystemError.current("open", path)
  }
  defer { closedir(directory) }
  var entries: [(name: ScriptPath, kind: FileStatus.Kind?)] = []
  while true {
    // The end and a failure look alike but for errno.
    errno = 0
    guard let entry = readdir(directory) else { break }
    let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
    if bytes == [46] || bytes == [46, 46] { continue }
    let kind: FileStatus.Kind? =
      switch Int32(entry.pointee.d_type) {
      case 4: .directory
      case 8: .file
      case 10: .link
      case 0: nil  // the file system does not say
      default: .other
      }
    entries.append((ScriptPath(bytes), kind))
  }
  if errno != 0 { throw SystemError.current("read", path) }
  return entries.sorted { $0.name.bytes.lexicographicallyPrecedes($1.name.bytes) }
}

/// All of a directory tree, in sorted order, never through a symbolic link.
struct DirectoryWalk {
  struct Problem: Sendable {
    var path: ScriptPath
    var message: String
  }

  /// Patterns of names that are left out, with everything below them.
  var skip: [String] = []
  /// The only kind to report; directories are entered whatever it is.
  var only: FileStatus.Kind?

  private(set) var found: [ScriptPath] = []
  /// Directories that could not be read.
  private(set) var problems: [Problem] = []

  init(skip: [String], only: FileStatus.Kind?) {
    self.skip = skip
    self.only = only
  }

  /// Walks the tree below `root`; throws only when `root` itself cannot be read.
  mutating func run(_ root: ScriptPath) throws {
    var pending = [try children(of: root)[...]]
    while var level = pending.popLast() {
      guard let (path, kind) = level.popFirst() else { continue }
      pending.append(level)
      if only == nil || kind == only { found.append(path) }
      guard kind == .directory else { continue }
      do {
        pending.append(try children(of: path)[...])
      } catch {
        problems.append(Problem(path: path, message: String(describing: error)))
      }
    }
  }

  private func children(of path: ScriptPath) throws -> [(ScriptPath, FileStatus.Kind)] {
    try directoryEntries(path).compactMap { name, kind in
      if skips(name) { return nil }
      let child = path.appending(name)
      let known = kind ?? FileStatus.ifPresent(child, followingLinks: false)?.kind ?? .other
      return (child, known)
    }
  }

  private func skips(_ name: ScriptPath) -> Bool {
    skip.contains { pattern in name.withCString { fnmatch(pattern, $0, 0) == 0 } }
  }
}
