/// Reads invoices and events of NF-e from the bytes of their files.
///
/// Knows `nfeProc`, a bare `NFe`, lots (`enviNFe`), events (`procEventoNFe`, `evento`, `envEvento`) and
/// receipts (`retEvento`, `retEnvEvento`), with or without NF-e's namespace, in layouts 4.00, 3.10 and 2.00, in UTF-8,
/// ISO-8859-1 or windows-1252. Pure: no network, no files, no entities, no state; safe to use from any
/// number of tasks. Time and memory are bounded by ``Limits``.
public struct DocumentParser: Sendable {
  /// How much is looked at.
  public let limits: Limits
  /// What is looked at beyond the values.
  public let checks: DocumentChecks

  /// Creates a parser.
  public init(limits: Limits = .standard, checks: DocumentChecks = DocumentChecks()) {
    (self.limits, self.checks) = (limits, checks)
  }

  /// Reads a file.
  ///
  /// - Throws: ``Refusal`` when the file as a whole is broken, dangerous or something else. What is wrong
  ///   with one document of several is in its place in ``ParsedFile/documents``.
  public func parse(_ file: [UInt8]) throws(Refusal) -> ParsedFile {
    let text = try SourceText(file, limits: limits)
    var reader = DocumentReader(limits: limits, keepsTree: checks.areNeeded)
    try SAXParser.parse(text, into: &reader, checks: checks)
    guard !reader.documents.isEmpty else { throw Refusal(.noDocument) }
    guard text.assumedEncoding else { return ParsedFile(root: reader.root, documents: reader.documents) }
    return ParsedFile(
      root: reader.root,
      documents: reader.documents.map {
        ParsedDocument(content: $0.content, warnings: [.assumedEncoding] + $0.warnings)
      })
  }
}
