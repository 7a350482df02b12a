import Foundation
import Revoada

extension Intake {
  /// Takes in what stands in a folder, again and again, until the task is cancelled.
  func watch(_ folder: WatchedFolder) async {
    var look = FolderLook()
    while !Task.isCancelled {
      do { try await takeIn(folder, &look) } catch is CancellationError { return } catch {
        worker.instruments.logger.warning(
          "the watched folder has to wait", metadata: ["folder": "\(folder.path)", "because": "\(error)"])
      }
      do { try await sleep(for: folder.every) } catch { return }
    }
  }

  /// Looks at the folder once, and takes in the files that have not changed since the last look.
  func takeIn(_ folder: WatchedFolder, _ look: inout FolderLook) async throws {
    let found = try await offload { try FolderLook.stamps(of: folder) }
    let ready = look.ready(found)
    for name in ready {
      let path = URL(filePath: folder.path).appending(path: name)
      let submission = try await submit([IntakeFile(path: path.path, name: name)], from: .folder)
      try await finish(submission.batch)
      let reports = try await reports(of: submission.batch).values.joined()
      let isRefused = FileReport.worst(Array(reports)).map { $0.state == .refused || $0.state == .conflict }
      try configuration.checkpoint(.moving)
      // What cannot be moved is not taken in again as long as it does not change.
      look.taken[name] = found[name]
      try await offload {
        try FolderLook.move(path, to: isRefused ?? true ? folder.refused : folder.done, of: folder)
      }
    }
  }
}

/// What a watched folder looked like the last time.
struct FolderLook {
  /// A file as long as nobody writes to it.
  struct Stamp: Equatable, Sendable {
    let size: Int
    let changed: Date
  }

  private var seen: [String: Stamp] = [:]
  /// Files that have been taken in, as they were then.
  var taken: [String: Stamp] = [:]

  /// The files that are as they were at the last look, by name.
  mutating func ready(_ found: [String: Stamp]) -> [String] {
    defer { seen = found }
    taken = taken.filter { found[$0.key] == $0.value }
    return found.filter { seen[$0.key] == $0.value && taken[$0.key] == nil }.keys.sorted()
  }

  /// The documents and archives in the folder; what begins with a point is somebody's temporary file.
  static func stamps(of folder: WatchedFolder) throws -> [String: Stamp] {
    let keys: Set<URLResourceKey> = [
      .isRegularFileKey, .isSymbolicLinkKey, .fileSizeKey, .contentModificationDateKey,
    ]
    let files = try FileManager.default.contentsOfDirectory(
      at: URL(filePath: folder.path), includingPropertiesForKeys: Array(keys), options: .skipsHiddenFiles)
    var stamps: [String: Stamp] = [:]
    for file in files where ["xml", "zip"].contains(file.pathExtension.lowercased()) {
      let values = try file.resourceValues(forKeys: keys)
      guard values.isRegularFile == true, values.isSymbolicLink != true, let size = values.fileSize,
        let changed = values.contentModificationDate
      else { continue }
      stamps[file.lastPathComponent] = Stamp(size: size, changed: changed)
    }
    return stamps
  }

  /// Moves a file, under another name if there is one of its name.
  static func move(_ file: URL, to target: String, of folder: WatchedFolder) throws {
    let directory =
      target.hasPrefix("/") ? URL(filePath: target) : URL(filePath: folder.path).appending(path: target)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let (base, suffix) = (file.deletingPathExtension().lastPathComponent, file.pathExtension)
    var number = 0
    var place = directory.appending(path: file.lastPathComponent)
    while FileManager.default.fileExists(atPath: place.path) {
      number += 1
      place = directory.appending(path: "\(base)-\(number).\(suffix)")
    }
    try FileManager.default.moveItem(at: file, to: place)
  }
}
