import Foundation
import Testing

@testable import EstoqueLabels

@Suite(.timeLimit(.minutes(10)))
struct LabelTests {
  /// The modules of a code as a scanner sees them: 1 for black.
  private func modules(_ text: String, _ count: Int) throws -> String {
    let bars = try Barcode(text).bars
    return (0..<count).map { module in
      let middle = (Double(module) + 0.5) / Double(count)
      return bars.contains { $0.start <= middle && middle < $0.start + $0.width } ? "1" : "0"
    }.joined()
  }

  /// EAN-13 by hand: guards, the parity pattern of the first digit, and the codes of the others.
  private func ean13(_ digits: String) -> String {
    let left = [
      "0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111",
      "0001011",
    ]
    let parities = [
      "AAAAAA", "AABABB", "AABBAB", "AABBBA", "ABAABB", "ABBAAB", "ABBBAA", "ABABAB", "ABABBA", "ABBABA",
    ]
    let numbers = digits.map { Int(String($0))! }
    func flip(_ code: String) -> String { String(code.map { $0 == "0" ? "1" : "0" }) }
    var result = "101"
    for (number, parity) in zip(numbers[1...6], parities[numbers[0]]) {
      result += parity == "A" ? left[number] : String(flip(left[number]).reversed())
    }
    result += "01010"
    for number in numbers[7...12] { result += flip(left[number]) }
    return result + "101"
  }

  @Test(arguments: ["7891000100103", "4006381333931"])
  func aGTINBecomesAnEAN(gtin: String) throws {
    #expect(try Barcode(gtin).isEAN)
    #expect(try modules(gtin, 95) == ean13(gtin))
  }

  @Test(arguments: ["7891000100104", "ABC-123", "42"])
  func anythingElseBecomesCode128(text: String) throws {
    let code = try Barcode(text)
    #expect(!code.isEAN && code.bars.count >= 10)
    // Every Code 128 ends with bars of 2, 3, 1 and 2 modules.
    let narrow = code.bars.map(\.width).min()!
    #expect(code.bars.suffix(4).map { Int(($0.width / narrow).rounded()) } == [2, 3, 1, 2])
  }

  @Test func whatCannotBeABarCodeIsNamed() {
    let fault = #expect(throws: BarcodeFault.self) { try Barcode("") }
    #expect(fault?.text == "")
    #expect(throws: BarcodeFault.self) { try Barcode("chá 🍵") }
  }

  @Test(arguments: [LabelSheet.letter30, .a4By33, .a4By14])
  func sheetsFitTheirPaper(sheet: LabelSheet) {
    #expect(sheet.left + Double(sheet.columns - 1) * sheet.pitch + sheet.labelWidth <= sheet.paper.width)
    #expect(sheet.top + Double(sheet.rows) * sheet.labelHeight <= sheet.paper.height)
  }

  @Test func thereAreAsManyPagesAsNeeded() throws {
    let label = Label(
      name: "Café torrado e moído 500 g — “extra forte”", code: "CAF-500", gtin: "7891000100103",
      note: "R$ 18,90")
    func pages(_ count: Int, skipping: Int = 0) throws -> Int {
      let bytes = try LabelDocument([Label](repeating: label, count: count), skipping: skipping).pdf()
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(text.hasPrefix("%PDF-"))
      return text.components(separatedBy: "/Type /Page\n").count - 1
    }
    #expect(try pages(0) == 1)
    #expect(try pages(30) == 1)
    #expect(try pages(31) == 2)
    #expect(try pages(30, skipping: 29) == 2)
  }

  @Test func textIsEncodedForTheFonts() {
    #expect(WinAnsi.encode("é €\n字") == [0xE9, 0x20, 0x80, 0x20, 0x3F])
  }
}
