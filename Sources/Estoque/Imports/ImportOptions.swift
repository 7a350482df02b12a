import EstoqueTables

/// How a table is to be imported.
public struct ImportOptions: Sendable, Equatable, Codable {
  /// Which column means what; nil to find out by the titles.
  public var mapping: ColumnMapping?
  /// What kind of file it is, and how it is written; nil to find out.
  public var format: TableFormat?
  /// Whether the first record has the titles; nil to find out.
  public var hasHeader: Bool?
  /// How decimals are written; nil: with a point where the comma separates cells, and in spreadsheets, else with a comma, or with a single point that
  /// cannot separate thousands.
  public var decimals: DecimalMark?
  /// Whether products that do not exist are added: for movements and staging.
  public var addsProducts = true
  /// What a positive quantity of a movement means.
  public var direction = MovementDirection.receipts
  /// What a quantity of a product means.
  public var firstStock = FirstStock.first
  /// Whether stock may go below zero; else such lines fail.
  public var allowsNegativeStock = false
  /// The code of the place that is meant where no column names one.
  public var location = "PRINCIPAL"
  /// How many goroutines read lines at the same time.
  public var workers = 2
  /// How many lines are committed at once.
  public var chunk = 6_000
  /// Whether a file that has been imported before is imported again.
  public var isForced = false

  /// The usual options.
  public init() {}

  /// Decodes options; what is left out is as usual.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func value<Value: Decodable>(_ key: CodingKeys, _ usual: Value) throws -> Value {
      try container.decodeIfPresent(Value.self, forKey: key) ?? usual
    }
    mapping = try container.decodeIfPresent(ColumnMapping.self, forKey: .mapping)
    format = try container.decodeIfPresent(TableFormat.self, forKey: .format)
    hasHeader = try container.decodeIfPresent(Bool.self, forKey: .hasHeader)
    decimals = try container.decodeIfPresent(DecimalMark.self, forKey: .decimals)
    addsProducts = try value(.addsProducts, addsProducts)
    direction = try value(.direction, direction)
    firstStock = try value(.firstStock, firstStock)
    allowsNegativeStock = try value(.allowsNegativeStock, allowsNegativeStock)
    location = try value(.location, location)
    workers = try value(.workers, workers)
    chunk = try value(.chunk, chunk)
    isForced = try value(.isForced, isForced)
  }
}
