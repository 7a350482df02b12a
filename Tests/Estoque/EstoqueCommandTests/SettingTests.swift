import Foundation
import Testing

@testable import EstoqueCommand

@Suite struct SettingTests {
  private func sources(
    _ flags: [String: SettingText] = [:], file: String? = nil, environment: [String: String] = [:]
  ) async throws -> SettingSources {
    try await SettingSources(flags: flags, file: file, environment: environment)
  }

  private func withFile(_ text: String, _ body: (String) async throws -> Void) async throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml").path
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await body(path)
  }

  private func error(_ body: () async throws -> Void) async -> SettingError? {
    do { try await body() } catch { return error as? SettingError }
    return nil
  }

  @Test func everyDefaultIsValid() async throws {
    let sources = try await sources()
    for setting in Settings.all { #expect(try sources.text(of: setting).source == "default") }
    #expect(try sources.value(Settings.port) == 8080)
    #expect(try sources.value(Settings.shutdownTime) == .seconds(5))
    #expect(try sources.value(Settings.companies).isEmpty)
    #expect(try sources.value(Settings.keepImports) == .seconds(90 * 86_400))
    #expect(try await self.sources(["retention.imports": "0"]).value(Settings.keepImports) == nil)
    #expect(Set(Settings.all.map(\.key)).count == Settings.all.count)
  }

  @Test func flagsComeBeforeTheEnvironmentAndThatBeforeTheFile() async throws {
    try await withFile(
      """
      server:
        port: 1001
        requestRate: 11
      company:
        cnpjs: [11.222.333/0001-81, 12ABC34501DE35]
      """
    ) { path in
      let all = try await sources(
        ["server.port": "1003"], file: path,
        environment: ["ESTOQUE_SERVER_PORT": "1002", "ESTOQUE_LOG_FORMAT": "json"])
      #expect(try all.value(Settings.port) == 1003)
      #expect(try all.value(Settings.logFormat) == .json)
      #expect(try all.value(Settings.requestRate) == 11)
      #expect(try all.value(Settings.companies).map(\.text) == ["11222333000181", "12ABC34501DE35"])
      let fewer = try await sources(file: path, environment: ["ESTOQUE_SERVER_PORT": "1002"])
      #expect(try fewer.value(Settings.port) == 1002)
      #expect(try fewer.text(of: Settings.port).source == "the environment")
      #expect(try fewer.text(of: Settings.requestRate).source == path)
    }
  }

  @Test func theEnvironmentHoldsListsWithCommas() async throws {
    let sources = try await sources(environment: ["ESTOQUE_COMPANY_CNPJS": "11222333000181, 12ABC34501DE35"])
    #expect(try sources.value(Settings.companies).count == 2)
  }

  @Test(arguments: [
    ("server:\n  prot: 1", "server.prot", "did you mean 'server.port'"),
    ("server:\n  port: many", "server.port", "a whole number from 0 to 65535"),
    ("server:\n  port: 70000", "server.port", "a whole number from 0 to 65535"),
    ("server:\n  shutdownTime: -1", "server.shutdownTime", "seconds from 0.1 to 600"),
    ("server:\n  shutdownTime: nan", "server.shutdownTime", "seconds from 0.1 to 600"),
    ("company:\n  cnpjs: [11222333000180]", "company.cnpjs", "'11222333000180' is none"),
    ("stock:\n  negative: maybe", "stock.negative", "one of refused, allowed"),
    ("server: [", "", "cannot be read"),
    ("- 1", "", "cannot be read"),
  ])
  func whatIsWrongIsNamedWithItsPlace(_ text: String, _ name: String, _ remedy: String) async throws {
    try await withFile(text) { path in
      let error = try #require(await error { _ = try await sources(file: path) })
      #expect(error.source == path)
      #expect("\(error)".contains(remedy), "\(error)")
      #expect(error.name == (name.isEmpty ? path : name))
    }
  }

  @Test func aFileThatIsNamedMustBeThere() async throws {
    let error = try #require(await error { _ = try await sources(file: "/nowhere/estoque.yaml") })
    #expect("\(error)".contains("/nowhere/estoque.yaml"))
  }
}
