import ArgumentParser
import Logging
import Revoada
import RevoadaObservability

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How a program of subcommands runs: on Revoada's workers, with this project's exit codes.
public enum CommandProgram {
  /// Runs what the command line says, and ends the process.
  public static func run(_ root: (some AsyncParsableCommand).Type) async -> Never {
    // Before anything else runs: scripts, timers and plain tasks then share these workers.
    Scheduler.installGlobally()
    Console.handleBrokenPipes()
    exit(await status(of: root, CommandLine.arguments.dropFirst().map { $0 }))
  }

  /// Runs the command and gives the exit code: ArgumentParser's own choice for bad usage would be 64.
  private static func status(of root: (some AsyncParsableCommand).Type, _ arguments: [String]) async -> Int32
  {
    do {
      var command = try root.parseAsRoot(arguments)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      return ExitStatus.success.rawValue
    } catch let failure as Failure {
      if !failure.message.isEmpty { Console.error(failure.message) }
      return failure.status.rawValue
    } catch {
      let isHelp = root.exitCode(for: error) == .success
      let text = root.fullMessage(for: error)
      if isHelp { Console.output(text) } else { Console.error(text) }
      return (isHelp ? ExitStatus.success : .usage).rawValue
    }
  }
}

extension LogFormat: ExpressibleByArgument {}
extension Logger.Level: @retroactive ExpressibleByArgument {}
