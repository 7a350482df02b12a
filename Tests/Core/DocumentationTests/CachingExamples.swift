import Revoada
import RevoadaTesting
import Testing

/// The examples of the caches' documentation, compiled and run.
@Suite(.timeLimit(.minutes(10)))
struct CachingExamples {
  struct User: Sendable, Equatable { var name: String }
  struct Connection: Sendable {
    func query(_ text: String) async throws -> [String] { [text] }
    func close() async {}
  }
  struct NotFound: Error {}
  static func connect() async throws -> Connection { Connection() }
  static func fetchUser(_ id: String) async throws -> User? { id.isEmpty ? nil : User(name: id) }

  @Test func coalescing() async throws {
    try await Simulation().run {
      let lengths = CoalescingCache<String, Int>(ttl: .seconds(60), maxEntries: 10_000) { key in key.count }
      let length = try await lengths.get("key")
      lengths.invalidate("key")
      #expect(length == 3 && lengths.peek("key") == nil)
    }
  }

  @Test func plain() {
    let sessions = Cache<String, Int>(ttl: .seconds(60), max: 10_000)
    sessions.set("ana", 7)
    let user = sessions.get("ana")
    #expect(user == 7)
  }

  @Test func tagged() {
    let pages = TaggedCache<String, String>(ttl: .seconds(60))
    pages.set("/stock", "…", tags: ["product:1", "product:2"])
    pages.invalidate(tag: "product:2")
    #expect(pages.get("/stock") == nil)
  }

  @Test func configured() async throws {
    try await Simulation().run {
      let fetchUser = Self.fetchUser
      var configuration = CacheConfiguration<String, User?>(name: "users", ttl: .seconds(60))
      configuration.maxEntries = 10_000
      configuration.refreshAfter = .seconds(45)
      configuration.negative = .nilAnswers(for: .seconds(5))
      let users = try CoalescingCache(configuration) { id in try await fetchUser(id) }
      let ana = try await users.get("ana")
      #expect(ana == User(name: "ana"))
    }
  }

  @Test func negativeErrors() async throws {
    var configuration = CacheConfiguration<String, Int>(ttl: .seconds(60))
    configuration.negative = .errors(for: .seconds(5)) { $0 is NotFound }
    try configuration.validate()
    #expect(configuration.negative?.ttl == .seconds(5))
  }

  @Test func pool() async throws {
    try await Simulation().run {
      let connect = Self.connect
      let connections = ObjectPool(max: 10) {
        try await connect()
      } destroy: {
        await $0.close()
      }
      let rows = try await connections.withObject { try await $0.query("select 1") }
      try await connections.close()
      #expect(rows == ["select 1"])
    }
  }

  @Test func configuredPool() async throws {
    try await Simulation().run {
      let connect = Self.connect
      var configuration = ObjectPoolConfiguration(name: "db", max: 25)
      configuration.min = 5
      configuration.maxLifetime = .seconds(300)
      configuration.maxIdleTime = .seconds(60)
      configuration.timeout = .seconds(2)
      configuration.leakWarning = .seconds(30)
      let connections = try ObjectPool(configuration) {
        try await connect()
      } destroy: {
        await $0.close()
      }
      try await connections.warmUp()
      let borrowed = try await connections.acquire()
      do {
        _ = try await borrowed.object.query("select 1")
        try borrowed.release()
      } catch {
        try borrowed.discard()
        throw error
      }
      #expect(connections.stats.idle == 5)
      try await connections.close()
    }
  }
}
