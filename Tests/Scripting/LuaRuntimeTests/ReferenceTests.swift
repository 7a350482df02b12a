import Foundation
import RevoadaLua
import Testing

/// The Lua reference under Documentation/Lua: complete, and its examples run.
@Suite(.timeLimit(.minutes(10))) struct ReferenceTests {
  struct Example: Sendable, CustomTestStringConvertible {
    var heading: String
    var source: String
    var testDescription: String { heading }
  }

  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Documentation/Lua")

  private static let lines: [String] = {
    let pages = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return pages.filter { $0.hasSuffix(".md") }.sorted().flatMap { page in
      let text = (try? String(contentsOf: folder.appendingPathComponent(page), encoding: .utf8)) ?? ""
      return text.components(separatedBy: "\n")
    }
  }()

  static let examples: [Example] = {
    var examples: [Example] = []
    var heading = ""
    var example: [String]?
    for line in lines {
      if line.hasPrefix("#"), example == nil { heading = line }
      if line == "```lua" {
        example = []
      } else if line == "```", let source = example {
        examples.append(Example(heading: heading, source: source.joined(separator: "\n")))
        example = nil
      } else {
        example?.append(line)
      }
    }
    return examples
  }()

  @Test(arguments: examples) func runs(_ example: Example) async {
    await check(example.source)
  }

  /// Every heading with a signature has an example, and every function has a heading.
  @Test func isComplete() async throws {
    let headings = Self.lines.filter { $0.hasPrefix("### `") }
    let withExample = Set(Self.examples.map(\.heading))
    for heading in headings { #expect(withExample.contains(heading), "no example: \(heading)") }
    let names = try await Script().run(
      """
      local names = {}
      for name in pairs(goroutine) do names[#names + 1] = name end
      return table.concat(names, " ")
      """)
    guard case .string(let list)? = names.first else {
      Issue.record("no names")
      return
    }
    let described = headings.joined(separator: " ")
    for name in list.text.split(separator: " ") {
      #expect(
        described.contains("`\(name)(") || described.contains("`\(name){"),
        "\(name) has no place in the reference")
    }
  }
}
