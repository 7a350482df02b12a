import EstoqueDomain

/// Why something cannot be done to the stock. The sentences are for the people who tried.
public enum StockFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// There is not enough, and the policy does not allow to go below zero.
  case insufficient(product: String, available: Quantity, wanted: Quantity)
  /// A movement of nothing.
  case zeroQuantity(product: String)
  /// The sign of a quantity, or of a cost, does not fit the kind of movement.
  case wrongSign(product: String, kind: MovementKind)
  /// There is no such product.
  case unknownProduct(Product.ID)
  /// There is no such movement.
  case unknownMovement(Movement.ID)
  /// The movement has been reversed before, or is a reversal itself.
  case alreadyReversed(Movement.ID)
  /// Another product has this code.
  case codeTaken(String)
  /// Somebody else has changed it since it was read.
  case outdated(product: String)
  /// A balance, or a cost, has more digits than there are.
  case outOfRange(product: String)
  /// A supplier's unit holds none of the product's.
  case wrongFactor(code: String)

  /// A sentence for people.
  public var description: String {
    switch self {
    case .insufficient(let product, let available, let wanted):
      "saldo insuficiente de \(product): há \(available.brazilian), e o movimento pede \(wanted.brazilian)"
    case .zeroQuantity(let product): "a quantidade de \(product) não pode ser zero"
    case .wrongSign(let product, let kind):
      "o sinal da quantidade ou do custo de \(product) não serve para \(kind.brazilian)"
    case .unknownProduct(let id): "não existe produto com o número \(id)"
    case .unknownMovement(let id): "não existe movimento com o número \(id)"
    case .alreadyReversed(let id): "o movimento \(id) já foi estornado, ou é um estorno"
    case .codeTaken(let code): "já existe um produto com o código \(code)"
    case .outdated(let product):
      "\(product) foi alterado por outra pessoa; abra-o de novo e repita a alteração"
    case .wrongFactor(let code): "o fator de conversão de \(code) precisa ser maior que zero"
    case .outOfRange(let product):
      "o saldo ou o custo de \(product) passa dos limites (11 dígitos e 4 decimais)"
    }
  }
}
