import EstoqueDomain

extension SampleInvoice {
  /// The document's text, in one line as programs write it, with a declaration.
  ///
  /// - Throws: ``IdentifierError`` or ``DecimalError`` where a part cannot be written.
  public func xml(declaration: String = #"<?xml version="1.0" encoding="UTF-8"?>"#) throws -> String {
    try declaration + element()
  }

  /// The document's bytes in UTF-8.
  ///
  /// - Throws: as ``xml(declaration:)``.
  public func bytes() throws -> [UInt8] { Array(try xml().utf8) }

  /// The document without a declaration, as it stands in a lot.
  ///
  /// - Throws: as ``xml(declaration:)``.
  public func element() throws -> String {
    let key = try key.text
    let namespace = hasNamespace ? #" xmlns="http://www.portalfiscal.inf.br/nfe""# : ""
    let invoice = try """
    <NFe\(namespace)><infNFe Id="NFe\(id ?? key)" versao="\(layout)">\(heading())\(parties())\
    \(items.enumerated().map { try det($0.offset + 1, $0.element) }.joined())\(sums())\
    <transp><modFrete>9</modFrete></transp><pag><detPag><tPag>01</tPag><vPag>\(total().document)</vPag></detPag></pag>\
    <infAdic><infCpl>Documento de exemplo, sem valor fiscal</infCpl></infAdic></infNFe>\(signature(key))</NFe>
    """
    guard let status else { return invoice }
    return """
      <nfeProc\(namespace) versao="\(layout)">\(invoice)<protNFe versao="\(layout)"><infProt>\
      <tpAmb>\(environment)</tpAmb><verAplic>EXEMPLO</verAplic><chNFe>\(protocolKey ?? key)</chNFe>\
      <dhRecbto>\(day)T10:31:00-03:00</dhRecbto><nProt>135260000000001</nProt><digVal>AAAA</digVal>\
      <cStat>\(status)</cStat><xMotivo>\(status == 100 ? "Autorizado o uso da NF-e" : "Exemplo")</xMotivo>\
      </infProt></protNFe>\(appendix)</nfeProc>
      """
  }

  private func heading() -> String {
    let issued = layout == "2.00" ? "<dEmi>\(day)</dEmi>" : "<dhEmi>\(day)T10:30:00-03:00</dhEmi>"
    let digit = (try? key.checkDigit) ?? 0
    return """
      <ide><cUF>\(emitter.state)</cUF><cNF>\(padded(code, 8))</cNF><natOp>Venda de mercadoria</natOp><mod>\(model)</mod>\
      <serie>\(series)</serie><nNF>\(number)</nNF>\(issued)<tpNF>\(operation)</tpNF><idDest>1</idDest>\
      <cMunFG>3550308</cMunFG><tpImp>1</tpImp><tpEmis>1</tpEmis><cDV>\(digit)</cDV><tpAmb>\(environment)</tpAmb>\
      <finNFe>\(purpose)</finNFe><indFinal>0</indFinal><indPres>1</indPres><procEmi>0</procEmi>\
      <verProc>EXEMPLO</verProc></ide>
      """
  }

  private func parties() -> String {
    func address(_ name: String) -> String {
      """
      <\(name)><xLgr>Rua dos Exemplos</xLgr><nro>100</nro><xBairro>Centro</xBairro><cMun>3550308</cMun>\
      <xMun>Cidade Exemplo</xMun><UF>SP</UF><CEP>01000000</CEP><cPais>1058</cPais><xPais>BRASIL</xPais></\(name)>
      """
    }
    let emit = """
      <emit><CNPJ>\(emitter.cnpj)</CNPJ><xNome>\(escaped(emitter.name))</xNome>\(address("enderEmit"))\
      <IE>111111111111</IE><CRT>3</CRT></emit>
      """
    guard let recipient else { return emit }
    return emit + """
      <dest><CNPJ>\(recipient.cnpj)</CNPJ><xNome>\(escaped(recipient.name))</xNome>\(address("enderDest"))\
      <indIEDest>9</indIEDest></dest>
      """
  }

