import Crypto
import Foundation
import Hummingbird
import Revoada

/// Files that have been sent, on disk.
struct Upload: Sendable {
  struct File: Sendable {
    /// What the client calls it; never a path here.
    let name: String
    let path: String
    let size: Int
  }

  let folder: String
  let files: [File]
  /// Of all names and contents.
  let digest: [UInt8]

  /// Removes them; whoever has taken them over has copied or moved them.
  func remove() { try? FileManager.default.removeItem(atPath: folder) }

  /// The only file.
  func only() throws(Problem) -> File {
    guard files.count == 1 else { throw .malformed("envie um só arquivo") }
    return files[0]
  }
}

/// Keeps what is sent, as it comes: nothing but some hundred kilobytes of it is ever in memory.
struct Spool: Sendable {
  let folder: String
  let limit: Int
  let files: Int

  /// What was left behind by a process that was killed.
  func clear() {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
      let path = "\(folder)/\(name)"
      let age = (try? FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date)?
        .timeIntervalSinceNow
      if let age, age < -86_400 { try? FileManager.default.removeItem(atPath: path) }
    }
  }

  /// Takes in a request's body: the files of a form, or one as the body itself, whose name is the query's `name`.
  func receive(_ request: Request) async throws -> Upload {
    if let length = request.headers[.contentLength].flatMap(Int.init), length > limit {
      throw Problem.tooLarge(limit)
    }
    let type = request.headers[.contentType] ?? "application/octet-stream"
    let place = "\(folder)/\(UUID().uuidString)"
    var writer = try SpoolWriter(folder: place, limit: limit, most: files)
    do {
      if type.lowercased().hasPrefix("multipart/") {
        guard var form = Multipart(type: type) else { throw Problem.mediaType("multipart/form-data") }
        for try await part in request.body {
          for event in try form.take(part.readableBytesView) { try await writer.take(event) }
        }
        try form.end()
      } else {
        let name = try Query.parse(request.uri.query ?? "")["name"] ?? "arquivo"
        try await writer.take(.part(file: name))
        for try await part in request.body { try await writer.take(.bytes(Array(part.readableBytesView))) }
        try await writer.take(.end)
      }
      return try writer.finish()
    } catch {
      writer.abandon()
      throw error
    }
  }
}

/// Writes the files of one upload.
private struct SpoolWriter {
  private static let bufferSize = 256 * 1024

  let folder: String
  let limit: Int
  let most: Int
  private var files: [Upload.File] = []
  private var digest = SHA256()
  private var total = 0
  private var open: (name: String, path: String, handle: FileHandle, size: Int)?
  private var buffer: [UInt8] = []

  init(folder: String, limit: Int, most: Int) throws {
    (self.folder, self.limit, self.most) = (folder, limit, most)
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch { throw Problem.fullFolder }
  }

  mutating func take(_ event: Multipart.Event) async throws {
    switch event {
    case .part(file: let name?):
      if files.count == most { throw Problem.malformed("um envio pode ter até \(most) arquivos") }
      let path = "\(folder)/\(files.count)"
      guard
        FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
        let handle = FileHandle(forWritingAtPath: path)
      else { throw Problem.fullFolder }
      open = (Self.plain(name), path, handle, 0)
      digest.update(data: Array(name.utf8) + [0])
    case .part: break  // a plain field
    case .bytes(let bytes):
      total += bytes.count
      if total > limit { throw Problem.tooLarge(limit) }
      guard open != nil else { return }
      digest.update(data: bytes)
      open?.size += bytes.count
      buffer += bytes
      if buffer.count >= Self.bufferSize { try await flush() }
    case .end:
      try await flush()
      if let open {
        try open.handle.close()
        files.append(Upload.File(name: open.name, path: open.path, size: open.size))
      }
      open = nil
    }
  }

  private mutating func flush() async throws {
    guard let handle = open?.handle, !buffer.isEmpty else { return }
    let bytes = buffer
    buffer.removeAll(keepingCapacity: true)
    do { try await offload { try handle.write(contentsOf: bytes) } } catch let error as CancellationError {
      throw error
    } catch { throw Problem.fullFolder }
  }

  func finish() throws -> Upload {
    if files.isEmpty { throw Problem.malformed("nenhum arquivo foi enviado") }
    return Upload(folder: folder, files: files, digest: Array(digest.finalize()))
  }

  func abandon() {
    try? open?.handle.close()
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// The last part of what may be a path, without control characters.
  private static func plain(_ name: String) -> String {
    let last = name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
    let plain = String(
      String.UnicodeScalarView(last.unicodeScalars.filter { $0.properties.generalCategory != .control }))
    return plain.isEmpty ? "arquivo" : String(plain.prefix(200))
  }
}
