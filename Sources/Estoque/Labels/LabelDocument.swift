import CLabels

/// A PDF of label sheets.
public struct LabelDocument: Sendable {
  private let sheet: LabelSheet
  private let labels: [Label]
  private let skipped: Int

  /// Creates a document.
  /// - Parameters:
  ///   - sheet: the sheets to print on.
  ///   - labels: what to print, row by row.
  ///   - skipped: labels of the first sheet that have been used before.
  public init(on sheet: LabelSheet = .letter30, _ labels: [Label], skipping skipped: Int = 0) {
    self.sheet = sheet
    self.labels = labels
    self.skipped = max(0, min(skipped, sheet.count - 1))
  }

  /// The document's bytes.
  /// - Throws: ``BarcodeFault`` for the first label whose text cannot be a bar code; ``PDFFault``.
  public func pdf() throws -> [UInt8] {
    let document = try PDF()
    var page: PDF.Page?
    for (index, label) in labels.enumerated() {
      let place = (index + skipped) % sheet.count
      if page == nil || place == 0 { page = try document.addPage(sheet.paper) }
      try draw(label, at: place, on: page.unsafelyUnwrapped)
    }
    if page == nil { _ = try document.addPage(sheet.paper) }
    return try document.bytes()
  }

  private func draw(_ label: Label, at place: Int, on page: PDF.Page) throws {
    let margin = 2.5
    let x = sheet.left + Double(place % sheet.columns) * sheet.pitch + margin
    let top = sheet.top + Double(place / sheet.columns) * sheet.labelHeight + margin
    let width = sheet.labelWidth - 2 * margin
    let height = sheet.labelHeight - 2 * margin
    page.text(label.name, size: 8, isBold: true, x: x, baseline: top + 2.6, width: width)
    page.text(label.code, size: 7, isBold: false, x: x, baseline: top + 5.6, width: width * 0.6)
    if !label.note.isEmpty {
      page.text(
        label.note, size: 7, isBold: false, x: x + width * 0.6, baseline: top + 5.6, width: width * 0.4)
    }
    let code = try Barcode(label.barcode)
    // A short code printed as wide as the label cannot be scanned; a third of a millimetre a module is what shops print.
    let narrowest = code.bars.map(\.width).min() ?? 1
    let codeWidth = min(width, 0.33 / narrowest)
    let barTop = top + 7
    let barHeight = max(4, height - 7 - 3)
    for bar in code.bars {
      page.bar(x: x + bar.start * codeWidth, top: barTop, width: bar.width * codeWidth, height: barHeight)
    }
    page.text(label.barcode, size: 7, isBold: false, x: x, baseline: barTop + barHeight + 2.6, width: width)
  }
}
