import Foundation

/// The real documents, which are no part of the repository.
///
/// `ESTOQUE_DATA` names their folder; otherwise they are looked for in `../shared/data` beside the
/// repository.
enum SampleData {
  /// The folder `nfe`, if it is there.
  static let folder: URL? = {
    let root = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../..").standardizedFileURL
    // A work tree may stand one folder deeper than the repository.
    let places =
      ProcessInfo.processInfo.environment["ESTOQUE_DATA"].map { [URL(filePath: $0)] }
      ?? ["../shared/data", "../../shared/data"].map { root.appending(path: $0) }
    return places.map { $0.appending(path: "nfe") }
      .first { FileManager.default.fileExists(atPath: $0.appending(path: "MANIFEST.tsv").path) }
  }()

  /// Why tests are skipped.
  static let absent = "no real documents: set ESTOQUE_DATA to the folder that holds nfe/MANIFEST.tsv"

  /// A file as the manifest describes it.
  struct File: CustomStringConvertible, Sendable {
    let columns: [String: String]
    var name: String { self["file"] }
    var description: String { name }

    subscript(column: String) -> String { columns[column] ?? "" }

    func bytes() throws -> [UInt8] {
      guard let folder = SampleData.folder else { return [] }
      return [UInt8](try Data(contentsOf: folder.appending(path: self["dir"]).appending(path: name)))
    }
  }

  /// The files of `samples`, `bad` or `other`; none where the documents are absent.
  static func files(_ directory: String) -> [File] {
    guard let folder,
      let text = try? String(contentsOf: folder.appending(path: "MANIFEST.tsv"), encoding: .utf8)
    else { return [] }
    let lines = text.split(separator: "\n").map {
      $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
    guard let header = lines.first else { return [] }
    return lines.dropFirst().map { File(columns: Dictionary(uniqueKeysWithValues: zip(header, $0))) }
      .filter { $0["dir"] == directory }
  }
}
