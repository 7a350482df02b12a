import EstoqueDatabase
import EstoqueDomain
import EstoqueStock
import EstoqueTestSupport
import Testing

@testable import EstoqueImports

/// What dealers say, and what people decide about it.
@Suite(.timeLimit(.minutes(10)))
struct StagingTests {
  private let waiting: ImportOptions = {
    var options = ImportOptions()
    options.addsProducts = false
    return options
  }()

  private func imported(_ lines: String, _ imports: Imports) async throws -> ImportJob {
    let file = try scratch("revenda;codigo;nome;quantidade;preco\n\(lines)\n")
    return try await imports.importFile(.staging, options: waiting, path: file).job
  }

  private func had(_ database: Database) async throws -> [String] {
    try await database.read { session in
      try session.query(
        """
        SELECT dealer.name, product.code, quantity FROM product_dealer
        JOIN dealer ON dealer.id = dealer JOIN product ON product.id = product ORDER BY 1, 2
        """
      ) { row in
        "\(try row[0] as String) \(try row[1] as String) \((try row[2] as Quantity?)?.brazilian ?? "-")"
      }
    }
  }

  @Test(arguments: Backend.concurrent)
  func `whoever says which product a code is, says it for the dealer's next lines too`(backend: Backend)
    async throws
  {
    try await backend.withImports { imports, database in
      _ = try await imported("Sul;X1;Parafuso;3;10,5\nSul;X2;;1;2\nVale;X1;Outro;7;", imports)
      #expect(try await had(database).isEmpty)
      let (sul, screw) = try await database.transaction { session in
        let (page, price) = (try session.stagedProducts(), try UnitValue(brazilian: "10,5"))
        #expect(
          page.items.map(\.code) == ["X1", "X2", "X1"] && page.items.allSatisfy { $0.state == .waiting })
        #expect(
          page.items[0].name == "Parafuso" && page.items[0].unitPrice == price)
        #expect(page.items[0].product == nil && page.items[0].line == 2)
        let screw = try session.addProduct(Product.Details(code: "PAR", name: "Parafuso"), at: 1)
        let sul = page.items[0].dealer
        #expect(sul.name == "Sul")
        let promoted = try session.promoteStaged("X1", of: sul.id, to: screw.id, at: 9)
        #expect(promoted.state == .promoted && promoted.product == screw && promoted.promotedAt == 9)
        #expect(throws: ImportFault.notStaged("X1")) {
          try session.promoteStaged("X1", of: sul.id, to: screw.id, at: 9)
        }
        #expect(throws: ImportFault.notStaged("X1")) { try session.discardStaged("X1", of: sul.id) }
        return (sul.id, screw.id)
      }
      #expect(try await had(database) == ["Sul PAR 3"])
      // Although another product has that code by now.
      _ = try await imports.importFile(.products, path: try scratch("codigo;nome\nX1;Outro\n"))
      let job = try await imported("Sul;X1;Parafuso;5;11\nVale;X1;Outro;8;", imports)
      #expect(job.done == 2 && job.failed == 0)
      #expect(try await had(database) == ["Sul PAR 5", "Vale X1 8"])
      try await database.transaction { session in
        let filter = StagingFilter(product: screw)
        let screws = try session.stagedProducts(filter).items
        #expect(screws.map(\.code) == ["X1"] && screws[0].dealer.id == sul)
        let ghost = Product.ID(rawValue: 99)
        #expect(throws: StockFault.unknownProduct(ghost)) {
          try session.promoteStaged("X2", of: sul, to: ghost, at: 9)
        }
        #expect(throws: ImportFault.unknownStaged("X9")) {
          try session.promoteStaged("X9", of: sul, to: screw, at: 9)
        }
      }
    }
  }

  @Test(arguments: Backend.concurrent)
  func `several of a dealer's codes may be one product, of which the later line counts`(backend: Backend)
    async throws
  {
    try await backend.withImports { imports, database in
      _ = try await imported("Sul;A;Um;1;\nSul;B;Um;2;", imports)
      try await database.transaction { session in
        let lines = try session.stagedProducts().items
        let made = try session.createStaged("A", of: lines[0].dealer.id, at: 5)
        let product = try #require(made.product)
        #expect(product.details.code == "A" && product.details.name == "Um")
        _ = try session.promoteStaged("B", of: lines[1].dealer.id, to: product.id, at: 6)
      }
      #expect(try await had(database) == ["Sul A 2"])
      _ = try await imported("Sul;B;Um;20;\nSul;A;Um;10;", imports)
      #expect(try await had(database) == ["Sul A 10"])
    }
  }

  @Test(arguments: Backend.concurrent)
  func `what waits is listed, counted, found and discarded`(backend: Backend) async throws {
    try await backend.withImports { imports, database in
      _ = try await imports.importFile(.products, path: try scratch("codigo;nome\nC3;Conhecido\n"))
      let many = (1...5).map { "Sul;C\($0);Nome 100%_\($0);\($0);1" }.joined(separator: "\n")
      _ = try await imported(many + "\nVale;C1;Café;1;1", imports)
      _ = try await imports.importFile(.products, path: try scratch("codigo;nome\nC5;Novo\n"))
      try await database.transaction { session in
        let waiting = StagingFilter(state: .waiting)
        #expect(try session.stagedCount(waiting) == 5)
        #expect(try session.stagedCount() == 6)
        let first = try session.stagedProducts(waiting, limit: 2)
        #expect(first.items.map(\.code) == ["C1", "C2"])
        let second = try session.stagedProducts(waiting, limit: 2, after: first.next)
        #expect(second.items.map(\.code) == ["C4", "C5"])
        #expect(second.items[0].product == nil && second.items[1].product?.details.name == "Novo")
        let third = try session.stagedProducts(waiting, limit: 2, after: second.next)
        #expect(third.items.map(\.dealer.name) == ["Vale"] && third.next == nil)
        for (search, count) in [("100%_", 5), ("%", 5), ("vale", 1), ("c1", 2), ("nada", 0)] {
          #expect(try session.stagedCount(StagingFilter(search: search)) == count, "\(search)")
        }
        let sul = first.items[0].dealer.id
        #expect(try session.stagedCount(StagingFilter(state: .promoted, dealer: sul)) == 1)
        try session.discardStaged("C1", of: sul)
        #expect(throws: ImportFault.unknownStaged("C1")) { try session.discardStaged("C1", of: sul) }
        #expect(try session.stagedProduct("C1", of: sul) == nil)
        #expect(try session.promoteStaged(at: 7) == 1)  // C5, whose product has come
        #expect(try session.stagedProduct("C5", of: sul)?.state == .promoted)
        #expect(try session.stagedCount(waiting) == 3)
      }
      #expect(try await had(database) == ["Sul C3 3", "Sul C5 5"])
      // What was discarded comes again with the next file that has it.
      _ = try await imported("Sul;C1;De volta;1;1", imports)
      #expect(try await database.read { try $0.stagedCount(StagingFilter(state: .waiting)) } == 4)
    }
  }

  /// Of many who decide about a line at once, one is heard.
  @Test(arguments: Backend.concurrent)
  func `a line is decided about once`(backend: Backend) async throws {
    try await backend.withImports { imports, database in
      _ = try await imported("Sul;A;Um;1;", imports)
      let dealer = try #require(try await database.read { try $0.stagedProducts().items.first?.dealer.id })
      let heard = await withTaskGroup(of: Bool.self) { group in
        for number in 0..<6 {
          group.addTask {
            (try? await database.transaction { session in
              if number % 2 == 0 {
                _ = try session.createStaged("A", of: dealer, at: 1)
              } else {
                try session.discardStaged("A", of: dealer)
              }
            }) != nil
          }
        }
        return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(heard == 1)
    }
  }

  /// A database of before has lines that were promoted by their codes.
  @Test(arguments: Backend.concurrent)
  func `lines of earlier days know their product`(backend: Backend) async throws {
    try await backend.withDatabase { database in
      let old = ImportSchema.migrations.filter { $0.version < 22 }
      try await database.migrate(Schema.migrations + old)
      try await database.transaction { session in
        _ = try session.addProduct(Product.Details(code: "A", name: "Um"), at: 1)
        try session.run(
          script: """
            INSERT INTO dealer (name, created_at) VALUES ('Sul', 1);
            INSERT INTO import_job (kind, file, size, digest, options, header, state, created_at)
              VALUES ('staging', 'a.csv', 1, '', '{}', '', 'done', 1);
            INSERT INTO product_staging (dealer, code, job, line, staged_at, promoted_at)
              VALUES (1, 'A', 1, 2, 1, 1), (1, 'B', 1, 3, 1, NULL);
            """)
      }
      #expect(try await database.migrate(Schema.migrations + ImportSchema.migrations) == [22, 23])
      let lines = try await database.read { try $0.stagedProducts().items }
      #expect(lines.map(\.state) == [.promoted, .waiting] && lines[0].product?.details.name == "Um")
      #expect(
        try await database.read { try $0.stagedCount(StagingFilter(product: Product.ID(rawValue: 1))) } == 1)
    }
  }
}
