import EstoqueTestSupport
import Foundation
import Revoada
import Testing

@testable import EstoqueDatabase

/// What observers of a database have been told.
private final class Told: Sendable {
  private final class Box: Sendable { let changes = Guarded([Changes]()) }
  private let box: Box
  private let observation: ChangeObservation

  init(of database: Database) {
    let box = Box()
    self.box = box
    observation = database.observeChanges { changes in box.changes.withLock { $0.append(changes) } }
  }

  var changes: [Changes] { box.changes.withLock(\.self) }
  var topics: Set<String> { changes.reduce(into: []) { $0.formUnion($1.topics) } }
  var rows: Set<ChangedRow> { changes.reduce(into: []) { $0.formUnion($1.rows) } }
  var unknown: Int { changes.count { $0.isUnknown } }
}

/// Several instances on one database hear of each other's changes.
@Suite(.timeLimit(.minutes(10)))
struct FollowingTests {
  /// Two instances, of which the first follows the other.
  private func withInstances(
    on backend: Backend, _ body: (_ here: Database, _ there: Database, Told) async throws -> Void
  ) async throws {
    try await backend.withPlace { place in
      var place = place
      place.lookInterval = .milliseconds(5)
      let (here, there) = (try Database(place), try Database(place))
      try await here.createProducts()
      try await there.transaction { try $0.execute("INSERT INTO product (code) VALUES ('first')") }
      let told = Told(of: here)
      let following = spawn { try await here.follow() }
      if backend == .postgres { try await eventually { told.unknown == 1 } }
      if backend == .sqliteFile {
        // Until it has looked for the first time, and then has seen a change.
        var number = 0
        try await eventually {
          number += 1
          try await there.add("look\(number)", touching: "x")
          return told.unknown > 0
        }
      }
      let result: Result<Void, any Error>
      do { result = .success(try await body(here, there, told)) } catch { result = .failure(error) }
      following.cancel()
      _ = await following.ending
      try await here.close()
      try? await there.close()  // a test may have done so
      try result.get()
    }
  }

  @Test(arguments: Backend.concurrent)
  func `what another instance changes is told, and one's own changes are told once`(on backend: Backend)
    async throws
  {
    try await withInstances(on: backend) { here, there, told in
      let before = told.unknown
      try await here.add("own", touching: "mine")
      #expect(told.topics.contains("mine"))
      try await there.transaction { session in
        try session.execute("INSERT INTO product (code) VALUES ('other')")
        session.touch("theirs")
        session.touch(ChangedRow("product", 7))
      }
      switch backend {
      case .postgres:
        try await eventually { told.topics.contains("theirs") }
        #expect(told.rows == [ChangedRow("product", 7)] && told.unknown == before)
        // One's own did not come back: what is told of the other came after it.
        #expect(told.changes.count { $0.topics.contains("mine") } == 1)
      default:
        try await eventually { told.unknown > before }
        #expect(told.topics == ["mine"])
      }
    }
  }

  @Test(arguments: Backend.concurrent)
  func `what was rolled back is told to nobody`(on backend: Backend) async throws {
    try await withInstances(on: backend) { _, there, told in
      let toldThere = Told(of: there)
      _ = await databaseError {
        try await there.transaction { session in
          session.touch("undone")
          try session.execute("INSERT INTO product (code) VALUES ('first')")
        }
      }
      try await there.add("second", touching: "done")
      #expect(toldThere.topics == ["done"])
      if backend == .postgres {
        try await eventually { told.topics.contains("done") }
        #expect(!told.topics.contains("undone"))
      }
    }
  }

  @Test(.enabled(if: PostgresServer.shared != nil, Comment(rawValue: PostgresServer.problem)))
  func `many changes make few messages, and none is lost when the database is closed`() async throws {
    try await withInstances(on: .postgres) { _, there, told in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for worker in 0..<8 {
          group.addTask {
            for number in 0..<50 {
              try await there.transaction { $0.touch(ChangedRow("product", Int64(worker * 50 + number))) }
            }
          }
        }
        try await group.waitForAll()
      }
      try await there.close()
      try await eventually { told.rows.count == 400 }
      #expect(told.changes.count < 400)
    }
  }

  @Test(.enabled(if: PostgresServer.shared != nil, Comment(rawValue: PostgresServer.problem)))
  func `a connection that breaks is made again, and anything may have changed meanwhile`() async throws {
    let server = try PostgresServer()
    var place = DatabaseConfiguration.postgres(try server.createDatabase())
    place.breaker = (threshold: 3, openFor: .milliseconds(50))
    let (here, there) = (try Database(place), try Database(place))
    try await there.createProducts()
    let told = Told(of: here)
    let following = spawn { try await here.follow() }
    try await eventually { told.unknown == 1 }
    try server.stop()
    try server.start()
    try await eventually { told.unknown >= 2 }
    try await eventually {
      do { try await there.add("\(UUID())", touching: "back") } catch is CircuitOpen { return false }
      return true
    }
    try await eventually { told.topics.contains("back") }
    following.cancel()
    _ = await following.ending
    try await here.close()
    try await there.close()
  }

  @Test func `messages are short, and nothing in them is lost`() throws {
    var changes = Changes()
    for number in 0..<3000 { changes.rows.insert(ChangedRow("import_job", Int64(number) * 1_000_003)) }
    for number in -3...3 { changes.topics.insert("stock@\(number)") }
    let texts = ChangeMessage(sender: "abc", changes: changes).texts
    #expect(texts.count > 3 && texts.allSatisfy { $0.utf8.count <= ChangeMessage.limit })
    var read = Changes()
    for text in texts {
      let message = try #require(ChangeMessage(text))
      #expect(message.sender == "abc")
      read.formUnion(message.changes)
    }
    #expect(read == changes)
    // What cannot be written is not kept back.
    for topic in ["a\nb", String(repeating: "x", count: 9000)] {
      var odd = Changes()
      odd.topics = [topic]
      #expect(
        ChangeMessage(sender: "a", changes: odd).texts.compactMap(ChangeMessage.init).map(\.changes) == [
          .unknown
        ])
    }
    #expect(ChangeMessage("") == nil && ChangeMessage("a\nwhat is this") == nil)
    #expect(ChangeMessage(sender: "a", changes: .unknown).texts == ["a\n*"])
  }

  @Test func `an interval that is none is refused`() {
    var configuration = DatabaseConfiguration.memory
    configuration.lookInterval = .zero
    #expect(throws: InvalidSetting.self) { try Database(configuration) }
  }

  @Test func `a database in memory has nobody to follow`() async throws {
    try await Backend.sqliteMemory.withDatabase { try await $0.follow() }
  }
}

extension Database {
  fileprivate func add(_ code: String, touching topic: String) async throws {
    try await transaction { session in
      try session.execute("INSERT INTO product (code) VALUES (?1)", code)
      session.touch(topic)
    }
  }
}
