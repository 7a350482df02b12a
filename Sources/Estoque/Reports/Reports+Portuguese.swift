import EstoqueDatabase
import EstoqueDomain
import Revoada

extension ExportKind {
  /// What people call it.
  public var brazilian: String {
    switch self {
    case .movements: "movimentos"
    case .stock: "saldos"
    case .products: "produtos"
    case .labels: "etiquetas"
    }
  }
  var fileName: String { self == .stock ? "estoque" : brazilian }
}

extension ExportState {
  /// What people call it.
  public var brazilian: String {
    switch self {
    case .waiting: "na fila"
    case .running: "em andamento"
    case .done: "concluída"
    case .failed: "com falha"
    case .cancelled: "cancelada"
    }
  }
}

extension ExportJob {
  static func skippedLabels(_ codes: [String]) -> String {
    let shown = codes.prefix(10).joined(separator: ", ") + (codes.count > 10 ? " …" : "")
    return "sem etiqueta, porque o código não pode ser impresso em barras: \(shown)"
  }
}

/// Why something could not be read, for people.
func reportSentence(_ error: any Error) -> String {
  switch error {
  case is TimedOut: "o tempo acabou antes que este período fosse calculado"
  case is CircuitOpen: "o banco de dados está indisponível no momento"
  case let error as DatabaseError where error.isOutage: "o banco de dados está indisponível no momento"
  case let error as DatabaseError where error.kind == .decoding: "a soma passa dos limites dos números"
  case is DatabaseError: "o banco de dados não respondeu como devia"
  case is DecimalError: "a soma passa dos limites dos números"
  case is CancellationError: "cancelado"
  default: "\(error)"
  }
}
