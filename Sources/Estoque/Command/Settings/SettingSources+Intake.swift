import EstoqueIntake

extension SettingSources {
  /// The choices for the intake of invoices.
  func intakeConfiguration() throws -> IntakeConfiguration {
    var configuration = IntakeConfiguration(companies: Set(try value(Settings.companies)))
    configuration.workers = try value(Settings.intakeWorkers)
    configuration.unknownProducts = try value(Settings.unknownProducts)
    configuration.negativeStock = try value(Settings.intakeNegative)
    let folder = try value(Settings.watchedFolder)
    if !folder.isEmpty { configuration.folder = WatchedFolder(path: folder) }
    return configuration
  }
}
