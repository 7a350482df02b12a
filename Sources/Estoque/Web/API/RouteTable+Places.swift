import EstoqueDatabase
import EstoqueStock
import Hummingbird

extension RouteTable {
  static let places: [Route] = [
    .get(
      "/api/categories", .viewer,
      Operation("listCategories", "As categorias, por nome.", paging, .list("Category"))
    ) { call in
      _ = try call.query { ($0.limit(), $0.cursor()) }
      return .json(list(try await call.read { try $0.categories() }, category))
    },
    .post(
      "/api/categories", .operator, body: .json("NewCategory"),
      Operation("createCategory", "Cria uma categoria.", status: 201, .json("Category"), isVersioned: true)
    ) { call in
      let name = try call.form { $0.text("name", 1...60) }
      return try await call.change("category.create") { session in
        let made = try session.addCategory(name)
        let reply = Reply.created(category(made), at: "/api/categories/\(made.id)")
        return Call.Change(
          subject: "category:\(made.id)", detail: name, reply: reply.tagged(tag(category(made))))
      }
    },
    .get(
      "/api/categories/{id}", .viewer,
      Operation("getCategory", "Uma categoria.", .json("Category"), isVersioned: true)
    ) { call in
      let id: EstoqueStock.Category.ID = try call.identifier()
      guard let found = try await call.read({ try $0.category(id) }) else { throw Problem.notFound }
      return .json(category(found)).tagged(tag(category(found)))
    },
    .put(
      "/api/categories/{id}", .operator, body: .json("NewCategory"),
      Operation("updateCategory", "Renomeia uma categoria.", .json("Category"), isVersioned: true)
    ) { call in
      let id: EstoqueStock.Category.ID = try call.identifier()
      let (name, expected) = (try call.form { $0.text("name", 1...60) }, try ETag.expected(call.headers))
      return try await call.change("category.update") { session in
        guard let before = try session.category(id) else { throw Problem.notFound }
        try expected.check(tag(category(before)))
        let after = category(try session.renameCategory(id, to: name))
        return Call.Change(subject: "category:\(id)", detail: name, reply: .json(after).tagged(tag(after)))
      }
    },
    .delete(
      "/api/categories/{id}", .operator,
      Operation("deleteCategory", "Apaga uma categoria sem produtos.", status: 204, .nothing)
    ) { call in
      let id: EstoqueStock.Category.ID = try call.identifier()
      return try await call.change("category.delete") { session in
        try session.removeCategory(id)
        return Call.Change(subject: "category:\(id)", reply: .nothing)
      }
    },
    .get(
      "/api/locations", .viewer,
      Operation("listLocations", "Os locais, por código.", paging, .list("Location"))
    ) { call in
      _ = try call.query { ($0.limit(), $0.cursor()) }
      return .json(list(try await call.read { try $0.locations() }, location))
    },
    .post(
      "/api/locations", .operator, body: .json("NewLocation"),
      Operation("createLocation", "Cria um local.", status: 201, .json("Location"), isVersioned: true)
    ) { call in
      let (code, name, isActive) = try call.form {
        ($0.text("code", 1...20), $0.text("name", 1...60), $0.flag("active"))
      }
      return try await call.change("location.create") { session in
        var made = try session.addLocation(code: code, name: name)
        if isActive == false { made = try session.changeLocation(made.id, isActive: false) }
        let reply = Reply.created(location(made), at: "/api/locations/\(made.id)")
        return Call.Change(
          subject: "location:\(made.id)", detail: code, reply: reply.tagged(tag(location(made))))
      }
    },
    .get(
      "/api/locations/{id}", .viewer,
      Operation("getLocation", "Um local.", .json("Location"), isVersioned: true)
    ) { call in
      let id: Location.ID = try call.identifier()
      guard let found = try await call.read({ try $0.location(id) }) else { throw Problem.notFound }
      return .json(location(found)).tagged(tag(location(found)))
    },
    .put(
      "/api/locations/{id}", .operator, body: .json("NewLocation"),
      Operation("updateLocation", "Altera um local.", .json("Location"), isVersioned: true)
    ) { call in
      let id: Location.ID = try call.identifier()
      let (code, name, isActive) = try call.form {
        ($0.text("code", 1...20), $0.text("name", 1...60), $0.flag("active"))
      }
      let expected = try ETag.expected(call.headers)
      return try await call.change("location.update") { session in
        guard let before = try session.location(id) else { throw Problem.notFound }
        try expected.check(tag(location(before)))
        let after = location(try session.changeLocation(id, code: code, name: name, isActive: isActive))
        return Call.Change(subject: "location:\(id)", detail: code, reply: .json(after).tagged(tag(after)))
      }
    },
  ]

  /// The version of what is small enough to be its own version.
  private static func tag(_ json: JSON) -> ETag { ETag(of: json.bytes) }

  private static func category(_ category: EstoqueStock.Category) -> JSON {
    ["id": .integer(category.id.rawValue), "name": .string(category.name)]
  }
  static func location(_ location: Location) -> JSON {
    shortLocation(location).with(["active": .bool(location.isActive)])
  }
  static func shortLocation(_ location: Location) -> JSON {
    ["id": .integer(location.id.rawValue), "code": .string(location.code), "name": .string(location.name)]
  }
}
