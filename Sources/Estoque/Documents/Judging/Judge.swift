import EstoqueDomain

/// Says what a document does to the company's stock, without doing it. A pure value.
public struct Judge: Hashable, Sendable {
  /// The company's numbers, one for each branch. Without any, every invoice goes to review.
  public var companies: Set<CNPJ>

  /// Which documents may move this stock: real ones, or those of the test environment.
  public var environment: TaxEnvironment

  /// Whether a document that contradicts itself is refused; otherwise it carries warnings.
  public var isStrict: Bool

  /// Creates a judge.
  public init(companies: Set<CNPJ>, environment: TaxEnvironment = .production, isStrict: Bool = false) {
    (self.companies, self.environment, self.isStrict) = (companies, environment, isStrict)
  }

  /// Judges a document, of whatever kind.
  public func judge(_ document: ParsedDocument) -> Judgement {
    switch document.content {
    case .refused(let refusal):
      return Judgement(verdict: .refused(refusal), key: refusal.key ?? "", warnings: document.warnings)
    case .invoice(let invoice):
      let disagreements = document.warnings.filter(\.isDisagreement)
      var warnings = document.warnings
      let verdict: Judgement.Verdict
      do throws(Refusal) {
        if isStrict, !disagreements.isEmpty {
          throw Refusal(.disagreement(disagreements), key: invoice.key.text)
        }
        verdict = try judge(invoice, &warnings)
      } catch {
        verdict = .refused(error)
      }
      return Judgement(verdict: verdict, key: invoice.key.text, warnings: warnings)
    case .event(let event):
      var warnings = document.warnings
      let verdict: Judgement.Verdict
      do throws(Refusal) {
        verdict = try judge(event, &warnings)
      } catch {
        verdict = .refused(error)
      }
      return Judgement(verdict: verdict, key: event.key.text, warnings: warnings)
    }
  }

  // MARK: Invoices

  private func judge(_ invoice: Invoice, _ warnings: inout [Warning]) throws(Refusal) -> Judgement.Verdict {
    var doubts = try doubtsAboutAuthority(invoice)
    let direction = try direction(invoice, &doubts, &warnings)
    if invoice.environment != environment { doubts.append(.environment(invoice.environment)) }
    switch invoice.purpose {
    case .complementary, .adjustment, .credit, .debit: doubts.append(.purpose(invoice.purpose))
    case .normal, .return: break
    }
    let services = invoice.items.filter(\.isService).map(\.number)
    if !services.isEmpty { doubts.append(.services(items: services)) }
    for item in invoice.items where !item.isService && item.cfop.mayNotMove {
      warnings.append(.mayNotMove(item: item.number, item.cfop))
    }
    let effect = StockEffect(
      direction: direction, issued: invoice.issued,
      lines: invoice.items.filter { !$0.isService && !$0.commercial.quantity.isZero }
        .map { StockEffect.Line(item: $0, of: invoice) })
    return doubts.isEmpty ? .accepted(invoice, effect) : .review(invoice, effect, doubts)
  }

  /// Refuses what the authority did not let pass; doubts what it was not asked about.
  private func doubtsAboutAuthority(_ invoice: Invoice) throws(Refusal) -> [Doubt] {
    guard let authorisation = invoice.authorisation, let status = authorisation.status else {
      return [.notAuthorised]
    }
    let key = invoice.key.text
    guard authorisation.key == key else { throw Refusal(.otherProtocol(authorisation.key), key: key) }
    if authorisation.isAuthorised {
      // Authorised as a test, whatever the invoice itself says.
      let isSame = authorisation.environment.map { $0 == invoice.environment } ?? true
      return isSame ? [] : [.environmentOfProtocol]
    }
    // Cancelled invoices were authorised once, and may have moved stock.
    if status == 101 || status == 151 || status == 155 { return [.cancelled(status: status)] }
    throw Refusal(.notAuthorised(status: status, motive: authorisation.motive), key: key)
  }

  /// In or out for the company; the emitter's side counts where both are its own.
  private func direction(
    _ invoice: Invoice, _ doubts: inout [Doubt], _ warnings: inout [Warning]
  ) throws(Refusal) -> Direction? {
    guard !companies.isEmpty else {
      doubts.append(.noCompany)
      return nil
    }
    let emits = isOurs(invoice.emitter)
    let receives = invoice.recipient.map(isOurs) ?? false
    switch (emits, receives, invoice.operation) {
    case (true, _, let operation):
      if receives, invoice.recipient?.identity != invoice.emitter.identity { warnings.append(.bothOurs) }
      return operation == .exit ? .out : .in
    case (false, true, .exit): return .in
    case (false, true, .entry):
      doubts.append(.entryByAnother)
      return nil
    case (false, false, _): throw Refusal(.notOurs, key: invoice.key.text)
    }
  }

  private func isOurs(_ party: Party) -> Bool { party.identity.cnpj.map(companies.contains) ?? false }

  // MARK: Events

  private func judge(_ event: Event, _ warnings: inout [Warning]) throws(Refusal) -> Judgement.Verdict {
    if let receipt = event.receipt, !receipt.isRegistered {
      throw Refusal(
        .eventRejected(status: receipt.status, motive: receipt.motive), key: event.key.text)
    }
    if event.receipt == nil { warnings.append(.unconfirmed) }
    guard event.environment == environment else {
      // It is of another world: whatever it says, nothing here changes.
      if event.environment == .homologation { warnings.append(.homologationEvent) }
      return .event(event, .record)
    }
    guard event.type.cancels else { return .event(event, .record) }
    guard event.receipt != nil else { return .reviewEvent(event, [.unconfirmedCancellation]) }
    return .event(event, .cancel)
  }
}

extension CFOP {
  /// Billing ahead of delivery (922), and what was moved by another document already (929).
  fileprivate var mayNotMove: Bool { nature == 922 || nature == 929 }
}
