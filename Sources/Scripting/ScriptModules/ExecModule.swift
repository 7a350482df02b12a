import Revoada
import RevoadaLua
import Subprocess

/// `exec.run(command[, options])`: runs a program and waits for its end.
///
/// A string goes through `sh -c`, a table is a program with its arguments. A program that fails is a
/// result; `nil, message` means that it could not be started, took too long or wrote too much. It runs in a
/// process group of its own, which is ended as a whole when the goroutine is killed.
enum ExecModule {
  static let defaultMaximumOutput = 64 << 20

  static func make() -> LuaModule {
    var module = LuaModule("exec")
    module.asyncFunction("run") { call in
      let request = try ExecRequest(call)
      return try await expected { try await RunningPrograms.shared.during { try await run(request) } }
    }
    return module
  }

  struct Failure: Error, CustomStringConvertible { var description: String }

  private static func run(_ request: ExecRequest) async throws -> LuaValue {
    try Task.checkCancellation()
    let started = ContinuousClock.now
    let result: Result
    do {
      result = try await limited(by: request.timeout) { try await collect(request) }
    } catch let error as SubprocessError {
      try Task.checkCancellation()
      throw Failure(description: message(error, request))
    }
    // A killed goroutine must not see the end of a program that was ended for it.
    try Task.checkCancellation()
    return table(result, ContinuousClock.now - started)
  }

  private typealias Result = ExecutionResult<Void, BytesOutput, BytesOutput>

  private static func collect(_ request: ExecRequest) async throws -> Result {
    let output = BytesOutput.bytes(limit: request.maximumOutput)
    guard let input = request.input else {
      return try await Subprocess.run(request.configuration, input: .none, output: output, error: output)
    }
    let file = try await offload { try ScratchFile(holding: input).release() }
    return try await Subprocess.run(
      request.configuration,
      input: .fileDescriptor(.init(rawValue: file), closeAfterSpawningProcess: true), output: output,
      error: output)
  }

  private static func table(_ result: Result, _ duration: Duration) -> LuaValue {
    var table = LuaTable([
      "success": .bool(result.terminationStatus.isSuccess),
      "stdout": .string(LuaString(bytes: result.standardOutput)),
      "stderr": .string(LuaString(bytes: result.standardError)),
      "duration_ms": .number(duration / .milliseconds(1)),
    ])
    switch result.terminationStatus {
    case .exited(let code): table["code"] = .integer(Int64(code))
    case .signaled(let signal):
      // What a shell reports for it, so that `code` is always a number.
      table["code"] = .integer(128 + Int64(signal))
      table["signal"] = .integer(Int64(signal))
    }
    return .table(table)
  }

  private static func message(_ error: SubprocessError, _ request: ExecRequest) -> String {
    switch error.code {
    case .executableNotFound: "exec: cannot start '\(request.shown)': no such program, or not executable"
    case .failedToChangeWorkingDirectory:
      "exec: cannot start '\(request.shown)': cannot enter directory '\(request.directory ?? "")'"
    case .outputLimitExceeded:
      "exec: '\(request.shown)' wrote more than max_output (\(request.maximumOutput) bytes)"
    case .spawnFailed:
      "exec: cannot start '\(request.shown)': \(error.underlyingError.map { "\($0)" } ?? "\(error)")"
    default: "exec: '\(request.shown)': \(error)"
    }
  }

  private static func limited<T: Sendable>(
    by limit: Duration?, _ body: @escaping @Sendable () async throws -> T
  ) async throws -> T {
    guard let limit else { return try await body() }
    return try await withThrowingTaskGroup(of: T.self) { group in
      defer { group.cancelAll() }
      group.addTask { try await body() }
      group.addTask {
        try await Task.sleep(for: limit)
        throw Failure(description: "exec: timeout exceeded (\(Int(limit / .milliseconds(1))) ms)")
      }
      guard let first = try await group.next() else { throw CancellationError() }
      return first
    }
  }
}

/// The arguments of one `exec.run`.
struct ExecRequest: Sendable {
  var configuration: Configuration
  /// What the program reads; without it, its standard input is empty.
  var input: [UInt8]?
  var timeout: Duration?
  var maximumOutput: Int
  var directory: String?
  /// The command for messages.
  var shown: String

  init(_ call: LuaCall) throws {
    let executable: Executable
    let arguments: [[UInt8]]
    switch call.value(1) {
    case .table(let list):
      arguments = try list.array.dropFirst().map { try Self.argument($0, call) }
      guard let program = list.array.first, list.fields.isEmpty else {
        throw call.argumentError(1, "a list of program and arguments expected")
      }
      let name = String(decoding: try Self.argument(program, call), as: UTF8.self)
      if name.isEmpty { throw call.argumentError(1, "the program's name is empty") }
      executable = name.contains("/") ? .path(.init(name)) : .name(name)
      shown = name
    default:
      let command = try Self.argument(.string(call.string(1)), call)
      executable = .path("/bin/sh")
      arguments = [Array("-c".utf8), command]
      shown = Self.shortened(String(decoding: command, as: UTF8.self))
    }
    let options = try LuaOptions(call, 2, known: ["cwd", "env", "stdin", "timeout", "max_output"])
    input = try options.bytes("stdin")
    timeout = try options.duration("timeout")
    maximumOutput =
      try options.integer("max_output", in: 1...(1 << 40)) ?? ExecModule.defaultMaximumOutput
    directory = try options.text("cwd")
    var environment = Environment.inherit
    if let extra = try options.texts("env") {
      var updates: [Environment.Key: String?] = [:]
      for (name, value) in extra {
        guard let key = Environment.Key(rawValue: name), !name.isEmpty, !name.contains("=") else {
          throw call.argumentError(2, "option 'env': '\(name)' is no name of a variable")
        }
        updates[key] = value
      }
      environment = environment.updating(updates)
    }
    var platform = PlatformOptions()
    // A group of its own: what the program starts can be ended with it.
    platform.processGroupID = 0
    platform.teardownSequence = [
      .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: .seconds(1))
    ]
    // The library hands these bytes on as C strings, terminator included.
    configuration = Configuration(
      executable: executable, arguments: Arguments(arguments.map { $0 + [0] }), environment: environment,
      workingDirectory: directory.map { .init($0) }, platformOptions: platform)
  }

  private static func argument(_ value: LuaValue, _ call: LuaCall) throws -> [UInt8] {
    let bytes: [UInt8]
    switch value {
    case .string(let string): bytes = string.bytes
    case .integer, .number: bytes = Array(value.shown.utf8)
    default: throw call.argumentError(1, "arguments must be strings, got \(value.typeName)")
    }
    if bytes.contains(0) { throw call.argumentError(1, "an argument cannot contain a NUL byte") }
    return bytes
  }

  private static func shortened(_ command: String) -> String {
    let line = command.split(separator: "\n").first.map(String.init) ?? ""
    return line.count > 60 ? line.prefix(57) + "…" : line
  }
}
