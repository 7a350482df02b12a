import EstoqueArchive

/// The parts of an XLSX file: where its sheets, its texts and its formats are.
struct Workbook {
  let sheets: [(name: String, part: String)]
  let usesEpoch1904: Bool
  private let archive: ZipArchive
  private let limits: SpreadsheetLimits
  private let textsPart: String?
  private let stylesPart: String?

  init(path: String, _ limits: SpreadsheetLimits) throws {
    do { archive = try ZipArchive(path: path, limits: limits.archive) } catch {
      throw SpreadsheetReadFault.archive(error)
    }
    self.limits = limits
    let roots = Relationships()
    try Self.scan("_rels/.rels", of: archive, limits, roots)
    guard let root = roots.first(ofType: "officeDocument") else { throw SpreadsheetReadFault.notAWorkbook }
    let part = Self.resolved(root, from: "")
    let folder = part.split(separator: "/").dropLast().joined(separator: "/")
    let relations = Relationships()
    let name = part.split(separator: "/").last ?? ""
    try Self.scan("\(folder)/_rels/\(name).rels", of: archive, limits, relations)
    let contents = WorkbookContents()
    try Self.scan(part, of: archive, limits, contents)
    sheets = contents.sheets.compactMap { sheet in
      relations.targets[sheet.id].flatMap { target in
        target.type.hasSuffix("/worksheet") ? (sheet.name, Self.resolved(target.path, from: folder)) : nil
      }
    }
    if sheets.isEmpty { throw SpreadsheetReadFault.notAWorkbook }
    usesEpoch1904 = contents.usesEpoch1904
    textsPart = relations.first(ofType: "sharedStrings").map { Self.resolved($0, from: folder) }
    stylesPart = relations.first(ofType: "styles").map { Self.resolved($0, from: folder) }
  }

  /// Begins to unpack a part.
  func open(_ part: String) throws -> ZipEntry {
    guard let file = archive.file(named: part) else {
      throw SpreadsheetReadFault.malformed(part: part, reason: "não está no arquivo")
    }
    do { return try archive.open(file) } catch { throw SpreadsheetReadFault.archive(error) }
  }

  /// The texts that cells refer to by number.
  func texts() throws -> SharedTexts {
    let texts = SharedTexts(limit: limits.texts)
    if let textsPart, archive.file(named: textsPart) != nil {
      try Self.scan(textsPart, of: archive, limits, texts)
    }
    if texts.isTooLong { throw SpreadsheetReadFault.manyTexts(limit: limits.texts) }
    return texts
  }

  /// The formats that cells refer to by number.
  func styles() throws -> CellStyles {
    let styles = CellStyles()
    if let stylesPart, archive.file(named: stylesPart) != nil {
      try Self.scan(stylesPart, of: archive, limits, styles)
    }
    return styles
  }

  private static func scan(
    _ part: String, of archive: ZipArchive, _ limits: SpreadsheetLimits, _ listener: any XMLListener
  ) throws {
    guard let file = archive.file(named: part) else { throw SpreadsheetReadFault.notAWorkbook }
    let scanner = XMLScanner(listener)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { buffer.deallocate() }
    do {
      let entry = try archive.open(file)
      var length = 0
      repeat {
        length = try entry.read(into: buffer)
        if let fault = scanner.feed(UnsafeRawBufferPointer(rebasing: buffer[..<length])) {
          throw SpreadsheetReadFault.malformed(part: part, reason: fault)
        }
        if let texts = listener as? SharedTexts, texts.isTooLong { return }
      } while length > 0
    } catch let fault as ArchiveFault { throw SpreadsheetReadFault.archive(fault) }
  }

  /// A target of a relationship as the archive names it.
  private static func resolved(_ target: String, from folder: String) -> String {
    var steps = target.hasPrefix("/") ? [] : folder.split(separator: "/")
    for step in target.split(separator: "/") {
      switch step {
      case "..": _ = steps.popLast()
      case ".": break
      default: steps.append(step)
      }
    }
    return steps.joined(separator: "/")
  }
}

/// What a part refers to.
private final class Relationships: XMLListener {
  private(set) var targets: [String: (type: String, path: String)] = [:]

  func first(ofType type: String) -> String? {
    targets.values.first { $0.type.hasSuffix("/" + type) }?.path
  }

  func start(_ name: String, _ attributes: XMLScanner.Attributes) {
    guard name == "Relationship", let id = attributes["Id"], let type = attributes["Type"],
      let path = attributes["Target"]
    else { return }
    targets[id] = (type, path)
  }
  func end(_ name: String) {}
  func text(_ bytes: UnsafeBufferPointer<UInt8>) {}
}

/// The names of the sheets, and how days are counted.
private final class WorkbookContents: XMLListener {
  private(set) var sheets: [(name: String, id: String)] = []
  private(set) var usesEpoch1904 = false

  func start(_ name: String, _ attributes: XMLScanner.Attributes) {
    if name == "sheet", let name = attributes["name"], let id = attributes["id"] { sheets.append((name, id)) }
    if name == "workbookPr" { usesEpoch1904 = ["1", "true"].contains(attributes["date1904"]) }
  }
  func end(_ name: String) {}
  func text(_ bytes: UnsafeBufferPointer<UInt8>) {}
}
