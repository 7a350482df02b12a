import EstoqueDatabase
import EstoqueDocuments
import EstoqueDomain
import EstoqueStock

/// Brings judged documents to their ends, in one transaction: what moves stock is posted, its key claimed and the document's state set together.
///
/// The documents have different keys: those with the same key come one after the other, in transactions of their own.
struct Settlement {
  let session: Session
  let configuration: IntakeConfiguration
  let now: Int64

  private var origin: PostingOrigin { PostingOrigin("nfe", at: now) }

  func settle(_ documents: [Judged]) throws -> [Settled] {
    let held = try session.held(documents.map(\.claim))
    let documents = documents.filter { held.contains($0.claim.id) }
    try configuration.checkpoint(.held)
    let keys = Set(documents.compactMap(\.key))
    try session.lockKeys(keys)
    let posted = try session.postedInvoices(keys)
    let digests = documents.filter { $0.judgement?.outcome == .review }.map(\.claim.sha256)
    let reviews = try session.reviews(of: Set(digests))

    var endings: [IntakeDocument.ID: Ending] = [:]
    var orders: [Order] = []
    for document in documents {
      try addSiblings(of: document)
      let claim = document.claim
      if let ending = try ending(of: document, posted, reviews) {
        endings[claim.id] = ending
      } else if case .judged(let judgement) = document.verdict,
        case .accepted(let invoice, let effect) = judgement.verdict, let direction = effect.direction
      {
        orders.append(
          Order(
            intake: claim.id, sha256: claim.sha256, invoice: invoice, direction: direction,
            lines: effect.lines, replaces: posted[invoice.key.text]))
      }
    }
    endings.merge(try post(orders)) { first, _ in first }
    let settled = documents.map { document in
      Settled(
        claim: document.claim, key: document.judgement?.key ?? "",
        ending: endings[document.claim.id] ?? Ending(.review, Reason.failed("estado desconhecido")))
    }
    try configuration.checkpoint(.settling)
    for (document, result) in zip(documents, settled) { try session.finish(document, result.ending, at: now) }
    return settled
  }

  /// The other documents of a file with several of them wait from now on, each for itself.
  private func addSiblings(of document: Judged) throws {
    let claim = document.claim
    guard claim.position < 0, document.siblings > 1 else { return }
    for position in 1..<document.siblings {
      _ = try session.addDocument(
        claim.file, of: claim.batch, sha256: claim.sha256, position: position, parent: claim.id)
    }
  }

  /// What becomes of a document that posts nothing; nil for an invoice that does.
  private func ending(
    of document: Judged, _ posted: [String: PostedInvoice],
    _ reviews: [ReviewedContent: IntakeDocument.ID]
  ) throws -> Ending? {
    let judgement: Judgement
    switch document.verdict {
    case .failed(let reason): return Ending(.review, reason)
    case .judged(let verdict): judgement = verdict
    }
    let claim = document.claim
    switch judgement.verdict {
    case .refused: return Ending(.refused, judgement.explanation)
    case .event(let event, let effect):
      return try record(event, effect, claim, posted[event.key.text], judgement.explanation)
    case .accepted(let invoice, _):
      guard let past = posted[invoice.key.text] else { return nil }
      if past.sha256 == claim.sha256 { return Ending(.duplicate, Reason.duplicate(past.intake)) }
      if past.isAuthorised { return Ending(.conflict, Reason.conflict(past.intake)) }
      return past.isCancelled ? Ending(.duplicate, Reason.wasCancelled) : nil
    case .review(let invoice, _, _):
      if let past = posted[invoice.key.text] {
        return past.sha256 == claim.sha256
          ? Ending(.duplicate, Reason.duplicate(past.intake))
          : Ending(.conflict, Reason.conflict(past.intake))
      }
    case .reviewEvent: break
    }
    let content = ReviewedContent(sha256: claim.sha256, position: document.position)
    if let earlier = reviews[content] { return Ending(.duplicate, Reason.inReview(earlier)) }
    return Ending(.review, judgement.explanation)
  }

  // MARK: Invoices

