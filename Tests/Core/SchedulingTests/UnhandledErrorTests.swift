import CoreTestSupport
import Revoada
import Testing

/// The handler is one for the process; these tests look at reports with their own names only.
@Suite(.timeLimit(.minutes(10)), .serialized)
struct UnhandledErrorTests {
  private struct Failure: Error {}
  private static let reports: Recorder<UnhandledErrors.Report> = {
    let reports = Recorder<UnhandledErrors.Report>()
    UnhandledErrors.handle { reports.add($0) }
    return reports
  }()
  private func reports(named name: String) -> [UnhandledErrors.Report] {
    Self.reports.values.filter { $0.name == name }
  }

  @Test func anErrorThatNobodyAwaitsIsReportedOnceWithItsSpawnSite() async throws {
    _ = Self.reports
    let line = #line + 1
    spawn(name: "forgotten") { throw Failure() }
    await until { !reports(named: "forgotten").isEmpty }
    let found = reports(named: "forgotten")
    #expect(found.count == 1)
    #expect(found[0].error is Failure)
    #expect(found[0].spawnSite == "\(#fileID):\(line)")
  }

  @Test func anErrorThatSomebodyAwaitedIsNotReported() async throws {
    _ = Self.reports
    for _ in 0..<100 { _ = await spawn(name: "awaited") { throw Failure() }.result }
    spawn(name: "awaited, sentinel") { throw Failure() }
    await until { !reports(named: "awaited, sentinel").isEmpty }
    #expect(reports(named: "awaited").isEmpty)
  }

  @Test func aCancelledGoroutineIsNotReported() async throws {
    _ = Self.reports
    try await simulated {
      let goroutine = spawn(name: "cancelled") { try await sleep(for: .seconds(9)) }
      try await settle()
      goroutine.cancel()
    }
    spawn(name: "cancelled, sentinel") { throw Failure() }
    await until { !reports(named: "cancelled, sentinel").isEmpty }
    #expect(reports(named: "cancelled").isEmpty)
  }
}
