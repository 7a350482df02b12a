import CPostgreSQL
import EstoqueDatabase
import Foundation
import Synchronization

/// A real server, on a Unix socket in a directory of its own. It ends with the process, even if that is killed.
package final class PostgresServer: Sendable {
  package struct Failure: Error { package let reason: String }

  /// The one that tests share; nil, and `problem` says why, if there can be none.
  package static var shared: PostgresServer? { try? started.get() }
  package static var problem: String {
    if case .failure(let error) = started {
      "no PostgreSQL server (Debian: apt install postgresql): \(error)"
    } else {
      ""
    }
  }
  private static let started = Result { try PostgresServer() }

  package let directory: String
  private let binaries: String
  private let lastDatabase = Atomic<Int>(0)

  package init() throws {
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
    guard let version = versions.compactMap({ Int($0) }).max() else { throw Failure(reason: "not installed") }
    binaries = "/usr/lib/postgresql/\(version)/bin"
    var template = Array("/tmp/estoque-pg-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure(reason: "no temporary directory") }
    directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    if getuid() == 0 {
      guard let user = getpwnam("postgres") else { throw Failure(reason: "no user postgres") }
      chown(directory, user.pointee.pw_uid, user.pointee.pw_gid)
    }
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw Failure(reason: "no pipe") }
    // The end for writing stays open until the process ends; nobody inherits it.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let stop =
      Self.asServerUser + ["\(binaries)/pg_ctl", "-D", "\(directory)/data", "-m", "immediate", "stop"]
    let script = "cat >/dev/null; \(stop.joined(separator: " ")); rm -rf \(directory)"
    // A session of its own: whoever kills the tests with all their group leaves it alive.
    try Command(["/usr/bin/setsid", "/bin/sh", "-c", script]).start(input: ends[0])
    close(ends[0])
    try run([
      "\(binaries)/initdb", "-D", "\(directory)/data", "-A", "trust", "-U", "postgres", "-E", "UTF8",
      "--locale=C", "--no-sync",
    ])
    try start()
  }

  private static var asServerUser: [String] {
    getuid() == 0 ? ["/usr/sbin/runuser", "-u", "postgres", "--"] : []
  }

  package func start() throws {
    let options =
      "-k \(directory) -c listen_addresses= -c fsync=off -c max_connections=400 -c log_min_messages=fatal"
    try run([
      "\(binaries)/pg_ctl", "-D", "\(directory)/data", "-w", "-s", "-l", "\(directory)/log", "-o", options,
      "start",
    ])
  }

  /// How it is stopped: `fast` ends its sessions, `immediate` is as if it had crashed.
  package enum Stop: String { case fast, immediate }

  package func stop(_ how: Stop = .fast) throws {
    try run(["\(binaries)/pg_ctl", "-D", "\(directory)/data", "-w", "-s", "-m", how.rawValue, "stop"])
  }

  /// A new, empty database whose files are in a folder: on a disk of its own, for example.
  package func createDatabase(in folder: String) throws -> PostgresAddress {
    let name = "test\(lastDatabase.add(1, ordering: .relaxed).newValue)"
    if getuid() == 0, let user = getpwnam("postgres") {
      chown(folder, user.pointee.pw_uid, user.pointee.pw_gid)
    }
    try execute("CREATE TABLESPACE \(name) LOCATION '\(folder)'")
    try execute("CREATE DATABASE \(name) TABLESPACE \(name)")
    return try PostgresAddress("host=\(directory) user=postgres dbname=\(name)")
  }

  /// Removes what ``createDatabase(in:)`` has made, so that the folder can go.
  package func remove(_ address: PostgresAddress) throws {
    try execute("DROP DATABASE \(address.databaseName) WITH (FORCE)")
    try execute("DROP TABLESPACE \(address.databaseName)")
  }

  private func run(_ command: [String]) throws { try Command(Self.asServerUser + command).run() }

  /// A new, empty database.
  package func createDatabase() throws -> PostgresAddress {
    let name = "test\(lastDatabase.add(1, ordering: .relaxed).newValue)"
    try execute("CREATE DATABASE \(name)")
    return try PostgresAddress("host=\(directory) user=postgres dbname=\(name)")
  }

  /// Runs a statement past everything that is tested.
  package func execute(_ sql: String) throws {
    let handle = PQconnectdb("host=\(directory) user=postgres dbname=postgres")
    defer { PQfinish(handle) }
    let result = PQexec(handle, sql)
    defer { PQclear(result) }
    let status = PQresultStatus(result)
    if status != PGRES_COMMAND_OK, status != PGRES_TUPLES_OK {
      throw Failure(reason: String(cString: PQerrorMessage(handle)))
    }
  }
}
