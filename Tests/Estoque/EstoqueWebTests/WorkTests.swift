import EstoqueDomain
import EstoqueIntake
import EstoqueSamples
import EstoqueStock
import EstoqueTestSupport
import Foundation
import HTTPTypes
import Revoada
import Testing

@testable import EstoqueWeb

/// What is asked for and done in the background.
@Suite(.timeLimit(.minutes(10)))
struct WorkTests {
  private func invoice(_ number: Int = 1) throws -> [UInt8] {
    let item = SampleItem(
      code: "A-1", name: "Café moído", unit: "UN", quantity: try Quantity(10),
      price: try UnitValue(scaled: 125_000_000_000))
    return try SampleInvoice(number: number, emitter: .suppliers[0], recipient: .own, items: [item]).bytes()
  }

  @Test(arguments: Backend.concurrent)
  func `invoices are received, worked on and shown`(_ backend: Backend) async throws {
    try await withServer(backend) { server in
      let sent = try await server.upload(
        "/api/nfe",
        [("uma.xml", try invoice(1)), ("duas.xml", try invoice(2)), ("lixo.xml", Array("<a>".utf8))])
      #expect(sent.status == 202 && sent.json["documents"].elements?.count == 3)
      try await server.server.services.background.intake?.process()
      let list = try await server.get("/api/nfe?batch=\(sent.json["batch"].integer ?? 0)", as: .viewer)
      let states = list.json["items"].elements?.compactMap { $0["state"].text } ?? []
      #expect(states.sorted() == ["accepted", "accepted", "refused"] && list.json["total"] == 3)
      let accepted = try await server.get("/api/nfe?state=accepted&limit=1")
      #expect(accepted.json["items"].elements?.count == 1 && accepted.json["total"] == 2)
      #expect(accepted.json["counts"]["accepted"] == 2 && accepted.json["counts"]["refused"] == 1)
      #expect(accepted.json["counts"]["review"] == 0)
      let found = try await server.get("/api/nfe?state=accepted&search=lixo")
      #expect(found.json["counts"]["accepted"] == 0 && found.json["counts"]["refused"] == 1)
      let next = try #require(accepted.json["next"].text)
      #expect(
        try await server.get("/api/nfe?state=accepted&limit=1&after=\(next)").json["items"].elements?.count
          == 1)
      let id = try #require(accepted.json["items"][0]["id"].integer)
      let detail = try await server.get("/api/nfe/\(id)")
      #expect(detail.json["lines"][0]["name"] == "Café moído" && detail.json["direction"] == "in")
      let xml = try await server.get("/api/nfe/\(id)/xml")
      #expect(
        xml.text.contains("<infNFe") && xml.headers[.contentDisposition]?.contains("attachment") == true)
      #expect(try await server.get("/api/stock").json["items"][0]["quantity"] == "20")
      #expect(try await server.get("/api/dashboard").json["nfe"]["accepted"] == 2)
      let refused = try await server.post(
        "/api/nfe/\(id)/decision", ["action": "accept", "note": "", "lines": []])
      #expect(refused.status == 409)
      let known = try await server.get("/api/supplier-products")
      let mapping = known.json["items"][0]
      #expect(known.status == 200)
      if let code = mapping["code"].text {
        let query =
          "supplier=\(mapping["supplier"].text ?? "")&code=\(code)&unit=\(mapping["unit"].text ?? "")"
        #expect(try await server.request(.delete, "/api/supplier-products?\(query)").status == 204)
        #expect(try await server.request(.delete, "/api/supplier-products?\(query)").status == 404)
      }
    }
  }

  @Test(arguments: Backend.concurrent)
  func `where goods go is decided where the document does not tell`(_ backend: Backend) async throws {
    try await withServer(backend) { server in
      let item = SampleItem(
        code: "A-1", name: "Café moído", unit: "UN", quantity: try Quantity(10),
        price: try UnitValue(scaled: 125_000_000_000))
      var entry = SampleInvoice(number: 1, emitter: .suppliers[0], recipient: .own, items: [item])
      entry.operation = 0
      let sent = try await server.upload("/api/nfe", [("entrada.xml", try entry.bytes())])
      try await server.server.services.background.intake?.process()
      let path = "/api/nfe/\(try #require(sent.json["documents"][0]["id"].integer))"
      let asked = try await server.get(path).json
      #expect(asked["state"] == "review" && asked["direction"] == .null && asked["needsDirection"] == true)
      let silent = try await server.post("\(path)/decision", ["action": "accept"])
      #expect(silent.status == 422 && silent.json["errors"][0]["field"] == "direction")
      let wrong = try await server.post("\(path)/decision", ["action": "accept", "direction": "up"])
      #expect(wrong.status == 422 && wrong.json["errors"][0]["field"] == "direction")
      let decided = try await server.post("\(path)/decision", ["action": "accept", "direction": "in"])
      #expect(decided.status == 200 && decided.json["state"] == "accepted")
      #expect(try await server.get(path).json["needsDirection"] == false)
      #expect(try await server.get("/api/stock").json["items"][0]["quantity"] == "10")
    }
  }

  @Test(arguments: Backend.concurrent)
  func `one invoice from fifty clients at once is posted once`(_ backend: Backend) async throws {
    try await withServer(backend) { server in
      let bytes = try invoice()
      let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
        for number in 0..<50 {
          group.addTask { try await server.upload("/api/nfe", [("\(number).xml", bytes)]) }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.allSatisfy { $0.status == 202 })
      try await server.server.services.background.intake?.process()
      let counts = try await server.get("/api/dashboard").json["nfe"]
      #expect(counts["accepted"] == 1 && counts["duplicate"] == 49)
      #expect(try await server.get("/api/stock").json["items"][0]["quantity"] == "10")
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: server.server.services.configuration.spool)
          .isEmpty)
    }
  }

  @Test
  func `uploads without files, too many or too large are refused, and nothing of them stays`() async throws {
    try await withServer(
      .sqliteFile,
      {
        $0.uploadLimit = 5000
        $0.uploadFiles = 2
      }
    ) { server in
      let empty = try await server.upload("/api/nfe", [])
      #expect(empty.status == 400)
      #expect(try await server.upload("/api/nfe", [("a", [1]), ("b", [2]), ("c", [3])]).status == 400)
      #expect(try await server.upload("/api/nfe", [("a", [UInt8](repeating: 1, count: 6000))]).status == 413)
      #expect(try await server.upload("/api/imports/preview", [("a", [1]), ("b", [2])]).status == 400)
      let left = try? FileManager.default.contentsOfDirectory(
        atPath: server.server.services.configuration.spool)
      #expect(left?.isEmpty ?? true)
    }
  }

  @Test
  func `a table is looked at, imported, and its failures fetched`() async throws {
    try await withServer { server in
      let table = Array("código;descrição;estoque\nP1;Prego;10\nP2;Parafuso;x\nP3;Porca;5,5\n".utf8)
      let preview = try await server.upload("/api/imports/preview", [("produtos.csv", table)])
      #expect(preview.json["delimiter"] == ";" && preview.json["hasHeader"] == true)
      #expect(preview.json["columns"][0]["meaning"] == "code" && preview.json["rows"][0][1] == "Prego")
      let work = spawn { try await server.server.services.background.imports?.run() }
      defer { work.cancel() }
      let mapping = "%7B%22code%22:0,%22name%22:1,%22quantity%22:2%7D"
      let started = try await server.upload(
        "/api/imports?kind=products&mapping=\(mapping)", [("produtos.csv", table)])
      #expect(started.status == 202)
      let path = try #require(started.headers[.location])
      try await eventually { try await server.get(path).json["state"] == "done" }
      let job = try await server.get(path).json
      #expect(job["done"] == 2 && job["failed"] == 1 && job["user"]["name"] == "Pessoa operator")
      let failures = try await server.get("\(path)/failures.csv")
      #expect(failures.text.contains("P2") && failures.headers[.contentType] == "text/csv; charset=utf-8")
      #expect(try await server.get("\(path)/successes.json").json.elements?.count == 2)
      #expect(try await server.upload("/api/imports?kind=products", [("outra.csv", table)]).status == 409)
      #expect(try await server.upload("/api/imports?kind=x", [("outra.csv", table)]).status == 422)
      #expect(try await server.request(.post, "\(path)/cancel").status == 409)
      #expect(try await server.get("/api/imports/99").status == 404)
      #expect(try await server.get("/api/stock").json["total"] == 2)
    }
  }

  @Test(arguments: Backend.concurrent)
  func `what dealers say waits for a product, and is promoted or discarded`(_ backend: Backend) async throws {
    try await withServer(backend) { server in
      let work = spawn { try await server.server.services.background.imports?.run() }
      defer { work.cancel() }
      let table = Array("revenda;codigo;nome;qtd\nSul;X/1;Prego;3\nSul;X2;Porca;4\nSul;X3;Arruela;5\n".utf8)
      let started = try await server.upload("/api/imports?kind=staging", [("sul.csv", table)])
      let job = try #require(started.headers[.location])
      try await eventually { try await server.get(job).json["state"] == "done" }
      let list = try await server.get("/api/staging?state=waiting&limit=2", as: .operator)
      #expect(list.status == 200 && list.json["total"] == 3 && list.json["items"][0]["quantity"] == "3")
      #expect(list.json["items"][0]["dealer"]["name"] == "Sul" && list.json["items"][0]["product"] == .null)
      let next = try #require(list.json["next"].text)
      let rest = try await server.get("/api/staging?state=waiting&limit=2&after=\(next)", as: .operator)
      #expect(rest.json["items"][0]["code"] == "X3" && rest.json["next"] == .null)
      let dealer = list.json["items"][0]["dealer"]["id"]
      let product = JSON.integer(try await server.addProduct("PREGO"))
      let path = "/api/staging/promotion"
      let silent = try await server.post(path, ["dealer": dealer, "code": "X/1"], as: .operator)
      #expect(silent.status == 422 && silent.json["errors"][0]["field"] == "product")
      let linked: JSON = ["dealer": dealer, "code": "X/1", "product": product]
      let promoted = try await server.post(path, linked, as: .operator)
      #expect(promoted.status == 200 && promoted.json["state"] == "promoted")
      #expect(promoted.json["product"]["code"] == "PREGO")
      #expect(try await server.post(path, linked, as: .operator).status == 409)
      let unknown: JSON = ["dealer": dealer, "code": "X9", "create": true]
      #expect(try await server.post(path, unknown, as: .operator).status == 404)
      let made: JSON = ["dealer": dealer, "code": "X2", "create": true]
      #expect(try await server.post(path, made, as: .operator).json["product"]["name"] == "Porca")
      let found = try await server.get("/api/staging?product=\(product)", as: .operator)
      #expect(found.json["items"].elements?.count == 1 && found.json["items"][0]["code"] == "X/1")
      let discard = "/api/staging?dealer=\(dealer)&code=X3"
      #expect(try await server.request(.delete, discard, as: .operator).status == 204)
      #expect(try await server.request(.delete, discard, as: .operator).status == 404)
      #expect(try await server.request(.delete, "/api/staging?code=X3", as: .operator).status == 422)
      let again = try await server.upload("/api/imports?kind=staging&force=true", [("sul.csv", table)])
      let second = try #require(again.headers[.location])
      try await eventually { try await server.get(second).json["state"] == "done" }
      #expect(try await server.get("/api/staging?state=waiting", as: .operator).json["total"] == 1)
      _ = try await server.addProduct("X3")
      let all = try await server.request(.post, "/api/staging/promotions", as: .operator)
      #expect(all.status == 200 && all.json["promoted"] == 1)
      let audit = try await server.get("/api/audit?action=staging.")
      #expect(
        audit.json["items"].elements?.map { $0["action"].text ?? "" } == [
          "staging.promote", "staging.discard", "staging.promote", "staging.promote",
        ])
      let create = try await server.upload(
        "/api/imports?kind=staging&create=true", [("outra.csv", Array("revenda;codigo\nSul;NOVO\n".utf8))])
      let third = try #require(create.headers[.location])
      try await eventually { try await server.get(third).json["state"] == "done" }
      #expect(try await server.get(third).json["failed"] == 0)
    }
  }

  @Test(arguments: [NegativeStock.allowed, .refused])
  func `an import goes below zero where the company does`(_ policy: NegativeStock) async throws {
    try await withServer(.sqliteFile, { $0.negativeStock = policy }) { server in
      _ = try await server.addProduct("A1", quantity: "2")
      let work = spawn { try await server.server.services.background.imports?.run() }
      defer { work.cancel() }
      let started = try await server.upload(
        "/api/imports?kind=movements&direction=sales", [("vendas.csv", Array("código;qtd\nA1;5\n".utf8))])
      let path = try #require(started.headers[.location])
      try await eventually { try await server.get(path).json["state"] == "done" }
      #expect(try await server.get(path).json["done"] == (policy == .allowed ? 1 : 0))
      #expect(
        try await server.get("/api/stock").json["items"][0]["quantity"] == (policy == .allowed ? "-3" : "2"))
      let shared = "%7B%22code%22:0,%22name%22:0,%22quantity%22:1%7D"
      let refused = try await server.upload(
        "/api/imports?kind=movements&mapping=\(shared)", [("outras.csv", Array("código;qtd\nA1;6\n".utf8))])
      #expect(refused.status == 422 && refused.json["errors"][0]["field"] == "mapping")
    }
  }

  @Test
  func `an export is made in the background, fetched and removed by its owner`() async throws {
    try await withServer { server in
      _ = try await server.addProduct("A", quantity: "10")
      let work = spawn { try await server.server.services.background.exports?.run() }
      defer { work.cancel() }
      let started = try await server.post("/api/exports", ["kind": "stock", "format": "csv"], as: .viewer)
      #expect(started.status == 202)
      let path = try #require(started.headers[.location])
      try await eventually { try await server.get(path).json["state"] == "done" }
      let file = try await server.get("\(path)/file", as: .viewer)
      #expect(file.status == 200 && file.text.contains("Produto A"))
      #expect(file.headers[.contentDisposition]?.contains(".csv") == true)
      #expect(try await server.post("/api/exports", ["kind": "labels", "format": "csv"]).status == 422)
      #expect(try await server.request(.delete, path, as: .operator).status == 403)
      #expect(try await server.request(.delete, path, as: .viewer).status == 204)
      #expect(try await server.get(path).status == 404)
      let labels = try await server.get("/api/labels.pdf?search=produto&copies=2&skip=29", as: .viewer)
      #expect(labels.status == 200 && labels.headers[.contentType] == "application/pdf")
      #expect(labels.headers[.contentDisposition]?.contains("etiquetas.pdf") == true)
      for query in ["copies=501", "copies=0", "skip=30", "search=nada", "product=99", "copies=x"] {
        #expect(try await server.get("/api/labels.pdf?\(query)", as: .viewer).status == 422, "\(query)")
      }
      let now = try await server.get("/api/movements.csv?style=plain", as: .viewer)
      #expect(now.status == 200 && now.text.utf8.filter { $0 == 10 }.count == 2)
    }
  }
}
