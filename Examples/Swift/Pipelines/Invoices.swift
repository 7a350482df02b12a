import Revoada

/// Reads invoices as text, parses them, looks up their tax rate at a service that is slow, limited and now and then fails, and
/// prints the totals in the order of the input. Run it: the report names the bottleneck.
@main
struct Invoices {
  struct Invoice { let id: Int, state: String, amount: Double }
  struct Malformed: Error {}
  struct ServiceBusy: Error {}

  static func parse(_ line: String) throws -> Invoice {
    let fields = line.split(separator: ";")
    guard fields.count == 3, let id = Int(fields[0]), let amount = Double(fields[2]) else {
      throw Malformed()
    }
    return Invoice(id: id, state: String(fields[1]), amount: amount)
  }

  static func taxRate(of state: String) async throws -> Double {
    try await sleep(for: .milliseconds(20))
    if Int.random(in: 0..<10) == 0 { throw ServiceBusy() }
    return ["SP": 0.18, "RJ": 0.20][state] ?? 0.17
  }

  static func main() async throws {
    Scheduler.installGlobally(workers: 2)
    let lines = (1...60).map {
      $0 % 20 == 0 ? "rubbish" : "\($0);\(["SP", "RJ", "MG"][$0 % 3]);\($0 * 100)"
    }

    let totals = Pipeline(from: lines, name: "invoices")
      .stage("parse") { try parse($0) }
      .stage(
        "tax", workers: 4, ordered: true,
        retry: .exponential(attempts: 5, initial: .milliseconds(5)),
        rateLimit: RateLimiter(rate: 500, per: .seconds(1), burst: 10), timeout: .seconds(1)
      ) { invoice in
        (invoice.id, invoice.amount * (1 + (try await taxRate(of: invoice.state))))
      }
      .filter("large") { $0.1 > 1_000 }

    let errors = totals.errors
    let failures = spawn {
      for try await failure in errors { print("skipped:", failure) }
    }
    for try await (id, total) in totals.results where id % 10 == 0 { print("invoice \(id): \(total)") }
    try await failures.value

    let metrics = totals.metrics
    for stage in metrics.stages {
      print("\(stage.name): \(stage.processed) done, \(stage.failed) failed, p95 \(stage.p95Time)")
    }
    print("bottleneck:", metrics.bottleneck ?? "none")
  }
}
