/// Why something cannot be done with documents. The sentences are for the people who tried.
public enum IntakeFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// Nothing was handed in.
  case noFiles
  /// More files at once than allowed.
  case tooManyFiles(limit: Int)
  /// More bytes at once than allowed.
  case tooLarge(limit: Int)
  /// There is no such document.
  case unknownDocument(IntakeDocument.ID)
  /// Nobody has to decide about it.
  case notInReview(IntakeState)
  /// It must not move stock, whoever decides.
  case cannotAccept(reason: String)
  /// The document does not tell where the goods go.
  case directionNeeded
  /// The document itself tells where the goods go, and that is another way.
  case otherDirection
  /// The document has no such item that moves.
  case unknownLine(number: Int)
  /// Nobody knows what these items are.
  case unmapped(items: [Int])
  /// An item cannot be converted into the product's unit exactly.
  case inexact(item: Int)
  /// The key has been posted meanwhile.
  case alreadyPosted(by: IntakeDocument.ID)

  /// A sentence for people.
  public var description: String {
    switch self {
    case .noFiles: "nenhum arquivo foi enviado"
    case .tooManyFiles(let limit): "são aceitos no máximo \(limit) arquivos por vez; divida o envio"
    case .tooLarge(let limit): "são aceitos no máximo \(limit >> 20) MB por vez; divida o envio"
    case .unknownDocument(let id): "não existe documento com o número \(id)"
    case .notInReview(let state): "o documento não está em revisão: \(state.brazilian)"
    case .cannotAccept(let reason): "o documento não pode movimentar o estoque: \(reason)"
    case .directionNeeded: "o documento não diz se a mercadoria entra ou sai: informe o sentido"
    case .otherDirection:
      "o documento diz o contrário sobre o sentido: deixe-o em branco, ou rejeite o documento"
    case .unknownLine(let number): "o documento não tem o item \(number), ou ele não movimenta estoque"
    case .unmapped(let items): "escolha o produto \(Self.list(items))"
    case .inexact(let item): "a quantidade do item \(item) não cabe em 4 decimais na unidade do produto"
    case .alreadyPosted(let id): "a chave já foi lançada pelo documento \(id)"
    }
  }

  static func list(_ items: [Int]) -> String {
    (items.count == 1 ? "do item " : "dos itens ") + items.prefix(10).map(String.init).joined(separator: ", ")
      + (items.count > 10 ? "…" : "")
  }
}
