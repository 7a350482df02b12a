// What the domain's errors say to people who use Estoque.

extension DecimalError {
  /// What is wrong with the number, in Portuguese, for the middle of a sentence.
  public var explanation: String {
    switch self {
    case .empty: "está vazio"
    case .malformed: "não é um número"
    case .tooManyDecimals(let limit): "tem mais de \(limit) casas decimais"
    case .overflow(let digits): "tem mais de \(digits) algarismos inteiros"
    case .divisionByZero: "é uma divisão por zero"
    case .inexact: "não cabe exatamente nas casas decimais da quantidade"
    }
  }
}

extension IdentifierKind {
  /// The identifier's name.
  public var name: String {
    switch self {
    case .cnpj: "CNPJ"
    case .cpf: "CPF"
    case .accessKey: "chave de acesso"
    case .gtin: "GTIN"
    case .ncm: "NCM"
    case .cfop: "CFOP"
    case .date: "data"
    case .moment: "data e hora"
    }
  }

  fileprivate var lengths: String {
    switch self {
    case .cnpj: "14"
    case .cpf: "11"
    case .accessKey: "44"
    case .gtin: "8, 12, 13 ou 14"
    case .ncm: "2 ou 8"
    case .cfop: "4"
    case .date: "10"
    case .moment: "19 ou 25"
    }
  }
}

extension IdentifierError {
  /// What is wrong with the identifier, in Portuguese: `CNPJ com 13 caracteres, esperados 14`.
  public var explanation: String {
    switch self {
    case .wrongLength(let kind, let found):
      "\(kind.name) com \(found) \(found == 1 ? "caractere" : "caracteres"), esperados \(kind.lengths)"
    case .wrongCharacter(let kind, let position):
      "\(kind.name) com caractere inválido na posição \(position)"
    case .wrongCheckDigit(let kind, let expected, let found):
      "\(kind.name) com dígito verificador \(found), calculado \(expected)"
    case .impossible(let kind): "\(kind.name) que não existe"
    }
  }
}
