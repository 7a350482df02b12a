import EstoqueTestSupport
import Foundation
import Testing

@testable import EstoqueWeb

/// Other programs look at the API's document, and at the API. They are installed by `Scripts/check-api.sh`, which takes some time: only where
/// `ESTOQUE_CHECK_API` is set, or they are there already.
@Suite(.timeLimit(.minutes(10)))
struct APICheckTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path
  static let isWanted = ProcessInfo.processInfo.environment["ESTOQUE_CHECK_API"] != nil
  static let isInstalled = FileManager.default.fileExists(atPath: "\(root)/.build/api-check/bin/schemathesis")

  private func check(_ arguments: String...) async throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: "\(Self.root)/Scripts/check-api.sh")
    process.arguments = arguments
    let file = "/tmp/estoque-check-\(UUID().uuidString)"
    _ = FileManager.default.createFile(atPath: file, contents: nil)
    defer { try? FileManager.default.removeItem(atPath: file) }
    process.standardOutput = FileHandle(forWritingAtPath: file)
    process.standardError = process.standardOutput
    let status = try await withCheckedThrowingContinuation { continuation in
      process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
      do { try process.run() } catch { continuation.resume(throwing: error) }
    }
    return (status, String(decoding: try Data(contentsOf: URL(filePath: file)), as: UTF8.self))
  }

  @Test(.enabled(if: isWanted || isInstalled, "set ESTOQUE_CHECK_API to install what validates the document"))
  func `the document is valid OpenAPI`() async throws {
    let file = "/tmp/estoque-openapi-\(UUID().uuidString).json"
    try Data(OpenAPI.bytes).write(to: URL(filePath: file))
    defer { try? FileManager.default.removeItem(atPath: file) }
    let (status, output) = try await check("--document", file)
    if status == 77 { return }  // said why
    #expect(status == 0, "\(output)")
  }

  @Test(.enabled(if: isWanted, "set ESTOQUE_CHECK_API to have the API checked"))
  func `every answer is as the document says`() async throws {
    try await withListener { _, port, token, _ in
      let (status, output) = try await check("http://127.0.0.1:\(port)", token)
      if status == 77 { return }
      #expect(status == 0, "\(output.suffix(60_000))")
    }
  }
}
