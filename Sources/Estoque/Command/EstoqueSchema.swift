import EstoqueAccess
import EstoqueDatabase
import EstoqueImports
import EstoqueIntake
import EstoqueReports
import EstoqueStock

/// The whole schema: every part's steps in one order.
enum EstoqueSchema {
  static let migrations = [
    Schema.migrations, IntakeSchema.migrations, ImportSchema.migrations, AccessSchema.migrations,
    ReportSchema.migrations,
  ].flatMap(\.self).sorted { $0.version < $1.version }
}
