import EstoqueDocuments
import EstoqueDomain
import EstoqueStock

// What people read about the intake.

extension IntakeState {
  /// What people call it.
  public var brazilian: String {
    switch self {
    case .waiting: "na fila"
    case .accepted: "lançado"
    case .duplicate: "já processado"
    case .conflict: "conflito"
    case .event: "evento"
    case .review: "em revisão"
    case .refused: "recusado"
    }
  }
}

/// The sentences beside a state.
enum Reason {
  static func posted(_ direction: Direction, lines: Int, created: Int) -> String {
    "\(direction == .in ? "entrada" : "saída") de \(lines) \(lines == 1 ? "item" : "itens")"
      + (created == 0 ? "" : created == 1 ? ", 1 produto criado" : ", \(created) produtos criados")
  }
  static let nothingMoves = "nenhum item movimenta estoque"
  static func replaced(_ document: IntakeDocument.ID) -> String {
    "substitui o lançamento da nota sem protocolo (documento \(document))"
  }
  static let cancelledAlready = "cancelada por evento que já estava registrado; movimentos estornados"
  static func duplicate(_ document: IntakeDocument.ID) -> String { "já processado (documento \(document))" }
  static func inReview(_ document: IntakeDocument.ID) -> String {
    "já recebido e em revisão (documento \(document))"
  }
  static func conflict(_ document: IntakeDocument.ID) -> String {
    "a chave já foi lançada com outro conteúdo (documento \(document)): confira os dois arquivos"
  }
  static func unmapped(_ items: [Int]) -> String {
    "sem produto correspondente: escolha o produto \(IntakeFault.list(items))"
  }
  static func otherUnit(_ items: [Int]) -> String {
    "unidade nova de um produto conhecido: informe o fator \(IntakeFault.list(items))"
  }
  static func inexact(_ items: [Int]) -> String {
    "a quantidade não cabe em 4 decimais na unidade do produto: confira o fator \(IntakeFault.list(items))"
  }
  static let cancelled = "movimentos estornados"
  static let cancelledNothing = "a nota não tinha movimentos"
  static let wasCancelled = "a nota já estava cancelada"
  static let eventWaits = "aguarda a nota"
  static func gaveUp(_ attempts: Int) -> String {
    "não pôde ser processado em \(attempts) tentativas: confira o arquivo"
  }
  static let damaged = "o conteúdo guardado falta ou está danificado: envie o arquivo de novo"
  static func failed(_ error: some CustomStringConvertible) -> String { "erro ao lançar: \(error)" }
  static func rejected(_ note: String) -> String {
    note.isEmpty ? "rejeitado na revisão" : "rejeitado na revisão: \(note)"
  }
  static let acceptedInReview = "aceito na revisão"
  static func acceptedAs(_ direction: Direction) -> String {
    "aceito na revisão como \(direction == .in ? "entrada" : "saída")"
  }
}
