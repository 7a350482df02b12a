import EstoqueDocuments
import EstoqueDomain
import EstoqueStock

/// An invoice that is to be posted.
struct Order {
  let intake: IntakeDocument.ID
  let sha256: String
  let invoice: Invoice
  let direction: Direction
  let lines: [StockEffect.Line]
  /// The bare form of the same invoice, which gives way.
  var replaces: PostedInvoice?

  var isAuthorised: Bool { invoice.authorisation?.isAuthorised ?? false }

  /// What the movements refer to.
  var reference: String { "NF-e \(invoice.number)-\(invoice.series)" }

  /// Whose stock it is.
  func company(_ companies: Set<CNPJ>) -> CNPJ? {
    let emitter = invoice.emitter.identity.cnpj
    if let emitter, companies.contains(emitter) { return emitter }
    return invoice.recipient?.identity.cnpj
  }
}

/// What became of an order.
enum OrderResult {
  /// It was posted, and so many products were created for it.
  case posted(created: Int)
  /// Somebody has to look.
  case blocked(OrderBlock)
}

/// Why an order cannot be posted as it is.
enum OrderBlock: Error {
  case unmapped(items: [Int])
  case otherUnit(items: [Int])
  case inexact(items: [Int])
  case stock(StockFault)

  var reason: String {
    switch self {
    case .unmapped(let items): Reason.unmapped(items)
    case .otherUnit(let items): Reason.otherUnit(items)
    case .inexact(let items): Reason.inexact(items)
    case .stock(let fault): fault.description
    }
  }
}
