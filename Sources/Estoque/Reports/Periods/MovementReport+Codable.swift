import EstoqueDomain
import Revoada

// As the API writes it: numbers as decimal texts, days as 2026-07-31.

extension ExactDecimal {
  /// `12.5`: with no more zeros at the end than people are always shown.
  var plain: String {
    var text = Substring(document)
    var spare = Self.fractionDigits - Self.shownFractionDigits
    while spare > 0, text.last == "0" {
      text.removeLast()
      spare -= 1
    }
    if text.last == "." { text.removeLast() }
    return String(text)
  }

  /// Reads a plain decimal, with a sign.
  init(plain text: String) throws(DecimalError) {
    let isNegative = text.hasPrefix("-")
    let magnitude = try Self(document: isNegative ? String(text.dropFirst()) : text)
    self = isNegative ? try magnitude.negated : magnitude
  }
}

extension MovementSum: Codable {
  private enum Key: String, CodingKey { case count, quantity, cost }

  /// Reads what ``encode(to:)`` writes.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    self.init(
      count: try values.decode(Int.self, forKey: .count),
      quantity: try Quantity(plain: values.decode(String.self, forKey: .quantity)),
      cost: try Money(plain: values.decode(String.self, forKey: .cost)))
  }

  /// Writes `{"count":2,"quantity":"12.5","cost":"1234.56"}`.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(count, forKey: .count)
    try values.encode(quantity.plain, forKey: .quantity)
    try values.encode(cost.plain, forKey: .cost)
  }
}

extension MovementReport: Codable {
  private enum Key: String, CodingKey { case by, from, to, periods, total }

  /// Reads what ``encode(to:)`` writes.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    let by = try values.decode(String.self, forKey: .by)
    guard let unit = Period.Unit(word: by) else {
      throw DecodingError.dataCorruptedError(forKey: .by, in: values, debugDescription: "no unit: \(by)")
    }
    self.init(
      unit: unit, period: try values.period(.from, .to),
      periods: try values.decode([Part].self, forKey: .periods),
      total: try values.decode(MovementTotals.self, forKey: .total))
  }

  /// Writes the report as the API does.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(unit.word, forKey: .by)
    try values.encode("\(period.first)", forKey: .from)
    try values.encode("\(period.last)", forKey: .to)
    try values.encode(periods, forKey: .periods)
    try values.encode(total, forKey: .total)
  }
}

extension MovementReport.Part: Codable {
  private enum Key: String, CodingKey { case from, to, error }

  /// Reads what ``encode(to:)`` writes.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    self.init(
      period: try values.period(.from, .to), totals: try MovementTotals(from: decoder),
      error: try values.decodeIfPresent(String.self, forKey: .error))
  }

  /// Writes the totals beside the days.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode("\(period.first)", forKey: .from)
    try values.encode("\(period.last)", forKey: .to)
    try values.encodeIfPresent(error, forKey: .error)
    try totals.encode(to: encoder)
  }
}

extension KeyedDecodingContainer {
  fileprivate func period(_ from: Key, _ to: Key) throws -> Period {
    func day(_ key: Key) throws -> CalendarDay {
      let text = try decode(String.self, forKey: key)
      guard let day = CalendarDay(text) else {
        throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: "no day: \(text)")
      }
      return day
    }
    return Period(try day(from), through: try day(to))
  }
}

extension Period.Unit {
  /// The word of the API: `day`, `week`, `month`.
  public var word: String {
    switch self {
    case .day: "day"
    case .week: "week"
    case .month: "month"
    }
  }
  /// The unit of a word.
  public init?(word: String) {
    guard let unit = Self.allCases.first(where: { $0.word == word }) else { return nil }
    self = unit
  }
}
