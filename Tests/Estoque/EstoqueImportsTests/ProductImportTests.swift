import EstoqueDatabase
import EstoqueDomain
import EstoqueStock
import EstoqueTables
import EstoqueTestSupport
import Testing

@testable import EstoqueImports

@Suite(.timeLimit(.minutes(10)))
struct ProductImportTests {
  private static let text = """
    Código;Nome;Unidade;EAN;NCM;Categoria;Estoque mínimo;Ativo;Estoque;Custo
    A1;Parafuso;cx;7891000315507;7318.15.00;Ferragens;1.000,5;sim;10;1,25
    A2;Café torrado;;SEM GTIN;;Alimentos;;não;;
    A3;;UN;;;;;;;
    A4;Porca;UN;7891000315508;;;;;;
    ;Sem código;;;;;;;;

    A1;Parafuso sextavado;;;;;;;12;1,25
    """

  @Test(arguments: Backend.available) func productsAreAddedAndChanged(backend: Backend) async throws {
    try await backend.withImports { imports, database in
      let file = try scratch(Self.text)
      let job = try await imports.importFile(.products, path: file).job
      #expect(job.state == .done && job.done == 3 && job.failed == 3 && job.total == 6, "\(job)")
      let screw = try #require(try await database.product("A1"))
      #expect(screw.details.name == "Parafuso sextavado" && screw.details.unit == "CX")
      #expect(screw.details.gtin == "7891000315507" && screw.details.ncm == "73181500")
      #expect(screw.details.minimum == quantity("1000,5"))
      let coffee = try #require(try await database.product("A2"))
      #expect(!coffee.details.isActive && coffee.details.gtin == nil && coffee.details.category != nil)
      #expect(try await database.count("category") == 2)
      // The first quantity counts; the second line finds a product that has moved.
      let (stock, cost) = try await database.read {
        (try $0.stock(of: screw.id), try $0.stockCost(of: screw.id))
      }
      #expect(stock == quantity("10") && cost == money("12,50"))
      let failures = try await imports.text(imports.failures(of: job.id, as: .csv))
      #expect(failures.contains("4;missing;nome: não preenchido;A3"))
      #expect(failures.contains("5;gtin;GTIN com dígito verificador"))
      #expect(failures.contains("6;missing;código: não preenchido;;Sem código"))
      let successes = try await imports.text(imports.successes(of: job.id, as: .csv))
      #expect(successes.contains("2;incluído;\(screw.id);A1;Parafuso sextavado"))
      #expect(successes.contains("8;alterado;\(screw.id);A1"))
    }
  }

  @Test(arguments: Backend.available) func whatIsNotInTheTableStays(backend: Backend) async throws {
    try await backend.withImports { imports, database in
      _ = try await imports.importFile(.products, path: try scratch(Self.text))
      let second = try scratch("codigo;nome;custo\nA1;Parafuso novo;9\nA2;Café torrado;\n")
      let job = try await imports.importFile(.products, path: second).job
      let screw = try #require(try await database.product("A1"))
      #expect(screw.details.name == "Parafuso novo" && screw.details.gtin == "7891000315507")
      #expect(screw.version == 2)
      let list = try await imports.text(imports.successes(of: job.id, as: .json))
      #expect(list.contains("\"effect\":\"changed\"") && list.contains("\"effect\":\"unchanged\""))
    }
  }

  @Test(arguments: Backend.available) func countedStockIsAdjusted(backend: Backend) async throws {
    try await backend.withImports { imports, database in
      var options = ImportOptions()
      options.firstStock = .counted
      for quantity in ["10", "7,5", "7,5"] {
        let file = try scratch("codigo;nome;estoque\nX;Coisa;\(quantity)\n")
        options.isForced = true
        let job = try await imports.importFile(.products, options: options, path: file).job
        #expect(job.done == 1)
      }
      let product = try #require(try await database.product("X"))
      #expect(try await database.read { try $0.stock(of: product.id) } == quantity("7,5"))
      #expect(try await database.count("movement") == 2)
    }
  }

  @Test func aMappingOfOnesOwn() async throws {
    try await Backend.sqliteFile.withImports { imports, database in
      let file = try scratch("Artigo;Denominação;Bruto\n1;Um;5\n")
      let preview = try await imports.preview(path: file)
      await #expect(throws: ImportFault.missingColumns([.code])) {
        try await imports.start(.products, path: file, name: "a.csv")
      }
      var options = ImportOptions()
      options.hasHeader = true
      #expect(throws: ImportFault.unknownColumn("Preço")) {
        try Imports.mapping([("Preço", "unitCost")], for: preview)
      }
      #expect(throws: ImportFault.unknownMeaning("price")) {
        try Imports.mapping([("1", "price")], for: preview)
      }
      #expect(throws: ImportFault.sharedColumn("1", [.code, .name])) {
        try Imports.mapping([("1", "code"), ("1", "name")], for: preview)
      }
      #expect(throws: ImportFault.repeatedMeaning(.code)) {
        try Imports.mapping([("1", "code"), ("2", "code")], for: preview)
      }
      options.mapping = ColumnMapping([.code: 0, .name: 2, .unitCost: 2])
      await #expect(throws: ImportFault.sharedColumn("3", [.name, .unitCost])) {
        try await imports.start(.products, options: options, path: file, name: "a.csv")
      }
      options.mapping = try Imports.mapping([("1", "code"), ("2", "name"), ("3", "")], for: preview)
      let job = try await imports.importFile(.products, options: options, path: file).job
      #expect(job.done == 1 && job.failed == 0)
      #expect(try await database.product("1")?.details.name == "Um")
    }
  }

  /// The whole table of tariffs, whose cells have quotation marks that mean nothing.
  @Test(.enabled(if: TestData.path("csv/ncms_pentalpha_2022.tsv") != nil, "\(TestData.absent)"))
  func theTableOfTariffs() async throws {
    try await Backend.sqliteFile.withImports { imports, database in
      let path = try #require(TestData.path("csv/ncms_pentalpha_2022.tsv"))
      var options = ImportOptions()
      let preview = try await imports.preview(path: path)
      #expect(preview.header == ["nome", "ncm", "pai"])
      options.mapping = ColumnMapping([.code: 1, .name: 0])
      let job = try await imports.importFile(.products, options: options, path: path).job
      #expect(job.done + job.failed > 20_000 && job.failed < 100, "\(job)")
    }
  }

  @Test(.enabled(if: TestData.path("csv/openfoodfacts_products_sample.csv") != nil, "\(TestData.absent)"))
  func openFoodFacts() async throws {
    try await Backend.sqliteFile.withImports { imports, database in
      let path = try #require(TestData.path("csv/openfoodfacts_products_sample.csv"))
      let preview = try await imports.preview(path: path)
      var options = ImportOptions()
      options.mapping = try Imports.mapping(
        [("code", "code"), ("product_name", "name"), ("quantity", ""), ("categories", "")], for: preview)
      let job = try await imports.importFile(.products, options: options, path: path).job
      #expect(job.done + job.failed == 1_000 && job.done > 500, "\(job)")
      #expect(try await database.count("product") > 500)
    }
  }
}
