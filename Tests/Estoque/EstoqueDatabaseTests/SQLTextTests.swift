import Testing

@testable import EstoqueDatabase

@Suite struct SQLTextTests {
  @Test(arguments: [
    ("SELECT ?1, ?2", "SELECT $1, $2", 2),
    ("?12+?3", "$12+$3", 12),
    (
      "SELECT '?1''?2', \"?3\" -- ?4\n, ?5 /* ?6 */, ?7", "SELECT '?1''?2', \"?3\" -- ?4\n, $5 /* ?6 */, $7",
      7
    ),
    ("SELECT a ? b, ?", "SELECT a ? b, ?", 0),
    ("'unended ?1", "'unended ?1", 0),
    ("ação ?1", "ação $1", 1),
    ("-- ?1", "-- ?1", 0),
    ("", "", 0),
  ])
  func placeholdersAreRewrittenOutsideOfTexts(_ source: String, _ text: String, _ parameters: Int) {
    let numbered = NumberedStatement(source)
    #expect(numbered.text == text && numbered.parameters == parameters)
  }

  @Test func partsDifferByDialect() {
    let condition: SQL = "code = ?1"
    let sql: SQL =
      "SELECT \(identifier: "od\"d") FROM t WHERE \(condition) AND n IN (\(placeholders: 2...4)) \(.skipLocked)"
    #expect(sql.text(for: .sqlite) == "SELECT \"od\"\"d\" FROM t WHERE code = ?1 AND n IN (?2, ?3, ?4) ")
    #expect(sql.text(for: .postgres).hasSuffix("(?2, ?3, ?4) FOR UPDATE SKIP LOCKED"))
    #expect(SQL(sqlite: "a", postgres: "b").text(for: .postgres) == "b")
  }

  private final class Kept: CachedStatement {
    let number: Int
    var isInUse = true
    var lastUse: UInt64 = 0
    init(_ number: Int) { self.number = number }
  }

  @Test func theStatementUsedLongestAgoMakesRoom() {
    var cache = StatementCache<Kept>(capacity: 2)
    func use(_ number: Int) -> Int? {
      if let found = cache.take("\(number)") {
        found.isInUse = false
        return nil
      }
      let fresh = Kept(number)
      let (kept, evicted) = cache.keep(fresh, "\(number)")
      #expect(kept)
      fresh.isInUse = false
      return evicted?.number ?? 0
    }
    #expect(use(1) == 0 && use(2) == 0 && use(1) == nil)
    #expect(use(3) == 2)
    #expect(use(1) == nil)
    #expect(use(2) == 3)
    #expect(cache.count == 2 && cache.hits == 2 && cache.misses == 4 && cache.evictions == 2)
  }

  @Test func statementsInUseStay() {
    var cache = StatementCache<Kept>(capacity: 1)
    let first = Kept(1)
    #expect(cache.keep(first, "1").kept)
    #expect(cache.take("1") == nil)
    let second = cache.keep(Kept(2), "2")
    #expect(!second.kept && second.evicted == nil)
    #expect(!cache.keep(Kept(3), "1").kept)
    first.isInUse = false
    #expect(cache.take("1") === first)
    var none = StatementCache<Kept>(capacity: 0)
    #expect(!none.keep(Kept(1), "1").kept && none.count == 0)
    #expect(cache.removeAll().count == 1 && cache.count == 0)
  }
}
