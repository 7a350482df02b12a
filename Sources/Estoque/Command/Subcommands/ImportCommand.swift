import ArgumentParser
import EstoqueImports
import EstoqueTables
import Revoada
import RevoadaConsole

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// `estoque import FILE`.
struct ImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Imports products, movements or dealers' stock from a CSV, TSV or XLSX file.",
    discussion: """
      Delimiter, encoding, titles and the meaning of columns are found by themselves; --preview shows what was found, --map \
      corrects it. What is wrong with a line keeps out that line only; --failures writes such lines to a file. An import that \
      was interrupted goes on where it was when the same command is given again.
      """)

  @OptionGroup var settings: SettingOptions
  @Argument(help: "The file.") var file: String
  @Option(help: "What the lines are: products, movements or staging.") var kind = ImportKind.products
  @Option(help: "How many workers read lines.") var workers: Int?
  @Option(help: "How many lines are stored in one transaction.") var chunk: Int?
  @Option(help: "A column's title or number and what it means, as 'Ref=code'; may be given more than once.")
  var map: [String] = []
  @Option(help: "What a positive quantity of a movement is: receipts, sales or adjustments.")
  var direction = MovementDirection.receipts
  @Flag(
    inversion: .prefixedNo,
    help:
      "Whether products that do not exist are added: usually with movements; with staging their lines wait.")
  var createProducts: Bool?
  @Option(help: "The place in the stock, by its code.") var location: String?
  @Option(help: "Write the lines that failed to this file: .csv or .json.") var failures: String?
  @Option(help: "Write the lines that were imported to this file: .csv or .json.") var successes: String?
  @Flag(help: "Import a file that has been imported before.") var force = false
  @Flag(help: "Only show what the file seems to be, and how --map changes that.") var preview = false

  func run() async throws {
    let lists = try [failures, successes].map { try $0.map(Self.format) }
    let sources = try await settings.sources([
      Settings.importWorkers.key: workers.map(String.init), Settings.importChunk.key: chunk.map(String.init),
    ])
    let work = Task {
      try await sources.withDatabase { database in
        let imports = try Imports(database)
        do {
          let preview = try await imports.preview(path: file)
          let mapping = try chosenMapping(preview)
          if self.preview { return show(preview, mapping ?? preview.mapping) }
          let summary = try await imports.importFile(
            kind, options: try options(sources, mapping), path: file, progress: ProgressBar().show)
          try await tell(summary)
          if let failures {
            try await write(imports.failures(of: summary.job.id, as: lists[0]!), to: failures)
          }
          if let successes {
            try await write(imports.successes(of: summary.job.id, as: lists[1]!), to: successes)
          }
        } catch let error as ImportFault { throw Failure(.failed, "\(file): \(error)") }
      }
    }
    let trap = SignalTrap { work.cancel() }
    let result = await work.result
    if let signal = trap.caught {
      Console.error("\(file): interrupted; the same command goes on where it was")
      throw Failure(.signal(signal))
    }
    try result.get()
  }

  private func options(_ sources: SettingSources, _ mapping: ColumnMapping?) throws -> ImportOptions {
    var options = try sources.importOptions()
    options.direction = direction
    options.addsProducts = createProducts ?? kind.addsProducts
    options.isForced = force
    if let location { options.location = location }
    options.mapping = mapping
    return options
  }

  /// What --map says, on top of what was found; nil if it says nothing.
  private func chosenMapping(_ preview: TablePreview) throws -> ColumnMapping? {
    if map.isEmpty { return nil }
    return try Imports.mapping(
      map.map { choice in
        guard let equals = choice.lastIndex(of: "=") else {
          throw Failure(.usage, "--map takes COLUMN=MEANING, not '\(choice)'")
        }
        return (String(choice[..<equals]), String(choice[choice.index(after: equals)...]))
      }, for: preview)
  }

  private func show(_ preview: TablePreview, _ mapping: ColumnMapping) {
    let width = max(preview.header.count, preview.records.map(\.count).max() ?? 0)
    for column in 0..<width {
      let title = column < preview.header.count ? preview.header[column] : ""
      let samples = preview.records.prefix(3).map { column < $0.count ? $0[column] : "" }
      Console.output(
        "\(column + 1)\t\(title)\t\(mapping.meaning(at: column)?.rawValue ?? "-")\t\(samples.joined(separator: " | "))"
      )
    }
  }

  private func tell(_ summary: ImportSummary) async throws {
    let job = summary.job
    Console.output(
      "\(file): \(job.done) imported, \(job.failed) failed"
        + (summary.isResumed ? ", gone on where it was" : ""))
    if job.state != .done { throw Failure(.failed, "\(file): \(job.state.rawValue): \(job.message)") }
  }

  private static func format(_ path: String) throws -> ImportReportFormat {
    guard let format = ImportReportFormat(rawValue: path.split(separator: ".").last.map(String.init) ?? "")
    else {
      throw Failure(.usage, "\(path): a list of lines is a .csv or a .json file")
    }
    return format
  }

  private func write(_ report: ImportReport, to path: String) async throws {
    guard let stream = fopen(path, "we") else {
      throw Failure(.failed, "\(path): \(String(cString: strerror(errno)))")
    }
    var isWritten = true
    for try await piece in report {
      isWritten = isWritten && fwrite(piece, 1, piece.count, stream) == piece.count
    }
    if fclose(stream) != 0 || !isWritten { throw Failure(.failed, "\(path): it could not be written") }
  }
}

/// A line on the terminal that tells how far an import is; nothing where standard error is no terminal.
private struct ProgressBar: Sendable {
  private let isShown = isatty(STDERR_FILENO) == 1

  @Sendable func show(_ job: ImportJob) {
    guard isShown else { return }
    let lines = job.done + job.failed
    var text = "\r\(job.file): \(lines) lines"
    if let total = job.total, total > 0 {
      let filled = min(30, lines * 30 / total)
      text +=
        " of \(total) [\(String(repeating: "#", count: filled))\(String(repeating: ".", count: 30 - filled))]"
    }
    if job.failed > 0 { text += " \(job.failed) failed" }
    Console.progress(text + (job.state.isEnd ? "\n" : ""))
  }
}

extension ImportKind: ExpressibleByArgument {}
extension MovementDirection: ExpressibleByArgument {}
