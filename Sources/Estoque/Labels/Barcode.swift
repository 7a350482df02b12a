import CLabels

/// A text that no bar code can say.
public struct BarcodeFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// The text.
  public let text: String
  /// What is wrong with it, as the encoder says.
  public let reason: String
  /// A sentence for people.
  public var description: String { "não há código de barras para \"\(text)\": \(reason)" }
}

/// The bars of a code, from left to right; their places and widths are shares of the whole width.
struct Barcode {
  struct Bar { var start, width: Double }
  let bars: [Bar]
  /// Whether it is an EAN, which scanners of shops expect.
  let isEAN: Bool

  /// An EAN for 8 or 13 digits whose check digit is right, as GTIN has them; Code 128 for anything else.
  init(_ text: String) throws(BarcodeFault) {
    let isNumber = !text.isEmpty && text.allSatisfy { ("0"..."9").contains($0) }
    if isNumber, [8, 13].contains(text.count), let bars = try? Self.encode(text, BARCODE_EANX) {
      (self.bars, isEAN) = (bars, true)
    } else {
      (bars, isEAN) = (try Self.encode(text, BARCODE_CODE128), false)
    }
  }

  private static func encode(_ text: String, _ symbology: Int32) throws(BarcodeFault) -> [Bar] {
    if text.isEmpty { throw BarcodeFault(text: text, reason: "está vazio") }
    guard text.utf8.allSatisfy({ 0x20..<0x7F ~= $0 }) else {
      throw BarcodeFault(text: text, reason: "só letras sem acento, números e sinais simples são possíveis")
    }
    guard let symbol = ZBarcode_Create() else { throw BarcodeFault(text: text, reason: "memória") }
    defer { ZBarcode_Delete(symbol) }
    symbol.pointee.symbology = symbology
    symbol.pointee.show_hrt = 0
    let bytes = Array(text.utf8)
    let code = ZBarcode_Encode_and_Buffer_Vector(symbol, bytes, Int32(clamping: bytes.count), 0)
    guard code < ZINT_ERROR, let vector = symbol.pointee.vector else {
      let reason = withUnsafeBytes(of: symbol.pointee.errtxt) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      throw BarcodeFault(text: text, reason: reason)
    }
    var bars: [Bar] = []
    var next = vector.pointee.rectangles
    while let rectangle = next {
      bars.append(Bar(start: Double(rectangle.pointee.x), width: Double(rectangle.pointee.width)))
      next = rectangle.pointee.next
    }
    bars.sort { $0.start < $1.start }
    // The drawing has blank margins; the label has its own.
    guard let first = bars.first, let last = bars.last else {
      throw BarcodeFault(text: text, reason: "sem barras")
    }
    let width = last.start + last.width - first.start
    return bars.map { Bar(start: ($0.start - first.start) / width, width: $0.width / width) }
  }
}
