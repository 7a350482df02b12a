import EstoqueDomain

extension DocumentReader {
  /// An element around others begins.
  mutating func opened(_ container: Container, _ attributes: Attributes) {
    switch container {
    case .processed:
      isProcessed = true
      invoice = InvoiceDraft()
    case .invoice:
      if !isProcessed { invoice = InvoiceDraft() }
      if invoice.hasInvoice { refuse(.repeated("NFe")) }
      invoice.hasInvoice = true
      invoice.element = parser?.pointee.node
    case .invoiceBody:
      if invoice.hasBody { return refuse(.repeated("infNFe")) }
      invoice.hasBody = true
      let id = attributes.value(Self.id) ?? ""
      invoice.keyText = id.hasPrefix("NFe") ? String(id.dropFirst(3)) : id
      invoice.layout = attributes.value(Self.version) ?? ""
      readKey()
    case .recipient: invoice.hasRecipient = true
    case .item:
      invoice.itemCount += 1
      item = ItemDraft()
      item.isOpen = true
      item.item.number = attributes.value(Self.itemNumber).flatMap { Int($0) } ?? 0
      if invoice.itemCount > limits.items { refuse(.tooManyItems(limit: limits.items)) }
      if !(1...990).contains(item.item.number) {
        refuse(.code(element: "det@nItem", text: attributes.value(Self.itemNumber) ?? ""))
      }
    case .traced: lot = LotDraft()
    case .service: item.item.isTaxedAsService = true
    case .authorisation:
      if invoice.hasAuthorisation { refuse(.repeated("infProt")) }
      invoice.hasAuthorisation = true
    case .processedEvent:
      isProcessedEvent = true
      event = EventDraft()
      event.isOpen = true
    case .event:
      if !isProcessedEvent { event = EventDraft() }
      event.isOpen = true
      if event.hasEvent { refuse(.repeated("evento")) }
      event.hasEvent = true
      event.element = parser?.pointee.node
    case .receipt:
      if !isProcessedEvent { event = EventDraft() }
      event.isOpen = true
      if event.hasReceipt { refuse(.repeated("retEvento")) }
      event.hasReceipt = true
    case .lot, .plain: break
    }
  }

  /// An element around others ends.
  mutating func closed(_ container: Container) {
    switch container {
    case .item:
      do throws(Thrown) {
        invoice.items.append(try item.finished(grammar))
      } catch {
        refuse(error.reason)
      }
      item.isOpen = false
    case .traced:
      if lot.seen.contains(.nLote) { item.item.lots.append(lot.lot) }
    case .invoice: if !isProcessed { finishInvoice(at: documents.endIndex) }
    // In front of the events that may be appended to it.
    case .processed: if invoice.hasInvoice { finishInvoice(at: documents.startIndex) }
    case .processedEvent:
      finishEvent()
      isProcessedEvent = false
    case .event, .receipt: if !isProcessedEvent { finishEvent() }
    default: break
    }
  }

  /// Checks the key before anything else, so that of several reasons it is the one that is told.
  private mutating func readKey() {
    guard !invoice.keyText.isEmpty else { return refuse(.missing("infNFe@Id")) }
    do throws(IdentifierError) {
      invoice.key = try AccessKey(invoice.keyText)
    } catch {
      refuse(.identifier(element: "infNFe@Id", text: invoice.keyText, error))
    }
  }

  private mutating func finishInvoice(at index: Int) {
    if !hasNamespace { warn(.noNamespace) }
    let content: ParsedDocument.Content
    do throws(Thrown) {
      if let refusal = invoice.refusal {
        content = .refused(Refusal(refusal.reason, at: refusal.place, key: invoice.keyText))
      } else {
        content = .invoice(try invoice.finished(grammar))
      }
    } catch {
      content = .refused(Refusal(error.reason, at: place, key: invoice.keyText))
    }
    documents.insert(ParsedDocument(content: content, warnings: invoice.warnings), at: index)
    if keepsTree { elements.insert(invoice.element, at: index) }
  }

  private mutating func finishEvent() {
    let content: ParsedDocument.Content
    do throws(Thrown) {
      if let refusal = event.refusal {
        content = .refused(Refusal(refusal.reason, at: refusal.place, key: event.keyText))
      } else {
        content = .event(try event.finished(grammar))
      }
    } catch {
      content = .refused(Refusal(error.reason, at: place, key: event.keyText))
    }
    documents.append(ParsedDocument(content: content, warnings: event.warnings))
    if keepsTree { elements.append(event.element) }
    event.isOpen = false
  }

  private static let id = ElementName("Id")
  private static let version = ElementName("versao")
  private static let itemNumber = ElementName("nItem")
}
