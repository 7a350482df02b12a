/// Writes delimited text that spreadsheets open without harm.
///
/// A cell that a spreadsheet would take for a formula (it begins with `=`, `+`, `-`, `@`, a tab or a carriage return) gets an apostrophe in front, unless
/// it is a number (after OWASP's advice on CSV injection). Everything else comes out as it went in.
public struct DelimitedWriter: Sendable {
  private let delimiter: UInt8
  /// What has been written and not taken.
  private var bytes: [UInt8] = []
  private var isAtStart = true

  /// Creates a writer.
  /// - Parameters:
  ///   - delimiter: the semicolon is what spreadsheets in Brazil expect.
  ///   - mark: whether the text begins with a byte order mark, by which spreadsheets recognise UTF-8.
  public init(_ delimiter: Dialect.Delimiter = .semicolon, mark: Bool = true) {
    self.delimiter = delimiter.rawValue
    if mark { bytes = [0xEF, 0xBB, 0xBF] }
  }

  /// The number of bytes that have not been taken.
  public var count: Int { bytes.count }

  /// Makes room for so many bytes.
  public mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }

  /// Adds a cell to the present record.
  public mutating func append(_ cell: some StringProtocol) { add(cell.utf8) }

  /// Adds a cell, given as UTF-8, to the present record.
  public mutating func append(utf8 cell: UnsafeBufferPointer<UInt8>) { add(cell) }

  private mutating func add(_ utf8: some Collection<UInt8>) {
    if !isAtStart { bytes.append(delimiter) }
    isAtStart = false
    let isFormula = Self.isFormula(utf8)
    let needsQuotes = utf8.contains {
      $0 == delimiter || $0 == Ascii.quote || $0 == Ascii.lineFeed || $0 == Ascii.carriageReturn
    }
    if needsQuotes { bytes.append(Ascii.quote) }
    if isFormula { bytes.append(UInt8(ascii: "'")) }
    if needsQuotes {
      for byte in utf8 {
        if byte == Ascii.quote { bytes.append(byte) }
        bytes.append(byte)
      }
      bytes.append(Ascii.quote)
    } else {
      bytes.append(contentsOf: utf8)
    }
  }

  /// Ends the record.
  public mutating func endRecord() {
    bytes.append(Ascii.carriageReturn)
    bytes.append(Ascii.lineFeed)
    isAtStart = true
  }

  /// Adds a whole record.
  public mutating func append(record: some Sequence<some StringProtocol>) {
    for cell in record { append(cell) }
    endRecord()
  }

  /// What has been written since the last call.
  public mutating func take() -> [UInt8] {
    defer { bytes = [] }
    return bytes
  }

  private static func isFormula(_ utf8: some Collection<UInt8>) -> Bool {
    switch utf8.first {
    case UInt8(ascii: "="), UInt8(ascii: "@"), 0x09, Ascii.carriageReturn: true
    case UInt8(ascii: "-"), UInt8(ascii: "+"):
      !utf8.dropFirst().allSatisfy {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ",")
      } || utf8.count == 1
    default: false
    }
  }
}
