import RevoadaConsole

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Passwords come from the terminal, without being shown, or from standard input: never from arguments, which every user of the machine can see.
enum PasswordInput {
  static func read(for login: String) throws -> String {
    guard isatty(STDIN_FILENO) == 1 else { return try line() }
    Console.progress("Password of \(login): ")
    let first = try hidden()
    Console.progress("Once more: ")
    if try hidden() != first { throw Failure(.usage, "the two passwords differ") }
    return first
  }

  private static func hidden() throws -> String {
    var before = termios()
    tcgetattr(STDIN_FILENO, &before)
    var silent = before
    silent.c_lflag &= ~tcflag_t(ECHO)
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
    defer {
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
      Console.progress("\n")
    }
    return try line()
  }

  private static func line() throws -> String {
    guard let line = readLine(), !line.isEmpty else { throw Failure(.usage, "no password was given") }
    return line
  }
}
