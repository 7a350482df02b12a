import EstoqueDomain

// Everything that people who use Estoque read about documents: what is wrong, and what to do about it.

extension Refusal {
  /// One sentence or two, in Portuguese: what is wrong, where, and what to do about it.
  public var explanation: String {
    guard let place else { return reason.explanation }
    return "\(reason.explanation) (\(place.explanation))"
  }
}

extension Place {
  /// `linha 12, item 3, nfeProc/NFe/infNFe/det/prod/qCom`.
  public var explanation: String {
    ["linha \(line)", item.map { "item \($0)" }, path.isEmpty ? nil : path].compactMap(\.self)
      .joined(separator: ", ")
  }
}

extension Refusal.Reason {
  /// What is wrong, and what to do about it.
  public var explanation: String {
    switch self {
    case .empty: "arquivo vazio: obtenha-o de novo"
    case .tooLarge(let bytes, let limit):
      "arquivo de \(bytes) bytes, limite de \(limit): envie cada documento em um arquivo"
    case .encoding(let name):
      "codificação \(name) não aceita: salve em UTF-8, ISO-8859-1 ou windows-1252"
    case .notUTF8:
      "o arquivo não está em UTF-8 como declara: corrija a declaração encoding ou salve em UTF-8"
    case .notXML(let kind): kind?.explanation ?? "não é um XML: envie o XML da NF-e"
    case .documentType: "declaração DOCTYPE proibida por segurança: peça o XML original ao emitente"
    case .malformed(let code, let message):
      "XML malformado (erro \(code)\(message.isEmpty ? "" : ": \(message)")): obtenha o arquivo de novo"
    case .unboundPrefix(let message): "prefixo sem namespace (\(message)): peça o XML original ao emitente"
    case .trailingContent: "há conteúdo depois do fim do documento: obtenha o arquivo de novo"
    case .tooDeep(let limit): "elementos aninhados além de \(limit) níveis: não é uma NF-e"
    case .tooManyAttributes(let limit): "elemento com mais de \(limit) atributos: não é uma NF-e"
    case .textTooLong(let limit): "texto com mais de \(limit) bytes: não é uma NF-e"
    case .otherDocument(let document): document.explanation
    case .unknownRoot(let name): "elemento raiz \(name) desconhecido: envie o XML da NF-e (nfeProc)"
    case .foreignNamespace(let name): "namespace \(name) não é o da NF-e: peça o XML original ao emitente"
    case .noDocument: "não há nota nem evento no arquivo: envie o XML da NF-e (nfeProc)"
    case .layout(let version):
      "leiaute \(version.isEmpty ? "não informado" : version) não aceito: são aceitos 4.00, 3.10 e 2.00"
    case .model(let model): "modelo \(model) não é NF-e (55) nem NFC-e (65)"
    case .missing(let element): "falta \(element): peça o XML original ao emitente"
    case .repeated(let element): "\(element) repetido: peça o XML original ao emitente"
    case .unexpectedElement(let name, let parent):
      "elemento \(name) dentro de \(parent): peça o XML original ao emitente"
    case .number(let element, let text, let error):
      "\(element) \"\(text.shortened)\" \(error.explanation): peça o XML original ao emitente"
    case .identifier(let element, let text, let error):
      "\(element) \"\(text.shortened)\": \(error.explanation); confira com o emitente"
    case .code(let element, let text):
      "\(element) \"\(text.shortened)\" não é um valor aceito: peça o XML original ao emitente"
    case .tooManyItems(let limit): "mais de \(limit) itens: não é uma NF-e"
    case .otherProtocol(let key):
      "o protocolo é da chave \(key.isEmpty ? "(vazia)" : key.shortened): junte a nota ao protocolo dela"
    case .otherReceipt(let key):
      "o recibo é de outro evento (chave \(key.isEmpty ? "vazia" : key.shortened)): junte o evento ao recibo dele"
    case .notOurs: "a empresa não é emitente nem destinatária: confira os CNPJs configurados"
    case .notAuthorised(let status, let motive):
      "uso não autorizado (cStat \(status)\(motive.isEmpty ? "" : ", \(motive.shortened)")): a nota não tem valor"
    case .eventRejected(let status, let motive):
      "evento rejeitado (cStat \(status)\(motive.isEmpty ? "" : ", \(motive.shortened)")): não tem efeito"
    case .disagreement(let warnings):
      "o documento se contradiz: " + warnings.prefix(5).map(\.explanation).joined(separator: "; ")
        + (warnings.count > 5 ? "…" : "")
    case .schema(let complaint): "\(complaint.explanation): peça o XML original ao emitente"
    case .signature(let fault): "\(fault.explanation): peça o XML original ao emitente"
    }
  }
}

