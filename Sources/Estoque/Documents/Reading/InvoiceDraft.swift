import CLibXML2
import EstoqueDomain

/// An invoice while it is read: what has been there so far.
struct InvoiceDraft {
  var seen = Seen<InvoiceField>()
  var refusal: Refusal?
  var warnings: [Warning] = []
  var hasInvoice = false
  var hasBody = false
  var hasRecipient = false
  var hasAuthorisation = false
  var itemCount = 0
  /// Where it is in the tree, if there is one.
  var element: xmlNodePtr?

  var keyText = ""
  var key: AccessKey?
  var layout = ""
  // As written, only to be compared with the key.
  var state = ""
  var code = ""
  var emission = ""
  var checkDigit = ""

  var nature = ""
  var model = 0
  var series = 0
  var number = 0
  var issued: Moment?
  var operation = Invoice.Operation.exit
  var purpose = Invoice.Purpose.normal
  var environment = TaxEnvironment.production
  var references: [String] = []
  var emitter = Party(identity: .unverified(""), name: "", registration: "")
  var recipient = Party(identity: .foreign(""), name: "", registration: "")
  var items: [Item] = []
  var totals = Totals()
  var authorisation = Authorisation()

  private static let required: [InvoiceField] = [
    .mod, .serie, .nNF, .tpNF, .finNFe, .tpAmb,
  ]

  /// The invoice, if everything is there that must be; warns of what does not fit together.
  mutating func finished(_ grammar: Grammar) throws(Thrown) -> Invoice {
    guard let key else { throw Thrown(.missing("NFe/infNFe")) }
    guard let layout = Invoice.Layout(rawValue: layout) else { throw Thrown(.layout(layout)) }
    for field in Self.required where !seen.contains(field) {
      throw Thrown(.missing(grammar.label(.invoice(field))))
    }
    guard model == 55 || model == 65 else { throw Thrown(.model(String(model))) }
    guard let issued else { throw Thrown(.missing(layout == .v2 ? "ide/dEmi" : "ide/dhEmi")) }
    guard seen.contains(.emitCNPJ) || seen.contains(.emitCPF) else { throw Thrown(.missing("emit/CNPJ")) }
    if seen.contains(.emitCNPJ), seen.contains(.emitCPF) { throw Thrown(.repeated("emit/CPF")) }
    if seen.contains(.destCNPJ), seen.contains(.destCPF) { throw Thrown(.repeated("dest/CPF")) }
    guard !items.isEmpty else { throw Thrown(.missing("det")) }

    let invoice = Invoice(
      key: key, layout: layout, model: model, series: series, number: number, nature: nature, issued: issued,
      operation: operation, purpose: purpose, environment: environment, references: references,
      emitter: emitter, recipient: hasRecipient ? recipient : nil, items: items, totals: totals,
      authorisation: hasAuthorisation ? authorisation : nil)
    compareWithKey(invoice)
    addUp()
    return invoice
  }

  private mutating func compareWithKey(_ invoice: Invoice) {
    let key = invoice.key
    func compare(_ part: Warning.KeyPart, _ inKey: Int, _ text: String) {
      guard !text.isEmpty, Int(text) != inKey else { return }
      warnings.append(.keyDisagrees(part, key: String(inKey), document: text))
    }
    compare(.state, key.state, state)
    let date = invoice.issued.date
    if key.year != date.year % 100 || key.month != date.month {
      warnings.append(
        .keyDisagrees(.date, key: String(key.text.dropFirst(2).prefix(4)), document: "\(date)"))
    }
    let issuer = emitter.identity.text
    let padded = String(repeating: "0", count: max(0, 14 - issuer.utf8.count)) + issuer
    if key.issuer != padded { warnings.append(.keyDisagrees(.issuer, key: key.issuer, document: issuer)) }
    compare(.model, key.model, String(model))
    compare(.series, key.series, String(series))
    compare(.number, key.number, String(number))
    compare(.emission, key.emission, emission)
    compare(.code, key.code, code)
    compare(.checkDigit, key.checkDigit, checkDigit)
  }

  /// Warns where sums are not what they are sums of; a centavo may be lost to rounding.
  private mutating func addUp() {
    var goods: Money? = .zero
    var numbers = Set<Int>(minimumCapacity: items.count)
    for item in items {
      if !numbers.insert(item.number).inserted { warnings.append(.repeatedItem(item.number)) }
      if item.countsInTotal, !item.isTaxedAsService { goods = goods.flatMap { try? $0 + item.total } }
      if item.commercial.quantity.isZero {
        warnings.append(.zeroQuantity(item: item.number))
      } else if let calculated = try? Money(item.commercial.quantity, at: item.commercial.price),
        abs(calculated.scaled - item.total.scaled) > 1
      {
        warnings.append(.itemTotal(item: item.number, calculated: calculated, found: item.total))
      }
      guard !item.lots.isEmpty else { continue }
      let sum = item.lots.reduce(Quantity.zero as Quantity?) { sum, lot in
        sum.flatMap { try? $0 + lot.quantity }
      }
      if let sum, sum != item.commercial.quantity {
        warnings.append(.lots(item: item.number, sum: sum, quantity: item.commercial.quantity))
      }
    }
    if seen.contains(.totalGoods), let goods, goods != totals.goods {
      warnings.append(.goodsTotal(calculated: goods, found: totals.goods))
    }
  }
}
