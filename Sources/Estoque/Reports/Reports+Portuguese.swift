import EstoqueDatabase
import EstoqueDomain
import Revoada

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
