import EstoqueDomain

/// The trade of the sample company: any number of invoices, the same for the same seed.
public struct SampleTrade: Sendable {
  private var random: SplitMix64

  /// Creates a trade.
  public init(seed: UInt64) { random = SplitMix64(state: seed) }

  /// An invoice: two of three buy from a supplier, the others sell to a customer.
  ///
  /// Its key is unlike that of every other number.
  ///
  /// - Parameters:
  ///   - number: 1 to 999,999,999.
  ///   - items: how many lines; 1 to 10 without.
  /// - Throws: ``DecimalError`` never, in practice: the numbers are small.
  public mutating func invoice(_ number: Int, items: Int? = nil) throws -> SampleInvoice {
    let buys = next(3) < 2
    let emitter = buys ? SampleCompany.suppliers[next(SampleCompany.suppliers.count)] : .own
    let recipient = buys ? .own : SampleCompany.customers[next(SampleCompany.customers.count)]
    let lines = try (0..<(items ?? 1 + next(10))).map { _ in try item(of: emitter) }
    let day = "2026-\(padded(7 + next(5), 2))-\(padded(1 + next(28), 2))"
    return SampleInvoice(
      number: number, code: next(100_000_000), day: day, emitter: emitter, recipient: recipient, items: lines)
  }

  private mutating func item(of emitter: SampleCompany) throws -> SampleItem {
    let index = next(Self.products.count)
    let product = Self.products[index]
    var item = SampleItem(
      code: "\(emitter.cnpj.text.prefix(2))-\(padded(index + 1, 4))", name: product.name, ncm: product.ncm,
      gtin: try product.hasBarcode ? GTIN(base: "2\(padded(index + 1, 11))").text : GTIN.none,
      unit: product.unit, quantity: try Quantity(1 + next(50)),
      price: try UnitValue(scaled: Int128(100 + next(20_000)) * 100_000_000))
    if product.unit == "CX" { item.factor = try Quantity(12) }
    if product.perishes {
      item.lot = SampleItem.Lot(
        number: "L\(padded(next(10_000), 4))", made: "2026-05-\(padded(1 + next(28), 2))",
        expires: "2027-05-\(padded(1 + next(28), 2))")
    }
    return item
  }

  private mutating func next(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

  private struct Product {
    let name: String
    let ncm: String
    let unit: String
    var hasBarcode = true
    var perishes = false
  }

  private static let products = [
    Product(name: "Parafuso sextavado 1/4 x 2", ncm: "73181500", unit: "UN", hasBarcode: false),
    Product(name: "Porca sextavada 1/4", ncm: "73181600", unit: "UND", hasBarcode: false),
    Product(name: "Arruela lisa 1/4", ncm: "73182200", unit: "un", hasBarcode: false),
    Product(name: "Martelo de unha 27 mm", ncm: "82052000", unit: "UN"),
    Product(name: "Chave de fenda 5 x 150 mm", ncm: "82054000", unit: "PC"),
    Product(name: "Lâmpada LED 9 W", ncm: "85395200", unit: "CX"),
    Product(name: "Cabo flexível 2,5 mm²", ncm: "85444900", unit: "M", hasBarcode: false),
    Product(name: "Fita isolante 20 m", ncm: "39191020", unit: "RL"),
    Product(name: "Tinta acrílica branca 18 L", ncm: "32091010", unit: "GL", perishes: true),
    Product(name: "Massa corrida 25 kg", ncm: "32141010", unit: "BD", perishes: true),
    Product(name: "Café torrado e moído 500 g", ncm: "09012100", unit: "CX", perishes: true),
    Product(name: "Açúcar cristal 1 kg", ncm: "17019900", unit: "FD", perishes: true),
    Product(name: "Detergente neutro 500 mL", ncm: "34025000", unit: "CX", perishes: true),
    Product(name: "Papel sulfite A4 500 folhas", ncm: "48025610", unit: "CX"),
    Product(name: "Caneta esferográfica azul", ncm: "96081000", unit: "Unid"),
    Product(name: "Arroz tipo 1 a granel", ncm: "10063021", unit: "KG", hasBarcode: false, perishes: true),
  ]
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
struct SplitMix64: RandomNumberGenerator, Sendable {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
