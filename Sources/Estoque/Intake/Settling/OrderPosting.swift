import EstoqueDatabase
import EstoqueDocuments
import EstoqueDomain
import EstoqueStock

/// Posts invoices: finds out what their lines are, moves the stock and claims their keys, in one transaction. The keys are locked.
struct OrderPosting {
  let session: Session
  let configuration: IntakeConfiguration
  let origin: PostingOrigin
  private var catalogue: Catalogue
  /// Products created, by the supplier's code.
  private var created: Set<SupplierCode> = []
  private var remembered: [SupplierProduct] = []

  init(_ session: Session, _ configuration: IntakeConfiguration, _ origin: PostingOrigin) throws {
    (self.session, self.configuration, self.origin) = (session, configuration, origin)
    catalogue = try Catalogue(companies: configuration.judge.companies)
  }

  /// - Returns: what became of each order.
  mutating func post(_ orders: [Order]) throws -> [OrderResult] {
    if orders.isEmpty { return [] }
    let lines = orders.flatMap(\.lines)
    try catalogue.load(lines, session)
    try createMissing(lines)
    let plans = try orders.map { order in try plan(order) }
    try session.rememberSupplierProducts(remembered)
    try configuration.checkpoint(.mapped)
    return try post(orders, plans)
  }

  // MARK: Products

  /// Creates products for lines that nobody knows, where that is the policy.
  private mutating func createMissing(_ lines: [StockEffect.Line]) throws {
    guard configuration.unknownProducts == .create else { return }
    func missing() -> [StockEffect.Line] {
      lines.filter { if case .unknown = catalogue.resolve($0) { true } else { false } }
    }
    if missing().isEmpty { return }
    // Another instance may just be creating the same: one after the other.
    try session.lockCreation()
    try catalogue.load(lines, session)
    for line in missing().sorted(by: { $0.supplierCode < $1.supplierCode }) {
      // The same code may stand on several lines.
      guard case .unknown = catalogue.resolve(line) else { continue }
      let mapping = try session.createProduct(
        for: line, companies: configuration.judge.companies, at: origin.postedAt)
      catalogue.add(mapping)
      created.insert(line.supplierCode)
    }
  }

  // MARK: Plans

  private mutating func plan(_ order: Order) throws -> Result<[PlannedLine], OrderBlock> {
    var (unmapped, otherUnit, inexact): ([Int], [Int], [Int]) = ([], [], [])
    var planned: [PlannedLine] = []
    for line in order.lines {
      let conversion: Conversion
      switch catalogue.resolve(line) {
      case .mapped(let known): conversion = known
      case .matched(let match, _):
        if configuration.unknownProducts == .review {
          unmapped.append(line.item)
          continue
        }
        conversion = match
        remembered.append(line.mapping(match))
      case .otherUnit:
        otherUnit.append(line.item)
        continue
      case .unknown:
        unmapped.append(line.item)
        continue
      }
      do {
        planned.append(PlannedLine(product: conversion.product, shares: try line.shares(conversion)))
      } catch {
        inexact.append(line.item)
      }
    }
    if !unmapped.isEmpty { return .failure(.unmapped(items: unmapped)) }
    if !otherUnit.isEmpty { return .failure(.otherUnit(items: otherUnit)) }
    if !inexact.isEmpty { return .failure(.inexact(items: inexact)) }
    return .success(planned)
  }

  // MARK: Movements

