import EstoqueDatabase
import EstoqueDocuments
import EstoqueDomain
import EstoqueStock
import Revoada

extension Intake {
  // MARK: Reading

  /// A page of the documents that came in, the latest first.
  public func documents(_ query: IntakeQuery = IntakeQuery()) async throws -> IntakePage {
    try await database.snapshot { try $0.intakeDocuments(query) }
  }

  /// The documents with these numbers, as far as there are any, in their order.
  public func documents(_ ids: [IntakeDocument.ID]) async throws -> [IntakeDocument] {
    try await database.read { try $0.documents(ids) }
  }

  /// A document with its lines, what they are and what they could be; nil if there is none.
  public func document(_ id: IntakeDocument.ID) async throws -> IntakeDetail? {
    try await database.snapshot { [worker] session in
      guard let document = try session.documents([id]).first else { return nil }
      guard let judgement = try session.slice(id).flatMap({ worker.judge($0).first?.judgement }),
        let effect = judgement.effect
      else {
        return IntakeDetail(document: document, direction: nil, needsDirection: false, lines: [], events: [])
      }
      var catalogue = try Catalogue(companies: worker.configuration.judge.companies)
      try catalogue.load(effect.lines, session)
      let lines = try effect.lines.map { try session.detail($0, catalogue) }
      return IntakeDetail(
        document: document, direction: effect.direction,
        needsDirection: document.state == .review && judgement.needsDirection, lines: lines,
        events: try session.invoiceEvents(of: document.key))
    }
  }

  /// The file that a document came in; nil if there is none.
  public func file(of id: IntakeDocument.ID) async throws -> [UInt8]? {
    try await database.read { try $0.slice(id)?.contents.values.first }?.file
  }

  /// How many documents are in each state.
  public func counts() async throws -> [IntakeState: Int] {
    try await database.read { try $0.intakeCounts() }
  }

  // MARK: Deciding

  /// Does what a person has decided about a document in review. What its lines are is remembered for the supplier's next invoice.
  ///
  /// - Returns: the document as it is then.
  /// - Throws: ``IntakeFault`` and ``StockFault``, and then nothing has changed; ``DatabaseError``; `CancellationError`.
  @discardableResult
  public func decide(
    _ decision: IntakeDecision, about id: IntakeDocument.ID, by user: User.ID? = nil
  ) async throws -> IntakeDocument {
    guard let slice = try await database.read({ try $0.slice(id) }),
      let judged = worker.judge(slice).first
    else { throw IntakeFault.unknownDocument(id) }
    let now = configuration.clock()
    let (document, settled) = try await database.transaction { [configuration] session in
      guard try session.lockDocument(id) != nil else {
        let state = try session.documents([id]).first?.state
        throw state.map(IntakeFault.notInReview) ?? IntakeFault.unknownDocument(id)
      }
      let settlement = Settlement(session: session, configuration: configuration, now: now)
      let ending =
        decision.action == .reject
        ? Ending(.refused, Reason.rejected(decision.note))
        : try settlement.accept(judged, decision, by: user)
      try session.finish(judged, ending, at: now, by: user, note: decision.note)
      let document = try session.documents([id])[0]
      return (document, Settled(claim: judged.claim, key: document.key, ending: ending))
    }
    worker.instruments.settled([settled])
    return document
  }
}

extension Judgement {
  /// What the document would do to stock.
  fileprivate var effect: StockEffect? {
    switch verdict {
    case .accepted(_, let effect), .review(_, let effect, _): effect
    case .event, .reviewEvent, .refused: nil
    }
  }

  /// Whether a person can have it move stock, if they say where its goods go.
  fileprivate var needsDirection: Bool {
    guard case .review(_, let effect, let doubts) = verdict else { return false }
    return effect.direction == nil && !doubts.contains(where: \.forbidsMoving)
  }
}

extension Session {
  /// A document with its file, as if it had just been claimed for the first time.
  fileprivate func slice(_ id: IntakeDocument.ID) throws -> IntakeWorker.Slice? {
    let claim = try first(
      "SELECT id, batch, file, parent, position, sha256 FROM intake WHERE id = ?1", id
    ) { row in
      Claim(
        id: try row[0], batch: try row[1], file: try row[2], parent: try row[3], position: try row[4],
        sha256: try row[5], attempt: 0)
    }
    guard let claim else { return nil }
    return IntakeWorker.Slice(claims: [claim], contents: try contents(of: [claim.content]))
  }

  fileprivate func detail(_ line: StockEffect.Line, _ catalogue: Catalogue) throws -> IntakeDetail.Line {
    var product: Product?
    var suggestions: [IntakeDetail.Suggestion] = []
    // Bottles in a box, if the document says how many.
    var factor = try (try? line.commercial.quantity.ratio(of: line.taxable.quantity)) ?? Quantity(1)
    switch catalogue.resolve(line) {
    case .mapped(let conversion):
      product = try self.product(conversion.product)
      if conversion.measured == .commercial { factor = conversion.factor }
    case .matched(let conversion, let ground):
      if conversion.measured == .commercial { factor = conversion.factor }
      suggestions = try suggest(conversion.product, ground)
    case .otherUnit(let known, let ground): suggestions = try suggest(known, ground)
    case .unknown:
      suggestions = try namesakes(of: line.name).map { IntakeDetail.Suggestion(product: $0, ground: .name) }
    }
    return IntakeDetail.Line(
      number: line.item, code: line.code, name: line.name, ncm: line.ncm?.text,
      gtin: line.commercial.gtin?.text, unit: line.commercial.unit.written,
      quantity: line.commercial.quantity, taxUnit: line.taxable.unit.written,
      taxQuantity: line.taxable.quantity,
      unitCost: (try? UnitValue(line.cost, per: line.commercial.quantity)) ?? .zero, cost: line.cost,
      product: product, suggestions: suggestions, factor: factor)
  }

  private func suggest(_ product: Product.ID, _ ground: IntakeDetail.Suggestion.Ground) throws
    -> [IntakeDetail.Suggestion]
  {
    try self.product(product).map { [IntakeDetail.Suggestion(product: $0, ground: ground)] } ?? []
  }

  /// Products whose names share the most words with a name, at most three.
  private func namesakes(of name: String) throws -> [Product] {
    let words = name.words
    guard let longest = words.max(by: { $0.count < $1.count }) else { return [] }
    let found = try products(ProductFilter(search: longest), limit: 50).items
    let ranked = found.map { ($0, $0.details.name.words.intersection(words).count) }.filter { $0.1 > 0 }
    return ranked.sorted { $0.1 > $1.1 }.prefix(3).map(\.0)
  }
}

extension String {
  /// The words of three letters and more.
  fileprivate var words: Set<String> {
    Set(lowercased().split { !$0.isLetter && !$0.isNumber }.filter { $0.count > 2 }.map(String.init))
  }
}

extension Quantity {
  /// How many of `other` are in one of this, if four decimals can hold it.
  fileprivate func ratio(of other: Quantity) throws(DecimalError) -> Quantity {
    guard !isZero else { throw .divisionByZero }
    let (ratio, rest) = (Int128(other.scaled) * 10_000).quotientAndRemainder(dividingBy: Int128(scaled))
    guard rest == 0, ratio > 0, let scaled = Int64(exactly: ratio) else { throw .inexact }
    return try Quantity(scaled: scaled)
  }
}
