import EstoqueTestSupport
import HTTPTypes
import Revoada
import Testing

@testable import EstoqueWeb

@Suite(.timeLimit(.minutes(10)))
struct StockTests {
  @Test(arguments: Backend.concurrent)
  func `a product is made, read, changed and found`(_ backend: Backend) async throws {
    try await withServer(backend) { server in
      let group = try await server.post("/api/categories", ["name": "Ferragens"]).json["id"]
      let made = try await server.post(
        "/api/products",
        [
          "code": "P-1", "name": "Parafuso 5 mm", "unit": "CX", "gtin": "7891000100103", "ncm": "73181500",
          "category": group, "minimum": "12.5",
        ])
      #expect(made.status == 201 && made.json["minimum"] == "12.5" && made.json["stock"] == [])
      let path = try #require(made.headers[.location])
      let read = try await server.get(path, as: .viewer)
      #expect(read.json == made.json && read.headers[.eTag] == "\"1\"")
      #expect(try await server.get(path, headers: [.ifNoneMatch: "\"1\""]).status == 304)
      let change: JSON = ["code": "P-1", "name": "Parafuso 6 mm", "active": false]
      #expect(try await server.request(.put, path, as: .operator, change).status == 428)
      let changed = try await server.request(.put, path, as: .operator, change, headers: [.ifMatch: "\"1\""])
      #expect(changed.status == 200 && changed.json["active"] == false && changed.headers[.eTag] == "\"2\"")
      let late = try await server.request(.put, path, as: .operator, change, headers: [.ifMatch: "\"1\""])
      #expect(late.status == 412 && late.json["type"] == "/problems/outdated")
      #expect(try await server.get("/api/products?search=parafuso&active=false").json["total"] == 1)
      #expect(try await server.get("/api/products?search=parafuso&active=true").json["total"] == 0)
      #expect(try await server.post("/api/products", ["code": "P-1", "name": "x"]).status == 409)
      #expect(
        try await server.post("/api/products", ["code": "P-2", "name": "x", "category": 999]).json["errors"][
          0]["field"] == "category")
      #expect(try await server.get("/api/products/barcode/P-1").json["id"] == made.json["id"])
      #expect(try await server.get("/api/products/barcode/0000").status == 404)
      #expect(try await server.get("/api/products/999999").status == 404)
      #expect(try await server.get("/api/products/abc").status == 404)
    }
  }

  @Test
  func `everything that is wrong with a form is told at once`() async throws {
    try await withServer { server in
      let answer = try await server.post(
        "/api/products",
        ["name": "", "unit": 7, "gtin": "7891000100104", "minimum": "-1", "active": "sim", "colour": "azul"])
      #expect(answer.status == 422 && answer.headers[.contentType] == "application/problem+json")
      let fields = answer.json["errors"].elements?.compactMap { $0["field"].text } ?? []
      #expect(Set(fields) == ["code", "name", "unit", "gtin", "minimum", "active", "colour"])
      #expect(answer.json["status"] == 422 && answer.json["instance"] == "/api/products")
      #expect(answer.json["title"].text?.isEmpty == false)
    }
  }

  @Test
  func `pages follow each other without a gap`() async throws {
    try await withServer { server in
      for number in 10..<37 { _ = try await server.addProduct("C\(number)") }
      var (codes, path): ([String], String?) = ([], "/api/products?limit=10")
      while let next = path {
        let page = try await server.get(next)
        codes += page.json["items"].elements?.compactMap { $0["code"].text } ?? []
        path = page.json["next"].text.map { "/api/products?limit=10&after=\($0)" }
      }
      #expect(codes == (10..<37).map { "C\($0)" })
      for bad in [
        "limit=0", "limit=1001", "limit=x", "after=%21", "active=1", "page=2", "limit=1&limit=2",
        "search=%FF",
      ] {
        let status = try await server.get("/api/products?\(bad)").status
        #expect(status == 422 || status == 400, "\(bad)")
      }
    }
  }

  @Test(arguments: Backend.concurrent)
  func `movements change the stock, and pages show it at once`(_ backend: Backend) async throws {
    try await withServer(backend) { server in
      let shop = try await server.post("/api/locations", ["code": "LOJA", "name": "Loja"]).json["id"]
      let id = try await server.addProduct("A", quantity: "10", cost: "2.50")
      let product = JSON.integer(id)
      func quantity() async throws -> JSON {
        try await server.get("/api/stock?location=1").json["items"][0]["quantity"]
      }
      #expect(try await quantity() == "10")
      let issue: JSON = [
        "kind": "issue", "product": product, "location": 1, "quantity": "2.5", "reference": "P 7",
      ]
      let gone = try await server.post("/api/movements", issue, as: .operator)
      #expect(gone.status == 201)
      let item = gone.json["items"][0]
      #expect(item["quantity"] == "-2.5" && item["cost"] == "-6.25" && item["balance"] == "7.5")
      #expect(item["user"]["name"] == "Pessoa operator" && item["origin"] == "manual")
      #expect(try await quantity() == "7.5")
      let moved = try await server.post(
        "/api/movements",
        ["kind": "transfer", "product": product, "location": 1, "to": shop, "quantity": "1"])
      #expect(moved.json["items"].elements?.count == 2)
      let adjusted = try await server.post(
        "/api/movements", ["kind": "adjustment", "product": product, "location": 1, "quantity": "-0.5"])
      #expect(adjusted.json["items"][0]["balance"] == "6")
      let lot = try await server.post(
        "/api/movements",
        [
          "kind": "receipt", "product": product, "location": 1, "quantity": "1", "lot": "L1",
          "expiry": "2030-01-31",
        ])
      #expect(lot.json["items"][0]["lot"] == "L1")
      let tooMuch = try await server.post(
        "/api/movements", ["kind": "issue", "product": product, "location": 1, "quantity": "1000"])
      #expect(tooMuch.status == 409 && tooMuch.json["detail"].text?.contains("saldo insuficiente") == true)
      let undone = try await server.post(
        "\(try #require(gone.headers[.location]))/reversal", ["note": "engano"])
      #expect(undone.status == 201 && undone.json["items"][0]["reverses"] == item["id"])
      #expect(try await server.post("\(try #require(gone.headers[.location]))/reversal", [:]).status == 409)
      #expect(try await quantity() == "9.5")
      let list = try await server.get("/api/movements?product=\(id)&kind=issue&reference=P+7")
      #expect(list.json["total"] == 1 && list.json["items"][0]["reversedBy"] == undone.json["items"][0]["id"])
      #expect(try await server.get("/api/products/\(id)/movements").json["items"].elements?.count == 7)
      let stock = try await server.get("/api/products/\(id)").json["stock"]
      #expect(stock[1]["location"]["code"] == "LOJA" && stock[1]["quantity"] == "1")
      let unbalanced = try await server.database.read { try $0.unbalanced() }
      #expect(unbalanced == [])
    }
  }

  @Test
  func `movements that make no sense are refused with the field`() async throws {
    try await withServer { server in
      let id = JSON.integer(try await server.addProduct("A", quantity: "10"))
      let shut: JSON = ["code": "FECHADO", "name": "Fechado", "active": false]
      let closed = try await server.post("/api/locations", shut).json["id"]
      for (body, field) in [
        (["kind": "issue", "product": id, "location": 1, "quantity": "0"], "quantity"),
        (["kind": "issue", "product": id, "location": 1, "quantity": "-1"], "quantity"),
        (["kind": "issue", "product": id, "location": 1, "quantity": "1.23456"], "quantity"),
        (["kind": "issue", "product": id, "location": 1, "quantity": 1], "quantity"),
        (["kind": "issue", "product": 999, "location": 1, "quantity": "1"], "product"),
        (["kind": "issue", "product": id, "location": 999, "quantity": "1"], "location"),
        (["kind": "receipt", "product": id, "location": closed, "quantity": "1"], "location"),
        (["kind": "transfer", "product": id, "location": 1, "to": closed, "quantity": "1"], "location"),
        (["kind": "transfer", "product": id, "location": 1, "quantity": "1"], "to"),
        (["kind": "transfer", "product": id, "location": 1, "to": 1, "quantity": "1"], "to"),
        (["kind": "reversal", "product": id, "location": 1, "quantity": "1"], "kind"),
        (["kind": "receipt", "product": id, "location": 1, "quantity": "1", "expiry": "2030-01-01"], "lot"),
        (["kind": "receipt", "product": id, "location": 1, "quantity": "1", "unitCost": "-1"], "unitCost"),
      ] as [(JSON, String)] {
        let answer = try await server.post("/api/movements", body)
        #expect(
          answer.status == 422 && answer.json["errors"][0]["field"] == .string(field),
          "\(body) \(answer.text)")
      }
    }
  }

  @Test
  func `the stock page has a version, and is not sent twice`() async throws {
    try await withServer { server in
      _ = try await server.addProduct("A", quantity: "10")
      let first = try await server.get("/api/stock")
      let tag = try #require(first.headers[.eTag])
      let same = try await server.get("/api/stock", headers: [.ifNoneMatch: tag])
      #expect(same.status == 304 && same.text.isEmpty)
      _ = try await server.addProduct("B", quantity: "1")
      let other = try await server.get("/api/stock", headers: [.ifNoneMatch: tag])
      #expect(other.status == 200 && other.json["items"].elements?.count == 2 && other.json["total"] == 2)
      #expect(try await server.get("/api/stock?below=minimum").json["total"] == 1)
    }
  }

  @Test
  func `categories and places are kept in order`() async throws {
    try await withServer { server in
      let made = try await server.post("/api/categories", ["name": "Ferragens"])
      let (path, tag) = (try #require(made.headers[.location]), try #require(made.headers[.eTag]))
      #expect(try await server.post("/api/categories", ["name": "Ferragens"]).status == 409)
      #expect(try await server.get(path).json == made.json)
      #expect(try await server.request(.put, path, ["name": "Pregos"]).status == 428)
      let renamed = try await server.request(.put, path, ["name": "Pregos"], headers: [.ifMatch: tag])
      #expect(renamed.status == 200 && renamed.json["name"] == "Pregos")
      #expect(try await server.request(.put, path, ["name": "X"], headers: [.ifMatch: tag]).status == 412)
      try await server.post("/api/products", ["code": "A", "name": "A", "category": made.json["id"]])
      #expect(try await server.request(.delete, path).status == 409)
      let other = try await server.post("/api/categories", ["name": "Outra"])
      #expect(try await server.request(.delete, try #require(other.headers[.location])).status == 204)
      #expect(try await server.get("/api/categories").json["total"] == 1)
      let place = try await server.post("/api/locations", ["code": "LOJA", "name": "Loja"])
      let loja = try #require(place.headers[.location])
      let shut: JSON = ["code": "LOJA", "name": "Loja", "active": false]
      #expect(try await server.request(.put, loja, shut, headers: [.ifMatch: "*"]).json["active"] == false)
      let main: JSON = ["code": "PRINCIPAL", "name": "Estoque", "active": false]
      #expect(
        try await server.request(.put, "/api/locations/1", main, headers: [.ifMatch: "*"]).status == 409)
      #expect(try await server.get("/api/locations/99").status == 404)
    }
  }

  @Test
  func `what no database can hold is the client's mistake`() async throws {
    try await withServer { server in
      for path in ["/api/products/barcode/%00", "/api/products?search=%00", "/api/products?after=AB8x"] {
        let status = try await server.get(path).status
        #expect(status == 400 || status == 404 || status == 422, "\(path)")
      }
    }
  }

  @Test
  func `stock-takes count, compare and post`() async throws {
    try await withServer { server in
      let id = JSON.integer(try await server.addProduct("A", quantity: "10"))
      let made = try await server.post("/api/stocktakes", ["note": "anual"])
      let path = try #require(made.headers[.location])
      #expect(try await server.post("/api/stocktakes", [:]).status == 409)
      let counted = try await server.request(.put, "\(path)/counts", [["product": id, "quantity": "8"]])
      #expect(counted.json["counts"][0]["difference"] == "-2" && counted.json["differing"] == 1)
      #expect(
        try await server.request(.put, "\(path)/counts", [["product": id, "quantity": "-8"]]).status == 422)
      #expect(try await server.request(.put, "\(path)/counts", []).status == 422)
      let other = JSON.integer(try await server.addProduct("B", quantity: "4"))
      try await server.request(.put, "\(path)/counts", [["product": other, "quantity": "1"]])
      #expect(try await server.request(.delete, "\(path)/counts/\(other)").status == 204)
      #expect(try await server.request(.delete, "\(path)/counts/\(other)").status == 404)
      #expect(try await server.get(path).json["counts"].elements?.count == 1)
      #expect(try await server.request(.post, "\(path)/close").json["state"] == "closed")
      #expect(try await server.request(.post, "\(path)/cancel").status == 409)
      #expect(try await server.request(.delete, "\(path)/counts/\(id)").status == 409)
      #expect(try await server.get("/api/stock").json["items"][0]["quantity"] == "8")
      #expect(try await server.get("/api/stock").json["items"][1]["quantity"] == "4")
    }
  }

  @Test
  func `the dashboard and the report add up`() async throws {
    try await withServer { server in
      _ = try await server.addProduct("A", quantity: "10", cost: "2")
      let dashboard = try await server.get("/api/dashboard")
      #expect(dashboard.json["products"] == 1 && dashboard.json["stockValue"] == "20.00")
      #expect(
        dashboard.json["days"].elements?.count == 30 && dashboard.json["today"]["receipts"]["count"] == 1)
      let today = try #require(dashboard.json["days"][29]["date"].text)
      let report = try await server.get("/api/reports/movements?from=\(today)&to=\(today)&by=month")
      #expect(
        report.json["total"]["receipts"]["cost"] == "20.00" && report.json["periods"].elements?.count == 1)
      #expect(try await server.get("/api/reports/movements?from=2026-02-01&to=2026-01-01").status == 422)
      #expect(try await server.get("/api/reports/movements?from=2026-02-30").status == 422)
    }
  }

  // MARK: Repeated requests

  @Test(arguments: Backend.concurrent)
  func `a request with a key happens once, however often it is sent`(_ backend: Backend) async throws {
    try await withServer(backend) { server in
      let id = JSON.integer(try await server.addProduct("A", quantity: "100"))
      let issue: JSON = ["kind": "issue", "product": id, "location": 1, "quantity": "1"]
      let key: HTTPFields = [.idempotencyKey: "venda-1"]
      let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
        for _ in 0..<20 { group.addTask { try await server.post("/api/movements", issue, headers: key) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.allSatisfy { $0.status == 201 || $0.status == 409 })
      let made = try #require(answers.first { $0.status == 201 })
      #expect(answers.filter { $0.status == 201 }.allSatisfy { $0.text == made.text })
      let again = try await server.post("/api/movements", issue, headers: key)
      #expect(again.text == made.text && again.headers[.idempotencyReplayed] == "true")
      #expect(again.headers[.location] == made.headers[.location])
      #expect(try await server.get("/api/stock").json["items"][0]["quantity"] == "99")
      let other: JSON = ["kind": "issue", "product": id, "location": 1, "quantity": "2"]
      #expect(try await server.post("/api/movements", other, headers: key).status == 422)
      // Another user's key is another key.
      #expect(try await server.post("/api/movements", other, as: .operator, headers: key).status == 201)
    }
  }

  @Test
  func `a request that fails leaves its key free`() async throws {
    try await withServer { server in
      let id = JSON.integer(try await server.addProduct("A", quantity: "1"))
      let issue: JSON = ["kind": "issue", "product": id, "location": 1, "quantity": "5"]
      let key: HTTPFields = [.idempotencyKey: "k"]
      #expect(try await server.post("/api/movements", issue, headers: key).status == 409)
      try await server.post(
        "/api/movements", ["kind": "receipt", "product": id, "location": 1, "quantity": "9"])
      try await eventually { try await server.post("/api/movements", issue, headers: key).status == 201 }
      #expect(try await server.post("/api/products", [:], headers: [.idempotencyKey: "a b"]).status == 400)
    }
  }
}
