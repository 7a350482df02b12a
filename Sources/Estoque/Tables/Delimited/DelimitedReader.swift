/// Reads a delimited file from its beginning to its end, in batches and flat memory.
///
/// Blocks its thread while it reads: to be used in `offload`.
public final class DelimitedReader: RecordReader {
  /// How the file is written.
  public let dialect: Dialect
  /// Its encoding, as its beginning shows it: `UTF-8`, `windows-1252` or `UTF-16`.
  public let encoding: String
  private let file: ByteReader
  private var transcoder: UTF16Transcoder?
  private var parser: DelimitedParser
  private var start: [UInt8]?
  private var hasEnded = false
  /// What stopped the reader behind the records that are still to come.
  private var fault: (any Error)?

  private static let pieceSize = 1 << 18

  /// Opens a file and looks at its beginning.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - dialect: how it is written; nil to find out.
  ///   - limits: what it must not exceed.
  /// - Throws: ``FileFault``.
  public init(path: String, dialect: Dialect? = nil, limits: DelimitedLimits = DelimitedLimits())
    throws(FileFault)
  {
    file = try ByteReader(path: path)
    var start = try file.read(Self.pieceSize)
    let (encoding, mark) = TextEncoding.detect(start[...])
    start.removeFirst(mark)
    switch encoding {
    case .unmarked, .utf8: transcoder = nil
    case .utf16LittleEndian: transcoder = UTF16Transcoder(isBigEndian: false)
    case .utf16BigEndian: transcoder = UTF16Transcoder(isBigEndian: true)
    }
    if var transcoder {
      start = transcoder.utf8(start[...])
      self.transcoder = transcoder
    }
    self.encoding = transcoder != nil ? "UTF-16" : Text.isUTF8(start[...]) ? "UTF-8" : "windows-1252"
    self.dialect = dialect ?? .detect(start[...])
    parser = DelimitedParser(self.dialect, limits: limits)
    self.start = start
  }

  /// The next records, about `count` of them; nil at the end.
  ///
  /// - Throws: ``DelimitedFault``, ``FileFault``; the records before the fault have come before it.
  public func next(_ count: Int = 1_000) throws -> RecordBatch? {
    while parser.count < count, !hasEnded {
      do {
        let piece = try nextPiece()
        if piece.isEmpty {
          hasEnded = true
          try parser.finish()
        } else {
          try parser.parse(piece[...])
        }
      } catch {
        hasEnded = true
        fault = error
      }
    }
    if parser.count > 0 { return parser.takeBatch() }
    if let fault { throw fault }
    return nil
  }

  private func nextPiece() throws(FileFault) -> [UInt8] {
    if let start {
      self.start = nil
      if !start.isEmpty { return start }
    }
    let bytes = try file.read(Self.pieceSize)
    return transcoder?.utf8(bytes[...]) ?? bytes
  }
}
