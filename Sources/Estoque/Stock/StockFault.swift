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
  /// There is no such category.
  case unknownCategory(Category.ID)
  /// There is no such place.
  case unknownLocation(Location.ID)
  /// The place is out of use: nothing comes to it or goes from it.
  case locationClosed(String)
  /// Another category has this name, or another place this code.
  case nameTaken(String)
  /// A code or a name is empty.
  case nameless
  /// Products are in the category.
  case categoryInUse(String, products: Int)
  /// The place is not empty, or is the only one in use.
  case locationInUse(String)
  /// There is no such stock-take.
  case unknownStocktake(Stocktake.ID)
  /// The stock-take has been closed or cancelled.
  case stocktakeEnded(Stocktake.ID)
  /// A stock-take of this place is open.
  case stocktakeOpen(location: String)
  /// Something counted cannot be less than nothing.
  case negativeCount(product: String)

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
    case .unknownCategory(let id): "não existe categoria com o número \(id)"
    case .unknownLocation(let id): "não existe local com o número \(id)"
    case .locationClosed(let code): "o local \(code) está fora de uso; reative-o ou escolha outro"
    case .nameTaken(let name): "\(name) já existe"
    case .nameless: "o código e o nome não podem ficar vazios"
    case .categoryInUse(let name, let products):
      "a categoria \(name) tem \(products) \(products == 1 ? "produto" : "produtos")"
    case .locationInUse(let code): "o local \(code) tem saldo ou é o único em uso"
    case .unknownStocktake(let id): "não existe inventário com o número \(id)"
    case .stocktakeEnded(let id): "o inventário \(id) já foi encerrado ou cancelado"
    case .stocktakeOpen(let location): "já há um inventário aberto no local \(location)"
    case .negativeCount(let product): "a contagem de \(product) não pode ser negativa"
    }
  }
}
