import ArgumentParser

/// What subcommands take that read documents.
struct CheckOptions: ParsableArguments {
  @Option(help: "A folder with the official schemas of NF-e, which documents must fit.") var schemas: String?
  @Option(help: "Whether signatures are checked: off, warn, require.") var signatures: String?

  /// The flags by the settings' names.
  var flags: [String: String?] { [Settings.schemas.key: schemas, Settings.signatures.key: signatures] }
}
