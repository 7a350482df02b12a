import CZip
import Foundation
import Testing

@testable import EstoqueArchive

@Suite(.timeLimit(.minutes(10)))
struct ZipArchiveTests {
  /// Makes an archive of some files, and gives its path to `body`.
  @discardableResult
  private func withArchive<R>(
    _ files: [(String, [UInt8])], password: String? = nil, change: (inout [UInt8]) -> Void = { _ in },
    _ body: (String) throws -> R
  ) throws -> R {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("archive-\(UUID()).zip").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    var code: Int32 = 0
    let handle = try #require(zip_open(path, Int32(ZIP_CREATE), &code))
    // libzip reads the sources when the archive is closed.
    let copies = files.map { file in
      let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, file.1.count))
      _ = copy.initialize(from: file.1)
      return copy
    }
    defer { for copy in copies { copy.deallocate() } }
    for (file, copy) in zip(files, copies) {
      let source = zip_source_buffer(handle, copy.baseAddress, UInt64(file.1.count), 0)
      let index = zip_file_add(handle, file.0, source, zip_flags_t(ZIP_FL_ENC_UTF_8))
      #expect(index >= 0)
      if let password {
        #expect(zip_file_set_encryption(handle, UInt64(index), UInt16(ZIP_EM_AES_256), password) == 0)
      }
    }
    #expect(zip_close(handle) == 0)
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    change(&bytes)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return try body(path)
  }

  @Test func filesComeOutAsTheyWentIn() throws {
    let files = [
      ("notas/1.xml", Array("<a/>".utf8)), ("vazio.xml", []),
      ("ação.xml", [UInt8](repeating: 7, count: 100_000)),
    ]
    try withArchive(files) { path in
      let archive = try ZipArchive(path: path)
      #expect(archive.files.map(\.name) == files.map(\.0))
      for (file, expected) in zip(archive.files, files) { #expect(try archive.read(file) == expected.1) }
      #expect(archive.file(named: "NOTAS/1.XML")?.size == 4)
      #expect(archive.file(named: "2.xml") == nil)
    }
  }

  @Test func bombsAreRefused() throws {
    let zeros = [UInt8](repeating: 0, count: 3 << 20)
    try withArchive([("bomba.xml", zeros), ("nota.xml", [1])]) { path in
      let archive = try ZipArchive(path: path)
      #expect(throws: ArchiveFault.suspiciousExpansion(file: "bomba.xml", limit: 200)) {
        try archive.read(archive.files[0])
      }
      #expect(try archive.read(archive.files[1]) == [1])
      #expect(throws: ArchiveFault.fileTooLarge(file: "bomba.xml", limit: 1 << 20)) {
        try ZipArchive(path: path, limits: ArchiveLimits(file: 1 << 20))
      }
      #expect(throws: ArchiveFault.tooLarge(limit: 3 << 20)) {
        try ZipArchive(path: path, limits: ArchiveLimits(total: 3 << 20))
      }
      #expect(throws: ArchiveFault.tooManyFiles(2, limit: 1)) {
        try ZipArchive(path: path, limits: ArchiveLimits(files: 1))
      }
    }
  }

  @Test func encryptedFilesAreNamed() throws {
    try withArchive([("segredo.xml", [1, 2, 3])], password: "senha") { path in
      let archive = try ZipArchive(path: path)
      #expect(throws: ArchiveFault.encrypted(file: "segredo.xml")) { try archive.read(archive.files[0]) }
    }
  }

  @Test func whatIsNoArchiveIsRefused() throws {
    try withArchive([("a", [1])], change: { $0 = Array("isto não é um zip".utf8) }) { path in
      #expect(throws: ArchiveFault.self) { try ZipArchive(path: path) }
    }
    #expect(throws: ArchiveFault.self) { try ZipArchive(path: "/nowhere.zip") }
  }

  /// Whatever byte is wrong: the right content or a fault, never anything else.
  @Test func damageNeverGoesUnnoticed() throws {
    let content = (0..<2_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    var length = 0
    try withArchive([("a.xml", content)], change: { length = $0.count }) { _ in }
    for position in stride(from: 0, to: length, by: 7) {
      try withArchive([("a.xml", content)], change: { $0[position] ^= 0x55 }) { path in
        do {
          let archive = try ZipArchive(path: path)
          for file in archive.files { #expect(try archive.read(file) == content) }
        } catch is ArchiveFault {}
      }
    }
  }
}
