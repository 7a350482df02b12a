import EstoqueDatabase
import EstoqueDomain
import EstoqueTestSupport
import Testing

@testable import EstoqueStock

@Suite(.timeLimit(.minutes(10)))
struct ManyProductsTests {
  @Test(arguments: Backend.available) func addedChangedAndFound(backend: Backend) async throws {
    try await backend.withDatabase(migrations: Schema.migrations) { database in
      let codes = (0..<700).map { "P\($0)" }
      try await database.transaction { session in
        try session.storeProducts(codes.map { Product.Details(code: $0, name: "Produto \($0)") }, at: 1)
      }
      let ids = try await database.read { try $0.productIDs(codes: codes + ["nenhum"]) }
      #expect(ids.count == 700 && Set(ids.values).count == 700)
      let found = try await database.transaction { session in
        var details = try session.lockProducts(codes: ["P3", "P4", "nenhum"]).mapValues(\.details)
        details["P3"]?.name = "Outro nome"
        details["P3"]?.minimum = try Quantity(5)
        try session.storeProducts([details["P3"]!, Product.Details(code: "N", name: "Novo")], at: 2)
        try session.addMissingProducts(
          [Product.Details(code: "P4", name: "Não"), Product.Details(code: "M", name: "Mais")], at: 3)
        return try session.lockProducts(codes: ["P3", "P4", "N", "M"])
      }
      #expect(found["P3"]?.id == ids["P3"] && found["P3"]?.version == 2)
      #expect(found["P3"]?.details.name == "Outro nome" && found["N"]?.version == 1)
      #expect(found["P4"]?.details.name == "Produto P4" && found["P4"]?.version == 1)
      #expect(found["M"]?.details.name == "Mais")
      let searched = try await database.read { try $0.products(ProductFilter(search: "OUTRO NOME")).items }
      #expect(searched.map(\.details.code) == ["P3"])
    }
  }

  @Test(arguments: Backend.available) func categoriesAreMadeOnce(backend: Backend) async throws {
    try await backend.withDatabase(migrations: Schema.migrations) { database in
      let first = try await database.transaction { try $0.categories(named: ["Bebidas", "Café"]) }
      let second = try await database.transaction { try $0.categories(named: ["Café", "Chá"]) }
      #expect(first["Café"] == second["Café"] && Set(first.values).union(second.values).count == 3)
      let none = try await database.transaction { try $0.categories(named: []) }
      #expect(none.isEmpty)
    }
  }
}