extension FileKind {
  /// What the file is, and what to send instead.
  public var explanation: String {
    switch self {
    case .zip: "é um arquivo ZIP: extraia os XMLs ou envie-o como lote"
    case .gzip: "é um arquivo compactado (gzip): descompacte-o"
    case .pdf: "é um PDF, talvez o DANFE: envie o XML da nota"
    case .html: "é uma página da web: baixe o XML da nota"
    case .json: "é JSON: envie o XML da nota"
    }
  }
}

extension OtherDocument {
  /// What the document is, and what to send instead.
  public var explanation: String {
    switch self {
    case .transport: "é um CT-e (transporte), não uma NF-e: não movimenta estoque"
    case .manifest: "é um MDF-e (manifesto de cargas), não uma NF-e: não movimenta estoque"
    case .ticket: "é um BP-e (bilhete de passagem), não uma NF-e: não movimenta estoque"
    case .electricity: "é uma NF3e (energia elétrica), não uma NF-e: não movimenta estoque"
    case .communication: "é uma NFCom (comunicação), não uma NF-e: não movimenta estoque"
    case .utilities: "é uma nota de gás ou água, não uma NF-e: não movimenta estoque"
    case .satReceipt: "é um CF-e SAT, não uma NF-e: lance a venda pelo sistema de caixa"
    case .service: "é uma NFS-e (serviço), não uma NF-e: não movimenta estoque"
    case .voiding: "é uma inutilização de numeração: não movimenta estoque"
    case .lotReceipt: "é um recibo de lote da SEFAZ: envie o XML autorizado (nfeProc)"
    case .status: "é uma consulta ou resposta da SEFAZ: envie o XML autorizado (nfeProc)"
    case .distribution:
      "é um resumo ou pacote da distribuição de DF-e: envie o XML completo (nfeProc ou procEventoNFe)"
    case .oldCancellation:
      "é um cancelamento anterior aos eventos (cancNFe): cancele a nota pelo sistema"
    case .soap:
      "é uma mensagem SOAP de um serviço da SEFAZ: extraia dela o documento (nfeProc ou procEventoNFe)"
    case .html: "é uma página da web: baixe o XML da nota"
    }
  }
}

extension Doubt {
  /// Why somebody has to look, and at what.
  public var explanation: String {
    switch self {
    case .noCompany:
      "nenhuma empresa configurada (no company configured): informe os CNPJs (--company ou configuração)"
    case .notAuthorised: "sem protocolo de autorização da SEFAZ: envie o XML autorizado (nfeProc)"
    case .cancelled(let status): "cancelada segundo o protocolo (cStat \(status)): confira se já movimentou"
    case .environmentOfProtocol: "nota e protocolo são de ambientes diferentes"
    case .environment(.homologation): "emitida em homologação, sem valor fiscal"
    case .environment(.production): "emitida em produção, e o sistema está em homologação"
    case .purpose(let purpose): "finalidade \(purpose.name) (finNFe \(purpose.rawValue))"
    case .services(let items):
      "serviço \(items.count == 1 ? "no item" : "nos itens") "
        + items.prefix(5).map(String.init).joined(separator: ", ") + (items.count > 5 ? "…" : "")
    case .entryByAnother: "entrada (tpNF 0) emitida por terceiro: decida o sentido"
    case .unconfirmedCancellation:
      "cancelamento sem registro da SEFAZ: envie o evento registrado (procEventoNFe)"
    }
  }
}

extension Invoice.Purpose {
  /// The purpose's name.
  public var name: String {
    switch self {
    case .normal: "normal"
    case .complementary: "complementar"
    case .adjustment: "de ajuste"
    case .return: "de devolução"
    case .credit: "de crédito"
    case .debit: "de débito"
    }
  }
}

extension EventType {
  /// The kind's name, where Estoque knows it.
  public var name: String? {
    switch code {
    case 110_110: "carta de correção"
    case 110_111: "cancelamento"
    case 110_112: "cancelamento por substituição"
    case 110_140: "EPEC"
    case 210_200: "confirmação da operação"
    case 210_210: "ciência da operação"
    case 210_220: "desconhecimento da operação"
    case 210_240: "operação não realizada"
    default: nil
    }
  }
}

extension Judgement {
  /// Why, in Portuguese; for an accepted invoice, what it does.
  public var explanation: String {
    switch verdict {
    case .accepted(_, let effect):
      "\(effect.direction == .in ? "entrada" : "saída") de \(effect.lines.count) "
        + (effect.lines.count == 1 ? "item" : "itens")
    case .review(_, _, let doubts), .reviewEvent(_, let doubts):
      doubts.map(\.explanation).joined(separator: "; ")
    case .event(let event, let effect): event.explanation + (effect == .cancel ? "" : ", apenas registrado")
    case .refused(let refusal): refusal.explanation
    }
  }
}

extension Event {
  fileprivate var explanation: String {
    let known = type.name ?? (name.isEmpty ? nil : name.shortened)
    return "evento \(type)" + (known.map { " (\($0))" } ?? "") + ", sequência \(sequence)"
  }
}

