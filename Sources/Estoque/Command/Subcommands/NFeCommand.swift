import ArgumentParser
import EstoqueIntake
import Foundation
import RevoadaConsole

/// `estoque nfe FILES…`.
struct NFeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nfe",
    abstract: "Takes invoices and their events into the stock, and says what became of each file.",
    discussion: """
      A line for each file: its name, accepted, duplicate, conflict, event, review or refused, the access key and the \
      reason, with tabs between them; then, on standard error, a summary. Files are XML documents, lots, or ZIP archives of them. Without a company \
      (--company, company.cnpjs) they are judged only, and nothing is kept. The exit code is 0 whatever became of the files.
      """)

  @OptionGroup var settings: SettingOptions
  @OptionGroup var checks: CheckOptions
  @Argument(help: "The files.") var files: [String]
  @Flag(help: "Print JSON instead: an object with the list files.") var json = false
  @Flag(help: "Say on standard error what is odd about the documents, too; so do --schemas and --signatures.")
  var warnings = false

  func run() async throws {
    let sources = try await settings.sources(checks.flags)
    let configuration = try sources.intakeConfiguration()
    let work = Task {
      try await sources.withDatabase(migrated: !sources.value(Settings.companies).isEmpty) { database in
        let intake = try Intake(database, configuration)
        do { return try await intake.report(files.map { IntakeFile(path: $0) }) } catch let error
          as IntakeFault
        {
          throw Failure(.failed, "\(error)")
        }
      }
    }
    let trap = SignalTrap { work.cancel() }
    let result = await work.result
    if let signal = trap.caught {
      Console.error("interrupted: what was taken in is worked on by the next run, or by the service")
      throw Failure(.signal(signal))
    }
    let report = try result.get()
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      Console.output(String(decoding: try encoder.encode(report), as: UTF8.self))
    } else {
      for file in report.files { Console.output(file.line) }
      // Whoever asks for a check wants to see what it found.
      if warnings || configuration.checks.areNeeded {
        for line in report.files.flatMap(\.warningLines) { Console.error(line) }
      }
      Console.error(report.summary)
    }
  }
}
