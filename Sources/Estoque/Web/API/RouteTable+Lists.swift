import EstoqueDomain
import EstoqueReports
import EstoqueStock
import Revoada

extension RouteTable {
  /// The parameters of every list that has pages.
  static let paging: [Operation.Parameter] = [
    Operation.Parameter(
      name: "limit", schema: ["type": "integer", "minimum": 1, "maximum": 1000, "default": 50],
      about: "Quantos por página"),
    Operation.Parameter(
      name: "after", schema: ["type": "string", "minLength": 1, "maxLength": 4096],
      about: "De onde continuar: o `next` da página anterior"),
  ]
  /// From when to when.
  static let range: [Operation.Parameter] = [
    Operation.Parameter(
      name: "from", schema: Schemas.momentOrDay, about: "Desde quando; um dia conta do seu início"),
    Operation.Parameter(
      name: "to", schema: Schemas.momentOrDay, about: "Até antes de quando; um dia conta inteiro"),
  ]

  static func page<Item>(
    _ page: Page<Item>, total: Int?? = .none, _ encode: (Item) -> JSON
  ) -> JSON {
    let json: JSON = ["items": .array(page.items.map(encode)), "next": JSON(page.next?.text)]
    guard let total else { return json }
    return json.with(["total": JSON(total)])
  }

  static func list<Item>(_ items: [Item], _ encode: (Item) -> JSON) -> JSON {
    ["items": .array(items.map(encode)), "next": .null, "total": .integer(Int64(items.count))]
  }

  static func moment(_ microseconds: Int64) -> JSON { .string(Timestamp.text(microseconds)) }
  static func moment(_ microseconds: Int64?) -> JSON { microseconds.map(moment) ?? .null }
  /// With no more zeros at the end than people see: `12.5`, `1234.50`.
  static func decimal<Value: ExactDecimal>(_ value: Value) -> JSON {
    var text = value.document.utf8[...]
    var spare = Value.fractionDigits - Value.shownFractionDigits
    while spare > 0, text.last == UInt8(ascii: "0") {
      text = text.dropLast()
      spare -= 1
    }
    if text.last == UInt8(ascii: ".") { text = text.dropLast() }
    return .string(String(Substring(text)))
  }

  static func product(_ product: ListedProduct) -> JSON {
    [
      "id": .integer(product.id.rawValue), "code": .string(product.code), "name": .string(product.name),
      "unit": .string(product.unit),
    ]
  }
  static func location(_ location: ListedLocation) -> JSON {
    ["id": .integer(location.id.rawValue), "code": .string(location.code)]
  }
}

extension Fields {
  mutating func limit() -> Int { Int(integer("limit", 1...Int64(PageLimit.maximum)) ?? 50) }

  mutating func cursor() -> Cursor? {
    guard let text = optionalText("after", 1...4096) else { return nil }
    if let cursor = try? Cursor(text: text) { return cursor }
    fail("after", FieldMessage.notCursor)
    return nil
  }

  /// `from` and `to`: moments, or days where the company is, of which the last one counts as well.
  mutating func range(_ days: LocalDays) -> (from: Int64?, to: Int64?) {
    let from = edge("from", days, isEnd: false)
    let to = edge("to", days, isEnd: true)
    if let from, let to, from > to { fail("to", FieldMessage.before) }
    return (from, to)
  }

  private mutating func edge(_ name: String, _ days: LocalDays, isEnd: Bool) -> Int64? {
    guard let text = optionalText(name, 1...40) else { return nil }
    if let moment = Timestamp.microseconds(text) { return moment }
    guard let day = try? CalendarDate(text), let local = CalendarDay("\(day)") else {
      fail(name, FieldMessage.notMoment)
      return nil
    }
    return days.start(of: isEnd ? local + 1 : local)
  }
}
