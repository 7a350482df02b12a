import Foundation

/// Archives for tests.
package enum TestArchive {
  /// A ZIP archive of files, as Python makes it.
  package static func zip(_ files: [(String, [UInt8])]) throws -> [UInt8] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "zip-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, bytes) in files {
      let file = folder.appending(path: name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: file)
    }
    let script = "cd \(folder.path) && exec python3 -m zipfile -c all.zip *"
    try Command(["/bin/sh", "-c", script]).run()
    return [UInt8](try Data(contentsOf: folder.appending(path: "all.zip")))
  }
}