  private func post(_ orders: [Order]) throws -> [IntakeDocument.ID: Ending] {
    var endings: [IntakeDocument.ID: Ending] = [:]
    let new = orders.filter { $0.replaces == nil }
    var posting = try OrderPosting(session, configuration, origin)
    for (order, result) in zip(new, try posting.post(new)) { endings[order.intake] = ending(order, result) }
    for order in orders where order.replaces != nil { endings[order.intake] = try replace(order) }
    let done = orders.filter { endings[$0.intake]?.state == .accepted }
    for key in try session.waitingCancellations(of: done.map(\.invoice.key.text)).sorted() {
      guard let order = done.first(where: { $0.invoice.key.text == key }) else { continue }
      endings[order.intake] = try cancelAtOnce(order)
    }
    return endings
  }

  private func ending(_ order: Order, _ result: OrderResult) -> Ending {
    switch result {
    case .blocked(let block): return Ending(.review, block.reason)
    case .posted(let created):
      if order.lines.isEmpty { return Ending(.accepted, Reason.nothingMoves) }
      return Ending(.accepted, Reason.posted(order.direction, lines: order.lines.count, created: created))
    }
  }

  /// A bare invoice that a person has accepted gives way to its authorised form: its movements are undone, and those of the authorised one done.
  private func replace(_ order: Order) throws -> Ending {
    guard let past = order.replaces else { return Ending(.review, "") }
    do {
      return try session.savepoint {
        if let posting = past.posting {
          try session.reverse(posting: posting, from: origin, negative: .allowed)
        }
        var posting = try OrderPosting(session, configuration, origin)
        if case .blocked(let block) = try posting.post([order])[0] { throw block }
        return Ending(.accepted, Reason.replaced(past.intake))
      }
    } catch let block as OrderBlock { return Ending(.review, block.reason) }
  }

  /// The cancellation came before its invoice.
  private func cancelAtOnce(_ order: Order) throws -> Ending {
    let key = order.invoice.key.text
    guard let invoice = try session.postedInvoices([key])[key] else { return Ending(.review, "") }
    try session.applyCancellations(of: key)
    _ = try cancel(invoice)
    return Ending(.accepted, Reason.cancelledAlready)
  }

  // MARK: Events

  /// Undoes an invoice's movements, once. Below zero if it must be: the invoice has no effect any more, whatever has gone since.
  private func cancel(_ invoice: PostedInvoice) throws -> String {
    let reversal = try invoice.posting.map {
      try session.reverse(posting: $0, from: origin, negative: .allowed)
    }
    try session.cancelInvoice(invoice.key, reversal: reversal, at: now)
    return reversal == nil ? Reason.cancelledNothing : Reason.cancelled
  }

  private func record(
    _ event: Event, _ effect: EventEffect, _ claim: Claim, _ invoice: PostedInvoice?, _ explanation: String
  ) throws -> Ending {
    let state: InvoiceEvent.State =
      switch (effect, invoice) {
      case (.record, _): .recorded
      case (.cancel, nil): .waiting
      case (.cancel, let invoice?): invoice.isCancelled ? .recorded : .applied
      }
    if let earlier = try session.addEvent(event, of: claim.id, sha256: claim.sha256, state: state) {
      return Ending(.duplicate, Reason.duplicate(earlier))
    }
    guard effect == .cancel else { return Ending(.event, explanation) }
    guard let invoice else { return Ending(.event, "\(explanation): \(Reason.eventWaits)") }
    if invoice.isCancelled { return Ending(.event, "\(explanation): \(Reason.wasCancelled)") }
    return Ending(.event, "\(explanation): \(try cancel(invoice))")
  }

  // MARK: Decisions

  /// Takes a document that was in review as a person wants it.
  /// - Throws: ``IntakeFault``; ``StockFault``.
  func accept(_ document: Judged, _ decision: IntakeDecision, by user: User.ID?) throws -> Ending {
    guard case .judged(let judgement) = document.verdict else {
      throw IntakeFault.cannotAccept(reason: "o arquivo não pode ser lido")
    }
    let origin = PostingOrigin("nfe", at: now, by: user)
    try session.lockKeys([judgement.key])
    switch judgement.verdict {
    case .refused(let refusal): throw IntakeFault.cannotAccept(reason: refusal.explanation)
    case .event(let event, let effect):
      return try accept(event, effect, document, judgement.explanation)
    case .reviewEvent(let event, _):
      return try accept(event, .cancel, document, Reason.acceptedInReview)
    case .accepted(let invoice, let effect):
      return try accept(invoice, effect, document, decision, origin)
    case .review(let invoice, let effect, let doubts):
      if let doubt = doubts.first(where: \.forbidsMoving) {
        throw IntakeFault.cannotAccept(reason: doubt.explanation)
      }
      return try accept(invoice, effect, document, decision, origin)
    }
  }

