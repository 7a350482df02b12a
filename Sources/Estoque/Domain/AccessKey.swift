/// The 44 characters that name a fiscal document for good ("chave de acesso").
///
/// cUF 2, AAMM 4, CNPJ 14, model 2, series 3, number 9, tpEmis 1, cNF 8 and a check digit. From July
/// 2026 the CNPJ may hold letters.
public struct AccessKey: Hashable, Sendable, CustomStringConvertible {
  /// How many characters a key has.
  public static let length = 44

  /// The 44 characters.
  public let text: String

  /// Checks the 44 characters, without the `NFe` in front of them in an `Id`.
  ///
  /// - Throws: ``IdentifierError``.
  public init(_ text: String) throws(IdentifierError) {
    guard text.utf8.count == Self.length else { throw .wrongLength(.accessKey, found: text.utf8.count) }
    try IdentifierError.check(.accessKey, text) { (6..<18).contains($0) ? $1.isDigitOrCapital : $1.isDigit }
    try IdentifierError.check(.accessKey, text, [CheckDigits.modulo11(text.utf8.prefix(43))])
    self.text = text
  }

  /// Puts a key together, with its check digit.
  ///
  /// - Parameter issuer: the emitter's fourteen characters; a CPF has three zeros in front.
  /// - Throws: ``IdentifierError`` when the parts do not have their lengths or characters.
  public init(
    state: Int, year: Int, month: Int, issuer: String, model: Int, series: Int, number: Int,
    emission: Int, code: Int
  ) throws(IdentifierError) {
    func digits(_ value: Int, _ count: Int) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }
    let body =
      digits(state, 2) + digits(year % 100, 2) + digits(month, 2) + issuer + digits(model, 2)
      + digits(series, 3) + digits(number, 9) + digits(emission, 1) + digits(code, 8)
    try self.init(body + String(decoding: [CheckDigits.modulo11(body.utf8)], as: UTF8.self))
  }

  /// The state's code of IBGE (cUF).
  public var state: Int { number(0..<2) }
  /// The last two digits of the year of emission.
  public var year: Int { number(2..<4) }
  /// The month of emission, as written; nothing checks that there is such a month.
  public var month: Int { number(4..<6) }
  /// The emitter: a CNPJ, or a CPF with three zeros in front.
  public var issuer: String { part(6..<20) }
  /// The model: 55 an NF-e, 65 an NFC-e.
  public var model: Int { number(20..<22) }
  /// The series.
  public var series: Int { number(22..<25) }
  /// The document's number.
  public var number: Int { number(25..<34) }
  /// How it was emitted (tpEmis).
  public var emission: Int { number(34..<35) }
  /// The random code (cNF).
  public var code: Int { number(35..<43) }
  /// The check digit (cDV).
  public var checkDigit: Int { number(43..<44) }

  /// The key in groups of four, as it is printed.
  public var formatted: String {
    text.punctuated(
      Dictionary(uniqueKeysWithValues: stride(from: 4, to: Self.length, by: 4).map { ($0, " ") }))
  }

  /// The 44 characters.
  public var description: String { text }

  private func part(_ range: Range<Int>) -> String {
    let view = text.utf8
    let start = view.index(view.startIndex, offsetBy: range.lowerBound)
    return String(text[start..<view.index(start, offsetBy: range.count)])
  }

  private func number(_ range: Range<Int>) -> Int {
    let view = text.utf8
    let start = view.index(view.startIndex, offsetBy: range.lowerBound)
    return view[start..<view.index(start, offsetBy: range.count)].reduce(0) { $0 * 10 + Int($1) - 48 }
  }
}
