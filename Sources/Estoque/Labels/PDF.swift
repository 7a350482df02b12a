import CLabels

/// The PDF library gave up.
public struct PDFFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// Its error number.
  public let code: Int
  /// A sentence for people.
  public var description: String { "o PDF não pôde ser gerado (libharu, erro \(code))" }
}

/// A PDF document in millimetres from the upper left corner.
final class PDF {
  private let document: HPDF_Doc
  private let plain: HPDF_Font
  private let bold: HPDF_Font
  private static let pointsPerMillimetre = 72 / 25.4

  init() throws(PDFFault) {
    // Without a handler the functions return errors.
    guard let document = HPDF_New(nil, nil) else { throw PDFFault(code: 0) }
    HPDF_SetCompressionMode(document, HPDF_UINT(HPDF_COMP_ALL))
    guard let plain = HPDF_GetFont(document, "Helvetica", "WinAnsiEncoding"),
      let bold = HPDF_GetFont(document, "Helvetica-Bold", "WinAnsiEncoding")
    else {
      HPDF_Free(document)
      throw PDFFault(code: 0)
    }
    (self.document, self.plain, self.bold) = (document, plain, bold)
  }
  deinit { HPDF_Free(document) }

  func addPage(_ size: (width: Double, height: Double)) throws(PDFFault) -> Page {
    guard let page = HPDF_AddPage(document) else { throw fault }
    HPDF_Page_SetWidth(page, Float(size.width * Self.pointsPerMillimetre))
    HPDF_Page_SetHeight(page, Float(size.height * Self.pointsPerMillimetre))
    return Page(page: page, height: size.height, plain: plain, bold: bold)
  }

  func bytes() throws(PDFFault) -> [UInt8] {
    guard HPDF_SaveToStream(document) == HPDF_STATUS(HPDF_OK) else { throw fault }
    let size = HPDF_GetStreamSize(document)
    HPDF_ResetStream(document)
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, initialized in
      var length = size
      HPDF_ReadFromStream(document, buffer.baseAddress, &length)
      initialized = Int(length)
    }
    guard bytes.count == Int(size) else { throw fault }
    return bytes
  }

  private var fault: PDFFault { PDFFault(code: Int(HPDF_GetError(document))) }

  struct Page {
    fileprivate let page: HPDF_Page
    fileprivate let height: Double
    fileprivate let plain: HPDF_Font
    fileprivate let bold: HPDF_Font

    /// A line of text, cut where it would be wider than `width`.
    func text(_ text: String, size: Double, isBold: Bool, x: Double, baseline: Double, width: Double) {
      HPDF_Page_SetFontAndSize(page, isBold ? bold : plain, Float(size))
      var bytes = WinAnsi.encode(text)
      let limit = Float(width * PDF.pointsPerMillimetre)
      while !bytes.isEmpty, HPDF_Page_TextWidth(page, WinAnsi.terminated(bytes)) > limit {
        bytes.removeLast()
      }
      if bytes.isEmpty { return }
      HPDF_Page_BeginText(page)
      HPDF_Page_TextOut(page, points(x), points(height - baseline), WinAnsi.terminated(bytes))
      HPDF_Page_EndText(page)
    }

    func bar(x: Double, top: Double, width: Double, height barHeight: Double) {
      HPDF_Page_Rectangle(
        page, points(x), points(height - top - barHeight), points(width), points(barHeight))
      HPDF_Page_Fill(page)
    }

    private func points(_ millimetres: Double) -> Float { Float(millimetres * PDF.pointsPerMillimetre) }
  }
}

/// Text for the fonts that every PDF reader has.
enum WinAnsi {
  /// What the fonts lack becomes a question mark, what would end a C string a blank.
  static func encode(_ text: String) -> [UInt8] {
    text.unicodeScalars.map { scalar in
      switch scalar.value {
      case 0..<0x20, 0x7F: 0x20
      case 0x20..<0x7F, 0xA0...0xFF: UInt8(scalar.value)
      case 0x20AC: 0x80
      case 0x2013: 0x96
      case 0x2014: 0x97
      case 0x2018: 0x91
      case 0x2019: 0x92
      case 0x201C: 0x93
      case 0x201D: 0x94
      case 0x2022: 0x95
      case 0x2026: 0x85
      default: UInt8(ascii: "?")
      }
    }
  }
  static func terminated(_ bytes: [UInt8]) -> [CChar] { bytes.map(CChar.init(bitPattern:)) + [0] }
}
