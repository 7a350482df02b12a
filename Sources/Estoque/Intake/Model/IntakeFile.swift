import EstoqueArchive
import Foundation

/// A file that is handed in: an XML document, a lot of them, or a ZIP archive of such files.
public struct IntakeFile: Sendable {
  /// Its name, for people.
  public let name: String
  let content: Content

  enum Content: Sendable {
    case bytes([UInt8])
    case path(String)
  }

  /// A file that is in memory.
  public init(name: String, bytes: [UInt8]) { (self.name, content) = (name, .bytes(bytes)) }
  /// A file that is read when it is needed.
  public init(path: String, name: String? = nil) {
    (self.name, content) = (name ?? path, .path(path))
  }
}

/// One document's file, as it was handed in or as it came out of an archive.
struct LoadedFile: Sendable {
  let name: String
  /// Its bytes, or in Portuguese why there are none.
  let content: Result<[UInt8], Unreadable>

  struct Unreadable: Error { let reason: String }
}

/// Reads files one after the other, and those in archives, so that an archive is never in memory as a whole. Blocks.
final class FileFeed: @unchecked Sendable {  // one task uses it at a time
  private var files: ArraySlice<IntakeFile>
  private let limits: IntakeConfiguration.Limits
  private var archive: OpenArchive?
  private var (count, bytes) = (0, 0)

  private struct OpenArchive {
    let name: String
    let archive: ZipArchive
    var files: ArraySlice<ZipArchive.File>
    /// What is removed when the archive has been read.
    let temporary: URL?
  }

  init(_ files: [IntakeFile], _ limits: IntakeConfiguration.Limits) {
    (self.files, self.limits) = (files[...], limits)
  }
  deinit { closeArchive() }

  /// The next files: as many as fit well into one transaction; none at the end.
  /// - Throws: ``IntakeFault``.
  func group() throws -> [LoadedFile] {
    var group: [LoadedFile] = []
    var size = 0
    while group.count < 256, size < 8 << 20, let file = try next() {
      if case .success(let bytes) = file.content { size += bytes.count }
      group.append(file)
    }
    return group
  }

  private func next() throws -> LoadedFile? {
    guard let file = try readNext() else { return nil }
    count += 1
    if count > limits.files { throw IntakeFault.tooManyFiles(limit: limits.files) }
    if case .success(let content) = file.content { bytes += content.count }
    if bytes > limits.bytes { throw IntakeFault.tooLarge(limit: limits.bytes) }
    return file
  }

  private func readNext() throws -> LoadedFile? {
    while true {
      if let entry = archive?.files.popFirst() { return read(entry) }
      closeArchive()
      guard let file = files.popFirst() else { return nil }
      if let loaded = try read(file) { return loaded }
    }
  }

  /// Reads a file; nil for an archive, which is open then.
  private func read(_ file: IntakeFile) throws -> LoadedFile? {
    switch file.content {
    case .bytes(let bytes):
      guard Self.isArchive(bytes) else { return checked(file.name, bytes) }
      let copy = FileManager.default.temporaryDirectory.appending(path: "estoque-\(UUID()).zip")
      try Data(bytes).write(to: copy)
      return open(copy.path, name: file.name, temporary: copy)
    case .path(let path):
      do {
        let handle = try FileHandle(forReadingFrom: URL(filePath: path))
        defer { try? handle.close() }
        // One byte more than a document may have tells a file that is too large.
        let start = [UInt8](try handle.read(upToCount: limits.documents.fileBytes + 1) ?? Data())
        return Self.isArchive(start) ? open(path, name: file.name, temporary: nil) : checked(file.name, start)
      } catch { return unreadable(file.name, "o arquivo não existe ou não pode ser lido") }
    }
  }

  private func open(_ path: String, name: String, temporary: URL?) -> LoadedFile? {
    do throws(ArchiveFault) {
      let archive = try ZipArchive(path: path, limits: limits.archive)
      // What a Mac puts beside each file is none of the sender's documents.
      let files = archive.files.filter { !$0.name.hasPrefix("__MACOSX/") && !$0.name.hasSuffix(".DS_Store") }
      self.archive = OpenArchive(name: name, archive: archive, files: files[...], temporary: temporary)
      return files.isEmpty ? unreadable(name, "o arquivo ZIP está vazio") : nil
    } catch {
      if let temporary { try? FileManager.default.removeItem(at: temporary) }
      return unreadable(name, error.description)
    }
  }

  private func read(_ entry: ZipArchive.File) -> LoadedFile? {
    guard let archive else { return nil }
    let name = "\(archive.name)/\(entry.name)"
    do throws(ArchiveFault) { return checked(name, try archive.archive.read(entry)) } catch {
      return unreadable(name, error.description)
    }
  }

  private func closeArchive() {
    if let temporary = archive?.temporary { try? FileManager.default.removeItem(at: temporary) }
    archive = nil
  }

  private func checked(_ name: String, _ bytes: [UInt8]) -> LoadedFile {
    let limit = limits.documents.fileBytes
    if bytes.count <= limit { return LoadedFile(name: name, content: .success(bytes)) }
    return unreadable(name, "arquivo com mais de \(limit >> 10) KB: envie cada documento em um arquivo")
  }

  private func unreadable(_ name: String, _ reason: String) -> LoadedFile {
    LoadedFile(name: name, content: .failure(LoadedFile.Unreadable(reason: reason)))
  }

  private static func isArchive(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: [0x50, 0x4B, 3, 4]) || bytes.starts(with: [0x50, 0x4B, 5, 6])
  }
}
