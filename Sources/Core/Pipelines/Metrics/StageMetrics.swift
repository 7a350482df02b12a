/// What a stage of a pipeline has done so far.
public struct StageMetrics: Sendable {
  /// Its name.
  public let name: String
  /// How many work in it.
  public let workers: Int
  /// Elements that it worked on without an error.
  public let processed: Int
  /// Elements that it failed on for good.
  public let failed: Int
  /// How long it worked on an element, on the average: retries and the wait for its rate limit included, handing on not.
  public let averageTime: Duration
  /// What 95 of 100 elements took at most; exact within 6 %.
  public let p95Time: Duration
  /// How long its workers together waited for elements. This and the next two include waits still in progress.
  public let starved: Duration
  /// How long they worked, or waited for something of the stage's own: a retry, the rate limit, the order.
  public let busy: Duration
  /// How long they waited to hand on an output.
  public let blocked: Duration
  /// How long the stage has been there.
  public let age: Duration
  /// Where its elements are.
  public let ledger: PipelineLedger

  /// Elements a second.
  public var throughput: Double { age > .zero ? Double(processed + failed) / (age / .seconds(1)) : 0 }

  /// Which part of its workers' time was spent so, from 0 to 1.
  func share(_ spent: Duration) -> Double {
    age > .zero ? spent / (age * Double(workers)) : 0
  }
}
