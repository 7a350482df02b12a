import EstoqueDomain
import Foundation

/// Something that is kept in stock.
public struct Product: Sendable, Equatable {
  /// Its number.
  public typealias ID = Identifier<Product>

  /// Its number.
  public let id: ID
  /// How it changed: whoever writes must have read this version.
  public let version: Int
  /// What can be changed.
  public var details: Details

  /// What people say about a product.
  public struct Details: Sendable, Equatable {
    /// The company's own code, unique.
    public var code: String
    /// The name.
    public var name: String
    /// The unit in which stock is counted.
    public var unit: String
    /// The bar code.
    public var gtin: String?
    /// The tax classification.
    public var ncm: String?
    /// The category.
    public var category: Category.ID?
    /// Below which stock it is to be reordered.
    public var minimum: Quantity
    /// Whether it is in use.
    public var isActive: Bool

    /// Creates details.
    public init(
      code: String, name: String, unit: String = "UN", gtin: String? = nil, ncm: String? = nil,
      category: Category.ID? = nil, minimum: Quantity = .zero, isActive: Bool = true
    ) {
      (self.code, self.name, self.unit, self.gtin, self.ncm) = (code, name, unit, gtin, ncm)
      (self.category, self.minimum, self.isActive) = (category, minimum, isActive)
    }

    /// The name and the codes as they are searched: without case or accents.
    var search: String { Self.folded("\(name) \(code) \(gtin ?? "")") }

    static func folded(_ text: String) -> String {
      text.folding(options: [.caseInsensitive, .diacriticInsensitive], locale: Locale(identifier: "pt_BR"))
    }
  }
}
