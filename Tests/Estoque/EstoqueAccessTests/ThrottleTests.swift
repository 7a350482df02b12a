import EstoqueDatabase
import EstoqueTestSupport
import Revoada
import RevoadaTesting
import Testing

@testable import EstoqueAccess

struct ThrottleTests {
  @Test
  func `tries are limited for a login and for an address, and come back with time`() async throws {
    try await Simulation(seed: 1).run {
      let throttle = LoginThrottle(perLogin: 5, perAddress: 8)
      for _ in 0..<5 { try throttle.admit(login: "ana", address: "a") }
      #expect(throws: AccessFault.tooManyTries(retryAfter: .seconds(13))) {
        try throttle.admit(login: "ana", address: "b")
      }
      for _ in 0..<3 { try throttle.admit(login: "bia", address: "a") }
      #expect(throws: AccessFault.self) { try throttle.admit(login: "caio", address: "a") }
      try throttle.admit(login: "caio", address: "b")
      try await sleep(for: .seconds(13))
      try throttle.admit(login: "ana", address: "c")
      #expect(throws: AccessFault.self) { try throttle.admit(login: "ana", address: "c") }
    }
  }

  @Test
  func `the right password does not help whoever has tried too often`() async throws {
    try await withAccess(.sqliteMemory, { $0.triesPerLogin = 3 }) { access, _, _ in
      try await access.createUser(ana, by: .command)
      for _ in 0..<3 {
        #expect(
          await fault { try await access.signIn(login: "ana", password: "errada-errada", by: actor) }
            == .wrongCredentials)
      }
      let last = await fault { try await access.signIn(login: "ana", password: ana.password, by: actor) }
      #expect(last == .tooManyTries(retryAfter: .seconds(21)))
    }
  }
}
