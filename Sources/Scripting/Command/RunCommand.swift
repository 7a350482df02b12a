import RevoadaConsole
import ArgumentParser
import Logging
import RevoadaLua
import RevoadaObservability
import RevoadaScriptModules
import RevoadaTasks

/// `revoada run FILE`.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Runs a script, then the tasks and workflows it defined.",
    discussion: """
      A script without tasks ends when its main chunk returns. What follows -- reaches the script as \
      arg[1], arg[2] … and as `...`.
      """)

  @Argument(help: "The script.") var file: String
  @Option(help: "Run this task with its dependencies, and nothing else.") var task: String?
  @Option(help: "The most memory an isolate may use, in MiB (default 512).") var memoryLimit: Int?
  @Option(help: "Log what pools, breakers and the like do, from this level on: debug, info, warning, error.")
  var logLevel: Logger.Level?
  @Option(help: "How lines of logs look, the script's own included: text or json.")
  var logFormat = LogFormat.text
  @Option(
    help:
      "When the run ends, write its metrics to this file in the text format of Prometheus; - is standard output."
  )
  var metrics: String?
  @Argument(parsing: .postTerminator, help: "Arguments for the script.") var arguments: [String] = []

  func validate() throws {
    if let memoryLimit, !(1...(1 << 20)).contains(memoryLimit) {
      throw ValidationError("--memory-limit takes MiB from 1 to \(1 << 20)")
    }
  }

  func run() async throws {
    bootstrapLogging()
    // Reading first gives the better message for what is no script at all.
    _ = try ScriptFile(reading: file)
    let metrics = try metrics.map { try MetricsFile($0) }
    let work = Task { try await ScriptRun(self).execute() }
    let trap = SignalTrap { work.cancel() }
    let result = await work.result
    let written = Result { try metrics?.write() }
    if let signal = trap.caught { throw Failure(.signal(signal)) }
    try result.get()
    try written.get()
  }
}

extension RunCommand {
  /// How the script's log is written, and the library's, if somebody asks for it.
  fileprivate var logging: StructuredLogging { StructuredLogging(format: logFormat) }

  /// A script's standard error is its own unless somebody asks for the library's log.
  private func bootstrapLogging() {
    var logging = logging
    if let logLevel { logging.level = logLevel }
    LoggingSystem.bootstrap { [logging, isWanted = logLevel != nil] label in
      guard isWanted else { return SwiftLogNoOpLogHandler() }
      return logging.handler(label: label)
    }
  }
}

/// One run of one script, from its main chunk to its last task.
private struct ScriptRun {
  private let file: String
  private let task: String?
  private let arguments: [String]
  private let registry: TaskRegistry
  private let runtime: LuaRuntime

  init(_ command: RunCommand) {
    file = command.file
    task = command.task
    arguments = command.arguments
    registry = TaskRegistry()
    var configuration = LuaRuntimeConfiguration()
    configuration.modules =
      ScriptModules.all(clock: configuration.clock, logging: command.logging)
      + [registry.module, Self.arguments(command)]
    configuration.output = { Console.script($0.bytes) }
    if let limit = command.memoryLimit { configuration.memoryLimit = limit << 20 }
    runtime = LuaRuntime(configuration)
  }

  func execute() async throws {
    let result: Result<Void, any Error>
    do {
      result = .success(try await run())
    } catch {
      result = .failure(error)
    }
    await runtime.shutdown()
    await ScriptModules.programsEnded()
    try result.get()
  }

  private func run() async throws {
    do {
      _ = try await runtime.run(file: file, arguments: arguments)
    } catch let error as LuaError {
      throw Self.failure(error, in: file, syntaxIs: .usage)
    }
    if registry.isEmpty && task == nil { return }
    let reporter = ProgressReporter { Console.progress($0) }
    let session = TaskSession(registry, runtime: runtime) { reporter.report($0) }
    do {
      let succeeded = try await session.run(only: task)
      await reportLeaks()
      if !succeeded { throw Failure(.failed) }
    } catch let error as TaskSession.UnknownTask {
      throw Failure(.usage, "\(file): \(error)")
    } catch let error as TaskGraphError {
      throw Failure(.failed, error.description)
    } catch let error as LuaError {
      throw Self.failure(error, in: file, syntaxIs: .failed)
    }
  }

  /// Tells of goroutines that the tasks left behind: they are cancelled now.
  private func reportLeaks() async {
    let leaks = await runtime.waitingGoroutines()
    if leaks.isEmpty { return }
    let shown = leaks.prefix(20).map { "\n  " + $0 }.joined()
    let rest = leaks.count > 20 ? "\n  and \(leaks.count - 20) more" : ""
    let what = leaks.count == 1 ? "1 goroutine still waits" : "\(leaks.count) goroutines still wait"
    Console.error("warning: \(what) at the end of the tasks:\(shown)\(rest)")
  }

  /// The global `arg`: the script at 0, its arguments from 1.
  private static func arguments(_ command: RunCommand) -> LuaModule {
    var module = LuaModule("arg")
    let values = ([command.file] + command.arguments).map { LuaValue.string($0) }
    module.function("values") { _ in values }
    module.prelude(
      """
      local arg = ...
      local values = table.pack(arg.values())
      arg.values = nil
      for index = 1, values.n do arg[index - 1] = values[index] end
      """, name: "arg")
    return module
  }

  /// How the script's own failure ends the command.
  ///
  /// A syntax error in the script itself is bad input; one in
  /// what it loads while it runs is a failure of the run.
  private static func failure(_ error: LuaError, in file: String, syntaxIs status: ExitStatus) -> any Error {
    switch error.kind {
    case .exit(let code): Failure(ExitStatus(rawValue: code))
    case .cancelled: CancellationError()
    case .syntax: Failure(status, placed(error, file))
    default: Failure(.failed, placed(error, file))
    }
  }

  private static func placed(_ error: LuaError, _ file: String) -> String {
    let hasPlace = error.message.firstMatch(of: /^[^\s:][^:\n]*:\d+:/) != nil
    let message = hasPlace ? error.message : "\(file): \(error.message)"
    return Traceback.useful(error.traceback).map { "\(message)\n\($0)" } ?? message
  }
}
