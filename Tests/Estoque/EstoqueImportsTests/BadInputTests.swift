import EstoqueDatabase
import EstoqueDomain
import EstoqueStock
import EstoqueTables
import EstoqueTestSupport
import Foundation
import Testing

@testable import EstoqueImports

@Suite(.timeLimit(.minutes(10)))
struct BadInputTests {
  @Test func filesThatAreNone() async throws {
    try await Backend.sqliteFile.withImports({ $0.maximumSize = 1_000 }) { imports, database in
      await #expect(throws: ImportFault.empty) {
        try await imports.start(.products, path: try scratch(""), name: "vazio.csv")
      }
      await #expect(throws: ImportFault.missingColumns([.code, .quantity])) {
        try await imports.start(.movements, path: try scratch("a;b\n1;2\n"), name: "a.csv")
      }
      await #expect(throws: ImportFault.tooLarge(limit: 1_000)) {
        try await imports.start(.movements, path: try scratch(sales(100)), name: "a.csv")
      }
      await #expect(throws: ImportFault.self) {
        try await imports.start(.products, path: "/nowhere/at/all.csv", name: "a.csv")
      }
      await #expect(throws: ImportFault.unknownLocation("LUA")) {
        var options = ImportOptions()
        options.location = "LUA"
        try await imports.start(
          .products, options: options, path: try scratch("codigo;nome\n1;a\n"), name: "a.csv")
      }
      var options = ImportOptions()
      options.chunk = 0
      let fault = await #expect(throws: ImportFault.self) {
        try await imports.start(
          .products, options: options, path: try scratch("codigo;nome\n1;a\n"), name: "a.csv")
      }
      #expect("\(fault!)" == "chunk deve ser de 1 a 100000, e é 0")
      let jobs = try await imports.jobs()
      #expect(jobs.isEmpty)
    }
  }

  /// A cell of a million characters fails alone; one beyond the parser's limit ends the job there, and what was before stays.
  @Test(arguments: Backend.available) func millionsOfCharacters(backend: Backend) async throws {
    try await backend.withImports { imports, database in
      let long = String(repeating: "ç", count: 500_000)
      let file = try scratch("codigo;nome\nA;Um\nB;\(long)\n\(long);Três\nD;Quatro\n")
      let job = try await imports.importFile(.products, path: file).job
      #expect(job.done == 2 && job.failed == 2)
      let failures = try await imports.text(imports.failures(of: job.id, as: .csv))
      #expect(failures.contains("nome: mais de 300 caracteres") && failures.utf8.count < 5_000)

      let longer = String(repeating: "x", count: 1_100_000)
      let broken = try scratch("codigo;nome\nE;Cinco\nF;\(longer)\nG;Sete\n")
      let stopped = try await imports.importFile(.products, path: broken).job
      #expect(stopped.state == .failed && stopped.message.contains("linha 3"), "\(stopped)")
      #expect(stopped.done == 1)
      #expect(try await database.product("E") != nil)
    }
  }

  @Test func theFailuresHarmNoSpreadsheet() async throws {
    try await Backend.sqliteFile.withImports { imports, database in
      let file = try scratch(
        "codigo;nome;ean\n=1+1;\"=HYPERLINK(\"\"http://x\"\")\";1\n+cmd|' /C calc'!A0;b;2\n-5;c;3\n@x;\"a\nb\";4\n"
      )
      let job = try await imports.importFile(.products, path: file).job
      #expect(job.failed == 4)
      let csv = try await imports.text(imports.failures(of: job.id, as: .csv))
      #expect(csv.hasPrefix("\u{FEFF}linha;código do erro;motivo;codigo;nome;ean\r\n"))
      #expect(csv.contains(";'=1+1;") && csv.contains("\"'=HYPERLINK(") && csv.contains(";'+cmd|"))
      #expect(csv.contains(";'@x;") && csv.contains(";-5;"))
      struct Failure: Decodable { let line: Int, code: String, reason: String, record: [String] }
      let json = try await imports.text(imports.failures(of: job.id, as: .json))
      let failures = try JSONDecoder().decode([Failure].self, from: Data(json.utf8))
      #expect(failures.map(\.line) == [2, 3, 4, 5] && failures[0].record[0] == "=1+1")
      let none = try await imports.text(imports.successes(of: job.id, as: .json))
      #expect(try JSONDecoder().decode([Failure].self, from: Data(none.utf8)).isEmpty)
    }
  }

  @Test(arguments: ["UTF-8", "windows-1252", "UTF-16"]) func encodings(encoding: String) async throws {
    try await Backend.sqliteFile.withImports { imports, database in
      let text = "código\tdescrição\n1\tAção de graças\n"
      let bytes: [UInt8] =
        switch encoding {
        case "UTF-8": Array(text.utf8)
        case "UTF-16": [0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        default: text.unicodeScalars.map { UInt8($0.value) }
        }
      let file = try scratch(bytes)
      #expect(try await imports.preview(path: file).encoding == encoding)
      let job = try await imports.importFile(.products, path: file).job
      #expect(job.done == 1)
      #expect(try await database.product("1")?.details.name == "Ação de graças")
    }
  }

  @Test(arguments: [
    ("codigo;quantidade\nA;1.234\n", 1234.0), ("codigo;quantidade\nA;1.5\n", 1.5),
    ("codigo,quantidade\nA,1.234\n", 1.234), ("codigo,quantidade\nA,\"1,5\"\n", 1.5),
    ("codigo\tquantidade\nA\t1.50\nB\t1.234\n", 1.5), ("codigo,quantidade\nA,\"1,234.5\"\n", 1234.5),
    ("codigo,quantidade\nA,2.0000000\n", 2), ("codigo,quantidade\nA,.5\n", 0.5),
    ("codigo;quantidade\nA;-3\n", -3),
  ]) func numbersOfBothWorlds(text: String, value: Double) async throws {
    try await Backend.sqliteMemory.withImports { imports, database in
      var options = ImportOptions()
      options.allowsNegativeStock = true
      _ = try await imports.importFile(.movements, options: options, path: try scratch(text))
      let product = try #require(try await database.product("A"))
      #expect(try await database.read { try $0.stock(of: product.id) }.scaled == Int64(value * 10_000))
    }
  }

  @Test func aSpreadsheetIsImported() async throws {
    try await Backend.sqliteFile.withImports { imports, database in
      let path = "/tmp/estoque-sheet-\(UUID().uuidString).xlsx"
      defer { try? FileManager.default.removeItem(atPath: path) }
      let writer = try SpreadsheetWriter(path: path, sheet: "Vendas", titles: ["Código", "Qtd", "Data"])
      for line in 1...2_500 {
        try writer.append([
          .text("P\(line % 9)"), .number(Double(line) / 4, decimals: 2), .date(serial: 46_000.5),
        ])
      }
      try writer.close()
      var options = ImportOptions()
      options.chunk = 300
      let job = try await imports.importFile(.movements, options: options, path: path).job
      #expect(job.done == 2_500 && job.failed == 0 && job.total == 2_500)
      let product = try #require(try await database.product("P1"))
      let movement = try #require(
        try await database.read { try $0.movements(of: product.id, limit: 1_000).last })
      #expect(movement.quantity == quantity("0,25"))
      #expect(movement.happenedAt == 1_765_292_400_000_000)  // noon in Brasília
    }
  }

  @Test(arguments: [
    ("2026-07-31", "2026-07-31T00:00:00-03:00"), ("31/07/2026 14:08", "2026-07-31T14:08:00-03:00"),
    ("31.07.2026 14:08:51", "2026-07-31T14:08:51-03:00"), ("2026-07-31T14:08:51.25Z", "2026-07-31T14:08:51Z"),
    ("2026-07-31 14:08:51+02:00", "2026-07-31T14:08:51+02:00"),
  ]) func dates(text: String, moment: String) throws {
    let read = moment.contains(":") ? try Moment(moment).secondsSince1970 : 0
    #expect(LineMoment.parse(Array(text.utf8)[...]) == Int64(read) * 1_000_000)
  }

  @Test(arguments: [
    "", "x", "31/02/2026", "2026-13-01", "31/07-2026", "2026-07-31 25:00", "2026-07-31 10", "1/7/2026",
    "2026-07-31x",
  ])
  func noDates(text: String) { #expect(LineMoment.parse(Array(text.utf8)[...]) == nil) }

  @Test func theListOfSuccessesIsWhatItWas() {
    var list = SuccessList()
    let entries = [
      SuccessList.Entry(line: 2, effect: .added, product: Product.ID(rawValue: 1)),
      SuccessList.Entry(line: 3_000_000, effect: .promoted, product: Product.ID(rawValue: .max)),
    ]
    for entry in entries { list.append(entry) }
    #expect(SuccessList.entries(list.bytes) == entries && list.count == 2)
    for cut in 0..<list.bytes.count { #expect(SuccessList.entries(Array(list.bytes.prefix(cut))).count < 2) }
  }
}
