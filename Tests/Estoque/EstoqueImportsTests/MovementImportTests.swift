import EstoqueDatabase
import EstoqueDomain
import EstoqueStock
import EstoqueTables
import EstoqueTestSupport
import Foundation
import Testing

@testable import EstoqueImports

@Suite(.timeLimit(.minutes(10)))
struct MovementImportTests {
  @Test(arguments: Backend.available) func linesBecomeMovements(backend: Backend) async throws {
    try await backend.withImports { imports, database in
      let file = try scratch(sales(100))
      let job = try await imports.importFile(.movements, path: file).job
      try await expectOnce(100, in: database, job)
      #expect(try await database.count("dealer") == 3)
      #expect(try await database.count("product") == 13)
      #expect(try await database.count("product_dealer") == 39)
      let product = try #require(try await database.product("P0"))
      let movements = try await database.read { try $0.movements(of: product.id) }
      let first = try #require(movements.last)
      #expect(first.kind == .receipt && first.reference == "N0" && first.note == "Filial 0")
      #expect(first.cost == money("1,50"))
      #expect(first.happenedAt == 1_782_910_800_000_000)  // 10 h in Brasília
      #expect(product.details.name == "Produto 0")
    }
  }

  /// Sales go out, returns come back at the average cost, and whatever there is not enough of fails by itself, in any size of chunk.
  @Test(arguments: Backend.available, [1, 2, 1000])
  func salesAndReturns(backend: Backend, chunk: Int) async throws {
    try await backend.withImports { imports, database in
      _ = try await imports.importFile(
        .products, path: try scratch("codigo;nome;estoque;custo\nA;Um;10;2\nB;Dois;1;3\n"))
      var options = ImportOptions()
      options.direction = .sales
      options.chunk = chunk
      let file = try scratch(
        "codigo,quantidade,documento\nA,4,1\nB,2,2\nA,7,3\nA,-1,C1\nA,7,4\nB,1,5\nA,0,6\nA,1.5,7\nQ,1,8\n")
      let job = try await imports.importFile(.movements, options: options, path: file).job
      #expect(job.done == 4 && job.failed == 5, "\(job)")
      let failures = try await imports.text(imports.failures(of: job.id, as: .json))
      #expect(failures.contains("saldo insuficiente de A: há 6, e o movimento pede 7"))
      #expect(failures.contains("\"line\":4") && failures.contains("quantidade: não pode ser zero"))
      let (a, b) = (
        try #require(try await database.product("A")), try #require(try await database.product("B"))
      )
      #expect(try await database.read { try $0.stock(of: a.id) } == quantity("0"))
      #expect(try await database.read { try $0.stock(of: b.id) } == .zero)
      let unbalanced = try await database.read { try $0.unbalanced() }
      #expect(unbalanced.isEmpty)
    }
  }

  @Test(arguments: Backend.available) func productsMayHaveToExist(backend: Backend) async throws {
    try await backend.withImports { imports, database in
      var options = ImportOptions()
      options.addsProducts = false
      let file = try scratch(
        "codigo;quantidade;local;data\nX;1;;\nX;1;NOWHERE;\nY;2;;31/13/2026\nY;2;;31/12/2026 08:15\n")
      _ = try await imports.importFile(.products, path: try scratch("codigo;nome\nY;Ípsilon\n"))
      let job = try await imports.importFile(.movements, options: options, path: file).job
      #expect(job.done == 1 && job.failed == 3)
      let failures = try await imports.text(imports.failures(of: job.id, as: .csv))
      #expect(failures.contains("não existe produto com o código “X”") && failures.contains("31/13/2026"))
    }
  }

  @Test(arguments: Backend.available) func lotsAreKept(backend: Backend) async throws {
    try await backend.withImports { imports, database in
      let file = try scratch(
        "codigo;quantidade;lote;validade\nV;5;L1;31/12/2027\nV;3;L1;\nV;1;L2;2028-01-31\n")
      let job = try await imports.importFile(.movements, path: file).job
      #expect(job.done == 3)
      let lots = try await database.read { session in
        try session.query(
          "SELECT number, expires, quantity FROM lot JOIN lot_stock ON lot = id ORDER BY number"
        ) { row in "\(try row[0] as String) \(try row[1] as String) \(try row[2] as Quantity)" }
      }
      #expect(lots == ["L1 2027-12-31 8.0000", "L2 2028-01-31 1.0000"])
    }
  }

  @Test(arguments: Backend.available) func stagingWaitsForProducts(backend: Backend) async throws {
    try await backend.withImports { imports, database in
      var options = ImportOptions()
      options.addsProducts = false
      _ = try await imports.importFile(.products, path: try scratch("codigo;nome\nA;Um\n"))
      let file = try scratch(
        "revenda;codigo;quantidade;preco\nSul;A;3;10,5\nSul;B;1;2\nNorte;A;;\nSul;A;4;11\n")
      let job = try await imports.importFile(.staging, options: options, path: file).job
      #expect(job.done == 3 && job.failed == 1)
      #expect(try await database.count("product_staging") == 3)
      #expect(try await database.count("product_dealer") == 2)
      #expect(try await imports.promoteStaged() == 0)
      _ = try await imports.importFile(.products, path: try scratch("codigo;nome\nB;Dois\n"))
      #expect(try await imports.promoteStaged() == 1)
      #expect(try await imports.promoteStaged() == 0)
      let quantities = try await database.read { session in
        try session.query(
          """
          SELECT dealer.name, product.code, quantity, unit_price FROM product_dealer
          JOIN dealer ON dealer.id = dealer JOIN product ON product.id = product ORDER BY 1, 2
          """
        ) { row in
          "\(try row[0] as String) \(try row[1] as String) \((try row[2] as Quantity?)?.brazilian ?? "-")"
        }
      }
      #expect(quantities == ["Norte A -", "Sul A 4", "Sul B 1"])
    }
  }

  /// What a shop really sold.
  @Test(
    .enabled(if: TestData.path("csv/uci_online_retail_by-day_concat.csv") != nil, "\(TestData.absent)"),
    arguments: Backend.available.filter { $0 != .sqliteMemory })
  func realSales(backend: Backend) async throws {
    try await backend.withImports { imports, database in
      let path = try #require(TestData.path("csv/uci_online_retail_by-day_concat.csv"))
      let some = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").prefix(5_001)
      let file = try scratch(some.joined(separator: "\n"))
      var options = ImportOptions()
      (options.direction, options.allowsNegativeStock, options.chunk) = (.sales, true, 700)
      let job = try await imports.importFile(.movements, options: options, path: file).job
      #expect(job.state == .done && job.done == 5_000 && job.failed == 0, "\(job)")
      #expect(try await database.count("movement") == 5_000)
      let unbalanced = try await database.read { try $0.unbalanced() }
      #expect(unbalanced.isEmpty)
    }
  }
}
