import CommandTestSupport
import EstoqueSamples
import EstoqueTestSupport
import Foundation
import Testing

/// The built program, run as its users run it.
@Suite(.timeLimit(.minutes(10)))
struct CommandTests {
  private let folder: Folder
  init() throws { folder = try Folder() }

  private func estoque(_ arguments: String..., environment: [String: String] = [:]) async throws
    -> CommandOutcome
  {
    try await Program("estoque").run(arguments, in: folder.url, environment: environment)
  }

  private func write(_ name: String, _ text: String) throws {
    try text.write(to: folder.url.appendingPathComponent(name), atomically: true, encoding: .utf8)
  }

  @Test func importsCheckAndCopies() async throws {
    defer { folder.remove() }
    try write("produtos.csv", "Código;Nome;Qtd\nA1;Parafuso;10\nA2;Porca;x\nA3;Ação;1,5\n")
    let preview = try await estoque("import", "produtos.csv", "--preview")
    #expect(preview.status == 0 && preview.output.contains("1\tCódigo\tcode\tA1 | A2 | A3"))
    let mapped = try await estoque("import", "produtos.csv", "--preview", "--map", "Nome=reference")
    #expect(mapped.status == 0 && mapped.output.contains("2\tNome\treference\t"), "\(mapped)")
    let shared = try await estoque(
      "import", "produtos.csv", "--preview", "--map", "Nome=name", "--map", "2=reference")
    #expect(shared.status == 1 && shared.errors.contains("“Nome” tem mais de um significado"), "\(shared)")

    let first = try await estoque(
      "import", "produtos.csv", "--failures", "falhas.csv", "--workers", "1", "--chunk", "2")
    #expect(first.status == 0 && first.output == "produtos.csv: 2 imported, 1 failed\n", "\(first)")
    let failures = try String(contentsOf: folder.url.appendingPathComponent("falhas.csv"), encoding: .utf8)
    #expect(failures.contains("3;number;") && failures.contains(";A2;Porca;x"))
    let again = try await estoque("import", "produtos.csv")
    #expect(again.status == 1 && again.errors.contains("já foi enviado"))

    let check = try await estoque("check")
    #expect(check.status == 0 && check.output == "All is well: 2 products, 2 movements.\n", "\(check)")
    #expect(try await estoque("backup", "copia.db").status == 0)
    try write("mais.csv", "Código;Nome;Qtd\nB1;Arruela;1\n")
    #expect(try await estoque("import", "mais.csv").status == 0)
    #expect(try await estoque("check").output == "All is well: 3 products, 3 movements.\n")
    let careful = try await estoque("restore", "copia.db")
    #expect(careful.status == 2 && careful.errors.contains("--yes"))
    #expect(try await estoque("restore", "copia.db", "--yes").status == 0)
    #expect(try await estoque("check").output == "All is well: 2 products, 2 movements.\n")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    #expect(!files.contains { $0.hasPrefix("copia.db-") || $0.hasSuffix(".part") }, "\(files)")
  }

  @Test func wrongCopiesChangeNothing() async throws {
    defer { folder.remove() }
    #expect(try await estoque("migrate").status == 0)
    try write("lixo.db", "no database")
    for (name, text) in [("lixo.db", "damaged"), ("nada.db", "cannot be read")] {
      let outcome = try await estoque("restore", name, "--yes")
      #expect(outcome.status == 1 && outcome.errors.contains(text), "\(outcome)")
    }
    #expect(try await estoque("check").status == 0)
  }

  @Test func aPostgresDatabaseIsCopiedToo() async throws {
    defer { folder.remove() }
    guard let server = PostgresServer.shared else { return }
    let name = try server.createDatabase().databaseName
    let place = ["ESTOQUE_DATABASE_LOCATION": "postgres:///\(name)?host=\(server.directory)&user=postgres"]
    try write("produtos.csv", "Código;Nome;Qtd\nA1;Parafuso;10\n")
    #expect(try await estoque("import", "produtos.csv", environment: place).status == 0)
    let backup = try await estoque("backup", "copia.dump", environment: place)
    #expect(backup.status == 0, "\(backup)")
    try write("mais.csv", "Código;Nome;Qtd\nB1;Arruela;1\n")
    #expect(try await estoque("import", "mais.csv", environment: place).status == 0)
    let restore = try await estoque("restore", "copia.dump", "--yes", environment: place)
    #expect(restore.status == 0, "\(restore)")
    let check = try await estoque("check", environment: place)
    #expect(check.output == "All is well: 1 products, 1 movements.\n", "\(check)")
  }

