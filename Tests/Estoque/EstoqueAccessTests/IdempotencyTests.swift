import EstoqueDatabase
import EstoqueStock
import EstoqueTestSupport
import Revoada
import Testing

@testable import EstoqueAccess

@Suite(.timeLimit(.minutes(10)))
struct IdempotencyTests {
  func request(_ digest: String = "d", claim: String = "c") -> RepeatableRequest {
    RepeatableRequest(user: User.ID(rawValue: 1), key: "k", digest: digest, claim: claim)
  }

  @Test(arguments: Backend.concurrent)
  func `a request is done once, and its answer is given again`(_ backend: Backend) async throws {
    try await withAccess(backend) { _, database, _ in
      func claim(_ request: RepeatableRequest, at now: Int64 = 0) async throws -> RepeatableClaim {
        try await database.transaction {
          try $0.claim(request, at: now, until: now + 10, keepUntil: now + 100)
        }
      }
      #expect(try await claim(request()) == .proceed)
      #expect(try await claim(request(claim: "x")) == .underWay)
      #expect(try await claim(request("e")) == .otherRequest)
      // Its process was killed: another one takes it over, and the first one's answer counts no more.
      #expect(try await claim(request(claim: "y"), at: 10) == .proceed)
      let answer = StoredAnswer(status: 201, headers: "Location: /x", body: [1, 0, 255])
      var isStored = try await database.transaction { [r = request()] in try $0.store(answer, to: r) }
      #expect(!isStored)
      isStored = try await database.transaction { [r = request(claim: "y")] in try $0.store(answer, to: r) }
      #expect(isStored)
      #expect(try await claim(request(claim: "z"), at: 50) == .answered(answer))
      #expect(try await claim(request("e"), at: 50) == .otherRequest)
      // When it is no longer kept, the key is free.
      #expect(try await claim(request("e"), at: 110) == .proceed)
      try await database.transaction { [r = request("e")] in try $0.abandon(r) }
      #expect(try await claim(request("f"), at: 111) == .proceed)
    }
  }

  @Test(arguments: Backend.concurrent)
  func `of many at once one does it`(_ backend: Backend) async throws {
    try await withAccess(backend) { _, database, _ in
      let claims = try await withThrowingTaskGroup(of: RepeatableClaim.self) { group in
        for number in 0..<20 {
          let request = request(claim: "\(number)")
          group.addTask {
            try await database.transaction { try $0.claim(request, at: 0, until: 10, keepUntil: 100) }
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(claims.filter { $0 == .proceed }.count == 1)
      #expect(claims.filter { $0 == .underWay }.count == 19)
    }
  }

  @Test
  func `what has expired is removed`() async throws {
    try await withAccess(.sqliteFile) { access, database, clock in
      let account = try await access.createUser(ana, by: .command)
      _ = try await access.signIn(login: "ana", password: ana.password, by: actor)
      _ = try await access.createToken(
        for: account, name: "x", expiresAt: clock.now + 1_000_000, by: actor)
      let now = clock.now
      try await database.transaction { [r = request()] in
        _ = try $0.claim(r, at: now, until: now + 10, keepUntil: now + 100)
      }
      clock.advance(.seconds(40 * 86_400))
      let later = clock.now
      let removed = try await database.transaction { try $0.deleteExpired(at: later, idleSince: later - 1) }
      #expect(removed == 3)
    }
  }
}
