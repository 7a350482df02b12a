/// A unit as it was written, and the code that stands for all ways of writing it.
public struct UnitOfMeasure: Hashable, Sendable, CustomStringConvertible {
  /// The unit as it was written.
  public let written: String

  /// The unit's code: `UN` for `un`, `UND` and `Unid`.
  public let code: String

  /// Recognises a unit; one that is unknown is its own code, in capitals.
  public init(_ written: String) {
    self.written = written
    // What nearly every document says needs no table.
    if written.isEmpty || written == "UN" || written == "KG" || written == "CX" {
      code = written
      return
    }
    let isPlain = written.utf8.allSatisfy { $0.isDigitOrCapital }
    let plain = isPlain ? written : String(written.uppercased().filter { !$0.isWhitespace && $0 != "." })
    code = Self.codes[plain] ?? plain
  }

  /// Two units are the same when their codes are.
  public static func == (left: Self, right: Self) -> Bool { left.code == right.code }

  /// Hashes the code.
  public func hash(into hasher: inout Hasher) { hasher.combine(code) }

  /// The code.
  public var description: String { code }

  // Only what cannot mean anything else: LT is a litre to some and a tin to others, so it stays.
  private static let codes: [String: String] = {
    let spellings = [
      "UN": "U UND UNI UNID UNIDADE UNIDADES UNIT",
      "PC": "PÇ PCA PÇA PCS PÇS PECA PEÇA PECAS PEÇAS",
      "KG": "KGS KILO KILOS QUILO QUILOS QUILOGRAMA",
      "G": "GR GRS GRAMA GRAMAS",
      "TON": "TN TONELADA TONELADAS",
      "L": "LITRO LITROS",
      "ML": "MILILITRO MILILITROS",
      "M": "MT MTS METRO METROS",
      "CM": "CENTIMETRO CENTÍMETRO",
      "M2": "M² MT2 METRO2",
      "M3": "M³ MT3 METRO3",
      "CX": "CXA CXS CAIXA CAIXAS",
      "PCT": "PCTE PACOTE PACOTES",
      "DZ": "DUZIA DÚZIA DUZIAS DÚZIAS",
      "FD": "FARDO FARDOS",
      "SC": "SACO SACOS",
      "RL": "ROLO ROLOS",
      "CJ": "CONJ CONJUNTO",
      "JG": "JOGO JOGOS",
      "PAR": "PR PARES",
      "MIL": "MI MILHEIRO MILHEIROS",
      "GL": "GALAO GALÃO",
      "BD": "BALDE BALDES",
    ]
    return spellings.reduce(into: [:]) { codes, entry in
      for spelling in entry.value.split(separator: " ") { codes[String(spelling)] = entry.key }
    }
  }()
}
