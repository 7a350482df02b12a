extension Grammar {
  /// The documents of NF-e, as far as stock is concerned.
  static let nfe = Grammar(roots: roots())

  private static func roots() -> [Branch] {
    let invoice = Branch("NFe", .invoice, [infNFe()])
    let event = Branch("evento", .event, [infEvento()])
    let receipt = Branch("retEvento", .receipt, [retInfEvento()])
    let processedEvent = Branch("procEventoNFe", .processedEvent, [event, receipt])
    return [
      Branch("nfeProc", .processed, [invoice, protNFe(), processedEvent, receipt]),
      Branch("enviNFe", .lot, [invoice]),
      invoice,
      processedEvent,
      Branch("envEvento", .lot, [event]),
      Branch("retEnvEvento", .lot, [receipt]),
      event,
      receipt,
    ]
  }

  private static func infNFe() -> Branch {
    Branch(
      "infNFe", .invoiceBody,
      [
        Branch(
          "ide", .plain,
          [
            invoice("cUF", .cUF), invoice("cNF", .cNF), invoice("natOp", .natOp), invoice("mod", .mod),
            invoice("serie", .serie), invoice("nNF", .nNF), invoice("dhEmi", .dhEmi),
            invoice("dEmi", .dEmi), invoice("tpNF", .tpNF), invoice("tpEmis", .tpEmis),
            invoice("cDV", .cDV), invoice("tpAmb", .tpAmb), invoice("finNFe", .finNFe),
            Branch("NFref", .plain, [invoice("refNFe", .refNFe)]),
          ]),
        Branch(
          "emit", .plain,
          [
            invoice("CNPJ", .emitCNPJ), invoice("CPF", .emitCPF), invoice("xNome", .emitName),
            invoice("IE", .emitIE),
          ]),
        Branch(
          "dest", .recipient,
          [
            invoice("CNPJ", .destCNPJ), invoice("CPF", .destCPF), invoice("idEstrangeiro", .destForeign),
            invoice("xNome", .destName), invoice("IE", .destIE),
          ]),
        det(),
        Branch(
          "total", .plain,
          [
            Branch(
              "ICMSTot", .plain,
              [
                invoice("vProd", .totalGoods), invoice("vFrete", .totalFreight),
                invoice("vSeg", .totalInsurance), invoice("vDesc", .totalDiscount),
                invoice("vOutro", .totalOther), invoice("vNF", .totalInvoice),
              ])
          ]),
      ])
  }

  private static func det() -> Branch {
    Branch(
      "det", .item,
      [
        Branch(
          "prod", .plain,
          [
            item("cProd", .cProd), item("cEAN", .cEAN), item("xProd", .xProd), item("NCM", .ncm),
            item("CEST", .cest), item("CFOP", .cfop), item("uCom", .uCom), item("qCom", .qCom),
            item("vUnCom", .vUnCom), item("vProd", .vProd), item("cEANTrib", .cEANTrib),
            item("uTrib", .uTrib), item("qTrib", .qTrib), item("vUnTrib", .vUnTrib),
            item("vFrete", .vFrete), item("vSeg", .vSeg), item("vDesc", .vDesc), item("vOutro", .vOutro),
            item("indTot", .indTot),
            Branch(
              "rastro", .traced,
              [lot("nLote", .nLote), lot("qLote", .qLote), lot("dFab", .dFab), lot("dVal", .dVal)]),
          ]),
        Branch("imposto", .plain, [Branch("ISSQN", .service, [])]),
      ])
  }

  private static func protNFe() -> Branch {
    Branch(
      "protNFe", .plain,
      [
        Branch(
          "infProt", .authorisation,
          [
            invoice("tpAmb", .protEnvironment), invoice("chNFe", .protKey),
            invoice("dhRecbto", .protReceived), invoice("nProt", .protNumber),
            invoice("digVal", .protDigest), invoice("cStat", .protStatus), invoice("xMotivo", .protMotive),
          ])
      ])
  }

  private static func infEvento() -> Branch {
    Branch(
      "infEvento", .plain,
      [
        event("tpAmb", .tpAmb), event("CNPJ", .cnpj), event("CPF", .cpf), event("chNFe", .chNFe),
        event("dhEvento", .dhEvento), event("tpEvento", .tpEvento), event("nSeqEvento", .nSeqEvento),
        Branch(
          "detEvento", .plain,
          [
            event("descEvento", .descEvento), event("xCorrecao", .xCorrecao), event("xJust", .xJust),
            event("chNFeRef", .chNFeRef),
          ]),
      ])
  }

  private static func retInfEvento() -> Branch {
    Branch(
      "infEvento", .plain,
      [
        event("tpAmb", .retEnvironment), event("chNFe", .retKey), event("tpEvento", .retType),
        event("xEvento", .retName), event("nSeqEvento", .retSequence), event("cStat", .retStatus),
        event("xMotivo", .retMotive), event("dhRegEvento", .retRegistered), event("nProt", .retNumber),
      ])
  }

  private static func invoice(_ name: String, _ field: InvoiceField) -> Branch {
    Branch(name, .invoice(field))
  }
  private static func item(_ name: String, _ field: ItemField) -> Branch { Branch(name, .item(field)) }
  private static func lot(_ name: String, _ field: LotField) -> Branch { Branch(name, .lot(field)) }
  private static func event(_ name: String, _ field: EventField) -> Branch { Branch(name, .event(field)) }
}
