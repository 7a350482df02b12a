import EstoqueDatabase
import EstoqueDomain
import EstoqueReports
import EstoqueStock
import Hummingbird

extension RouteTable {
  static let stock: [Route] = [
    .get(
      "/api/stock", .viewer, isKept: true,
      Operation(
        "listStock", "O que há em estoque, por produto e local.",
        [
          Operation.Parameter(
            name: "search", schema: Schemas.text(120), about: "Palavras do nome, do código ou do GTIN"),
          Operation.Parameter(name: "location", schema: Schemas.id, about: "De um local"),
          Operation.Parameter(name: "category", schema: Schemas.id, about: "De uma categoria"),
          Operation.Parameter(
            name: "below", schema: ["type": "string", "enum": ["minimum"]], about: "Só abaixo do mínimo"),
        ] + paging, .page("StockItem"))
    ) { call in
      try await encodedPage(call, topics: [StockTopic.stock, StockTopic.products]) {
        let (filter, limit, cursor) = try call.query { fields in
          (
            StockFilter(
              search: fields.optionalText("search", 1...120) ?? "",
              location: fields.optionalIdentifier("location"),
              category: fields.optionalIdentifier("category"),
              belowMinimum: fields.choice("below", Below.self) != nil), fields.limit(), fields.cursor()
          )
        }
        let reports = call.server.reports
        let total = cursor == nil ? try await reports.count(of: filter) : nil
        return page(try await reports.stock(filter, limit: limit, after: cursor), total: total, stockItem)
      }
    }
  ]

  private enum Below: String, CaseIterable { case minimum }

  static func stockItem(_ item: StockItem) -> JSON {
    [
      "product": product(item.product).with(["gtin": JSON(item.gtin), "minimum": decimal(item.minimum)]),
      "location": location(item.location), "quantity": decimal(item.quantity), "cost": decimal(item.cost),
      "averageCost": decimal(item.averageCost), "belowMinimum": .bool(item.isBelowMinimum),
    ]
  }

  // MARK: Movements

  static let movements: [Route] = [
    .get(
      "/api/movements", .viewer,
      Operation(
        "listMovements", "Os movimentos, do mais recente ao mais antigo.", range + movementFilters + paging,
        .page("Movement"))
    ) { call in
      let (filter, limit, cursor) = try call.query { (movementFilter(&$0, call), $0.limit(), $0.cursor()) }
      return .json(try await movementPage(call, filter, limit, cursor))
    },
    .post(
      "/api/movements", .operator, body: .json("NewMovement"),
      Operation("createMovement", "Registra um movimento.", status: 201, .json("Posted"))
    ) { call in
      let draft = try call.form(MovementForm.init)
      let (now, user, policy) = (call.now, call.user, call.server.configuration.negativeStock)
      return try await call.change("movement.create") { session in
        let posting = try session.post(draft, at: now, by: user, negative: policy)
        let people = try session.people()
        let items = try session.movementItems(ofPosting: posting).map { movement($0, people) }
        let first = items[0]["id"].integer ?? 0
        return Call.Change(
          subject: "posting:\(posting)",
          detail: "\(draft.kind.rawValue) \(draft.quantity) product:\(draft.product)",
          reply: .created(
            ["posting": .integer(posting), "items": .array(items)], at: "/api/movements/\(first)"))
      }
    },
    .get("/api/movements/{id}", .viewer, Operation("getMovement", "Um movimento.", .json("Movement"))) {
      call in
      let id: Movement.ID = try call.identifier()
      let found = try await call.read { session in
        try session.movementItem(id).map { movement($0, try session.people()) }
      }
      guard let found else { throw Problem.notFound }
      return .json(found)
    },
    .post(
      "/api/movements/{id}/reversal", .operator, body: .json("Reversal"),
      Operation("reverseMovement", "Estorna um movimento.", status: 201, .json("Posted"))
    ) { call in
      let id: Movement.ID = try call.identifier()
      let note = try call.form { $0.optionalText("note", 1...500) ?? "" }
      let origin = PostingOrigin("manual", at: call.now, by: call.user)
      let policy = call.server.configuration.negativeStock
      return try await call.change("movement.reverse") { session in
        let posting = try session.reverse(id, from: origin, negative: policy)
        let people = try session.people()
        let items = try session.movementItems(ofPosting: posting).map { movement($0, people) }
        return Call.Change(
          subject: "movement:\(id)", detail: note,
          reply: .created(
            ["posting": .integer(posting), "items": .array(items)],
            at: "/api/movements/\(items[0]["id"].integer ?? 0)"))
      }
    },
  ]

  static let movementFilters: [Operation.Parameter] = [
    Operation.Parameter(name: "product", schema: Schemas.id, about: "De um produto"),
    Operation.Parameter(name: "location", schema: Schemas.id, about: "De um local"),
    Operation.Parameter(name: "category", schema: Schemas.id, about: "De uma categoria"),
    Operation.Parameter(
      name: "kind", schema: Schemas.choice(MovementKind.allCases.map(\.rawValue)), about: "De um tipo"),
    Operation.Parameter(name: "reference", schema: Schemas.text(120), about: "De um documento"),
    Operation.Parameter(
      name: "search", schema: Schemas.text(120), about: "Palavras do nome, do código ou do GTIN"),
  ]

