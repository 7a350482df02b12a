import EstoqueDomain

extension DocumentReader {
  /// A value of an invoice ends.
  mutating func take(_ field: InvoiceField) throws(Thrown) {
    let element = Element.invoice(field)
    if field == .refNFe {
      // As many as there are.
      if !content.isEmpty { invoice.references.append(string) }
      return
    }
    guard try Self.note(field, element, isEmpty: content.isEmpty, in: &invoice.seen) else { return }
    switch field {
    case .cUF: invoice.state = string
    case .cNF: invoice.code = string
    case .tpEmis: invoice.emission = string
    case .cDV: invoice.checkDigit = string
    case .natOp: invoice.nature = string(element, upTo: 60)
    case .mod: invoice.model = try number(element)
    case .serie: invoice.series = try number(element)
    case .nNF: invoice.number = try number(element)
    case .dhEmi: invoice.issued = try identifier(element, Moment.init(_:))
    case .dEmi:
      let day = try identifier(element, CalendarDate.init(_:))
      if invoice.issued == nil { invoice.issued = Moment(startOf: day) }
    case .tpNF: invoice.operation = try code(element)
    case .tpAmb: invoice.environment = try code(element)
    case .finNFe: invoice.purpose = try code(element)
    case .refNFe: break
    case .emitCNPJ, .emitCPF: invoice.emitter.identity = identity(element, isCompany: field == .emitCNPJ)
    case .emitName: invoice.emitter.name = string(element, upTo: 60)
    case .emitIE: invoice.emitter.registration = string
    case .destCNPJ, .destCPF: invoice.recipient.identity = identity(element, isCompany: field == .destCNPJ)
    case .destForeign: invoice.recipient.identity = .foreign(string)
    case .destName: invoice.recipient.name = string(element, upTo: 60)
    case .destIE: invoice.recipient.registration = string
    case .totalGoods: invoice.totals.goods = try decimal(element)
    case .totalFreight: invoice.totals.freight = try decimal(element)
    case .totalInsurance: invoice.totals.insurance = try decimal(element)
    case .totalDiscount: invoice.totals.discount = try decimal(element)
    case .totalOther: invoice.totals.other = try decimal(element)
    case .totalInvoice: invoice.totals.invoice = try decimal(element)
    case .protEnvironment: invoice.authorisation.environment = try code(element)
    case .protKey: invoice.authorisation.key = string
    case .protReceived: invoice.authorisation.received = optional(element, Moment.init(_:))
    case .protNumber: invoice.authorisation.number = string
    case .protDigest: invoice.authorisation.digest = string
    case .protStatus: invoice.authorisation.status = try number(element)
    case .protMotive: invoice.authorisation.motive = string
    }
  }

  /// A party's number; one that cannot be is kept, with a warning.
  private mutating func identity(_ element: Element, isCompany: Bool) -> Party.Identity {
    let number: Party.Identity? =
      if isCompany { optional(element, CNPJ.init(_:)).map { .cnpj($0) } } else {
        optional(element, CPF.init(_:)).map { .cpf($0) }
      }
    return number ?? .unverified(string)
  }

  /// A value of an item ends.
  mutating func take(_ field: ItemField) throws(Thrown) {
    let element = Element.item(field)
    guard try Self.note(field, element, isEmpty: content.isEmpty, in: &item.seen) else { return }
    switch field {
    case .cProd: item.item.code = string(element, upTo: 60)
    case .cEAN: item.item.commercial.gtin = optional(element, GTIN.declared(_:)) ?? nil
    case .xProd: item.item.name = string(element, upTo: 120)
    case .ncm: item.item.ncm = optional(element, NCM.init(_:))
    case .cest: item.item.cest = string
    case .cfop: item.item.cfop = try identifier(element, CFOP.init(_:))
    case .uCom: item.item.commercial.unit = UnitOfMeasure(string(element, upTo: 6))
    case .qCom: item.item.commercial.quantity = try decimal(element)
    case .vUnCom: item.item.commercial.price = try decimal(element)
    case .vProd: item.item.total = try decimal(element)
    case .cEANTrib: item.item.taxable.gtin = optional(element, GTIN.declared(_:)) ?? nil
    case .uTrib: item.item.taxable.unit = UnitOfMeasure(string(element, upTo: 6))
    case .qTrib: item.item.taxable.quantity = try decimal(element)
    case .vUnTrib: item.item.taxable.price = try decimal(element)
    case .vFrete: item.item.freight = try decimal(element)
    case .vSeg: item.item.insurance = try decimal(element)
    case .vDesc: item.item.discount = try decimal(element)
    case .vOutro: item.item.other = try decimal(element)
    case .indTot: item.item.countsInTotal = try number(element) != 0
    }
  }

  /// A value of a lot ends.
  mutating func take(_ field: LotField) throws(Thrown) {
    let element = Element.lot(field)
    guard try Self.note(field, element, isEmpty: content.isEmpty, in: &lot.seen) else { return }
    switch field {
    case .nLote: lot.lot.number = string(element, upTo: 20)
    case .qLote: lot.lot.quantity = try decimal(element)
    case .dFab: lot.lot.manufactured = optional(element, CalendarDate.init(_:))
    case .dVal: lot.lot.expires = optional(element, CalendarDate.init(_:))
    }
  }
}
