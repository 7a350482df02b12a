import Foundation
import Hummingbird

/// The files of the web pages, all in memory: they are few and small.
struct Pages: Sendable {
  struct File: Sendable {
    let bytes: ByteBuffer
    let type: String
    let tag: ETag
  }

  private let files: [String: File]

  /// Reads a folder with all that is in it; without one there are no pages.
  init(folder: String?) throws {
    guard let folder else {
      files = [:]
      return
    }
    let manager = FileManager.default
    var files: [String: File] = [:]
    for name in try manager.subpathsOfDirectory(atPath: folder) {
      var isFolder: ObjCBool = false
      guard manager.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder), !isFolder.boolValue,
        !name.split(separator: "/").contains(where: { $0.hasPrefix(".") })
      else { continue }
      let bytes = [UInt8](try Data(contentsOf: URL(filePath: "\(folder)/\(name)")))
      files["/" + name] = File(
        bytes: ByteBuffer(bytes: bytes), type: Self.type(of: name), tag: ETag(of: bytes))
    }
    self.files = files
  }

  /// Where the files are: beside the program, as the package manager puts them, or where `make install` does.
  static func usualFolder() -> String? {
    let program =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? CommandLine.arguments[0]
    let folder = URL(filePath: program).deletingLastPathComponent()
    let candidates = [
      folder.appending(path: "revoada_EstoqueWeb.resources/Pages"),
      folder.deletingLastPathComponent().appending(path: "share/estoque/pages"),
      folder.appending(path: "revoada_EstoqueWeb.bundle/Contents/Resources/Pages"),
    ]
    return candidates.map(\.path).first { FileManager.default.fileExists(atPath: $0) }
  }

  /// The file of a path. A path without an ending is a place in the application, which is one page.
  func file(_ path: String) -> File? {
    if let file = files[path] { return file }
    let last = path.split(separator: "/").last ?? ""
    return last.contains(".") ? nil : files["/index.html"]
  }

  func reply(_ path: String, _ headers: HTTPFields) throws(Problem) -> Reply {
    guard let file = file(path) else { throw .notFound }
    var reply = Reply(status: .ok)
    reply.headers[.eTag] = file.tag.text
    // Asked for again each time, and then mostly answered by 304: a new version of the program shows at once.
    reply.headers[.cacheControl] = "no-cache"
    // With a 304 too: its headers take the place of those that the browser keeps, and the policy for data would forbid the page all it needs.
    if file.type.hasPrefix("text/html") { reply.headers[.csp] = SecurityHeaders.pagePolicy }
    if let known = headers[.ifNoneMatch], file.tag.matches(known) {
      reply.status = .notModified
      return reply
    }
    reply.headers[.contentType] = file.type
    reply.body = ResponseBody(byteBuffer: file.bytes)
    return reply
  }

  private static func type(of name: String) -> String {
    switch name.split(separator: ".").last {
    case "html": "text/html; charset=utf-8"
    case "css": "text/css; charset=utf-8"
    case "js", "mjs": "text/javascript; charset=utf-8"
    case "json": "application/json"
    case "webmanifest": "application/manifest+json"
    case "svg": "image/svg+xml"
    case "png": "image/png"
    case "jpg", "jpeg": "image/jpeg"
    case "webp": "image/webp"
    case "ico": "image/x-icon"
    case "woff2": "font/woff2"
    case "txt": "text/plain; charset=utf-8"
    default: "application/octet-stream"
    }
  }
}