extension Warning {
  /// What is odd, in Portuguese.
  public var explanation: String {
    switch self {
    case .assumedEncoding: "sem declaração de codificação, lido como windows-1252"
    case .noNamespace: "sem o namespace da NF-e"
    case .keyDisagrees(let part, let key, let document):
      "a chave diz \(part.name) \(key) e o documento \(document.shortened)"
    case .identifier(let element, let text, let error, let item):
      "\(error.explanation): \(element) \"\(text.shortened)\"" + at(item)
    case .tooLong(let element, let limit, let item): "\(element) com mais de \(limit) caracteres" + at(item)
    case .repeatedItem(let number): "item \(number) repetido"
    case .itemTotal(let item, let calculated, let found):
      "vProd \(found.brazilian) no item \(item), calculado \(calculated.brazilian)"
    case .goodsTotal(let calculated, let found):
      "total dos produtos \(found.brazilian), soma dos itens \(calculated.brazilian)"
    case .lots(let item, let sum, let quantity):
      "lotes somam \(sum.brazilian) no item \(item), quantidade \(quantity.brazilian)"
    case .zeroQuantity(let item): "quantidade zero no item \(item), nada a movimentar"
    case .mayNotMove(let item, let cfop): "CFOP \(cfop) no item \(item): confira se a mercadoria circulou"
    case .bothOurs: "emitente e destinatário são da empresa: lançada pelo lado do emitente"
    case .unconfirmed: "evento sem registro da SEFAZ"
    case .homologationEvent: "evento de homologação, sem efeito"
    case .noSchema(let layout): "sem esquema para \(layout): a estrutura não foi validada"
    case .signature(let fault): fault.explanation
    }
  }

  private func at(_ item: Int?) -> String { item.map { " no item \($0)" } ?? "" }
}

extension Warning.KeyPart {
  fileprivate var name: String {
    switch self {
    case .state: "UF"
    case .date: "ano e mês"
    case .issuer: "emitente"
    case .model: "modelo"
    case .series: "série"
    case .number: "número"
    case .emission: "tipo de emissão"
    case .code: "código numérico"
    case .checkDigit: "dígito verificador"
    }
  }
}

extension SchemaComplaint {
  /// What does not fit, with the schema's own words.
  public var explanation: String {
    let problem =
      switch kind {
      case .content: "elementos fora de ordem, faltando ou a mais"
      case .attribute: "atributo faltando ou a mais"
      case .undeclared: "elemento desconhecido"
      case .length: "tamanho não permitido"
      case .range: "número fora dos limites"
      case .enumeration: "valor não previsto"
      case .pattern: "valor fora do formato"
      case .identity: "valor repetido"
      case .other: "valor inválido"
      }
    return "fora do esquema oficial: \(problem) em \(element) (\(message.shortened(to: 200)))"
  }
}

extension SignatureFault {
  /// What is wrong with the signature.
  public var explanation: String {
    switch self {
    case .missing: "sem assinatura digital do emitente"
    case .incomplete(let name): "assinatura digital incompleta, falta \(name)"
    case .repeated(let name): "assinatura digital ambígua, \(name) repetido"
    case .algorithm(let name):
      "assinatura digital com o algoritmo \(name.isEmpty ? "(vazio)" : name.shortened), que a NF-e não usa"
    case .encoding(let name): "assinatura digital ilegível, \(name) não está em base64"
    case .reference(let name):
      "assinatura digital de outra parte (\(name.isEmpty ? "sem referência" : name.shortened))"
    case .repeatedIdentifier(let name): "assinatura digital ambígua, Id \(name.shortened) repetido"
    case .changed: "conteúdo alterado depois de assinado"
    case .otherProtocol: "o protocolo de autorização é de outro conteúdo (digVal)"
    case .value: "assinatura digital não confere com o certificado"
    case .certificate: "certificado da assinatura ilegível"
    case .weakKey: "certificado com chave de menos de 2048 bits, insegura"
    case .outsideValidity(let from, let to):
      "assinado fora da validade do certificado (\(from?.brazilian ?? "?") a \(to?.brazilian ?? "?"))"
    case .holder(let found, let expected):
      "certificado de \(found.isEmpty ? "titular sem CNPJ" : found.shortened), e não de \(expected.shortened)"
    case .authority(let name):
      "certificado emitido por \(name.shortened), que não está entre as autoridades configuradas"
    }
  }
}

extension String {
  /// The beginning of a text from a document, in one line: enough to find it again.
  fileprivate var shortened: String { shortened(to: 80) }

  fileprivate func shortened(to limit: Int) -> String {
    let line = String(map { $0.isNewline || $0 == "\t" ? " " : $0 })
    return line.count <= limit ? line : line.prefix(limit - 1) + "…"
  }
}
