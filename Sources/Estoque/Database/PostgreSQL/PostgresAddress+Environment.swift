extension PostgresAddress {
  /// The environment variables that PostgreSQL's own programs read in place of a connection string; may hold a password.
  public var environment: [String: String] {
    let names = [
      "host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER",
      "password": "PGPASSWORD", "passfile": "PGPASSFILE", "service": "PGSERVICE", "options": "PGOPTIONS",
      "sslmode": "PGSSLMODE", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY", "sslrootcert": "PGSSLROOTCERT",
      "sslcrl": "PGSSLCRL", "connect_timeout": "PGCONNECT_TIMEOUT",
    ]
    var variables: [String: String] = [:]
    for (keyword, name) in names { if let value = parameters[keyword] { variables[name] = value } }
    return variables
  }

  /// The database's name, by libpq's rule where none is given.
  public var databaseName: String { parameters["dbname"] ?? parameters["user"] ?? "postgres" }
}
