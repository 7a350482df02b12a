/// What a column of an imported table can mean.
public enum Column: String, Sendable, CaseIterable, Codable, CodingKeyRepresentable {
  /// The product's code.
  case code
  /// Its name.
  case name
  /// The unit in which it is counted.
  case unit
  /// The bar code.
  case gtin
  /// The tax classification.
  case ncm
  /// The category's name.
  case category
  /// Below which stock it is to be reordered.
  case minimumStock
  /// Whether it is in use.
  case isActive
  /// A quantity: of a movement, or of the first stock.
  case quantity
  /// The cost of one unit.
  case unitCost
  /// A document's number, to which a movement belongs.
  case reference
  /// The moment of a movement.
  case date
  /// A branch or dealer.
  case dealer
  /// A place in the stock.
  case location
  /// A lot's number.
  case lot
  /// When a lot expires.
  case expiry

  /// Names under which people have such a column, folded; the best first.
  var names: [String] {
    switch self {
    case .code:
      [
        "codigo", "codigo do produto", "cod", "cod produto", "cprod", "sku", "code", "product code",
        "stock code", "stockcode",
        "referencia interna", "id",
      ]
    case .name:
      [
        "nome", "nome do produto", "descricao", "descricao do produto", "produto", "xprod", "name",
        "product name", "description",
        "desc",
      ]
    case .unit: ["unidade", "unidade de medida", "un", "und", "ucom", "unit", "uom"]
    case .gtin: ["gtin", "ean", "ean13", "cean", "codigo de barras", "cod barras", "barcode"]
    case .ncm: ["ncm", "codigo ncm"]
    case .category: ["categoria", "grupo", "departamento", "secao", "category", "categories", "group"]
    case .minimumStock:
      ["estoque minimo", "minimo", "est min", "minimum stock", "min stock", "reorder point"]
    case .isActive: ["ativo", "situacao", "active", "enabled"]
    case .quantity:
      [
        "quantidade", "qtd", "qtde", "quant", "estoque", "estoque atual", "saldo", "qcom", "quantity", "qty",
        "stock",
      ]
    case .unitCost:
      [
        "custo", "custo unitario", "preco de custo", "valor unitario", "preco unitario", "preco", "vuncom",
        "unit price", "unitprice",
        "unit cost", "cost", "price",
      ]
    case .reference:
      [
        "documento", "nota", "nota fiscal", "numero da nota", "pedido", "referencia", "invoice", "invoice no",
        "invoiceno",
        "reference", "order",
      ]
    case .date:
      [
        "data", "data do movimento", "data hora", "emissao", "invoice date", "invoicedate", "date",
        "datetime",
      ]
    case .dealer: ["filial", "loja", "revenda", "concessionaria", "dealer", "store", "branch", "country"]
    case .location: ["local", "localizacao", "deposito", "prateleira", "endereco", "location", "warehouse"]
    case .lot: ["lote", "numero do lote", "lot", "batch"]
    case .expiry: ["validade", "data de validade", "vencimento", "expiry", "expires", "best before"]
    }
  }
}
