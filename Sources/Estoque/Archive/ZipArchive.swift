import CZip

/// Reads a ZIP archive file by file, within limits.
///
/// Blocks its thread; one thread at a time may use it.
public final class ZipArchive {
  /// A file in an archive.
  public struct File: Sendable, Equatable {
    /// Its path within the archive; only for people: nothing is ever unpacked to it.
    public let name: String
    /// Its size when unpacked, as the archive claims.
    public let size: Int
    fileprivate let index: UInt64
    fileprivate let packedSize: Int
    fileprivate let isEncrypted: Bool
  }

  /// The files; folders are left out.
  public let files: [File]
  private let limits: ArchiveLimits
  private let handle: OpaquePointer

  /// Opens an archive and reads its table of contents.
  /// - Throws: ``ArchiveFault``.
  public init(path: String, limits: ArchiveLimits = ArchiveLimits()) throws(ArchiveFault) {
    var code: Int32 = 0
    guard let handle = zip_open(path, Int32(ZIP_RDONLY), &code) else {
      throw .unreadable(reason: Self.text(of: code))
    }
    do throws(ArchiveFault) { files = try Self.files(in: handle, limits) } catch {
      zip_discard(handle)
      throw error
    }
    self.handle = handle
    self.limits = limits
  }
  deinit { zip_discard(handle) }

  private static func files(
    in handle: OpaquePointer, _ limits: ArchiveLimits
  ) throws(ArchiveFault) -> [File] {
    let count = Int(zip_get_num_entries(handle, 0))
    if count > limits.files { throw .tooManyFiles(count, limit: limits.files) }
    var files: [File] = []
    var total = 0
    for index in 0..<UInt64(max(0, count)) {
      var stat = zip_stat_t()
      zip_stat_init(&stat)
      guard zip_stat_index(handle, index, 0, &stat) == 0, let name = stat.name.map({ String(cString: $0) })
      else {
        throw .unreadable(reason: "index")
      }
      if name.hasSuffix("/") { continue }
      if stat.size > UInt64(limits.file) { throw .fileTooLarge(file: name, limit: limits.file) }
      total += Int(stat.size)
      if total > limits.total { throw .tooLarge(limit: limits.total) }
      files.append(
        File(
          name: name, size: Int(stat.size), index: index, packedSize: Int(clamping: stat.comp_size),
          isEncrypted: stat.encryption_method != UInt16(ZIP_EM_NONE)))
    }
    return files
  }

  /// The first file with this name, in any case.
  public func file(named name: String) -> File? {
    files.first { $0.name == name } ?? files.first { $0.name.lowercased() == name.lowercased() }
  }

  /// Unpacks a file.
  /// - Throws: ``ArchiveFault``; other files can still be read.
  public func read(_ file: File) throws(ArchiveFault) -> [UInt8] {
    let entry = try begin(file)
    defer { zip_fclose(entry) }
    // One byte more than claimed shows that the claim is false.
    var length: Int64 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: file.size + 1) { buffer, initialized in
      while initialized <= file.size {
        length = zip_fread(
          entry, buffer.baseAddress.unsafelyUnwrapped + initialized, UInt64(file.size + 1 - initialized))
        if length <= 0 { break }
        initialized += Int(length)
      }
    }
    if length < 0 { throw .unreadableFile(file: file.name, reason: Self.text(of: zip_file_get_error(entry))) }
    if bytes.count > file.size { throw .fileTooLarge(file: file.name, limit: file.size) }
    if bytes.count < file.size { throw .unreadableFile(file: file.name, reason: "truncado") }
    return bytes
  }

  /// Begins to unpack a file piece by piece.
  /// - Throws: ``ArchiveFault``.
  public func open(_ file: File) throws(ArchiveFault) -> ZipEntry { ZipEntry(self, file, try begin(file)) }

  private func begin(_ file: File) throws(ArchiveFault) -> OpaquePointer {
    if file.isEncrypted { throw .encrypted(file: file.name) }
    if file.size > 1 << 20, file.size / max(1, file.packedSize) > limits.expansion {
      throw .suspiciousExpansion(file: file.name, limit: limits.expansion)
    }
    guard let entry = zip_fopen_index(handle, file.index, 0) else { throw unreadable(file) }
    return entry
  }

  private func unreadable(_ file: File) -> ArchiveFault {
    .unreadableFile(file: file.name, reason: Self.text(of: zip_get_error(handle)))
  }

  static func text(of error: UnsafeMutablePointer<zip_error_t>?) -> String {
    zip_error_strerror(error).map { String(cString: $0) } ?? "?"
  }
  private static func text(of code: Int32) -> String {
    var error = zip_error_t()
    zip_error_init_with_code(&error, code)
    defer { zip_error_fini(&error) }
    return text(of: &error)
  }
}
