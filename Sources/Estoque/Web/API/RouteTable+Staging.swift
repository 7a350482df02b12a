import EstoqueDatabase
import EstoqueImports
import EstoqueStock
import Hummingbird

extension RouteTable {
  /// What dealers say about products that nobody knows yet.
  static let staging: [Route] = [
    .get(
      "/api/staging", .operator,
      Operation(
        "listStaging", "O que as revendas informaram, por revenda e código.",
        [
          Operation.Parameter(
            name: "state", schema: Schemas.choice(StagedProduct.State.allCases.map(\.rawValue)),
            about: "Só o que está em espera, ou só o que já tem produto"),
          Operation.Parameter(name: "dealer", schema: Schemas.id, about: "De uma revenda"),
          Operation.Parameter(name: "product", schema: Schemas.id, about: "Já vinculado a um produto"),
          Operation.Parameter(
            name: "search", schema: Schemas.text(120), about: "Parte do código, do nome ou da revenda"),
        ] + paging, .page("Staged"))
    ) { call in
      let (filter, limit, cursor) = try call.query { fields in
        (
          StagingFilter(
            state: fields.choice("state", StagedProduct.State.self),
            dealer: fields.optionalIdentifier("dealer"), product: fields.optionalIdentifier("product"),
            search: fields.optionalText("search", 1...120) ?? ""), fields.limit(), fields.cursor()
        )
      }
      return try await call.read { session in
        let total: Int?? = cursor == nil ? .some(try session.stagedCount(filter)) : .none
        return .json(
          page(try session.stagedProducts(filter, limit: limit, after: cursor), total: total, staged))
      }
    },
    .post(
      "/api/staging/promotion", .operator, body: .json("StagedDecision"),
      Operation(
        "promoteStaged",
        "Diz qual produto é o código de uma revenda, ou o cria; vale também para os próximos arquivos dela.",
        .json("Staged"))
    ) { call in
      let (dealer, code, product) = try call.form { fields -> (Dealer.ID, String, Product.ID?) in
        let product = fields.optionalIdentifier("product", of: Product.self)
        let isNew = fields.flag("create") ?? false
        if (product == nil) != isNew { fields.fail("product", FieldMessage.missing) }
        return (fields.identifier("dealer"), fields.text("code", 1...60), product)
      }
      let now = call.now
      return try await call.change("staging.promote") { session in
        let promoted =
          if let product { try session.promoteStaged(code, of: dealer, to: product, at: now) } else {
            try session.createStaged(code, of: dealer, at: now)
          }
        return Call.Change(
          subject: "product:\(promoted.product?.id.rawValue ?? 0)", detail: "dealer:\(dealer) \(code)",
          reply: .json(staged(promoted)))
      }
    },
    .post(
      "/api/staging/promotions", .operator,
      Operation(
        "promoteAllStaged", "Vincula tudo o que espera por produtos que já existem com o mesmo código.",
        .json("Promotions"))
    ) { call in
      let now = call.now
      return try await call.change("staging.promote") { session in
        let count = try session.promoteStaged(at: now)
        return Call.Change(
          subject: "staging", detail: "\(count)", reply: .json(["promoted": .integer(Int64(count))]))
      }
    },
    .delete(
      "/api/staging", .operator,
      Operation(
        "discardStaged",
        "Descarta o que uma revenda informou e está em espera; volta com o próximo arquivo que o trouxer.",
        [
          Operation.Parameter(name: "dealer", schema: Schemas.id, isRequired: true),
          Operation.Parameter(name: "code", schema: Schemas.text(60), isRequired: true),
        ], status: 204, .nothing)
    ) { call in
      let (dealer, code) = try call.query { fields -> (Dealer.ID, String) in
        (fields.identifier("dealer"), fields.text("code", 1...60))
      }
      return try await call.change("staging.discard") { session in
        try session.discardStaged(code, of: dealer)
        return Call.Change(subject: "dealer:\(dealer)", detail: code, reply: .nothing)
      }
    },
  ]

  private static func staged(_ staged: StagedProduct) -> JSON {
    [
      "dealer": ["id": .integer(staged.dealer.id.rawValue), "name": .string(staged.dealer.name)],
      "code": .string(staged.code), "name": JSON(staged.name),
      "quantity": staged.quantity.map { decimal($0) } ?? .null,
      "unitPrice": staged.unitPrice.map { decimal($0) } ?? .null, "state": .string(staged.state.rawValue),
      "product": staged.product.map { product in
        [
          "id": .integer(product.id.rawValue), "code": .string(product.details.code),
          "name": .string(product.details.name), "unit": .string(product.details.unit),
        ]
      } ?? .null,
      "import": .integer(staged.job.rawValue), "line": .integer(Int64(staged.line)),
      "stagedAt": moment(staged.stagedAt), "promotedAt": moment(staged.promotedAt),
    ]
  }
}
