import EstoqueDomain
import Testing

@Suite("Identifiers") struct IdentifierTests {
  @Test(arguments: ["12ABC34501DE35", "11222333000181"])
  func `numbers of companies check, with letters or without`(text: String) throws {
    #expect(try CNPJ(text).text == text)
    #expect(try CNPJ(base: String(text.prefix(12))).text == text)
  }

  @Test(arguments: [
    ("12ABC34501DE36", IdentifierError.wrongCheckDigit(.cnpj, expected: "35", found: "36")),
    ("1122233300018", .wrongLength(.cnpj, found: 13)), ("", .wrongLength(.cnpj, found: 0)),
    ("12abc34501DE35", .wrongCharacter(.cnpj, position: 3)),
    ("112223330001AA", .wrongCharacter(.cnpj, position: 13)),
    ("00000000000000", .impossible(.cnpj)), ("12ABC34501Dé35", .wrongLength(.cnpj, found: 15)),
  ])
  func `other numbers of companies do not`(text: String, error: IdentifierError) {
    #expect(throws: error) { try CNPJ(text) }
  }

  @Test func `typed numbers may have punctuation and small letters`() throws {
    #expect(try CNPJ(typed: " 12.abc.345/01de-35 ").formatted == "12.ABC.345/01DE-35")
    #expect(try CPF(typed: "529.982.247-25").formatted == "529.982.247-25")
  }

