import Foundation

/// Starts programs. Foundation's `Process` waits until nobody has its socket any more, which a server that goes on in the background keeps.
package struct Command {
  package struct Failure: Error { package let reason: String }

  package let arguments: [String]

  package init(_ arguments: [String]) { self.arguments = arguments }

  /// Runs the program to its end.
  package func run() throws {
    var status: Int32 = 0
    let process = try start(input: nil)
    while waitpid(process, &status, 0) == -1, errno == EINTR {}
    if status != 0 { throw Failure(reason: "\(arguments.joined(separator: " ")) failed") }
  }

  /// Starts the program, with a descriptor as its standard input.
  @discardableResult
  package func start(input: Int32?) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input {
      posix_spawn_file_actions_adddup2(&actions, input, 0)
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    for output in [Int32(1), 2] {
      posix_spawn_file_actions_addopen(&actions, output, "/dev/null", O_WRONLY, 0)
    }
    var copies = arguments.map { strdup($0) } + [nil]
    var variables = ProcessInfo.processInfo.environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for copy in copies + variables { free(copy) } }
    var process = pid_t()
    let code = posix_spawn(&process, arguments[0], &actions, nil, &copies, &variables)
    if code != 0 { throw Failure(reason: "\(arguments[0]): \(String(cString: strerror(code)))") }
    return process
  }
}
