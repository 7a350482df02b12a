import CLibXML2
import Foundation

/// The official schemas of NF-e from a folder, compiled once and used by any number of tasks.
///
/// A compiled schema is only read; each validation has a context of its own.
public final class Schemas: Sendable {
  private struct Compiled: @unchecked Sendable { let schema: xmlSchemaPtr }  // only read once it is made

  private let compiled: [String: Compiled]

  /// The schemas that must be there: those of the current layout.
  public static let required = ["nfe_v4.00.xsd", "procNFe_v4.00.xsd"]

  /// The schemas that are used where they are there: older layouts and events.
  public static let optional = [
    "nfe_v3.10.xsd", "procNFe_v3.10.xsd", "nfe_v2.00.xsd", "procNFe_v2.00.xsd", "eventoCancNFe_v1.00.xsd",
    "procEventoCancNFe_v1.00.xsd", "CCe_v1.00.xsd", "procCCeNFe_v1.00.xsd",
  ]

  // What libxml2 wants done once, before threads use it. Nothing that a schema refers to is fetched from
  // the network; the loader is the process's, and nobody in it wants another one.
  private static let prepared: Void = {
    xmlInitParser()
    xmlSchemaInitTypes()
    xmlSetExternalEntityLoader(xmlNoNetExternalEntityLoader)
  }()

  /// Finds and compiles the schemas in a folder and the folders inside of it.
  ///
  /// - Throws: ``SchemaFault``.
  public init(folder: String) throws(SchemaFault) {
    _ = Self.prepared
    let found = try Self.files(in: folder)
    for name in Self.required where found[name] == nil { throw .missing(name, folder: folder) }
    var compiled: [String: Compiled] = [:]
    do throws(SchemaFault) {
      for (name, path) in found { compiled[name] = Compiled(schema: try Self.compile(path)) }
    } catch {
      for entry in compiled.values { xmlSchemaFree(entry.schema) }
      throw error
    }
    self.compiled = compiled
  }

  deinit { for entry in compiled.values { xmlSchemaFree(entry.schema) } }

  /// The schema of that name, for as long as this object lives.
  func schema(named name: String) -> xmlSchemaPtr? { compiled[name]?.schema }

  private static func files(in folder: String) throws(SchemaFault) -> [String: String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue,
      let names = FileManager.default.enumerator(atPath: folder)
    else { throw .noFolder(folder) }
    var found: [String: String] = [:]
    for case let name as String in names {
      let path = URL(filePath: folder).appending(path: name)
      let file = path.lastPathComponent
      guard required.contains(file) || optional.contains(file) else { continue }
      // Nobody could say which of two counts.
      if let other = found[file] { throw .ambiguous(file, [other, path.path].sorted()) }
      found[file] = path.path
    }
    return found
  }

  private static func compile(_ path: String) throws(SchemaFault) -> xmlSchemaPtr {
    var fault: SchemaFault?
    // The first error is the one to tell, be it in the schema's XML or in what it says.
    let note: xmlStructuredErrorFunc = { fault, error in
      guard let fault = fault?.assumingMemoryBound(to: SchemaFault?.self), let error, fault.pointee == nil,
        error.pointee.level != XML_ERR_WARNING
      else { return }
      fault.pointee = .broken(
        file: error.pointee.file.map { String(cString: $0) } ?? "", line: Int(error.pointee.line),
        message: error.pointee.message.map { String(cString: $0).oneLine } ?? "")
    }
    let schema: xmlSchemaPtr? = withUnsafeMutablePointer(to: &fault) { fault in
      guard let context = xmlSchemaNewParserCtxt(path) else { return nil }
      defer { xmlSchemaFreeParserCtxt(context) }
      xmlSchemaSetParserStructuredErrors(context, note, fault)
      return ThreadErrors.handled(by: note, with: fault) { xmlSchemaParse(context) }
    }
    if let schema, fault == nil { return schema }
    if let schema { xmlSchemaFree(schema) }
    throw fault ?? .broken(file: path, line: 0, message: "no schema")
  }
}

extension String {
  /// Without line breaks.
  var oneLine: String { split(whereSeparator: \.isNewline).joined(separator: " ") }
}
