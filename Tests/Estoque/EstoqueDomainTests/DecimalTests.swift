import EstoqueDomain
import Testing

@Suite("Exact decimals") struct DecimalTests {
  @Test(arguments: [
    ("0", 0), ("1", 10_000), ("1.5", 15_000), ("0.0001", 1), ("12.3400", 123_400), ("007.1", 71_000),
    ("99999999999.9999", 999_999_999_999_999),
  ])
  func `a document's decimal is read exactly`(text: String, scaled: Int64) throws {
    #expect(try Quantity(document: text).scaled == scaled)
  }

  @Test(arguments: [
    ("", DecimalError.empty), ("1,5", .malformed), (".5", .malformed), ("1.", .malformed), ("-1", .malformed),
    ("+1", .malformed), (" 1", .malformed), ("1e3", .malformed), ("1.2.3", .malformed), ("c", .malformed),
    ("٣", .malformed), ("NaN", .malformed), ("1.00001", .tooManyDecimals(limit: 4)),
    ("1.00000", .tooManyDecimals(limit: 4)), ("100000000000", .overflow(integerDigits: 11)),
    (String(repeating: "9", count: 1000), .overflow(integerDigits: 11)),
  ])
  func `a document's decimal in another form is refused`(text: String, error: DecimalError) {
    #expect(throws: error) { try Quantity(document: text) }
  }

  @Test func `prices have ten decimals and money two`() throws {
    #expect(try UnitValue(document: "99999999999.9999999999").scaled == UnitValue.limit - 1)
    #expect(try UnitValue(document: "0.0000000001").scaled == 1)
    #expect(try Money(document: "9999999999999.99").scaled == 999_999_999_999_999)
    #expect(throws: DecimalError.tooManyDecimals(limit: 2)) { try Money(document: "1.001") }
  }

  @Test(arguments: [
    ("1.234,56", "1234.5600"), ("1234,5", "1234.5000"), ("1.234", "1234.0000"), ("1.5", "1.5000"),
    ("0.123", "0.1230"), ("12.50", "12.5000"), ("1.234.567", "1234567.0000"), ("-12", "-12.0000"),
    ("  7 ", "7.0000"), ("+3,1", "3.1000"), (",5", "0.5000"), ("5,", "5.0000"), ("R$ 9,90", "9.9000"),
    ("-R$ 1,00", "-1.0000"), ("R$\u{A0}1.000,00", "1000.0000"), ("−4", "-4.0000"),
  ])
  func `what people type is understood`(text: String, document: String) throws {
    #expect(try Quantity(brazilian: text).document == document)
  }

  @Test(arguments: [
    ("", DecimalError.empty), ("abc", .malformed), ("1,234.56", .malformed), ("1.23,4", .malformed),
    ("12.34.56", .malformed), ("1,2,3", .malformed), ("--1", .malformed), ("1 2", .malformed),
    ("0,00001", .tooManyDecimals(limit: 4)), ("999.999.999.999", .overflow(integerDigits: 11)),
    (",", .malformed),
    ("1234.567,8", .malformed),
  ])
  func `what could mean two things is not guessed`(text: String, error: DecimalError) {
    #expect(throws: error) { try Quantity(brazilian: text) }
  }

  @Test(arguments: [
    ("1234567.5", "1.234.567,5"), ("0", "0"), ("0.0001", "0,0001"), ("100", "100"), ("1000", "1.000"),
  ])
  func `quantities are shown without needless zeros`(document: String, shown: String) throws {
    let quantity = try Quantity(document: document)
    #expect(quantity.brazilian == shown)
    #expect(try Quantity(brazilian: shown) == quantity)
  }

  @Test func `money is always shown with centavos, and negative amounts with their sign`() throws {
    #expect(try Money(document: "1234.5").brazilian == "1.234,50")
    #expect(try Money(scaled: -5).brazilian == "-0,05")
    #expect(try Money(scaled: -5).document == "-0.05")
    #expect(try UnitValue(document: "1.2").brazilian == "1,20")
    #expect(try UnitValue(document: "1.2345678901").brazilian == "1,2345678901")
  }

  @Test func `every text of a value is read back as that value`() throws {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<2_000 {
      let value = try Quantity(scaled: Int64.random(in: 0..<Quantity.limit, using: &random))
      #expect(try Quantity(document: value.document) == value)
      let negative = try value.negated
      #expect(try Quantity(brazilian: negative.brazilian) == negative)
    }
  }

  @Test func `sums that do not fit are errors, not wrong`() throws {
    let most = try Quantity(scaled: Quantity.limit - 1)
    let least = try most.negated
    let one = try Quantity(scaled: 1)
    #expect(throws: DecimalError.overflow(integerDigits: 11)) { try most + one }
    #expect(throws: DecimalError.overflow(integerDigits: 11)) { try least - one }
    #expect(try most + least == .zero)
    #expect(throws: DecimalError.overflow(integerDigits: 11)) { try Quantity(scaled: .max) }
    #expect(throws: DecimalError.overflow(integerDigits: 11)) { try Quantity(scaled: .min) }
    #expect(throws: DecimalError.overflow(integerDigits: 11)) { try Quantity(Int.max) }
  }

  @Test func `a quantity times a price is rounded to the centavo, halves away from zero`() throws {
    let price = try UnitValue(document: "0.005")
    #expect(try Money(Quantity(1), at: price).scaled == 1)
    #expect(try Money(Quantity(-1), at: price).scaled == -1)
    #expect(try Money(Quantity(document: "0.9999"), at: price).scaled == 0)
    #expect(try Money(Quantity(document: "3.5"), at: UnitValue(document: "2.3333333333")).document == "8.17")
    let most = try Quantity(scaled: Quantity.limit - 1)
    #expect(throws: DecimalError.overflow(integerDigits: 13)) {
      try Money(most, at: UnitValue(scaled: UnitValue.limit - 1))
    }
  }

  @Test func `a total by a quantity is a price`() throws {
    #expect(try UnitValue(Money(document: "10.00"), per: Quantity(3)).document == "3.3333333333")
    #expect(try UnitValue(Money(document: "20.00"), per: Quantity(3)).document == "6.6666666667")
    #expect(throws: DecimalError.divisionByZero) { try UnitValue(.zero, per: .zero) }
  }

  @Test func `boxes become bottles exactly, or not at all`() throws {
    #expect(try Quantity(2).converted(by: Quantity(12)) == Quantity(24))
    #expect(try Quantity(document: "2.5").converted(by: Quantity(document: "0.5")).document == "1.2500")
    #expect(throws: DecimalError.inexact) {
      try Quantity(document: "0.0001").converted(by: Quantity(document: "0.5"))
    }
  }
}
