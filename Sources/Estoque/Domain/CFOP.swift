/// The code of a fiscal operation: a digit for its direction and area, three for its nature.
public struct CFOP: Hashable, Sendable, CustomStringConvertible {
  /// Four digits.
  public let text: String

  /// Checks the four digits.
  ///
  /// - Throws: ``IdentifierError``.
  public init(_ text: String) throws(IdentifierError) {
    guard text.utf8.count == 4 else { throw .wrongLength(.cfop, found: text.utf8.count) }
    try IdentifierError.check(.cfop, text) { $0 == 0 ? Self.areas.contains($1) : $1.isDigit }
    self.text = text
  }

  private static let areas: [UInt8] = Array("123567".utf8)

  /// Whether goods come in, as the emitter sees it.
  public var isEntry: Bool { text < "4" }

  /// The last three digits: the operation's nature, whatever the direction.
  public var nature: Int { Int(text.suffix(3)) ?? 0 }

  /// Whether it is a service, which moves no stock.
  ///
  /// Communication (300–307), transport (350–360, 932) and services under municipal tax (933), by the
  /// table of CFOP (Convênio s/nº of 1970, annex II).
  public var isService: Bool {
    switch nature {
    case 300...307, 350...360, 932, 933: true
    default: false
    }
  }

  /// The four digits.
  public var description: String { text }
}

extension CFOP {
  /// What stands for an operation until it is read; no document can hold it.
  package static let unknown = CFOP(unchecked: "0000")

  private init(unchecked: String) { text = unchecked }
}
