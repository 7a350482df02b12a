import RevoadaLua

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Blocking file operations; callers run them off the scheduler.
enum FileOperations {
  /// The largest file `read` takes: an isolate could not hold more by default, and devices have no end.
  static let largestRead = LuaRuntimeConfiguration.defaultMemoryLimit

  struct Refused: Error, CustomStringConvertible { var description: String }

  static func read(_ path: ScriptPath) throws -> [UInt8] {
    var bytes: [UInt8] = []
    let file = try OpenFile(path, O_RDONLY, operation: "open")
    if let size = FileStatus.ifPresent(path)?.size, size < largestRead { bytes.reserveCapacity(Int(size)) }
    try file.forEachChunk { chunk in
      guard bytes.count + chunk.count <= largestRead else {
        throw Refused(description: "read '\(path)': larger than \(largestRead >> 20) MiB")
      }
      bytes.append(contentsOf: chunk)
    }
    return bytes
  }

  static func write(_ path: ScriptPath, _ bytes: [UInt8], append: Bool) throws {
    let file = try OpenFile(path, O_WRONLY | O_CREAT | (append ? O_APPEND : O_TRUNC), operation: "open")
    try bytes.withUnsafeBytes { try file.write($0) }
  }

  /// Lines as an editor counts them: a last line without its newline is one too.
  static func countLines(_ path: ScriptPath) throws -> Int64 {
    var lines: Int64 = 0
    var last = UInt8(ascii: "\n")
    try OpenFile(path, O_RDONLY, operation: "open").forEachChunk { chunk in
      // memchr is many times faster than a loop over the bytes in a debug build, and no slower in any.
      var rest = chunk
      while let start = rest.baseAddress, let hit = memchr(start, 10, rest.count) {
        lines += 1
        rest = UnsafeRawBufferPointer(rebasing: rest[(UnsafeRawPointer(hit) - start + 1)...])
      }
      last = chunk[chunk.count - 1]
    }
    return last == UInt8(ascii: "\n") ? lines : lines + 1
  }

  /// Makes a directory and its parents; one that is there already is fine.
  static func makeDirectory(_ path: ScriptPath) throws {
    if path.withCString({ mkdir($0, 0o777) }) == 0 { return }
    let failure = SystemError.current("mkdir", path)
    switch failure.code {
    case EEXIST where FileStatus.ifPresent(path)?.kind == .directory: return
    case ENOENT where path.parent != path:
      try makeDirectory(path.parent)
      try path.withCString { mkdir($0, 0o777) }.orThrow("mkdir", path)
    default: throw failure
    }
  }

  static func remove(_ path: ScriptPath, recursive: Bool) throws {
    guard try FileStatus(path, followingLinks: false).kind == .directory else {
      try path.withCString { unlink($0) }.orThrow("remove", path)
      return
    }
    if recursive {
      for entry in try directoryEntries(path) { try remove(path.appending(entry.name), recursive: true) }
    }
    try path.withCString { rmdir($0) }.orThrow("remove", path)
  }

  /// Copies a file's content and permissions.
  static func copy(_ source: ScriptPath, _ target: ScriptPath) throws {
    let status = try FileStatus(source)
    guard status.kind != .directory else { throw Refused(description: "copy '\(source)': is a directory") }
    // Truncating the file that is being read would lose it.
    if let there = try? identity(target), there == (try identity(source)) {
      throw Refused(description: "copy '\(source)': source and target are the same file")
    }
    let input = try OpenFile(source, O_RDONLY, operation: "open")
    let output = try OpenFile(
      target, O_WRONLY | O_CREAT | O_TRUNC, mode: mode_t(status.permissions), operation: "open")
    try input.forEachChunk { try output.write($0) }
  }

  static func move(_ source: ScriptPath, _ target: ScriptPath) throws {
    let result = source.withCString { from in target.withCString { rename(from, $0) } }
    if result == 0 { return }
    guard errno == EXDEV else { throw SystemError.current("move", source) }
    try copy(source, target)
    try remove(source, recursive: false)
  }

  static func makeTemporaryDirectory() throws -> ScriptPath {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template =
      ScriptPath(base).appending(ScriptPath("revoada-XXXXXX")).bytes.map(CChar.init(bitPattern:)) + [0]
    guard mkdtemp(&template) != nil else { throw SystemError.current("mkdtemp", ScriptPath(base)) }
    return ScriptPath(template.dropLast().map(UInt8.init(bitPattern:)))
  }

  /// Paths that match a shell pattern, sorted; none is no failure.
  static func glob(_ pattern: ScriptPath) throws -> [ScriptPath] {
    var matches = glob_t()
    defer { globfree(&matches) }
    let code = pattern.withCString { callGlob($0, &matches) }
    if code == GLOB_NOMATCH { return [] }
    guard code == 0 else { throw SystemError.current("glob", pattern) }
    return (0..<Int(matches.gl_pathc)).compactMap { index in
      matches.gl_pathv[index].map { name in
        ScriptPath(UnsafeRawBufferPointer(start: name, count: strlen(name)).map { $0 })
      }
    }
  }

  private static func identity(_ path: ScriptPath) throws -> [UInt64] {
    var status = stat()
    try path.withCString { stat($0, &status) }.orThrow("stat", path)
    return [UInt64(status.st_dev), UInt64(status.st_ino)]
  }
}

// Inside FileOperations the name of its own method hides the C function.
private func callGlob(_ pattern: UnsafePointer<CChar>, _ matches: UnsafeMutablePointer<glob_t>) -> Int32 {
  glob(pattern, 0, nil, matches)
}
