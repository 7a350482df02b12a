import Foundation
import Testing

/// Every Swift example in the documentation is a part of this target's sources or of a program in Examples/Swift, and hence
/// compiles; most also run in a test beside this one.
///
/// To add an example, write it into a file of those first and copy its lines into the documentation.
@Suite struct ExamplesCompileTests {
  static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  @Test func eachSwiftExampleIsCompiled() throws {
    let compiled = try
      (files(in: "Tests/Core/DocumentationTests", endingIn: [".swift"])
      + files(in: "Examples/Swift", endingIn: [".swift"]))
      .map { "\n" + (try lines(of: $0)).joined(separator: "\n") + "\n" }
    var found = 0
    for file in try documents() {
      for example in try examples(in: file) {
        found += 1
        #expect(
          compiled.contains { $0.contains("\n" + example.code + "\n") },
          "\(file.lastPathComponent):\(example.line): this example is in no file of DocumentationTests or Examples/Swift"
        )
      }
    }
    #expect(found > 15)
  }

  private func documents() throws -> [URL] {
    try files(in: "Sources/Core", endingIn: [".swift", ".md"])
      + ["README.md", "README.pt-BR.md"].map { Self.repository.appendingPathComponent($0) }
  }

  private func files(in folder: String, endingIn suffixes: [String]) throws -> [URL] {
    let root = Self.repository.appendingPathComponent(folder)
    let paths = try FileManager.default.subpathsOfDirectory(atPath: root.path)
    return paths.filter { path in suffixes.contains { path.hasSuffix($0) } }.sorted()
      .map { root.appendingPathComponent($0) }
  }

  /// A file's lines without indentation, and without those that are empty.
  private func lines(of file: URL) throws -> [String] {
    try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }

  private struct Example {
    let line: Int
    let code: String
  }

  /// The ```` ```swift ```` blocks of a file; in Swift sources, those of documentation comments.
  private func examples(in file: URL) throws -> [Example] {
    var examples: [Example] = []
    var code: [String]?
    let text = try String(contentsOf: file, encoding: .utf8)
    for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      var line = raw.trimmingCharacters(in: .whitespaces)
      if file.pathExtension == "swift" {
        guard line.hasPrefix("///") else { continue }
        line = line.dropFirst(3).trimmingCharacters(in: .whitespaces)
      }
      if line == "```swift" {
        code = []
      } else if line == "```", let finished = code {
        examples.append(Example(line: index + 1, code: finished.joined(separator: "\n")))
        code = nil
      } else if !line.isEmpty {
        code?.append(line)
      }
    }
    return examples
  }
}
