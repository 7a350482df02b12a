import CPostgreSQL

/// Where a PostgreSQL server is and how to get in.
///
/// Made of a connection string in one of libpq's forms: `postgres://user:password@host/name`, or `host=… dbname=…`. What it prints leaves out
/// everything but host, port, name and user, however it is printed: passwords do not get into logs.
public struct PostgresAddress: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  /// libpq's keywords and their values, with our choices where the string says nothing.
  let parameters: [String: String]

  /// Parses a connection string.
  /// - Throws: ``DatabaseError`` of kind `configuration`. It does not quote the string, which may hold a password.
  public init(_ connectionString: String) throws(DatabaseError) {
    var message: UnsafeMutablePointer<CChar>?
    guard let options = PQconninfoParse(connectionString, &message) else {
      PQfreemem(message)
      throw DatabaseError(
        .configuration,
        "the connection string for PostgreSQL cannot be read: write postgres://user@host/database")
    }
    defer { PQconninfoFree(options) }
    // A dead peer is noticed within about half a minute, even in the middle of a statement.
    var parameters = [
      "connect_timeout": "5", "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3",
      "tcp_user_timeout": "30000", "fallback_application_name": "estoque",
    ]
    var option = options
    while let keyword = option.pointee.keyword {
      if let value = option.pointee.val { parameters[String(cString: keyword)] = String(cString: value) }
      option += 1
    }
    parameters["client_encoding"] = "UTF8"
    self.parameters = parameters
  }

  /// How long connecting may take, in seconds.
  var connectTimeout: Int { max(1, parameters["connect_timeout"].flatMap { Int($0) } ?? 5) }

  /// Host, port, name and user.
  public var description: String {
    let host = parameters["host"] ?? parameters["hostaddr"] ?? "localhost"
    return
      "PostgreSQL at \(host):\(parameters["port"] ?? "5432"), database \(parameters["dbname"] ?? "of the user"), "
      + "user \(parameters["user"] ?? "of the process")"
  }
  /// The same.
  public var debugDescription: String { description }
  /// Nothing, so that `dump` shows nothing.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
