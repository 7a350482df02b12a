import CommandTestSupport
import Foundation
import Testing

/// What a run tells about itself: `--log-level`, `--log-format`, `--metrics`.
@Suite(.timeLimit(.minutes(10))) struct ObservingTests {
  private let script = """
    local breaker = goroutine.circuit_breaker({ name = "db", threshold = 1, timeout = 10000 })
    breaker:call(function() error("down") end)
    breaker:call(function() end)
    log.info("done", { answer = 42, password = "x1" })
    """

  @Test func withoutOptionsOnlyTheScriptsOwnLogIsWritten() async throws {
    let outcome = try await Revoada.script(script)
    #expect(outcome.status == 0)
    #expect(outcome.errors.hasSuffix("Z INFO  done answer=42 password=[redacted]\n"))
    #expect(outcome.errors.split(separator: "\n").count == 1)
  }

  @Test func theLibrarysLogIsTextOnRequest() async throws {
    let outcome = try await Revoada.script(script, command: ["run", "--log-level", "warning"])
    #expect(
      outcome.firstError.hasSuffix(
        "Z WARN  revoada.circuit_breaker: circuit breaker is open name=db was=closed"))
  }

  @Test func bothAreJSONOnRequest() async throws {
    let outcome = try await Revoada.script(
      script, command: ["run", "--log-level", "warning", "--log-format", "json"])
    let lines = try outcome.errors.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(lines.map { $0["label"] as? String } == ["revoada.circuit_breaker", "script"])
    #expect(lines.map { $0["level"] as? String } == ["warning", "info"])
    #expect((lines.last?["metadata"] as? [String: Any])?["answer"] as? Int == 42)
  }

  @Test func anUnknownFormatIsBadUsage() async throws {
    let outcome = try await Revoada.script(script, command: ["run", "--log-format", "xml"])
    #expect(outcome.status == 2)
    #expect(outcome.firstError.contains("'xml' is invalid for '--log-format"))
  }

  @Test(arguments: [("", 0), ("error('last')", 1)])
  func metricsAreWrittenWhenTheRunEnds(_ end: String, _ status: Int32) async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try Data("\(script)\n\(end)".utf8).write(to: folder.url.appendingPathComponent("script.lua"))
    let outcome = try await Revoada.run("run", "--metrics", "run.prom", "script.lua", in: folder.url)
    #expect(outcome.status == status)
    let text = try String(contentsOf: folder.url.appendingPathComponent("run.prom"), encoding: .utf8)
    #expect(text.contains("\nrevoada_circuit_breaker_state{name=\"db\"} 2\n"))
    // The file it was written to first has become it.
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).count == 2)
  }

  @Test func metricsGoToStandardOutputAsWell() async throws {
    let outcome = try await Revoada.script("print('hi')", command: ["run", "--metrics", "-"])
    #expect(outcome.output.hasPrefix("hi\n# HELP ") && outcome.output.contains("# TYPE revoada_"))
  }

  @Test func metricsThatCannotBeWrittenAreToldBeforeTheRun() async throws {
    let outcome = try await Revoada.script(
      "print('hi')", command: ["run", "--metrics", "missing/run.prom"])
    #expect(outcome.status == 2 && outcome.output.isEmpty)
    #expect(outcome.firstError == "cannot write the metrics to missing/run.prom: No such file or directory")
  }
}
