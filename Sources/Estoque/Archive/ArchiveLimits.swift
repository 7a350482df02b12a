/// What an archive must not exceed: a few kilobytes can claim to be petabytes.
public struct ArchiveLimits: Sendable, Equatable {
  /// The number of files.
  public var files: Int
  /// The bytes of one file, unpacked.
  public var file: Int
  /// The bytes of all files together, unpacked.
  public var total: Int
  /// How many times larger than its packed form a file may be, beyond its first megabyte.
  public var expansion: Int

  /// Creates limits; by default 10,000 files, 64 MB each, 512 MB together, and 200 times.
  public init(files: Int = 10_000, file: Int = 64 << 20, total: Int = 512 << 20, expansion: Int = 200) {
    self.files = files
    self.file = file
    self.total = total
    self.expansion = expansion
  }
}

/// Why an archive, or a file in it, cannot be read. The sentences are for those who uploaded it.
public enum ArchiveFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// No ZIP archive, or a damaged one.
  case unreadable(reason: String)
  /// More files than allowed.
  case tooManyFiles(Int, limit: Int)
  /// All files together are larger than allowed.
  case tooLarge(limit: Int)
  /// One file is larger than allowed, or than it claims.
  case fileTooLarge(file: String, limit: Int)
  /// A file grows more than allowed when it is unpacked.
  case suspiciousExpansion(file: String, limit: Int)
  /// A file is encrypted.
  case encrypted(file: String)
  /// A file is packed in a way that cannot be read, or is damaged.
  case unreadableFile(file: String, reason: String)
  /// What was packed by ``Deflate`` is not what it was.
  case damaged

  /// A sentence for people.
  public var description: String {
    switch self {
    case .unreadable(let reason): "o arquivo ZIP não pode ser lido (\(reason)); envie-o de novo"
    case .tooManyFiles(let count, let limit):
      "o arquivo ZIP tem \(count) arquivos, e o máximo é \(limit); divida-o"
    case .tooLarge(let limit): "o conteúdo do arquivo ZIP passa de \(limit >> 20) MB; divida-o"
    case .fileTooLarge(let file, let limit): "\(file) passa de \(limit >> 20) MB"
    case .suspiciousExpansion(let file, let limit):
      "\(file) cresce mais de \(limit) vezes ao ser descompactado, e foi recusado"
    case .encrypted(let file): "\(file) está protegido por senha; envie-o sem senha"
    case .damaged: "o conteúdo guardado está danificado"
    case .unreadableFile(let file, let reason): "\(file) não pode ser descompactado (\(reason))"
    }
  }
}
