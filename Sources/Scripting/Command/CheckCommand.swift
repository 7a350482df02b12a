import RevoadaSpelling
import RevoadaConsole
import ArgumentParser
import RevoadaLua
import RevoadaScriptCheck
import RevoadaScriptModules
import RevoadaTasks

/// `revoada check FILE`.
struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Finds syntax errors and unknown names in a script, without running it.",
    discussion: "Exits with 0 when nothing was found, 1 for unknown names, 2 for a syntax error.")

  @Argument(help: "The script.") var file: String

  func run() async throws {
    let script = try ScriptFile(reading: file)
    let inspector = RuntimeInspector(script)
    let known = try await inspector.inspect()
    let checker = ScriptChecker(known: known) { [file] in ModuleFiles(beside: file).load($0) }
    let reports = checker.check(ScriptChecker.Source(name: file, bytes: script.bytes))
    for report in reports {
      for finding in report.findings {
        let hint = Spelling.closest(to: finding.name, among: finding.candidates).map {
          " (did you mean '\($0)'?)"
        }
        Console.error("\(report.file):\(finding.line): \(finding.message)\(hint ?? "")")
      }
    }
    if !reports.isEmpty { throw Failure(.failed) }
  }
}

/// Finds the files that `require` would find: beside the script.
private struct ModuleFiles {
  private let folder: String

  init(beside script: String) {
    folder = script.lastIndex(of: "/").map { String(script[...$0]) } ?? ""
  }

  func load(_ module: String) -> ScriptChecker.Source? {
    let relative = module.replacing(".", with: "/")
    for candidate in ["\(folder)\(relative).lua", "\(folder)\(relative)/init.lua"] {
      if let file = try? ScriptFile(reading: candidate) {
        return ScriptChecker.Source(name: candidate, bytes: file.bytes)
      }
    }
    return nil
  }
}
