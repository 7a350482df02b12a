import EstoqueDomain

/// An event to be written.
public struct SampleEvent: Hashable, Sendable {
  /// The invoice.
  public var key: AccessKey
  /// The kind (tpEvento).
  public var type: Int
  /// Which of its kind.
  public var sequence = 1
  /// 1 production, 2 homologation (tpAmb).
  public var environment = 1
  /// The correction or the reason.
  public var text = "Justificativa de exemplo"
  /// The invoice that replaces this one (110112).
  public var replacement: AccessKey?
  /// The authority's status; without one the event is a request in a lot.
  public var status: Int? = 135

  /// Creates an event.
  public init(of key: AccessKey, type: Int) { (self.key, self.type) = (key, type) }

  /// The event's file: `procEventoNFe`, or `envEvento` without a status.
  public func xml() -> String {
    let declaration = #"<?xml version="1.0" encoding="UTF-8"?>"#
    guard let receipt = receipt() else {
      return declaration
        + #"<envEvento xmlns="http://www.portalfiscal.inf.br/nfe" versao="1.00"><idLote>1</idLote>"#
        + event() + "</envEvento>"
    }
    return declaration + #"<procEventoNFe xmlns="http://www.portalfiscal.inf.br/nfe" versao="1.00">"#
      + event()
      + receipt + "</procEventoNFe>"
  }

  /// The event's bytes in UTF-8.
  public func bytes() -> [UInt8] { Array(xml().utf8) }

  private func event() -> String {
    let text = type == 110_110 ? "<xCorrecao>\(escaped(text))</xCorrecao>" : "<xJust>\(escaped(text))</xJust>"
    let replacement = replacement.map { "<chNFeRef>\($0)</chNFeRef>" } ?? ""
    return """
      <evento versao="1.00"><infEvento Id="ID\(type)\(key)\(padded(sequence, 2))"><cOrgao>\(key.state)</cOrgao>\
      <tpAmb>\(environment)</tpAmb><CNPJ>\(key.issuer)</CNPJ><chNFe>\(key)</chNFe>\
      <dhEvento>2026-07-16T09:00:00-03:00</dhEvento><tpEvento>\(type)</tpEvento><nSeqEvento>\(sequence)</nSeqEvento>\
      <verEvento>1.00</verEvento><detEvento versao="1.00"><descEvento>Exemplo</descEvento>\(replacement)\(text)\
      </detEvento></infEvento></evento>
      """
  }

  /// The authority's receipt, as it also stands behind an invoice's protocol.
  public func receipt() -> String? {
    guard let status else { return nil }
    return """
      <retEvento versao="1.00"><infEvento><tpAmb>\(environment)</tpAmb><verAplic>EXEMPLO</verAplic>\
      <cOrgao>\(key.state)</cOrgao><cStat>\(status)</cStat><xMotivo>Exemplo</xMotivo><chNFe>\(key)</chNFe>\
      <tpEvento>\(type)</tpEvento><xEvento>Exemplo</xEvento><nSeqEvento>\(sequence)</nSeqEvento>\
      <dhRegEvento>2026-07-16T09:00:05-03:00</dhRegEvento><nProt>135260000000002</nProt></infEvento></retEvento>
      """
  }
}
