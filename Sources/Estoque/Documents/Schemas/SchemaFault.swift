/// Why a folder of schemas cannot be used.
public enum SchemaFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no such folder.
  case noFolder(String)
  /// A schema that must be there is not.
  case missing(String, folder: String)
  /// A schema is there more than once.
  case ambiguous(String, [String])
  /// A schema, or a file that it includes, is broken or missing.
  case broken(file: String, line: Int, message: String)

  /// What is wrong, where, and what to do about it.
  public var description: String {
    switch self {
    case .noFolder(let path): "there is no folder \(path)"
    case .missing(let name, let folder):
      "\(name) is not in \(folder): unpack the official schemas of NF-e 4.00 there"
    case .ambiguous(let name, let paths):
      "\(name) is there more than once (\(paths.joined(separator: ", "))): leave one version in the folder"
    case .broken(let file, let line, let message):
      "\(file.isEmpty ? "a schema" : file)\(line > 0 ? ":\(line)" : "") is no usable schema: \(message)"
    }
  }
}
