import EstoqueDatabase
import EstoqueDomain
import EstoqueReports
import EstoqueStock
import Hummingbird

extension RouteTable {
  static let stocktakes: [Route] = [
    .get(
      "/api/stocktakes", .viewer,
      Operation(
        "listStocktakes", "Os inventários, do mais recente ao mais antigo.", paging, .page("Stocktake"))
    ) { call in
      let (limit, cursor) = try call.query { ($0.limit(), $0.cursor()) }
      return try await call.read { session in
        let (people, places) = (try session.people(), try session.placesByID())
        return .json(
          page(try session.stocktakes(limit: limit, after: cursor)) { stocktake($0, people, places) })
      }
    },
    .post(
      "/api/stocktakes", .operator, body: .json("NewStocktake"),
      Operation("createStocktake", "Abre um inventário de um local.", status: 201, .json("Stocktake"))
    ) { call in
      let (place, note) = try call.form { fields -> (Location.ID, String) in
        (fields.optionalIdentifier("location") ?? Location.main, fields.optionalText("note", 1...500) ?? "")
      }
      let (now, user) = (call.now, call.user)
      return try await call.change("stocktake.create") { session in
        let made = try session.openStocktake(at: place, note: note, moment: now, by: user)
        return Call.Change(
          subject: "stocktake:\(made.id)", detail: note,
          reply: .created(try session.full(made), at: "/api/stocktakes/\(made.id)"))
      }
    },
    .get(
      "/api/stocktakes/{id}", .viewer,
      Operation("getStocktake", "Um inventário e o que foi contado.", .json("Stocktake"))
    ) { call in
      let id: Stocktake.ID = try call.identifier()
      return try await call.read { session in
        guard let found = try session.stocktake(id) else { throw Problem.notFound }
        return .json(try session.full(found))
      }
    },
    .put(
      "/api/stocktakes/{id}/counts", .operator, body: .json("Counts"),
      Operation("count", "Registra contagens; de um produto já contado, conta de novo.", .json("Stocktake"))
    ) { call in
      let id: Stocktake.ID = try call.identifier()
      let (now, user) = (call.now, call.user)
      let counts = try call.formList(most: 1000) {
        (product: $0.identifier("product", of: Product.self), quantity: $0.quantity("quantity"))
      }
      return try await call.change("stocktake.count") { session in
        try session.count(counts, in: id, moment: now, by: user)
        guard let take = try session.stocktake(id) else { throw Problem.notFound }
        return Call.Change(
          subject: "stocktake:\(id)", detail: "\(counts.count)", reply: .json(try session.full(take)))
      }
    },
    .delete(
      "/api/stocktakes/{id}/counts/{product}", .operator,
      Operation(
        "deleteCount", "Desfaz a contagem de um produto; o estoque dele fica como está.", status: 204,
        .nothing)
    ) { call in
      let (id, product): (Stocktake.ID, Product.ID) = (
        try call.identifier(), try call.identifier("product")
      )
      return try await call.change("stocktake.uncount") { session in
        guard try session.removeCount(of: product, in: id) else { throw Problem.notFound }
        return Call.Change(subject: "stocktake:\(id)", detail: "product:\(product)", reply: .nothing)
      }
    },
    .post(
      "/api/stocktakes/{id}/close", .operator,
      Operation("closeStocktake", "Encerra um inventário e lança as diferenças.", .json("Stocktake"))
    ) { call in
      let id: Stocktake.ID = try call.identifier()
      let (now, user, policy) = (call.now, call.user, call.server.configuration.negativeStock)
      return try await call.change("stocktake.close") { session in
        let take = try session.closeStocktake(id, moment: now, by: user, negative: policy)
        return Call.Change(subject: "stocktake:\(id)", reply: .json(try session.full(take)))
      }
    },
    .post(
      "/api/stocktakes/{id}/cancel", .operator,
      Operation("cancelStocktake", "Cancela um inventário.", .json("Stocktake"))
    ) { call in
      let id: Stocktake.ID = try call.identifier()
      let (now, user) = (call.now, call.user)
      return try await call.change("stocktake.cancel") { session in
        let take = try session.cancelStocktake(id, moment: now, by: user)
        return Call.Change(subject: "stocktake:\(id)", reply: .json(try session.full(take)))
      }
    },
  ]

  fileprivate static func stocktake(
    _ take: Stocktake, _ people: [User.ID: String], _ places: [Location.ID: Location]
  ) -> JSON {
    [
      "id": .integer(take.id.rawValue), "location": places[take.location].map(shortLocation) ?? .null,
      "state": .string(take.state.rawValue), "note": .string(take.note), "openedAt": moment(take.openedAt),
      "openedBy": person(take.openedBy, people), "endedAt": moment(take.endedAt),
      "endedBy": person(take.endedBy, people), "posting": JSON(take.posting),
      "counted": .integer(Int64(take.counted)), "differing": .integer(Int64(take.differing)),
    ]
  }
}

extension Session {
  fileprivate func placesByID() throws -> [Location.ID: Location] {
    Dictionary(uniqueKeysWithValues: try locations().map { ($0.id, $0) })
  }

  fileprivate func full(_ take: Stocktake) throws -> JSON {
    let people = try people()
    let counts = try counts(of: take.id).map { count -> JSON in
      [
        "product": try product(count.product).map { product -> JSON in
          [
            "id": .integer(product.id.rawValue), "code": .string(product.details.code),
            "name": .string(product.details.name), "unit": .string(product.details.unit),
          ]
        } ?? .null,
        "quantity": RouteTable.decimal(count.quantity), "expected": RouteTable.decimal(count.expected),
        "difference": RouteTable.decimal(try count.difference),
        "countedAt": RouteTable.moment(count.countedAt),
        "countedBy": RouteTable.person(count.countedBy, people),
      ]
    }
    return RouteTable.stocktake(take, people, try placesByID()).with(["counts": .array(counts)])
  }
}
