import EstoqueDatabase
import EstoqueStock

/// A table to be exported: a statement, and what its columns hold. The writers of the formats know no more than this.
struct ExportTable: Sendable {
  struct Column: Sendable {
    enum Content: Sendable { case integer, text, quantity, money, unitValue, moment, kind, flag }
    /// For people.
    let title: String
    /// For programs.
    let key: String
    let content: Content
    let width: Double

    init(_ title: String, _ key: String, _ content: Content, _ width: Double = 12) {
      (self.title, self.key, self.content, self.width) = (title, key, content, width)
    }
  }

  /// The sheet's name.
  let name: String
  let columns: [Column]
  let sql: SQL
  let count: SQL
  let values: [SQLValue]

  /// - Throws: ``ExportFault`` for what is no table.
  init(_ request: ExportRequest, _ days: LocalDays) throws(ExportFault) {
    switch request.kind {
    case .movements: self = .movements(request.movementFilter(days))
    case .stock: self = .stock(request)
    case .products: self = .products(request)
    case .labels: throw .unsupported(.labels, request.format)
    }
  }

  private init(
    _ name: String, _ columns: [Column], select: SQL, from: SQL, _ conditions: Conditions, order: SQL
  ) {
    (self.name, self.columns, values) = (name, columns, conditions.values)
    sql = "SELECT \(select) \(from) WHERE \(conditions.sql) ORDER BY \(order)"
    count = "SELECT count(*) \(from) WHERE \(conditions.sql)"
  }

  /// In the order of time if some of it was asked for, else in that of posting: an index serves either, so that the first row comes at once.
  private static func movements(_ filter: MovementFilter) -> ExportTable {
    let isByTime = filter.from != nil || filter.until != nil || filter.product != nil
    return ExportTable(
      "Movimentos",
      [
        Column("Número", "id", .integer, 10), Column("Lançamento", "posting", .integer, 10),
        Column("Data", "happenedAt", .moment, 17), Column("Tipo", "kind", .kind, 14),
        Column("Código", "code", .text, 16), Column("Produto", "product", .text, 40),
        Column("Unidade", "unit", .text, 8),
        Column("Local", "location", .text), Column("Lote", "lot", .text),
        Column("Quantidade", "quantity", .quantity),
        Column("Custo", "cost", .money), Column("Saldo", "balance", .quantity),
        Column("Documento", "reference", .text, 16), Column("Observação", "note", .text, 30),
        Column("Estorna", "reverses", .integer, 10), Column("Origem", "origin", .text),
      ],
      select: """
        m.id, m.posting, m.happened_at, m.kind, p.code, p.name, p.unit, l.code, lot.number, m.quantity, m.cost, m.balance,
        m.reference, m.note, m.reverses, o.origin
        """,
      from: MovementFilter.rows, filter.conditions, order: isByTime ? "m.happened_at, m.id" : "m.id")
  }

  private static func stock(_ request: ExportRequest) -> ExportTable {
    let filter = StockFilter(search: request.search, location: request.location, category: request.category)
    return ExportTable(
      "Estoque",
      [
        Column("Código", "code", .text, 16), Column("Produto", "product", .text, 40),
        Column("Unidade", "unit", .text, 8),
        Column("GTIN", "gtin", .text, 16), Column("Categoria", "category", .text, 20),
        Column("Local", "location", .text),
        Column("Quantidade", "quantity", .quantity), Column("Mínimo", "minimum", .quantity),
        Column("Custo", "cost", .money), Column("Custo médio", "averageCost", .unitValue),
        Column("Abaixo do mínimo", "belowMinimum", .flag, 16),
      ],
      select: """
        p.code, p.name, p.unit, p.gtin, c.name, l.code, COALESCE(s.quantity, 0), p.minimum, COALESCE(s.cost, 0),
        COALESCE(s.unit_cost, '0'), CASE WHEN \(StockFilter.total) < p.minimum THEN 1 ELSE 0 END
        """,
      from: "\(StockFilter.rows) LEFT JOIN category c ON c.id = p.category", filter.conditions,
      order: "p.search, p.id, COALESCE(s.location, 1)")
  }

  private static func products(_ request: ExportRequest) -> ExportTable {
    var conditions = Conditions()
    conditions.add(search: request.search, in: "p.search")
    conditions.add(request.category) { "p.category = \($0)" }
    return ExportTable(
      "Produtos",
      [
        Column("Código", "code", .text, 16), Column("Produto", "name", .text, 40),
        Column("Unidade", "unit", .text, 8),
        Column("GTIN", "gtin", .text, 16), Column("NCM", "ncm", .text, 10),
        Column("Categoria", "category", .text, 20),
        Column("Mínimo", "minimum", .quantity), Column("Ativo", "active", .flag, 8),
        Column("Quantidade", "quantity", .quantity), Column("Custo", "cost", .money),
      ],
      select: """
        p.code, p.name, p.unit, p.gtin, p.ncm, c.name, p.minimum, p.active,
        CAST(\(StockFilter.total) AS BIGINT),
        CAST((SELECT COALESCE(SUM(a.cost), 0) FROM stock a WHERE a.product = p.id) AS BIGINT)
        """,
      from: "FROM product p LEFT JOIN category c ON c.id = p.category", conditions, order: "p.search, p.id")
  }
}
