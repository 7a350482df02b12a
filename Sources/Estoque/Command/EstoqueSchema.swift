import EstoqueAccess
import EstoqueDatabase
import EstoqueImports
import EstoqueReports
import EstoqueStock

/// The whole schema: every part's steps in one order.
enum EstoqueSchema {
  static let migrations =
    (Schema.migrations + ImportSchema.migrations + AccessSchema.migrations + ReportSchema.migrations)
    .sorted { $0.version < $1.version }
}