  private func det(_ number: Int, _ item: SampleItem) throws -> String {
    let taxable = try item.factor.map { try item.quantity.converted(by: $0) } ?? item.quantity
    let price = try item.factor == nil ? item.price : UnitValue(item.total, per: taxable)
    let total = try item.total.document
    let lot = item.lot.map {
      """
      <rastro><nLote>\(escaped($0.number))</nLote><qLote>\(Self.lotQuantity(item.quantity))</qLote><dFab>\($0.made)</dFab>\
      <dVal>\($0.expires)</dVal></rastro>
      """
    }
    let unit = item.factor == nil ? item.unit : item.taxableUnit
    return """
      <det nItem="\(number)"><prod><cProd>\(escaped(item.code))</cProd><cEAN>\(item.gtin)</cEAN>\
      <xProd>\(escaped(item.name))</xProd><NCM>\(item.ncm)</NCM><CFOP>\(item.cfop)</CFOP>\
      <uCom>\(escaped(item.unit))</uCom><qCom>\(item.quantity.document)</qCom><vUnCom>\(item.price.document)</vUnCom>\
      <vProd>\(total)</vProd><cEANTrib>\(item.gtin)</cEANTrib><uTrib>\(escaped(unit))</uTrib>\
      <qTrib>\(taxable.document)</qTrib><vUnTrib>\(price.document)</vUnTrib><indTot>1</indTot>\(lot ?? "")</prod>\
      \(item.isService ? Self.serviceTax : Self.taxes(on: total))</det>
      """
  }

  /// Lots have three decimals; samples come in whole units.
  private static func lotQuantity(_ quantity: Quantity) -> String { String(quantity.document.dropLast()) }

  private static let serviceTax = """
    <imposto><ISSQN><vBC>0.00</vBC><vAliq>0.0000</vAliq><vISSQN>0.00</vISSQN><cMunFG>3550308</cMunFG>\
    <cListServ>14.01</cListServ><indISS>1</indISS><indIncentivo>2</indIncentivo></ISSQN></imposto>
    """

  private static func taxes(on base: String) -> String {
    """
    <imposto><vTotTrib>0.00</vTotTrib><ICMS><ICMS00><orig>0</orig><CST>00</CST><modBC>3</modBC><vBC>\(base)</vBC>\
    <pICMS>0.0000</pICMS><vICMS>0.00</vICMS></ICMS00></ICMS><IPI><cEnq>999</cEnq><IPINT><CST>53</CST></IPINT></IPI>\
    <PIS><PISAliq><CST>01</CST><vBC>\(base)</vBC><pPIS>0.0000</pPIS><vPIS>0.00</vPIS></PISAliq></PIS>\
    <COFINS><COFINSAliq><CST>01</CST><vBC>\(base)</vBC><pCOFINS>0.0000</pCOFINS><vCOFINS>0.00</vCOFINS></COFINSAliq>\
    </COFINS></imposto>
    """
  }

  private func total() throws -> Money { try items.reduce(Money.zero) { try $0 + $1.total } }

  private func sums() throws -> String {
    let goods = try items.filter { !$0.isService }.reduce(Money.zero) { try $0 + $1.total }
    return try """
    <total><ICMSTot><vBC>\(goods.document)</vBC><vICMS>0.00</vICMS><vICMSDeson>0.00</vICMSDeson><vFCP>0.00</vFCP>\
    <vBCST>0.00</vBCST><vST>0.00</vST><vFCPST>0.00</vFCPST><vFCPSTRet>0.00</vFCPSTRet><vProd>\(goods.document)</vProd>\
    <vFrete>0.00</vFrete><vSeg>0.00</vSeg><vDesc>0.00</vDesc><vII>0.00</vII><vIPI>0.00</vIPI>\
    <vIPIDevol>0.00</vIPIDevol><vPIS>0.00</vPIS><vCOFINS>0.00</vCOFINS><vOutro>0.00</vOutro>\
    <vNF>\(total().document)</vNF></ICMSTot></total>
    """
  }

  /// A signature that signs nothing, of the usual size.
  private func signature(_ key: String) -> String {
    """
    <Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo><CanonicalizationMethod \
    Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/><SignatureMethod \
    Algorithm="http://www.w3.org/2000/09/xmldsig#rsa-sha1"/><Reference URI="#NFe\(key)"><Transforms><Transform \
    Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/></Transforms><DigestMethod \
    Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/><DigestValue>AAAA</DigestValue></Reference></SignedInfo>\
    <SignatureValue>\(String(repeating: "A", count: 344))</SignatureValue><KeyInfo><X509Data>\
    <X509Certificate>\(String(repeating: "A", count: 2_000))</X509Certificate></X509Data></KeyInfo></Signature>
    """
  }
}

/// A text as it stands between tags.
func escaped(_ text: String) -> String {
  text.reduce(into: "") { result, character in
    switch character {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    default: result.append(character)
    }
  }
}

func padded(_ number: Int, _ width: Int) -> String {
  let text = String(number)
  return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
}
