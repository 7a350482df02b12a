/// What is printed on one label.
public struct Label: Sendable, Equatable {
  /// The product's name.
  public var name: String
  /// The product's code, printed below the name.
  public var code: String
  /// What the bar code says; by default the GTIN, or else the code.
  public var barcode: String
  /// A line at the foot: a price, a place, a lot.
  public var note: String

  /// Creates a label.
  public init(name: String, code: String, gtin: String? = nil, note: String = "") {
    self.name = name
    self.code = code
    self.barcode = gtin ?? code
    self.note = note
  }

  /// Whether there is a bar code for it.
  public var isPossible: Bool { (try? Barcode(barcode)) != nil }
}

/// A sheet of adhesive labels. All measures are in millimetres.
public struct LabelSheet: Sendable, Equatable {
  /// The paper.
  public var paper: (width: Double, height: Double) {
    get { (width, height) }
    set { (width, height) = newValue }
  }
  private var width: Double
  private var height: Double
  /// Labels side by side, and one below the other.
  public var columns: Int
  /// Labels one below the other.
  public var rows: Int
  /// The size of one label.
  public var labelWidth: Double
  /// The size of one label.
  public var labelHeight: Double
  /// From the paper's edge to the first label.
  public var left: Double
  /// From the paper's edge to the first label.
  public var top: Double
  /// From the left edge of a label to that of the next.
  public var pitch: Double

  /// Creates a sheet.
  public init(
    paper: (width: Double, height: Double), columns: Int, rows: Int, labelWidth: Double, labelHeight: Double,
    left: Double, top: Double, pitch: Double
  ) {
    (width, height) = paper
    (self.columns, self.rows) = (columns, rows)
    (self.labelWidth, self.labelHeight) = (labelWidth, labelHeight)
    (self.left, self.top, self.pitch) = (left, top, pitch)
  }

  /// 30 labels of 66.7 × 25.4 mm on Letter, as Pimaco 6180 and Avery 5160 have them.
  public static let letter30 = LabelSheet(
    paper: (215.9, 279.4), columns: 3, rows: 10, labelWidth: 66.7, labelHeight: 25.4, left: 4.8, top: 12.7,
    pitch: 69.8)
  /// 33 labels of 63.5 × 25.4 mm on A4, as Pimaco A4356 has them.
  public static let a4By33 = LabelSheet(
    paper: (210, 297), columns: 3, rows: 11, labelWidth: 63.5, labelHeight: 25.4, left: 7.2, top: 8.8,
    pitch: 66)
  /// 14 labels of 99 × 38.1 mm on A4, as Pimaco A4363 has them.
  public static let a4By14 = LabelSheet(
    paper: (210, 297), columns: 2, rows: 7, labelWidth: 99, labelHeight: 38.1, left: 4.7, top: 15.2,
    pitch: 101.6)

  /// Labels on one sheet.
  public var count: Int { columns * rows }
}
