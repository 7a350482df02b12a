import EstoqueDocuments
import EstoqueDomain
import EstoqueStock

/// A document with its lines.
public struct IntakeDetail: Sendable {
  /// The document.
  public let document: IntakeDocument
  /// Where its goods go; nil where somebody has to decide, and for events.
  public let direction: Direction?
  /// Whether whoever accepts it has to say where its goods go.
  public let needsDirection: Bool
  /// What would move, in the order of the items; none for events and what cannot be read.
  public let lines: [Line]
  /// What has happened to the invoice, in the order in which it became known.
  public let events: [InvoiceEvent]

  /// An item that moves.
  public struct Line: Sendable, Equatable {
    /// The item's number.
    public let number: Int
    /// The emitter's code of the product.
    public let code: String
    /// The emitter's name of the product.
    public let name: String
    /// The class of goods.
    public let ncm: String?
    /// The barcode.
    public let gtin: String?
    /// The unit in which it is sold, as written.
    public let unit: String
    /// How much, in that unit.
    public let quantity: Quantity
    /// The unit in which it is taxed, as written.
    public let taxUnit: String
    /// How much, in that unit.
    public let taxQuantity: Quantity
    /// What one costs, everything included.
    public let unitCost: UnitValue
    /// What all of it costs.
    public let cost: Money
    /// The company's product, where it is known.
    public let product: Product?
    /// What it could be, the likeliest first, where it is not known.
    public let suggestions: [Suggestion]
    /// How many of the product's unit are in one of the line's, known or suggested.
    public let factor: Quantity
  }

  /// A product that a line could be.
  public struct Suggestion: Sendable, Equatable {
    /// Why it could be.
    public enum Ground: String, Sendable, Codable {
      /// The supplier's code is known, in another unit.
      case supplier
      /// The barcode is the same.
      case gtin
      /// The company's code is the same.
      case code
      /// The names are alike.
      case name
    }

    /// The product.
    public let product: Product
    /// Why.
    public let ground: Ground
  }
}

/// What a person decides about a document in review.
public struct IntakeDecision: Sendable, Equatable {
  /// What a line is.
  public enum Choice: Sendable, Equatable {
    /// A product that exists.
    case product(Product.ID)
    /// A product that is created from the line.
    case create
  }

  /// A line with what was chosen for it; remembered for the next invoice of the same supplier.
  public struct Line: Sendable, Equatable {
    /// The item's number.
    public var number: Int
    /// What it is.
    public var choice: Choice
    /// How many of the product's unit are in one of the line's.
    public var factor: Quantity

    /// Chooses a product; one of its unit for one of the line's unless told otherwise.
    /// - Throws: ``DecimalError`` never, in practice.
    public init(number: Int, _ choice: Choice, factor: Quantity? = nil) throws(DecimalError) {
      (self.number, self.choice) = (number, choice)
      if let factor { self.factor = factor } else { self.factor = try Quantity(1) }
    }
  }

  /// What is done.
  public enum Action: String, Sendable, Codable {
    case accept, reject
  }

  /// What is done.
  public var action: Action
  /// A remark.
  public var note: String
  /// What lines are; those that are left out must be known.
  public var lines: [Line]
  /// Where the goods go: given where the document does not tell, and only there.
  public var direction: Direction?

  /// Takes the document.
  public static func accept(_ lines: [Line] = [], direction: Direction? = nil, note: String = "") -> Self {
    IntakeDecision(action: .accept, note: note, lines: lines, direction: direction)
  }
  /// Refuses it.
  public static func reject(note: String = "") -> Self {
    IntakeDecision(action: .reject, note: note, lines: [], direction: nil)
  }
}
