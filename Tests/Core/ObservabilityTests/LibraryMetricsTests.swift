import Foundation
import Testing

@testable import RevoadaObservability

/// The list of metrics, in code and in the documentation, is what the sources report.
@Suite(.timeLimit(.minutes(10)))
struct LibraryMetricsTests {
  static let sources = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Sources/Core")

  /// What a call such as `instruments.counter("calls", [("outcome", "success")])` says.
  private struct Reported: Hashable {
    let label: String
    let kind: String
    let dimensions: [String]
  }

  @Test func theListIsWhatTheSourcesReport() throws {
    let reported = try reported()
    #expect(reported.count > 60)
    let listed = Set(
      LibraryMetrics.all.map { Reported(label: $0.label, kind: $0.kind.rawValue, dimensions: $0.dimensions) })
    #expect(listed.count == LibraryMetrics.all.count)
    for metric in reported.subtracting(listed) {
      Issue.record("\(metric) is not in LibraryMetrics")
    }
    for metric in listed.subtracting(reported) {
      Issue.record("\(metric) is in LibraryMetrics, but no source reports it")
    }
  }

  @Test func theArticleListsThemAll() throws {
    let article = Self.sources.appendingPathComponent("Observability/Observability.docc/Observability.md")
    let rows = Set(
      try String(contentsOf: article, encoding: .utf8).split(separator: "\n").filter {
        $0.hasPrefix("| `revoada_")
      }
      .map(String.init))
    let expected = Set(
      LibraryMetrics.all.map { metric in
        let dimensions = metric.dimensions.map { "`\($0)`" }.joined(separator: ", ")
        return "| `\(metric.label)` | \(metric.kind) | \(dimensions) | \(metric.unit) | \(metric.help) |"
      })
    for row in expected.subtracting(rows).sorted() { Issue.record("missing in the article:\n\(row)") }
    for row in rows.subtracting(expected).sorted() { Issue.record("in the article, but no metric:\n\(row)") }
  }

  /// Reads the calls out of the sources. Where a kind is a parameter, it is any that the family passes; where a file has metrics but no
  /// kind, it is the family's only one.
  private func reported() throws -> Set<Reported> {
    let instruments = /Instruments\(\s*kind: ("(?<kind>\w+)"|kind), name: (?<name>\w+)/
    let passed = /kind: "(?<kind>\w+)"/
    let call = /\.(?<type>counter|meter|timer)\(\s*"(?<what>\w+)"(?<more>, (\[\("\w+"|\w+))?/
    let dimension = /\[\("(?<name>\w+)"/
    var found: Set<Reported> = []
    let families = try FileManager.default.contentsOfDirectory(atPath: Self.sources.path)
    for family in families where family != "Instruments" && family != "Observability" {
      let texts = try sources(of: family)
      let own = Set(texts.flatMap { $0.matches(of: instruments).compactMap { $0.kind.map(String.init) } })
      let given = Set(texts.flatMap { $0.matches(of: passed).map { String($0.kind) } }).subtracting(own)
      for text in texts {
        let makers = text.matches(of: instruments)
        let kinds =
          makers.contains { $0.kind == nil } ? given : Set(makers.compactMap { $0.kind.map(String.init) })
        let isNamed = !makers.contains { $0.name == "nil" }
        for match in text.matches(of: call) {
          // A variable of that name holds them, in the same file.
          let more = match.more.map { $0.contains("[") ? String($0) : text }
          let labels = more?.firstMatch(of: dimension).map { String($0.name) }
          for kind in kinds.isEmpty ? own : kinds {
            found.insert(
              Reported(
                label: "revoada_\(kind)_\(match.what)", kind: String(match.type),
                dimensions: ((isNamed ? ["name"] : []) + (labels.map { [$0] } ?? [])).sorted()))
          }
        }
      }
    }
    return found
  }

  private func sources(of family: String) throws -> [String] {
    let folder = Self.sources.appendingPathComponent(family)
    return try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }
      .map { try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8) }
  }
}
