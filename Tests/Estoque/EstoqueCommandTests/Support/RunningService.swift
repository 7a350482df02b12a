import EstoqueAccess
import EstoqueDatabase
import EstoqueImports
import EstoqueSamples
import EstoqueStock
import EstoqueTestSupport
import Foundation
import Revoada
import RevoadaObservability
import Testing

@testable import EstoqueCommand

/// The whole service in this process: what `estoque serve` runs, on a database that a test can be cruel to.
struct RunningService: Sendable {
  let database: Database
  let client: WebClient

  /// - Parameters:
  ///   - folder: for uploads and exports.
  ///   - linesAtOnce: of imports; few of them, and there is always a step to come.
  static func run(
    on configuration: DatabaseConfiguration, folder: String, linesAtOnce: Int = ImportOptions().chunk,
    _ body: (RunningService) async throws -> Void
  ) async throws {
    let database = try Database(configuration)
    try await database.migrate(EstoqueSchema.migrations)
    let token = try await self.token(database)
    let sources = try await SettingSources(flags: settings(folder, linesAtOnce), file: nil, environment: [:])
    let port = Channel<Int>(capacity: 1)
    let service = try StockService(sources, database, metrics: PrometheusMetrics()) { _ = port.trySend($0) }
    let running = spawn { try await service.run(isProcess: false) }
    let result: Result<Void, any Error>
    do {
      let client = WebClient(port: try await port.receive() ?? 0, token: token)
      result = .success(try await body(RunningService(database: database, client: client)))
    } catch { result = .failure(error) }
    running.cancel()
    _ = await running.ending
    try await database.close()
    try result.get()
  }

  /// What is set for tests: the sample company, and no limits of rates.
  private static func settings(_ folder: String, _ linesAtOnce: Int) -> [String: SettingText] {
    [
      "data.folder": .one(folder), "company.cnpjs": .list([SampleCompany.own.cnpj.text]), "server.port": "0",
      "server.requestRate": "100000", "server.requestBurst": "100000",
      "imports.chunk": .one("\(linesAtOnce)"),
    ]
  }

  /// A token of an administrator.
  static func token(_ database: Database) async throws -> String {
    var configuration = AccessConfiguration()
    configuration.cost = ScryptCost(logarithm: 10, parallelism: 1)
    let access = try Access(database, configuration)
    let account = try await access.createUser(
      NewAccount(login: "ana", name: "Ana", role: .admin, password: "sossego-azul-77"), by: .command)
    return try await access.createToken(for: account, name: "teste", expiresAt: nil, by: .command).secret
  }

  /// Whether the service says that it can work.
  func isReady() async throws -> Bool {
    let answer = try await client.get("/api/health/ready")
    #expect(answer.status == 200 || (answer.status == 503 && answer.isProblem), "\(answer)")
    return answer.status == 200
  }

  func job(_ kind: String, _ id: Int) async throws -> WebClient.Answer {
    try await client.get("/api/\(kind)/\(id)")
  }

  /// Waits until a job has ended well.
  func finish(_ kind: String, _ id: Int) async throws {
    try await eventually(within: 60) {
      let job = try await job(kind, id)
      let state = job["state"] as? String
      if state == "failed" { Issue.record("\(job.text)") }
      return state == "done" || state == "failed"
    }
  }
}

/// What a test has handed in, and what the books must say of it at the end.
struct Goods: Sendable {
  /// Lines of a table.
  var lines = 0
  /// Numbers of invoices.
  var invoices: Range<Int> = 0..<0

  /// Movements, each with a moment of its own: one that is lost does not hide one that is doubled.
  static func table(_ lines: Range<Int>) -> [UInt8] {
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    var text = "documento;codigo;quantidade;data\n"
    for line in lines {
      let (minute, hour) = (line / 60, line / 3600)
      let time = "\(two(hour % 24)):\(two(minute % 60)):\(two(line % 60))"
      text += "lote;P\(line % 97);\(line % 9 + 1);2026-07-\(two(1 + hour / 24)) \(time)\n"
    }
    return Array(text.utf8)
  }

  /// Begins to import all lines, in four files that come one after the other.
  /// - Returns: the jobs.
  func startImports(_ client: WebClient) async throws -> [Int] {
    var jobs: [Int] = []
    for part in 0..<4 {
      let table = Self.table(part * lines / 4..<(part + 1) * lines / 4)
      let answer = try await client.upload("/api/imports?kind=movements&name=lote.csv", table)
      #expect(answer.status == 202, "\(answer.text)")
      jobs.append(try #require(answer["id"] as? Int))
    }
    return jobs
  }

  /// The same invoice for the same number.
  static func invoice(_ number: Int, items: Int = 2) throws -> [UInt8] {
    var trade = SampleTrade(seed: UInt64(number))
    return try trade.invoice(number + 1, items: items).bytes()
  }

  /// Nothing is lost, and nothing is doubled.
  func expectBooked(in database: Database) async throws {
    let books = try await database.snapshot { session in
      (
        unbalanced: try session.unbalanced(),
        lines: try session.first(
          "SELECT count(*), count(DISTINCT happened_at) FROM movement WHERE reference = 'lote'"
        ) { (try $0[0] as Int, try $0[1] as Int) },
        keys: try session.value("SELECT count(*) FROM nfe", as: Int.self),
        postings: try session.value("SELECT count(*) FROM posting WHERE origin = 'nfe'", as: Int.self),
        states: try session.query("SELECT DISTINCT state FROM intake ORDER BY state") { try $0[0] as String },
        uneven: try session.query(
          """
          SELECT n.key FROM nfe n JOIN intake d ON d.id = n.intake
          WHERE (SELECT count(*) FROM movement m WHERE m.posting = n.posting) <> d.items
          """
        ) { try $0[0] as String }
      )
    }
    #expect(books.unbalanced.isEmpty && books.uneven.isEmpty, "\(books)")
    #expect(books.lines?.0 == lines && books.lines?.1 == lines, "\(books)")
    #expect(books.keys == invoices.count && books.postings == invoices.count, "\(books)")
    #expect(Set(books.states).isSubset(of: ["accepted", "duplicate"]), "\(books)")
  }
}
