import EstoqueDatabase
import EstoqueDomain
import EstoqueStock
import Foundation
import Hummingbird

extension RouteTable {
  static let products: [Route] = [
    .get(
      "/api/products", .viewer, isKept: true,
      Operation(
        "listProducts", "Os produtos, por nome.",
        [
          Operation.Parameter(
            name: "search", schema: Schemas.text(120), about: "Palavras do nome, do código ou do GTIN"),
          Operation.Parameter(name: "category", schema: Schemas.id, about: "De uma categoria"),
          Operation.Parameter(
            name: "active", schema: ["type": "boolean"], about: "Só os ativos, ou só os inativos"),
        ] + paging, .page("ProductItem"))
    ) { call in
      try await encodedPage(call, topics: [StockTopic.products]) {
        let (filter, limit, cursor) = try call.query { fields in
          (
            ProductFilter(
              search: fields.optionalText("search", 1...120) ?? "",
              category: fields.optionalIdentifier("category"), isActive: fields.flag("active")),
            fields.limit(), fields.cursor()
          )
        }
        return try await call.read { session in
          let total = cursor == nil ? try session.productCount(filter) : nil
          return page(try session.products(filter, limit: limit, after: cursor), total: total, product)
        }
      }
    },
    .post(
      "/api/products", .operator, body: .json("NewProduct"),
      Operation("createProduct", "Cria um produto.", status: 201, .json("Product"), isVersioned: true)
    ) { call in
      let (details, now) = (try call.form(details), call.now)
      return try await call.change("product.create") { session in
        try session.check(details)
        let made = try session.addProduct(details, at: now)
        let reply = Reply.created(try session.fullProduct(made), at: "/api/products/\(made.id)")
        return Call.Change(
          subject: "product:\(made.id)", detail: details.code,
          reply: reply.tagged(ETag(version: made.version)))
      }
    },
    .get(
      "/api/products/{id}", .viewer,
      Operation("getProduct", "Um produto e onde está.", .json("Product"), isVersioned: true)
    ) { call in
      let id: Product.ID = try call.identifier()
      return try await call.read { session in try session.productReply(try session.product(id)) }
        .unlessKnown(call.headers)
    },
    .put(
      "/api/products/{id}", .operator, body: .json("NewProduct"),
      Operation("updateProduct", "Altera um produto.", .json("Product"), isVersioned: true)
    ) { call in
      let id: Product.ID = try call.identifier()
      let (details, now, expected) = (try call.form(details), call.now, try ETag.expected(call.headers))
      return try await call.change("product.update") { session in
        guard var product = try session.product(id) else { throw Problem.notFound }
        try expected.check(product.version)
        try session.check(details)
        product.details = details
        let changed = try session.updateProduct(product, at: now)
        return Call.Change(
          subject: "product:\(id)", detail: details.code, reply: try session.productReply(changed))
      }
    },
    .get(
      "/api/products/barcode/{gtin}", .viewer,
      Operation(
        "findProduct", "O produto que um leitor de código de barras leu.", .json("Product"), isVersioned: true
      )
    ) { call in
      guard let code = (call.parameters["gtin"].map(String.init))?.removingPercentEncoding, code.count <= 60
      else {
        throw Problem.notFound
      }
      return try await call.read { session in try session.productReply(try session.product(barcode: code)) }
    },
    .get(
      "/api/products/{id}/movements", .viewer,
      Operation(
        "listProductMovements", "Os movimentos de um produto, do mais recente ao mais antigo.", paging,
        .page("Movement"))
    ) { call in
      let id: Product.ID = try call.identifier()
      let (limit, cursor) = try call.query { ($0.limit(), $0.cursor()) }
      guard try await call.read({ try $0.product(id) }) != nil else { throw Problem.notFound }
      return .json(try await movementPage(call, .init(product: id), limit, cursor))
    },
  ]

  /// A page of a list as it was sent before, unless what it shows has changed since.
  static func encodedPage(
    _ call: Call, topics: [String], _ load: @escaping @Sendable () async throws -> JSON
  ) async throws -> Reply {
    let page = try await call.server.encoded.get(call.request.path ?? "", topics: topics) {
      let bytes = try await load().bytes
      return EncodedPage(bytes: ByteBuffer(bytes: bytes), tag: ETag(of: bytes))
    }
    var reply = Reply(status: .ok)
    reply.headers[.eTag] = page.tag.text
    reply.headers[.cacheControl] = "private, no-cache"
    if let known = call.headers[.ifNoneMatch], page.tag.matches(known) {
      reply.status = .notModified
      return reply
    }
    reply.headers[.contentType] = "application/json"
    reply.body = ResponseBody(byteBuffer: page.bytes)
    return reply
  }

  static func product(_ product: Product) -> JSON {
    let details = product.details
    return [
      "id": .integer(product.id.rawValue), "version": .integer(Int64(product.version)),
      "code": .string(details.code), "name": .string(details.name), "unit": .string(details.unit),
      "gtin": JSON(details.gtin), "ncm": JSON(details.ncm), "category": JSON(details.category?.rawValue),
      "minimum": decimal(details.minimum), "active": .bool(details.isActive),
    ]
  }

  private static let details: @Sendable (inout Fields) -> Product.Details = { fields in
    let gtin = fields.optionalText("gtin", 1...14)
    if let gtin { fields.check("gtin") { () throws(IdentifierError) in _ = try GTIN(gtin) } }
    let ncm = fields.optionalText("ncm", 1...8)
    if let ncm { fields.check("ncm") { () throws(IdentifierError) in _ = try NCM(ncm) } }
    let minimum: Quantity = fields.decimal("minimum") ?? .zero
    if minimum.isNegative { fields.fail("minimum", FieldMessage.negative) }
    return Product.Details(
      code: fields.text("code", 1...60), name: fields.text("name", 1...120),
      unit: fields.optionalText("unit", 1...6) ?? "UN", gtin: gtin, ncm: ncm,
      category: fields.optionalIdentifier("category"), minimum: minimum,
      isActive: fields.flag("active") ?? true)
  }
}

extension Fields {
  fileprivate mutating func check(_ name: String, _ body: () throws(IdentifierError) -> Void) {
    do throws(IdentifierError) { try body() } catch { fail(name, error.explanation) }
  }
}

extension Session {
  fileprivate func check(_ details: Product.Details) throws {
    if let id = details.category, try category(id) == nil { throw StockFault.unknownCategory(id) }
  }

  fileprivate func productReply(_ product: Product?) throws -> Reply {
    guard let product else { throw Problem.notFound }
    return Reply.json(try fullProduct(product)).tagged(ETag(version: product.version))
  }

  fileprivate func fullProduct(_ product: Product) throws -> JSON {
    let places = Dictionary(uniqueKeysWithValues: try locations().map { ($0.id, $0) })
    let stock = try balances(of: product.id).map { balance -> JSON in
      [
        "location": places[balance.location].map(RouteTable.shortLocation) ?? .null,
        "quantity": RouteTable.decimal(balance.quantity), "cost": RouteTable.decimal(balance.cost),
      ]
    }
    return RouteTable.product(product).with(["stock": .array(stock)])
  }
}

extension Reply {
  /// Nothing, if the client has this version already.
  func unlessKnown(_ headers: HTTPFields) -> Reply {
    guard let tag = self.headers[.eTag], let known = headers[.ifNoneMatch],
      known.split(separator: ",").contains(where: { part in
        let part = part.drop { $0 == " " }
        return part == "*" || part == tag || part == "W/" + tag
      })
    else { return self }
    var reply = Reply(status: .notModified)
    reply.headers[.eTag] = tag
    return reply
  }
}
