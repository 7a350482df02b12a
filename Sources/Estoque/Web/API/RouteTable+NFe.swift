import EstoqueDatabase
import EstoqueDocuments
import EstoqueDomain
import EstoqueIntake
import EstoqueStock
import Hummingbird
import Revoada

extension RouteTable {
  static let nfe: [Route] = [
    .post(
      "/api/nfe", .operator, body: .files,
      Operation(
        "submitNFe", "Recebe arquivos XML ou ZIP de NF-e; o que vier é trabalhado em segundo plano.",
        [
          Operation.Parameter(
            name: "name", schema: Schemas.text(200), about: "O nome do arquivo, se ele vem sem formulário")
        ],
        status: 202, .json("Submission"))
    ) { call in
      let files = try call.upload().files.map { IntakeFile(path: $0.path, name: $0.name) }
      let submission = try await call.server.taking().submit(files, from: .upload, by: call.user)
      try await call.note("nfe.submit", "batch:\(submission.batch)", "\(files.count)")
      return .accepted([
        "batch": .integer(submission.batch.rawValue),
        "documents": .array(
          submission.documents.map { receipt in
            [
              "id": .integer(receipt.id.rawValue), "file": .string(receipt.file),
              "state": .string(receipt.state.rawValue),
            ]
          }),
      ])
    },
    .get(
      "/api/nfe", .viewer,
      Operation(
        "listNFe", "Os documentos recebidos, do mais recente ao mais antigo.",
        [
          Operation.Parameter(
            name: "state", schema: Schemas.choice(IntakeState.allCases.map(\.rawValue)),
            about: "Em uma situação"),
          Operation.Parameter(name: "batch", schema: Schemas.id, about: "De um envio"),
          Operation.Parameter(
            name: "search", schema: Schemas.text(120),
            about: "Parte da chave, do arquivo, do emitente ou do número"),
        ] + paging, .json("InvoicePage"))
    ) { call in
      let query = try call.query { fields -> IntakeQuery in
        var query = IntakeQuery(
          states: fields.choice("state", IntakeState.self).map { [$0] } ?? [],
          batch: fields.optionalIdentifier("batch"), search: fields.optionalText("search", 1...120) ?? "")
        query.limit = fields.limit()
        query.after = fields.cursor().flatMap { cursor in
          (try? cursor.parts(1)).flatMap { Int64($0[0]) }.map(IntakeDocument.ID.init(rawValue:))
        }
        return query
      }
      let found = try await call.server.taking().documents(query)
      let next = found.next.map { Cursor("\($0)") }
      return .json(
        page(Page(items: found.items, next: next), total: found.total, invoice)
          .with(["counts": counts(found.counts)]))
    },
    .get("/api/nfe/{id}", .viewer, Operation("getNFe", "Um documento e suas linhas.", .json("InvoiceDetail")))
    { call in
      guard let found = try await call.server.taking().document(try call.identifier()) else {
        throw Problem.notFound
      }
      return .json(detail(found))
    },
    .get(
      "/api/nfe/{id}/xml", .viewer,
      Operation("getNFeXML", "O arquivo, como veio.", .other(["application/xml"]))
    ) { call in
      let id: IntakeDocument.ID = try call.identifier()
      guard let bytes = try await call.server.taking().file(of: id) else { throw Problem.notFound }
      return Reply.bytes(bytes, type: "application/xml").asFile("nfe-\(id).xml")
    },
    .post(
      "/api/nfe/{id}/decision", .operator, body: .json("Decision"),
      Operation("decideNFe", "Decide sobre um documento em revisão.", .json("Invoice"))
    ) { call in
      let id: IntakeDocument.ID = try call.identifier()
      let decision = try call.form(decision)
      let document = try await call.server.taking().decide(decision, about: id, by: call.user)
      try await call.note("nfe.\(decision.action.rawValue)", "nfe:\(id)", decision.note)
      return .json(invoice(document))
    },
  ]

