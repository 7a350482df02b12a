import EstoqueDatabase

extension Database {
  /// A table for tests.
  func createProducts() async throws {
    try await transaction { session in
      try session.run(
        script: """
          CREATE TABLE category (id BIGINT PRIMARY KEY, name TEXT);
          CREATE TABLE product (
            id \(.identity), code TEXT NOT NULL UNIQUE, name TEXT,
            quantity BIGINT NOT NULL DEFAULT 0 CONSTRAINT quantity_positive CHECK (quantity >= 0),
            category BIGINT CONSTRAINT product_category_fkey REFERENCES category (id), photo \(.blob), price DOUBLE PRECISION,
            active BOOLEAN NOT NULL DEFAULT TRUE);
          CREATE UNIQUE INDEX product_name_unique ON product (name, category);
          """)
    }
  }

  func count(_ table: String = "product") async throws -> Int {
    try await read { try $0.value(SQL(verbatim: "SELECT count(*) FROM \(table)"), as: Int.self) ?? -1 }
  }
}