  @Test func documentsAreCheckedWhereSomebodyAsksForIt() async throws {
    defer { folder.remove() }
    let tiny = try TinySchemas()
    defer { tiny.remove() }
    var trade = SampleTrade(seed: 1)
    var invoice = try trade.invoice(1)
    (invoice.emitter, invoice.recipient) = (.own, .customers[0])
    let signed = try TestSigner(.company(SampleCompany.own.cnpj.text)).sign(invoice)
    try write("boa.xml", signed)
    try write("alterada.xml", signed.replacing("<natOp>Venda", with: "<natOp>Compra"))
    try write("fora.xml", signed.replacing("<natOp>Venda de mercadoria</natOp>", with: ""))

    let unchecked = try await estoque("nfe", "boa.xml", "alterada.xml", "fora.xml")
    #expect(unchecked.status == 0 && unchecked.output.split(separator: "\n").count == 3, "\(unchecked)")
    #expect(!unchecked.output.contains("refused") && !unchecked.errors.contains("aviso"))
    let warned = try await estoque(
      "nfe", "--signatures", "warn", "--schemas", tiny.folder.path, "boa.xml", "alterada.xml", "fora.xml")
    #expect(warned.status == 0, "\(warned)")
    let lines = warned.output.split(separator: "\n")
    #expect(lines.count == 3 && lines[0].contains("\treview\t") && lines[1].contains("\treview\t"))
    #expect(lines.last?.contains("\trefused\t") == true)
    #expect(
      lines.last?.contains("fora do esquema oficial: elementos fora de ordem, faltando ou a mais em mod")
        == true)
    #expect(
      warned.errors.hasPrefix("alterada.xml: aviso: conteúdo alterado depois de assinado\n"), "\(warned)")
    let json = try await estoque("nfe", "--json", "--signatures", "warn", "alterada.xml")
    #expect(json.output.contains("\"conteúdo alterado depois de assinado\""), "\(json)")
    let required = try await estoque(
      "nfe", "alterada.xml", environment: ["ESTOQUE_NFE_SIGNATURES": "require"])
    #expect(
      required.output.contains("\trefused\t\(try invoice.key)\tconteúdo alterado depois de assinado: "),
      "\(required)")

    for command in ["nfe", "serve"] {
      let files = command == "nfe" ? ["boa.xml"] : []
      func errors(_ arguments: String...) async throws -> String {
        let outcome = try await Program("estoque").run([command] + arguments + files, in: folder.url)
        #expect(outcome.status == 2, "\(outcome)")
        return outcome.errors
      }
      #expect(try await errors("--schemas", "nada").contains("nfe.schemas: there is no folder nada"))
      #expect(try await errors("--schemas", ".").contains("nfe.schemas: nfe_v4.00.xsd is not in ."))
      #expect(try await errors("--signatures", "maybe").contains("one of off, warn, require"))
      #expect(
        try await errors("--set", "nfe.authorities=boa.xml").contains(
          "nfe.authorities: there is no certificate in"))
    }
  }

  @Test func settingsAreListedWithoutSecrets() async throws {
    defer { folder.remove() }
    try write("estoque.yaml", "database:\n  location: postgres://ana:segredo@servidor/estoque\n")
    let outcome = try await estoque("config")
    #expect(outcome.status == 0 && outcome.output.contains("servidor:5432"))
    #expect(!outcome.output.contains("segredo"))
    let wrong = try await estoque("config", "--set", "server.prot=1")
    #expect(wrong.status == 2 && wrong.errors.contains("did you mean 'server.port'?"))
  }
}