  private enum Sense: String, CaseIterable { case `in`, out }
  private enum Verdict: String, CaseIterable { case accept, reject }

  private static let decision: @Sendable (inout Fields) -> IntakeDecision = { fields in
    let action = fields.requiredChoice("action", Verdict.accept)
    let note = fields.optionalText("note", 1...500) ?? ""
    let direction: Direction? = fields.choice("direction", Sense.self).map { $0 == .in ? .in : .out }
    let lines =
      fields.list("lines", least: 0, most: 990) { line -> IntakeDecision.Line? in
        let number = Int(line.integer("number", 1...990) ?? 0)
        let product = line.optionalIdentifier("product", of: Product.self)
        let isNew = line.flag("create") ?? false
        let factor: Quantity? = line.decimal("factor")
        if number == 0 { line.fail("number", FieldMessage.missing) }
        if (product == nil) != isNew { line.fail("product", FieldMessage.missing) }
        if let factor, factor <= .zero { line.fail("factor", FieldMessage.negative) }
        return try? IntakeDecision.Line(
          number: number, product.map { .product($0) } ?? .create, factor: factor)
      } ?? []
    return action == .accept
      ? .accept(lines.compactMap(\.self), direction: direction, note: note) : .reject(note: note)
  }

  static func invoice(_ document: IntakeDocument) -> JSON {
    [
      "id": .integer(document.id.rawValue), "batch": .integer(document.batch.rawValue),
      "file": .string(document.file), "state": .string(document.state.rawValue), "key": .string(document.key),
      "number": JSON(document.number), "series": JSON(document.series),
      "emitter": ["id": .string(document.emitter), "name": .string(document.emitterName)],
      "issuedAt": moment(document.issuedAt), "total": document.total.map { decimal($0) } ?? .null,
      "items": JSON(document.items), "reason": .string(document.reason),
      "warnings": .array(document.warnings.map(JSON.string)), "receivedAt": moment(document.receivedAt),
      "settledAt": moment(document.settledAt), "note": .string(document.note),
    ]
  }

  /// Every state with its number.
  static func counts(_ counts: [IntakeState: Int]) -> JSON {
    .object(IntakeState.allCases.map { .init($0.rawValue, .integer(Int64(counts[$0] ?? 0))) })
  }

  private static func detail(_ detail: IntakeDetail) -> JSON {
    let lines = detail.lines.map { line -> JSON in
      [
        "number": .integer(Int64(line.number)), "code": .string(line.code), "name": .string(line.name),
        "ncm": JSON(line.ncm), "gtin": JSON(line.gtin), "unit": .string(line.unit),
        "quantity": decimal(line.quantity), "taxUnit": .string(line.taxUnit),
        "taxQuantity": decimal(line.taxQuantity), "unitCost": decimal(line.unitCost),
        "cost": decimal(line.cost),
        "product": line.product.map(short) ?? .null, "factor": decimal(line.factor),
        "suggestion": line.suggestions.first.map(suggestion) ?? .null,
        "suggestions": .array(line.suggestions.map(suggestion)),
      ]
    }
    let direction: JSON =
      switch detail.direction {
      case .in: "in"
      case .out: "out"
      case nil: .null
      }
    return invoice(detail.document).with([
      "direction": direction, "needsDirection": .bool(detail.needsDirection), "lines": .array(lines),
    ])
  }

  private static func short(_ product: Product) -> JSON {
    [
      "id": .integer(product.id.rawValue), "code": .string(product.details.code),
      "name": .string(product.details.name), "unit": .string(product.details.unit),
    ]
  }
  private static func suggestion(_ suggestion: IntakeDetail.Suggestion) -> JSON {
    ["product": short(suggestion.product), "ground": .string(suggestion.ground.rawValue)]
  }

  // MARK: What suppliers' codes are

