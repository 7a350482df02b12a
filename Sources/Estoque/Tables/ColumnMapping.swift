/// Which column of a table means what.
public struct ColumnMapping: Sendable, Equatable, Codable {
  /// For each meaning, the position of its column.
  public var positions: [Column: Int]

  /// Creates a mapping.
  public init(_ positions: [Column: Int] = [:]) { self.positions = positions }

  /// The position of a column.
  public subscript(column: Column) -> Int? { positions[column] }

  /// What the column at a position means.
  public func meaning(at position: Int) -> Column? {
    Column.allCases.first { positions[$0] == position }
  }

  /// A position to which several meanings were given, and these; nil if there is none.
  public var shared: (position: Int, meanings: [Column])? {
    let meanings = Dictionary(grouping: Column.allCases.filter { positions[$0] != nil }) {
      positions[$0] ?? 0
    }
    return meanings.filter { $0.value.count > 1 }.min { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Guesses from a table's header. Each column gets at most one meaning, and each meaning at most one column: the one whose name comes first among those
  /// that people use for it.
  public static func detect(header: [String]) -> ColumnMapping {
    let header = header.map(Text.folded)
    var candidates: [(rank: Int, column: Column, position: Int)] = []
    for column in Column.allCases {
      for (rank, name) in column.names.enumerated() {
        for (position, title) in header.enumerated() where title == name {
          candidates.append((rank, column, position))
        }
      }
    }
    var mapping = ColumnMapping()
    var taken: Set<Int> = []
    let order = Column.allCases
    candidates.sort {
      ($0.rank, order.firstIndex(of: $0.column)!, $0.position) < (
        $1.rank, order.firstIndex(of: $1.column)!, $1.position
      )
    }
    for candidate in candidates where mapping[candidate.column] == nil && !taken.contains(candidate.position)
    {
      mapping.positions[candidate.column] = candidate.position
      taken.insert(candidate.position)
    }
    return mapping
  }

  /// The position of the column with a title, without regard to case, accents or punctuation, or with a number, counted from 1.
  public static func position(of name: String, in header: [String], width: Int) -> Int? {
    if let found = header.firstIndex(of: name) { return found }
    let folded = Text.folded(name)
    if let found = header.firstIndex(where: { Text.folded($0) == folded }), !folded.isEmpty { return found }
    guard let number = Int(name), (1...max(1, width)).contains(number), width > 0 else { return nil }
    return number - 1
  }

  /// Whether a record is a header: it has at least one name of a column, and no numbers.
  static func isHeader(_ texts: [String]) -> Bool {
    if texts.contains(where: { !$0.isEmpty && $0.allSatisfy { $0.isNumber || "., -/:".contains($0) } }) {
      return false
    }
    let texts = Set(texts.map(Text.folded))
    return Column.allCases.contains { !texts.isDisjoint(with: $0.names) }
  }
}
