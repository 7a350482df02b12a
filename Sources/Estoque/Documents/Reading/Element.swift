/// What an element means, wherever in the tree it stands.
enum Element: Hashable, Sendable {
  /// An element around others.
  case container(Container)
  /// A value of an invoice, once in each.
  case invoice(InvoiceField)
  /// A value of an item, once in each.
  case item(ItemField)
  /// A value of a lot, once in each.
  case lot(LotField)
  /// A value of an event or its receipt, once in each.
  case event(EventField)
}

/// Elements at whose beginning or end something is done.
enum Container: Hashable, Sendable {
  /// nfeProc, enviNFe, procEventoNFe, envEvento, retEnvEvento: around documents, not a document.
  case lot, processed, processedEvent
  case invoice, invoiceBody, recipient, item, traced, service, authorisation
  case event, receipt
  /// Only there to lead to others.
  case plain
}

/// Values that an invoice has once; the raw value is the bit that says that it was there.
enum InvoiceField: UInt8, Hashable, Sendable {
  case cUF, cNF, natOp, mod, serie, nNF, dhEmi, dEmi, tpNF, tpEmis, cDV, tpAmb, finNFe, refNFe
  case emitCNPJ, emitCPF, emitName, emitIE
  case destCNPJ, destCPF, destForeign, destName, destIE
  case totalGoods, totalFreight, totalInsurance, totalDiscount, totalOther, totalInvoice
  case protEnvironment, protKey, protReceived, protNumber, protDigest, protStatus, protMotive
}

/// Values of an item.
enum ItemField: UInt8, Hashable, Sendable {
  case cProd, cEAN, xProd, ncm, cest, cfop, uCom, qCom, vUnCom, vProd
  case cEANTrib, uTrib, qTrib, vUnTrib, vFrete, vSeg, vDesc, vOutro, indTot
}

/// Values of a lot.
enum LotField: UInt8, Hashable, Sendable {
  case nLote, qLote, dFab, dVal
}

/// Values of an event and of its receipt, which repeats some of them.
enum EventField: UInt8, Hashable, Sendable {
  case tpAmb, cnpj, cpf, chNFe, dhEvento, tpEvento, nSeqEvento
  case descEvento, xCorrecao, xJust, chNFeRef
  case retEnvironment, retKey, retType, retName, retSequence, retStatus, retMotive, retRegistered, retNumber
}

/// Which fields of one kind have been there.
struct Seen<Field: RawRepresentable<UInt8>> {
  private var bits: UInt64 = 0

  func contains(_ field: Field) -> Bool { bits & (1 << UInt64(field.rawValue)) != 0 }

  mutating func insert(_ field: Field) { bits |= 1 << UInt64(field.rawValue) }
}
