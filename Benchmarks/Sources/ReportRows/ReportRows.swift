import EstoqueDatabase
import EstoqueReports
import EstoqueStock
import Foundation
import Revoada
import RowKit
import Synchronization

/// The rows of reading: `ReportRows ROW N`, on the database that `REPORT_DATABASE` names, which is filled with
/// `REPORT_PRODUCTS` products and `REPORT_MOVEMENTS` movements the first time.
@main enum ReportRows {
  static func main() async throws {
    try await RowProgram([
      // Fills the database, so that no other row has to.
      "fill": RowKit.Row(unit: "s") { _ in
        let start = ContinuousClock.now
        try await withReports { _, database in
          let missing = try await database.read { session in
            try session.value(
              "SELECT (SELECT SUM(quantity) FROM movement) - (SELECT SUM(quantity) FROM stock)", as: Int.self)
          }
          try expect("quantity that is not in stock", missing ?? -1, 0)
        }
        return start.duration(to: .now) / .seconds(1)
      },
      // One operation: a page of 50, from the cache as all requests after the first get it.
      "stock page warm": .timed { n in
        try await withReports { reports, _ in
          for _ in 0..<n { try expect("items", try await reports.stock(StockFilter()).items.count, 50) }
        }
      },
      // The same, read each time: pages all over the list.
      "stock page cold": pages { session, cursor in
        let page = try session.stock(StockFilter(), after: cursor)
        return (page.items.count, page.next)
      },
      "movement page cold": pages { session, cursor in
        let page = try session.movements(MovementFilter(), after: cursor)
        return (page.items.count, page.next)
      },
      "movement page of a product cold": pages { session, cursor in
        let page = try session.movements(
          MovementFilter(product: Product.ID(rawValue: 17)), limit: 20, after: cursor)
        return (page.items.count, page.next)
      },
      // One operation: a search that finds little, through all products.
      "stock search cold": .timed { n in
        try await withReports { _, database in
          for _ in 0..<n {
            _ = try await database.read { try $0.stock(StockFilter(search: "produto 77777")) }
          }
        }
      },
      // One operation: the dashboard without any cache.
      "dashboard cold": .timed { n in
        for _ in 0..<n { try await withReports { reports, _ in _ = try await reports.dashboard() } }
      },
      // One operation: twelve months without any cache.
      "year by month cold": .timed { n in
        for _ in 0..<n {
          try await withReports { reports, _ in
            let year = MovementReportRequest(Period("2025-01-01", through: "2025-12-31"), by: .month)
            let report = try await reports.movementReport(year)
            try expect("failed periods", report.periods.count { $0.error != nil }, 0)
          }
        }
      },
      // N is ignored below: all movements. The figure is one movement's time, or the most memory above that before.
      "export csv": export(.csv, memory: false), "export csv memory": export(.csv, memory: true),
      "export xlsx": export(.xlsx, memory: false), "export xlsx memory": export(.xlsx, memory: true),
      "stream csv": stream(memory: false), "stream csv memory": stream(memory: true),
    ]).run()
  }

  // MARK: Pages

  private static func pages(_ read: @escaping @Sendable (Session, Cursor?) throws -> (Int, Cursor?))
    -> RowKit.Row
  {
    .timed { n in
      try await withReports { _, database in
        // One session for many pages: what a page costs, not a connection.
        try await database.read { session in
          var (cursor, empty) = (Cursor?.none, 0)
          for _ in 0..<n {
            let (count, next) = try read(session, cursor)
            if count == 0 { empty += 1 }
            cursor = next
          }
          try expect("empty pages", empty, 0)
        }
      }
    }
  }

  // MARK: Exports

  private static func export(_ format: ExportFormat, memory: Bool) -> RowKit.Row {
    RowKit.Row(unit: memory ? "MB" : "ns") { _ in
      try await withReports { _, database in
        let folder = FileManager.default.temporaryDirectory.appending(path: "report-rows-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let exports = try Exports(database, ExportsConfiguration(folder: folder))
        return try await measured(memory) {
          let job = try await exports.start(ExportRequest(.movements, as: format))
          let running = spawn { try await exports.run() }
          while try await !exports.job(job.id).state.isEnd { try await sleep(for: .milliseconds(50)) }
          exports.shutdown()
          try await running.value
          let done = try await exports.job(job.id)
          if done.state != .done { throw RowKit.Row.Wrong(description: done.message) }
          try await exports.delete(job.id)
          return done.done
        }
      }
    }
  }

  private static func stream(memory: Bool) -> RowKit.Row {
    RowKit.Row(unit: memory ? "MB" : "ns") { _ in
      try await withReports { _, database in
        let exports = try Exports(database, ExportsConfiguration(folder: "/nowhere"))
        return try await measured(memory) {
          var lines = 0
          for try await piece in try exports.stream(ExportRequest(.movements, as: .csv)) {
            for byte in piece where byte == 10 { lines += 1 }
          }
          return lines - 1
        }
      }
    }
  }

  /// Nanoseconds for each of the rows, or megabytes more than before at the highest.
  private static func measured(_ memory: Bool, _ body: () async throws -> Int) async throws -> Double {
    let (idle, start) = (try residentBytes(), ContinuousClock.now)
    let peak = Peak()
    let watch = spawn {
      while true {
        peak.note(try residentBytes())
        try await sleep(for: .milliseconds(10))
      }
    }
    let rows = try await body()
    watch.cancel()
    try expect("too few rows", min(rows, 1), 1)
    return memory
      ? Double(max(0, peak.highest.load(ordering: .relaxed) - idle)) / 1e6
      : start.duration(to: .now) / .nanoseconds(1) / Double(rows)
  }

  private final class Peak: Sendable {
    let highest = Atomic<Int>(0)
    func note(_ bytes: Int) { highest.max(bytes, ordering: .relaxed) }
  }
}
