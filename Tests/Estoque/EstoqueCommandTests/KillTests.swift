import CommandTestSupport
import EstoqueTestSupport
import Foundation
import Testing

/// A few points of what `EstoqueFaults` does for hours if somebody wants it to.
@Suite(.timeLimit(.minutes(10)))
struct KillTests {
  @Test(arguments: ["intake", "import"], Backend.concurrent)
  func processesThatAreKilledLoseNothing(_ subject: String, on backend: Backend) async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try await backend.withPlace { place in
      let database = place.location(on: backend == .postgres ? .shared : nil)
      let outcome = try await Program("EstoqueFaults").run(
        [subject, "points=3", "seed=20260721", "database=\(database)"], in: folder.url)
      #expect(outcome.status == 0 && outcome.output.contains("nothing lost, nothing doubled"), "\(outcome)")
    }
  }
}
