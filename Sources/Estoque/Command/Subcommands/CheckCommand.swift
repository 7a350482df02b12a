import ArgumentParser
import EstoqueDatabase
import EstoqueStock
import RevoadaConsole

/// `estoque check`.
struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract:
      "Checks that the database answers, is sound, and that every balance is the sum of its movements.")

  @OptionGroup var settings: SettingOptions

  func run() async throws {
    try await settings.sources().withDatabase { database in
      let damage = try await database.damage()
      for line in damage { Console.error("damaged: \(line)") }
      let unbalanced = try await database.snapshot { try $0.unbalanced() }
      for product in unbalanced {
        Console.error("product \(product): its balance is not the sum of its movements")
      }
      if !damage.isEmpty || !unbalanced.isEmpty { throw Failure(.failed) }
      let (products, movements) = try await database.snapshot { session in
        (
          try session.value("SELECT count(*) FROM product", as: Int.self) ?? 0,
          try session.value("SELECT count(*) FROM movement", as: Int.self) ?? 0
        )
      }
      Console.output("All is well: \(products) products, \(movements) movements.")
    }
  }
}