  private func accept(
    _ event: Event, _ effect: EventEffect, _ document: Judged, _ explanation: String
  ) throws -> Ending {
    let key = event.key.text
    return try record(event, effect, document.claim, session.postedInvoices([key])[key], explanation)
  }

  private func accept(
    _ invoice: Invoice, _ effect: StockEffect, _ document: Judged, _ decision: IntakeDecision,
    _ origin: PostingOrigin
  ) throws -> Ending {
    let key = invoice.key.text
    let past = try session.postedInvoices([key])[key]
    let isAuthorised = invoice.authorisation?.isAuthorised ?? false
    if let past, past.isAuthorised || !isAuthorised || past.isCancelled {
      throw IntakeFault.alreadyPosted(by: past.intake)
    }
    guard let direction = effect.direction ?? decision.direction else { throw IntakeFault.directionNeeded }
    if let said = decision.direction, said != direction { throw IntakeFault.otherDirection }
    try remember(decision.lines, effect.lines)
    let order = Order(
      intake: document.claim.id, sha256: document.claim.sha256, invoice: invoice, direction: direction,
      lines: effect.lines, replaces: past)
    if past != nil {
      let ending = try replace(order)
      if ending.state == .accepted { return ending }
      throw IntakeFault.cannotAccept(reason: ending.reason)
    }
    var posting = try OrderPosting(session, configuration, origin)
    switch try posting.post([order])[0] {
    case .posted: break
    case .blocked(.stock(let fault)): throw fault
    case .blocked(.unmapped(let items)), .blocked(.otherUnit(let items)):
      throw IntakeFault.unmapped(items: items)
    case .blocked(.inexact(let items)): throw IntakeFault.inexact(item: items.first ?? 0)
    }
    if try !session.waitingCancellations(of: [key]).isEmpty { return try cancelAtOnce(order) }
    return Ending(
      .accepted, effect.direction == nil ? Reason.acceptedAs(direction) : Reason.acceptedInReview)
  }

  /// Remembers what a person has said about lines.
  private func remember(_ choices: [IntakeDecision.Line], _ lines: [StockEffect.Line]) throws {
    for choice in choices {
      guard let line = lines.first(where: { $0.item == choice.number }) else {
        throw IntakeFault.unknownLine(number: choice.number)
      }
      let product: Product.ID
      switch choice.choice {
      case .product(let chosen):
        guard try session.product(chosen) != nil else { throw StockFault.unknownProduct(chosen) }
        product = chosen
      case .create:
        product = try session.createProduct(for: line, companies: configuration.judge.companies, at: now)
          .product
      }
      try session.rememberSupplierProducts([
        SupplierProduct(
          supplier: line.supplier.text, code: line.code, unit: line.commercial.unit.code, product: product,
          factor: choice.factor)
      ])
    }
  }
}

extension Doubt {
  /// Whether no person can have the document move stock.
  var forbidsMoving: Bool {
    switch self {
    case .noCompany, .environment, .environmentOfProtocol, .cancelled: true
    case .notAuthorised, .purpose, .services, .entryByAnother, .unconfirmedCancellation: false
    }
  }
}

extension Session {
  /// Sets the state of a document, with what was read from it.
  func finish(
    _ document: Judged, _ ending: Ending, at moment: Int64, by user: User.ID? = nil, note: String = ""
  ) throws {
    touch(document.claim.id)
    let invoice = document.judgement?.invoice
    let warnings = document.judgement?.warnings.map(\.explanation).joined(separator: "\n") ?? ""
    try execute(
      """
      UPDATE intake SET state = ?2, position = ?3, key = ?4, number = ?5, series = ?6, emitter = ?7, emitter_name = ?8,
        issued_at = ?9, total = ?10, items = ?11, reason = ?12, warnings = ?13, settled_at = ?14, decided_by = ?15,
        note = ?16, owner = NULL, lease = 0
      WHERE id = ?1
      """, document.claim.id, ending.state, document.position, document.judgement?.key ?? "", invoice?.number,
      invoice?.series, invoice?.emitter.identity.text ?? "", invoice?.emitter.name ?? "",
      invoice.map { Int64($0.issued.secondsSince1970) * 1_000_000 }, invoice?.totals.invoice,
      invoice?.items.count, ending.reason, warnings, moment, user, note)
  }
}
