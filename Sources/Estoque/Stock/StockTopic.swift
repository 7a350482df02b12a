/// What a transaction can say that it changes; see `Session.touch`.
public enum StockTopic {
  /// Movements were posted: balances, lists and reports are others.
  public static let stock = "stock"
  /// Products, categories or places were added or changed.
  public static let products = "products"
  /// A product came to a place where it has never been: lists have another row.
  public static let places = "stock-places"

  private static let span: Int64 = 30 * 86_400 * 1_000_000

  /// Movements that happened around a moment were posted: in the same thirty days, counted from 1970 on. What is said about other times stays as
  /// it is.
  public static func stock(around moment: Int64) -> String { topic(bucket(moment)) }

  /// All topics of movements from one moment up to another, which does not belong to it.
  public static func stock(within range: Range<Int64>) -> [String] {
    range.isEmpty ? [] : (bucket(range.lowerBound)...bucket(range.upperBound - 1)).map(topic)
  }

  static func bucket(_ moment: Int64) -> Int64 { (moment >= 0 ? moment : moment - span + 1) / span }
  static func topic(_ bucket: Int64) -> String { "stock@\(bucket)" }
}