  static let suppliers: [Route] = [
    .get(
      "/api/supplier-products", .viewer,
      Operation(
        "listSupplierProducts", "O que os códigos dos fornecedores são.",
        [
          Operation.Parameter(name: "supplier", schema: Schemas.text(14), about: "De um fornecedor"),
          Operation.Parameter(name: "product", schema: Schemas.id, about: "De um produto"),
        ] + paging, .page("SupplierProduct"))
    ) { call in
      let (supplier, product, limit, cursor) = try call.query { fields in
        (
          fields.optionalText("supplier", 1...14), fields.optionalIdentifier("product", of: Product.self),
          fields.limit(), fields.cursor()
        )
      }
      let after = try cursor.map { cursor in
        let parts = try cursor.parts(3)
        return SupplierProduct(
          supplier: parts[0], code: parts[1], unit: parts[2], product: Product.ID(rawValue: 1), factor: .zero)
      }
      return try await call.read { session in
        let rows = try session.supplierProducts(
          of: supplier, product: product, after: after, limit: limit + 1)
        let found = Page(rows, limit: limit) { Cursor($0.supplier, $0.code, $0.unit) }
        let items = try found.items.map { try session.mapping($0) }
        return .json(["items": .array(items), "next": JSON(found.next?.text)])
      }
    },
    .put(
      "/api/supplier-products", .operator, body: .json("NewSupplierProduct"),
      Operation("saveSupplierProduct", "Diz o que um código de um fornecedor é.", .json("SupplierProduct"))
    ) { call in
      let mapping = try call.form { fields in
        SupplierProduct(
          supplier: fields.text("supplier", 11...14), code: fields.text("code", 1...60),
          unit: fields.text("unit", 1...6), product: fields.identifier("product"),
          factor: fields.quantity("factor"))
      }
      return try await call.change("supplier-product.save") { session in
        guard try session.product(mapping.product) != nil else {
          throw StockFault.unknownProduct(mapping.product)
        }
        try session.rememberSupplierProducts([mapping])
        return Call.Change(
          subject: "product:\(mapping.product)",
          detail: "\(mapping.supplier) \(mapping.code) \(mapping.unit)",
          reply: .json(try session.mapping(mapping)))
      }
    },
    .delete(
      "/api/supplier-products", .operator,
      Operation(
        "deleteSupplierProduct", "Esquece o que um código de um fornecedor é.",
        [
          Operation.Parameter(name: "supplier", schema: Schemas.text(14), isRequired: true),
          Operation.Parameter(name: "code", schema: Schemas.text(60), isRequired: true),
          Operation.Parameter(name: "unit", schema: Schemas.text(6), isRequired: true),
        ], status: 204, .nothing)
    ) { call in
      let (supplier, code, unit) = try call.query {
        ($0.text("supplier", 1...14), $0.text("code", 1...60), $0.text("unit", 1...6))
      }
      return try await call.change("supplier-product.delete") { session in
        guard try session.forgetSupplierProduct(supplier: supplier, code: code, unit: unit) else {
          throw Problem.notFound
        }
        return Call.Change(subject: "supplier:\(supplier)", detail: "\(code) \(unit)", reply: .nothing)
      }
    },
  ]
}

extension Session {
  fileprivate func mapping(_ mapping: SupplierProduct) throws -> JSON {
    let product = try product(mapping.product)
    return [
      "supplier": .string(mapping.supplier), "code": .string(mapping.code), "unit": .string(mapping.unit),
      "product": [
        "id": .integer(mapping.product.rawValue), "code": JSON(product?.details.code),
        "name": JSON(product?.details.name), "unit": JSON(product?.details.unit),
      ],
      "factor": RouteTable.decimal(mapping.factor),
    ]
  }
}

extension IntakeFault: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .noFiles: .malformed(description)
    case .tooManyFiles, .tooLarge: Problem(.contentTooLarge, "too-large", description)
    case .unknownDocument: Problem(.notFound, "not-found", description)
    case .notInReview, .cannotAccept, .alreadyPosted: .conflict(description)
    case .directionNeeded, .otherDirection: .invalid("direction", description)
    case .unknownLine, .unmapped, .inexact: .invalid("lines", description)
    }
  }
}