  private func post(
    _ orders: [Order], _ plans: [Result<[PlannedLine], OrderBlock>]
  ) throws -> [OrderResult] {
    let lots = try session.lots(lotsOf(plans))
    var drafts: [[MovementDraft]] = []
    var numbers: [Int] = []  // of the orders that are posted
    for (index, plan) in plans.enumerated() {
      guard let lines = try? plan.get() else { continue }
      numbers.append(index)
      drafts.append(try self.drafts(orders[index], lines, lots))
    }
    let posted = try session.post(
      each: drafts.filter { !$0.isEmpty }, from: origin, negative: configuration.negativeStock)
    try configuration.checkpoint(.posted)
    var results: [OrderResult] = plans.map { plan in
      if case .failure(let block) = plan { .blocked(block) } else { .posted(created: 0) }
    }
    var postings = posted.makeIterator()
    var invoices: [PostedInvoice] = []
    for (index, drafts) in zip(numbers, drafts) {
      let order = orders[index]
      var posting: Int64?
      if !drafts.isEmpty, let result = postings.next() {
        do throws(StockFault) { posting = try result.get() } catch {
          results[index] = .blocked(.stock(error))
          continue
        }
      }
      let invoice = PostedInvoice(
        key: order.invoice.key.text, intake: order.intake, sha256: order.sha256,
        isAuthorised: order.isAuthorised, posting: posting, isCancelled: false)
      if order.replaces == nil { invoices.append(invoice) } else { try session.replaceInvoice(invoice) }
      results[index] = .posted(created: Set(order.lines.map(\.supplierCode)).intersection(created).count)
    }
    try session.addInvoices(invoices)
    try configuration.checkpoint(.recorded)
    return results
  }

  private func lotsOf(_ plans: [Result<[PlannedLine], OrderBlock>]) -> [LotKey: EstoqueDocuments.Lot] {
    var lots: [LotKey: EstoqueDocuments.Lot] = [:]
    for plan in plans {
      guard case .success(let lines) = plan else { continue }
      for line in lines {
        for share in line.shares {
          if let lot = share.lot { lots[LotKey(product: line.product, number: lot.number)] = lot }
        }
      }
    }
    return lots
  }

  private func drafts(
    _ order: Order, _ lines: [PlannedLine], _ lots: [LotKey: EstoqueStock.Lot.ID]
  ) throws -> [MovementDraft] {
    let location = configuration.location(of: order.company(configuration.judge.companies))
    let moment = Int64(order.invoice.issued.secondsSince1970) * 1_000_000
    return try lines.flatMap { line in
      try line.shares.map { share in
        let lot = share.lot.flatMap { lots[LotKey(product: line.product, number: $0.number)] }
        return order.direction == .in
          ? MovementDraft(
            .receipt, of: line.product, share.quantity, at: location, lot: lot, cost: share.cost,
            happenedAt: moment, reference: order.reference)
          : MovementDraft(
            .issue, of: line.product, try share.quantity.negated, at: location, lot: lot,
            happenedAt: moment, reference: order.reference)
      }
    }
  }
}

/// A line whose product and quantities are known.
private struct PlannedLine {
  let product: Product.ID
  let shares: [LineShare]
}

extension Session {
  /// Creates the product of a line that nobody knows, in the unit in which it is sold, and maps it.
  ///
  /// The company's own codes are kept; those of suppliers get the first eight characters of their CNPJ in front, since two suppliers may have the same.
  func createProduct(for line: StockEffect.Line, companies: Set<CNPJ>, at moment: Int64) throws
    -> SupplierProduct
  {
    let isOwn = line.supplier.cnpj.map(companies.contains) ?? false
    let code = isOwn ? line.code : "\(line.supplier.text.prefix(8))-\(line.code)"
    let unit = line.commercial.unit.code
    var details = Product.Details(
      code: code, name: line.name.isEmpty ? line.code : line.name, unit: unit.isEmpty ? "UN" : unit,
      gtin: line.commercial.gtin?.text, ncm: line.ncm?.text)
    // The code may be there, and its mapping forgotten.
    var number = 1
    while try product(code: details.code) != nil {
      number += 1
      details.code = "\(code)-\(number)"
    }
    let product = try addProduct(details, at: moment)
    let mapping = SupplierProduct(
      supplier: line.supplier.text, code: line.code, unit: unit, product: product.id, factor: try Quantity(1))
    try rememberSupplierProducts([mapping])
    return mapping
  }
}
