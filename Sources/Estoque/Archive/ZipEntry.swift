import CZip

/// A file in an archive that is unpacked piece by piece, in flat memory.
///
/// Blocks its thread. While it is open, nothing else may use the archive.
public final class ZipEntry {
  private let archive: ZipArchive
  private let file: ZipArchive.File
  private let handle: OpaquePointer
  private var length = 0

  init(_ archive: ZipArchive, _ file: ZipArchive.File, _ handle: OpaquePointer) {
    (self.archive, self.file, self.handle) = (archive, file, handle)
  }
  deinit { zip_fclose(handle) }

  /// The next bytes; none at the end.
  /// - Throws: ``ArchiveFault``: it is damaged, or larger than it claims.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveFault) -> Int {
    let count = Int(zip_fread(handle, buffer.baseAddress, UInt64(buffer.count)))
    if count < 0 {
      throw .unreadableFile(file: file.name, reason: ZipArchive.text(of: zip_file_get_error(handle)))
    }
    length += count
    if length > file.size { throw .fileTooLarge(file: file.name, limit: file.size) }
    if count == 0, length < file.size { throw .unreadableFile(file: file.name, reason: "truncado") }
    return count
  }
}
