import CommandTestSupport
import Foundation
import Testing

@Suite(.timeLimit(.minutes(10))) struct ExampleTests {
  private static let scripts = [
    "hello", "build", "audit", "parallel_processing", "etl", "health_check", "ci_cd", "periods", "shop",
    "orders", "phases", "watchdog",
  ]

  @Test(arguments: scripts) func examplesHaveNoUnknownNames(_ name: String) async throws {
    let outcome = try await Revoada.run("check", "Examples/scripts/\(name).lua")
    #expect(outcome.errors == "")
    #expect(outcome.status == 0)
  }

  @Test func helloGreets() async throws {
    let outcome = try await Revoada.run("run", "Examples/scripts/hello.lua")
    #expect(outcome.output == "Hello, Ana!\nHello, Bruno!\nHello, Clara!\n")
    #expect(outcome.status == 0)
  }

  @Test func buildRunsItsWorkflow() async throws {
    let outcome = try await Revoada.run("run", "Examples/scripts/build.lua")
    #expect(outcome.output == "all checks passed\ndone: 4 tasks\n")
    #expect(outcome.status == 0)
  }

  @Test func parallelProcessingUsesCoresAndGoroutines() async throws {
    let outcome = try await Revoada.run("run", "Examples/scripts/parallel_processing.lua")
    #expect(
      outcome.output == """
        longest way to 1 below 2001: from 1161, in 181 steps
        processed 2000 items, 10 at once, sum 2001000
        one\t3\t1 attempts
        two\tno twos\t2 attempts
        three\t5\t1 attempts

        """)
    #expect(outcome.status == 0)
  }

  @Test func etlLoadsWhatIsGoodAndListsTheRest() async throws {
    let outcome = try await Revoada.run("run", "Examples/scripts/etl.lua")
    #expect(outcome.output.hasPrefix("loaded 245 records in 5 batches, rejected 5\n"))
    #expect(outcome.output.contains("stage 'convert': SKU050: 'free' is no price\n"))
    #expect(outcome.output.hasSuffix("parsed 250 lines\n"))
    #expect(outcome.status == 0)
  }

  @Test func etlReadsAFileToo() async throws {
    let script = Revoada.repository.appendingPathComponent("Examples/scripts/etl.lua").path
    let folder = try Folder()
    defer { folder.remove() }
    try Data("sku,name,cents\nA1,apple,150\nbroken\n".utf8).write(
      to: folder.url.appendingPathComponent("in.csv"))
    let outcome = try await Revoada.run("run", script, "--", "in.csv", in: folder.url)
    #expect(
      outcome.output == """
        loaded 1 records in 1 batches, rejected 1
          stage 'parse': three fields expected (element "broken")
        parsed 1 lines

        """)
  }

  @Test func healthCheckToleratesWhatHangs() async throws {
    let outcome = try await Revoada.run("run", "Examples/scripts/health_check.lua")
    #expect(
      outcome.output == """
        catalog    ok
        orders     ok
        mail       status 503
        reports    timeout exceeded
        2 of 4 services are healthy

        """)
    #expect(outcome.status == 0)
  }

  @Test func deliveryRunsFromChecksToDeployment() async throws {
    let outcome = try await Revoada.run("run", "Examples/scripts/ci_cd.lua")
    #expect(
      outcome.output == "deployed after 4 shards, attempt 2\ndelivered\t2 deployment attempts\n")
    #expect(outcome.status == 0)
  }

  @Test func periodsHaveAnOutcomeEach() async throws {
    let outcome = try await Revoada.run("run", "Examples/scripts/periods.lua")
    let lines = outcome.output.split(separator: "\n").map(String.init)
    #expect(lines.count == 13)
    #expect(lines.first == "2025-01-01  100      1 attempts")
    #expect(lines[2] == "2025-03-01  300      3 attempts")
    #expect(lines[8] == "2025-09-01  no data for 2025-09-01 4 attempts")
    #expect(lines.last == "total 6900, 1 of 12 failed")
    #expect(outcome.status == 0)
  }

  @Test func theShopGoesOnWhateverItsServicesDo() async throws {
    let outcome = try await Revoada.run("run", "Examples/scripts/shop.lua")
    #expect(
      outcome.output == """
        stock\t42\t3 attempts
        recommended\tbestsellers (out of order)
        shipping\tparcel A
        shipping\tparcel B
        shipping\tparcel C
        shipping\tparcel D
        report\tbulkhead "reports" is full: 1 run and 0 wait

        """)
    #expect(outcome.status == 0)
  }

  @Test func ordersAreToldPricedAndConfirmed() async throws {
    let outcome = try await Revoada.run("run", "Examples/scripts/orders.lua")
    #expect(
      outcome.output == """
        order 4: no price for moonlight
        accepted 1, accepted 2, accepted 3, refused 4
        attempts\t1\t2\t3
        mail to nobody: no such address, after 3 attempts

        """)
    #expect(outcome.status == 0)
  }

  @Test func phasesKeepTheirSteps() async throws {
    let outcome = try await Revoada.run("run", "Examples/scripts/phases.lua")
    #expect(
      outcome.output == """
        in time\ttrue
        after 50 steps 8 of 40 cells are warm
        never more than 10 at once\ttrue

        """)
    #expect(outcome.status == 0)
  }

  @Test func theWatchdogFindsTheCircle() async throws {
    let outcome = try await Revoada.run("run", "Examples/scripts/watchdog.lua")
    #expect(
      outcome.output == """
        stuck: 2
          goroutine 2 (at watchdog.lua:17, spawned at watchdog.lua:21) waits for mutex "bruno", which depends on goroutine 3
          goroutine 3 (at watchdog.lua:17, spawned at watchdog.lua:21) waits for mutex "ana", which depends on goroutine 2
        log: 3 sent, 1 received, 2 waiting
        goroutines: 2 spawned, 2 cancelled, 0 active

        """)
    #expect(outcome.status == 0)
  }

  /// A small tree whose audit is known.
  private func audited(_ body: (Folder) async throws -> Void) async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let files = [
      "a.txt": "one\n\ntwo\n", "b/copy.txt": "one\n\ntwo\n", "b/c.lua": "print(1)", "empty": "",
      ".git/config": "x\n",
      ".build/junk": "x\n",
    ]
    for (name, content) in files {
      let file = folder.url.appendingPathComponent(name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(content.utf8).write(to: file)
    }
    try Data([0, 1, 10, 2]).write(to: folder.url.appendingPathComponent("z.bin"))
    try await body(folder)
  }

  private struct Audit: Decodable {
    struct Kind: Decodable, Equatable { var kind: String, files: Int, lines: Int, blank: Int, bytes: Int }
    struct Group: Decodable { var sha256: String, bytes: Int, paths: [String] }
    struct Problem: Decodable { var path: String, message: String }
    var files: Int, lines: Int, bytes: Int, wasted_bytes: Int
    var kinds: [Kind], duplicates: [Group], errors: [Problem]
  }

  @Test func auditTellsMachinesWhatIsThere() async throws {
    let script = Revoada.repository.appendingPathComponent("Examples/scripts/audit.lua").path
    try await audited { folder in
      let outcome = try await Revoada.run("run", script, "--", "--json", ".", in: folder.url)
      #expect(outcome.status == 0)
      #expect(outcome.errors == "")
      let audit = try JSONDecoder().decode(Audit.self, from: Data(outcome.output.utf8))
      #expect(audit.files == 5)
      #expect(audit.lines == 7)
      #expect(audit.bytes == 30)
      #expect(audit.wasted_bytes == 9)
      #expect(
        audit.kinds == [
          Audit.Kind(kind: ".txt", files: 2, lines: 6, blank: 2, bytes: 18),
          Audit.Kind(kind: ".lua", files: 1, lines: 1, blank: 0, bytes: 8),
          Audit.Kind(kind: "(none)", files: 1, lines: 0, blank: 0, bytes: 0),
          Audit.Kind(kind: ".bin", files: 1, lines: 0, blank: 0, bytes: 4),
        ])
      #expect(audit.duplicates.map(\.paths) == [["./a.txt", "./b/copy.txt"]])
      #expect(audit.duplicates.first?.sha256.count == 64)
      #expect(audit.errors.isEmpty)
    }
  }

  @Test func auditTellsPeopleToo() async throws {
    let script = Revoada.repository.appendingPathComponent("Examples/scripts/audit.lua").path
    try await audited { folder in
      let outcome = try await Revoada.run("run", script, in: folder.url)
      #expect(outcome.status == 0)
      #expect(outcome.output.hasPrefix(".: 5 files, 7 lines, 30 B\n"))
      #expect(outcome.output.contains("duplicates: 1 groups, 9 B could be saved"))
    }
  }

  @Test func auditRefusesWhatIsNoDirectory() async throws {
    let outcome = try await Revoada.run("run", "Examples/scripts/audit.lua", "--", "no/such/place")
    #expect(outcome.status == 1)
    #expect(outcome.firstError == "audit: open 'no/such/place': No such file or directory")
    #expect(try await Revoada.run("run", "Examples/scripts/audit.lua", "--", "--jsn").status == 2)
  }
}

/// The acceptance scripts of this slice, where their folder is known.
private let acceptance = ProcessInfo.processInfo.environment["REVOADA_ACCEPTANCE"].map { folder in
  URL(fileURLWithPath: folder, relativeTo: Revoada.repository).standardizedFileURL
}

@Suite(
  .timeLimit(.minutes(10)), .serialized,
  .enabled(if: acceptance != nil, "REVOADA_ACCEPTANCE names no folder with the acceptance scripts"))
struct AcceptanceTests {
  @Test(arguments: [
    "base_module", "004_basics", "001_1_channels", "001_2_pipelines", "001_7_optimization",
  ]) func theScriptsChecksPass(_ name: String) async throws {
    let folder = try #require(acceptance)
    let outcome = try await Revoada.run("run", "\(name).lua", in: folder)
    #expect(outcome.status == 0)
    #expect(outcome.output.hasPrefix("\(name): "))
    #expect(outcome.output.hasSuffix(" checks passed\n"))
    #expect(outcome.errors == "")
    #expect(try await Revoada.run("check", "\(name).lua", in: folder).errors == "")
  }
}
