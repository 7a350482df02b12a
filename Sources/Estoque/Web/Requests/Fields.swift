import EstoqueDomain
import EstoqueStock

/// Reads the members of an object, or the parameters of a query, and collects all that is wrong before it says so.
///
/// Each reader returns something in any case; nothing of it is used if ``end()`` throws.
struct Fields {
  private var values: [String: JSON]
  /// A query has texts only: numbers and truth values are written in them.
  private let isText: Bool
  private let prefix: String
  private(set) var errors: [Problem.Field] = []

  init(_ json: JSON, prefix: String = "") {
    self.prefix = prefix
    isText = false
    if case .object(let members) = json {
      values = Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.value) })
    } else {
      values = [:]
      errors.append(Problem.Field(field: prefix, message: FieldMessage.notObject))
    }
  }

  init(query: [String: String]) {
    values = query.mapValues(JSON.string)
    (isText, prefix) = (true, "")
  }

  /// Says what is wrong, if anything is; what nobody has asked for is.
  mutating func end() throws(Problem) {
    for name in values.keys.sorted() { fail(name, FieldMessage.unknown) }
    if !errors.isEmpty { throw .invalid(errors) }
  }

  mutating func fail(_ name: String, _ message: String) {
    errors.append(
      Problem.Field(
        field: prefix.isEmpty ? name : name.isEmpty ? prefix : "\(prefix).\(name)", message: message))
  }

  /// Whether a member is there, be it null.
  func has(_ name: String) -> Bool { values[name] != nil }

  /// Null and an empty text count as missing.
  private mutating func take(_ name: String) -> JSON? {
    let value = values.removeValue(forKey: name)
    return value == .null || value == "" ? nil : value
  }

  private mutating func require<Value>(_ name: String, _ value: Value?, _ fallback: Value) -> Value {
    if let value { return value }
    if !errors.contains(where: { $0.field.hasSuffix(name) }) { fail(name, FieldMessage.missing) }
    return fallback
  }

  // MARK: Texts

  mutating func text(_ name: String, _ length: ClosedRange<Int>) -> String {
    require(name, optionalText(name, length), "")
  }

  /// Without blanks around it, and without control characters.
  mutating func optionalText(_ name: String, _ length: ClosedRange<Int>) -> String? {
    guard let value = take(name) else { return nil }
    guard case .string(let raw) = value else {
      fail(name, FieldMessage.notText)
      return nil
    }
    var text = raw[...]
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    // More scalars than characters may be meant well, but not without end.
    if !length.contains(text.count) || text.unicodeScalars.count > 4 * length.upperBound {
      fail(name, FieldMessage.length(length))
      return nil
    }
    if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
      fail(name, FieldMessage.control)
      return nil
    }
    return String(text)
  }

  /// As it is: blanks in a password are a part of it.
  mutating func secret(_ name: String) -> String { require(name, optionalSecret(name), "") }

  mutating func optionalSecret(_ name: String) -> String? {
    guard let value = take(name) else { return nil }
    guard case .string(let text) = value, text.utf8.count <= 1024 else {
      fail(name, FieldMessage.length(1...256))
      return nil
    }
    return text
  }

  mutating func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, _ type: Choice.Type)
    -> Choice?
  where Choice.RawValue == String {
    choice(name, among: Array(Choice.allCases))
  }

  mutating func choice<Choice: RawRepresentable>(_ name: String, among choices: [Choice]) -> Choice?
  where Choice.RawValue == String {
    guard let value = take(name) else { return nil }
    if case .string(let text) = value, let choice = choices.first(where: { $0.rawValue == text }) {
      return choice
    }
    fail(name, FieldMessage.choice(choices.map(\.rawValue)))
    return nil
  }

  mutating func requiredChoice<Choice: RawRepresentable & CaseIterable>(_ name: String, _ fallback: Choice)
    -> Choice
  where Choice.RawValue == String {
    require(name, choice(name, Choice.self), fallback)
  }

  // MARK: Numbers

  mutating func integer(_ name: String, _ range: ClosedRange<Int64>) -> Int64? {
    guard let value = take(name) else { return nil }
    let number: Int64? =
      switch value {
      case .integer(let number) where !isText: number
      case .string(let text) where isText: Int64(text)
      default: nil
      }
    guard let number else {
      fail(name, FieldMessage.notNumber)
      return nil
    }
    if !range.contains(number) {
      fail(name, FieldMessage.range(range))
      return nil
    }
    return number
  }

  mutating func optionalIdentifier<Table>(_ name: String, of table: Table.Type = Table.self) -> Identifier<
    Table
  >? {
    integer(name, 1...Int64.max).map(Identifier<Table>.init(rawValue:))
  }

  mutating func identifier<Table>(_ name: String, of table: Table.Type = Table.self) -> Identifier<Table> {
    require(name, optionalIdentifier(name), Identifier(rawValue: 0))
  }

  mutating func flag(_ name: String) -> Bool? {
    guard let value = take(name) else { return nil }
    switch value {
    case .bool(let flag) where !isText: return flag
    case "true" where isText: return true
    case "false" where isText: return false
    default:
      fail(name, FieldMessage.notFlag)
      return nil
    }
  }

  /// An exact number, as a text: `-12.5`.
  mutating func decimal<Value: ExactDecimal>(_ name: String, _ type: Value.Type = Value.self) -> Value? {
    guard let value = take(name) else { return nil }
    guard case .string(let text) = value else {
      fail(name, FieldMessage.notText)
      return nil
    }
    do throws(DecimalError) {
      return try text.hasPrefix("-")
        ? Value(document: String(text.dropFirst())).negated : Value(document: text)
    } catch {
      fail(name, error.explanation)
      return nil
    }
  }

  mutating func quantity(_ name: String) -> Quantity { require(name, decimal(name), .zero) }

  // MARK: Time

  /// A moment, or the first one of a day in UTC; microseconds since 1970.
  mutating func moment(_ name: String) -> Int64? {
    guard let value = take(name) else { return nil }
    if case .string(let text) = value {
      if let moment = Timestamp.microseconds(text) { return moment }
      if let day = try? CalendarDate(text) { return Int64(day.daysSince1970) * 86_400_000_000 }
    }
    fail(name, FieldMessage.notMoment)
    return nil
  }

  mutating func day(_ name: String) -> CalendarDate? {
    guard let value = take(name) else { return nil }
    if case .string(let text) = value, let day = try? CalendarDate(text) { return day }
    fail(name, FieldMessage.notDay)
    return nil
  }

  // MARK: Parts

  /// A list of objects, each read by `read`.
  mutating func list<Element>(
    _ name: String, least: Int = 1, most: Int, _ read: (inout Fields) -> Element
  ) -> [Element]? {
    guard let value = take(name) else { return nil }
    guard case .array(let elements) = value else {
      fail(name, FieldMessage.notList)
      return nil
    }
    if elements.count < least || elements.count > most {
      fail(name, FieldMessage.count(most))
      return nil
    }
    return elements.enumerated().map { index, element in
      var fields = Fields(
        element, prefix: prefix.isEmpty ? "\(name)[\(index)]" : "\(prefix).\(name)[\(index)]")
      let value = read(&fields)
      do throws(Problem) { try fields.end() } catch { errors += error.fields }
      return value
    }
  }
}
