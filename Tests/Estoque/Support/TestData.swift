import Foundation

/// The real data, which are no part of the repository.
///
/// `ESTOQUE_DATA` names their folder; otherwise they are looked for in `../shared/data` beside the repository.
package enum TestData {
  /// The folder, if it is there.
  package static let folder: URL? = {
    let root = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../..").standardizedFileURL
    // A work tree may stand one folder deeper than the repository.
    let places =
      ProcessInfo.processInfo.environment["ESTOQUE_DATA"].map { [URL(filePath: $0)] }
      ?? ["../shared/data", "../../shared/data"].map { root.appending(path: $0) }
    return places.first {
      FileManager.default.fileExists(atPath: $0.appending(path: "nfe/MANIFEST.tsv").path)
    }
  }()

  /// Why tests are skipped.
  package static let absent = "no real data: set ESTOQUE_DATA to the folder that holds nfe/MANIFEST.tsv"

  /// The path of a file, such as `csv/sales.csv`, if it is there.
  package static func path(_ name: String) -> String? {
    guard let path = folder?.appending(path: name).path else { return nil }
    return FileManager.default.isReadableFile(atPath: path) ? path : nil
  }

  /// A document of NF-e as the manifest describes it.
  package struct File: CustomStringConvertible, Sendable {
    let columns: [String: String]
    package var name: String { self["file"] }
    package var description: String { name }

    package subscript(column: String) -> String { columns[column] ?? "" }

    package func bytes() throws -> [UInt8] {
      guard let folder = TestData.folder else { return [] }
      return [UInt8](try Data(contentsOf: folder.appending(path: "nfe/\(self["dir"])/\(name)")))
    }
  }

  /// The documents of `samples`, `bad` or `other`; none where the data are absent.
  package static func documents(_ directory: String) -> [File] {
    guard let manifest = folder?.appending(path: "nfe/MANIFEST.tsv"),
      let text = try? String(contentsOf: manifest, encoding: .utf8)
    else { return [] }
    let lines = text.split(separator: "\n").map {
      $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
    guard let header = lines.first else { return [] }
    return lines.dropFirst().map { File(columns: Dictionary(uniqueKeysWithValues: zip(header, $0))) }
      .filter { $0["dir"] == directory }
  }
}
