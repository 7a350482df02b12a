import ArgumentParser
import EstoqueAccess
import EstoqueDatabase
import RevoadaConsole

/// `estoque user`.
struct UserCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "user", abstract: "Adds and lists users, and sets their passwords.",
    subcommands: [Add.self, List.self, Change.self])

  /// `estoque user add LOGIN`.
  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "add", abstract: "Adds a user; the password is asked for, or read from standard input.")

    @OptionGroup var settings: SettingOptions
    @Argument(help: "With what the user logs in.") var login: String
    @Option(help: "The user's name (default: the login).") var name: String?
    @Option(help: "viewer, operator or admin.") var role = Role.operator

    func run() async throws {
      let password = try PasswordInput.read(for: login)
      let new = NewAccount(login: login, name: name ?? login, role: role, password: password)
      try await settings.withAccess { access, _ in
        let account = try await access.createUser(new, by: .command)
        Console.output("Added \(account.login), \(account.role.rawValue).")
      }
    }
  }

  /// `estoque user list`.
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists all users.")

    @OptionGroup var settings: SettingOptions

    func run() async throws {
      try await settings.withAccess { _, database in
        for account in try await database.allAccounts() {
          Console.output(
            "\(account.login)\t\(account.role.rawValue)\t\(account.isActive ? "active" : "inactive")\t\(account.name)"
          )
        }
      }
    }
  }

  /// `estoque user change LOGIN`.
  struct Change: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "change", abstract: "Changes a user: a new password, another role, active or not.")

    @OptionGroup var settings: SettingOptions
    @Argument(help: "With what the user logs in.") var login: String
    @Option(help: "viewer, operator or admin.") var role: Role?
    @Flag(help: "Ask for a new password, or read it from standard input.") var password = false
    @Flag(inversion: .prefixedNo, help: "Whether the user may log in.") var active: Bool?

    func run() async throws {
      var change = AccountChange(role: role, isActive: active)
      if password { change.password = try PasswordInput.read(for: login) }
      try await settings.withAccess { [change] access, database in
        guard let account = try await database.allAccounts().first(where: { $0.login == login }) else {
          throw Failure(.failed, "no user logs in as '\(login)'")
        }
        _ = try await access.updateUser(account.id, version: nil, change, by: .command)
        Console.output("Changed \(login).")
      }
    }
  }
}

extension SettingOptions {
  /// Runs `body` with the users of the database.
  fileprivate func withAccess(_ body: @escaping @Sendable (Access, Database) async throws -> Void)
    async throws
  {
    try await sources().withDatabase { database in
      do { try await body(try Access(database), database) } catch let error as AccessFault {
        throw Failure(.failed, "\(error)")
      }
    }
  }
}

extension Database {
  fileprivate func allAccounts() async throws -> [Account] {
    var all: [Account] = []
    while true {
      let page = try await read { [last = all.last?.id] in try $0.accounts(limit: 100, after: last) }
      if page.isEmpty { return all }
      all += page
    }
  }
}

extension Role: ExpressibleByArgument {}