  static func movementFilter(_ fields: inout Fields, _ call: Call) -> MovementFilter {
    let (from, to) = fields.range(call.server.reports.days)
    return MovementFilter(
      from: from, until: to, product: fields.optionalIdentifier("product"),
      location: fields.optionalIdentifier("location"), category: fields.optionalIdentifier("category"),
      kind: fields.choice("kind", MovementKind.self), reference: fields.optionalText("reference", 1...120),
      search: fields.optionalText("search", 1...120) ?? "")
  }

  static func movementPage(_ call: Call, _ filter: MovementFilter, _ limit: Int, _ cursor: Cursor?)
    async throws -> JSON
  {
    let reports = call.server.reports
    let total: Int?? = cursor == nil ? .some(try await reports.count(of: filter)) : .none
    let people = try await call.server.people()
    let rows = try await reports.movements(filter, limit: limit, after: cursor)
    return page(rows, total: total) { movement($0, people) }
  }

  static func movement(_ item: MovementItem, _ people: [User.ID: String]) -> JSON {
    [
      "id": .integer(item.id.rawValue), "posting": .integer(item.posting), "product": product(item.product),
      "location": location(item.location), "lot": JSON(item.lot), "kind": .string(item.kind.rawValue),
      "quantity": decimal(item.quantity), "cost": decimal(item.cost), "balance": decimal(item.balance),
      "happenedAt": moment(item.happenedAt), "reference": .string(item.reference), "note": .string(item.note),
      "reverses": JSON(item.reverses?.rawValue), "reversedBy": JSON(item.reversedBy?.rawValue),
      "origin": .string(item.origin), "user": person(item.user, people),
    ]
  }

  static func person(_ id: User.ID?, _ people: [User.ID: String]) -> JSON {
    guard let id else { return .null }
    return ["id": .integer(id.rawValue), "name": JSON(people[id])]
  }
}

/// A movement as a client describes it.
struct MovementForm: Sendable {
  private enum Kind: String, CaseIterable { case receipt, issue, adjustment, transfer }

  let kind: MovementKind
  let product: Product.ID
  let location: Location.ID
  let to: Location.ID?
  let quantity: Quantity
  let unitCost: UnitValue?
  let lot: String?
  let expiry: CalendarDate?
  let happenedAt: Int64?
  let reference: String
  let note: String

  init(_ fields: inout Fields) {
    kind = MovementKind(rawValue: fields.requiredChoice("kind", Kind.receipt).rawValue) ?? .receipt
    product = fields.identifier("product")
    location = fields.identifier("location")
    to = fields.optionalIdentifier("to")
    quantity = fields.quantity("quantity")
    unitCost = fields.decimal("unitCost")
    lot = fields.optionalText("lot", 1...60)
    expiry = fields.day("expiry")
    happenedAt = fields.moment("happenedAt")
    reference = fields.optionalText("reference", 1...120) ?? ""
    note = fields.optionalText("note", 1...500) ?? ""
    // Of an adjustment alone the sign is the client's; of all others it follows from the kind.
    if kind != .adjustment, quantity.isNegative { fields.fail("quantity", FieldMessage.negative) }
    if unitCost?.isNegative ?? false { fields.fail("unitCost", FieldMessage.negative) }
    if kind == .transfer, to == nil { fields.fail("to", FieldMessage.missing) }
    if kind != .transfer, to != nil { fields.fail("to", FieldMessage.onlyTransfer) }
    if kind == .transfer, to == location { fields.fail("to", FieldMessage.sameLocation) }
    if kind == .issue || kind == .transfer, unitCost != nil { fields.fail("unitCost", FieldMessage.noCost) }
    if expiry != nil, lot == nil { fields.fail("lot", FieldMessage.missing) }
  }
}

extension Session {
  fileprivate func post(_ form: MovementForm, at now: Int64, by user: User.ID?, negative: NegativeStock)
    throws -> Int64
  {
    guard try product(form.product) != nil else { throw StockFault.unknownProduct(form.product) }
    let origin = PostingOrigin("manual", at: now, by: user)
    let moment = form.happenedAt ?? now
    let lot = try form.lot.map { try self.lot($0, of: form.product, expires: form.expiry) }
    if form.kind == .transfer, let to = form.to {
      return try transfer(
        form.quantity, of: form.product, from: form.location, to: to, lot: lot, happenedAt: moment,
        note: form.note,
        origin: origin, negative: negative)
    }
    let quantity = form.kind == .issue ? try form.quantity.negated : form.quantity
    let cost: Money?
    do { cost = try form.unitCost.map { try Money(quantity, at: $0) } } catch {
      throw StockFault.outOfRange(product: "\(form.product)")
    }
    let draft = MovementDraft(
      form.kind, of: form.product, quantity, at: form.location, lot: lot, cost: cost, happenedAt: moment,
      reference: form.reference, note: form.note)
    return try self.post([draft], from: origin, negative: negative)
  }

  /// What people are called.
  func people() throws -> [User.ID: String] {
    Dictionary(
      uniqueKeysWithValues: try query("SELECT id, name FROM account") { row in (try row[0], try row[1]) })
  }
}