  @Test func `numbers of persons check`() throws {
    #expect(try CPF("52998224725").text == "52998224725")
    #expect(throws: IdentifierError.wrongCheckDigit(.cpf, expected: "25", found: "24")) {
      try CPF("52998224724")
    }
    #expect(throws: IdentifierError.impossible(.cpf)) { try CPF("11111111111") }
    #expect(throws: IdentifierError.wrongLength(.cpf, found: 10)) { try CPF("5299822472") }
  }

  @Test func `an access key is taken apart and put together`() throws {
    let key = try AccessKey("3526050X0J92JY000196570010000006041448679011")
    #expect(key.state == 35 && key.year == 26 && key.month == 5)
    #expect(key.issuer == "0X0J92JY000196" && key.model == 57)
    #expect(key.series == 1 && key.number == 604)
    #expect(key.emission == 1 && key.code == 44_867_901 && key.checkDigit == 1)
    let again = try AccessKey(
      state: 35, year: 2026, month: 5, issuer: "0X0J92JY000196", model: 57, series: 1, number: 604,
      emission: 1,
      code: 44_867_901)
    #expect(again == key)
    #expect(key.formatted.hasPrefix("3526 050X 0J92"))
  }

  @Test(arguments: [
    (
      "3526050X0J92JY000196570010000006041448679012",
      IdentifierError.wrongCheckDigit(.accessKey, expected: "1", found: "2")
    ),
    ("NFe3526050X0J92JY000196570010000006041448679011", .wrongLength(.accessKey, found: 47)),
    ("3526050x0J92JY000196570010000006041448679011", .wrongCharacter(.accessKey, position: 8)),
    ("X526050X0J92JY000196570010000006041448679011", .wrongCharacter(.accessKey, position: 1)),
    ("3526050X0J92JY0001965700100000060414486790A1", .wrongCharacter(.accessKey, position: 43)),
  ])
  func `other keys are refused for their reason`(text: String, error: IdentifierError) {
    #expect(throws: error) { try AccessKey(text) }
  }

  @Test func `every single wrong digit of a key is noticed or a different valid key`() throws {
    let key = Array("3526050X0J92JY000196570010000006041448679011".utf8)
    var unnoticed = 0
    for position in key.indices where (48...57).contains(key[position]) {
      for digit in UInt8(48)...57 where digit != key[position] {
        var other = key
        other[position] = digit
        if (try? AccessKey(String(decoding: other, as: UTF8.self))) != nil { unnoticed += 1 }
      }
    }
    // Rests 0 and 1 share the digit 0; nothing else may slip through.
    #expect(unnoticed <= 44)
  }

  @Test(arguments: ["96385074", "036000291452", "7891000315507", "17891000315504"])
  func `barcodes of all lengths check`(text: String) throws {
    #expect(try GTIN(text).key.utf8.count == 14)
    #expect(try GTIN(base: String(text.dropLast())).text == text)
  }

  @Test func `goods without a barcode say so, and others are refused`() throws {
    #expect(try GTIN.declared("SEM GTIN") == nil)
    #expect(try GTIN.declared("") == nil)
    #expect(throws: IdentifierError.wrongCheckDigit(.gtin, expected: "7", found: "8")) {
      try GTIN("7891000315508")
    }
    #expect(throws: IdentifierError.wrongLength(.gtin, found: 9)) { try GTIN("123456789") }
    #expect(throws: IdentifierError.wrongCharacter(.gtin, position: 1)) { try GTIN("A891000315507") }
    #expect(throws: IdentifierError.impossible(.gtin)) { try GTIN("00000000") }
  }

  @Test func `operations know their direction and services`() throws {
    #expect(try CFOP("1102").isEntry && !CFOP("5102").isEntry)
    for service in ["5933", "6933", "1353", "5301", "6932", "2360"] { #expect(try CFOP(service).isService) }
    for goods in ["5102", "1556", "5910", "6401", "3102", "7101"] { #expect(try !CFOP(goods).isService) }
    #expect(throws: IdentifierError.wrongCharacter(.cfop, position: 1)) { try CFOP("4102") }
    #expect(throws: IdentifierError.wrongLength(.cfop, found: 3)) { try CFOP("510") }
    #expect(try NCM("84713012").formatted == "8471.30.12")
    #expect(try NCM("00").text == "00")
    #expect(throws: IdentifierError.wrongLength(.ncm, found: 4)) { try NCM("8471") }
  }

  @Test(arguments: [
    ("UN", "UN"), ("un", "UN"), ("UND", "UN"), ("Unid", "UN"), ("unid.", "UN"), (" Kg ", "KG"), ("PÇ", "PC"),
    ("Pr", "PAR"), ("LT", "LT"), ("7wqG4h", "7WQG4H"), ("MI", "MIL"), ("", ""),
  ])
  func `units are the same however they are written`(written: String, code: String) {
    #expect(UnitOfMeasure(written).code == code)
    #expect(UnitOfMeasure(written).written == written)
    #expect(UnitOfMeasure(written) == UnitOfMeasure(code))
  }

  @Test func `days exist, and are counted`() throws {
    #expect(try CalendarDate("1970-01-01").daysSince1970 == 0)
    #expect(try CalendarDate("2026-07-31").daysSince1970 == 20_665)
    #expect(try CalendarDate("2024-02-29").brazilian == "29/02/2024")
    #expect(throws: IdentifierError.impossible(.date)) { try CalendarDate("2023-02-29") }
    #expect(throws: IdentifierError.impossible(.date)) { try CalendarDate("2023-13-01") }
    #expect(throws: IdentifierError.wrongCharacter(.date, position: 11)) { try CalendarDate("2023-02-011") }
    #expect(throws: IdentifierError.wrongLength(.date, found: 7)) { try CalendarDate("2023-02") }
  }

  @Test(arguments: [
    ("2026-07-31T14:08:51-03:00", 1_785_517_731), ("2026-07-31T17:08:51Z", 1_785_517_731),
    ("2026-07-31T14:08:51", 1_785_517_731), ("2026-07-31T17:08:51.123+00:00", 1_785_517_731),
    ("2026-07-31T13:08:51-04:00", 1_785_517_731),
  ])
  func `moments with any offset are the same moment`(text: String, seconds: Int) throws {
    #expect(try Moment(text).secondsSince1970 == seconds)
  }

  @Test(arguments: [
    "", "2026-07-31", "2026-07-31 14:08:51", "2026-07-31T25:00:00Z", "2026-07-31T14:08:51-0300",
    "2026-07-31T14:08:51-03:00x", "2026-07-31T14:61:00Z", "31/07/2026T10:00:00",
  ])
  func `what is no moment is refused`(text: String) {
    #expect(throws: IdentifierError.self) { try Moment(text) }
  }

  @Test func `a moment is written as it was read`() throws {
    for text in ["2026-07-31T14:08:51-03:00", "2011-12-20T16:50:00", "2017-03-18T16:12:12+00:00"] {
      #expect(try Moment(text).description == text)
    }
  }

  @Test func `errors explain themselves in Portuguese`() {
    #expect(
      IdentifierError.wrongLength(.cnpj, found: 13).explanation == "CNPJ com 13 caracteres, esperados 14")
    #expect(
      IdentifierError.wrongCheckDigit(.accessKey, expected: "1", found: "2").explanation
        == "chave de acesso com dígito verificador 2, calculado 1")
    #expect(DecimalError.tooManyDecimals(limit: 4).explanation == "tem mais de 4 casas decimais")
  }
}
