import Testing

@testable import RevoadaTasks

@Suite struct DurationTextTests {
  @Test(arguments: [
    ("30s", Duration.seconds(30)), ("5m", .seconds(300)), ("250ms", .milliseconds(250)),
    ("1h30m", .seconds(5400)),
    ("1.5s", .milliseconds(1500)), ("2 m 5 s", .seconds(125)), ("1d", .seconds(86_400)), ("0s", .zero),
  ])
  func textIsRead(_ text: String, _ expected: Duration) {
    #expect(DurationText.parse(text) == expected)
  }

  @Test(arguments: ["", "30", "s", "30x", "-5s", "1..5s", "5m later", "99999999999d", "1e3s", "٣s"])
  func whatIsNoDurationIsRefused(_ text: String) {
    #expect(DurationText.parse(text) == nil)
  }

  @Test(arguments: [-1, .infinity, .nan, 1e30]) func impossibleMillisecondsAreRefused(_ value: Double) {
    #expect(DurationText.milliseconds(value) == nil)
  }

  @Test(arguments: [
    (Duration.milliseconds(7), "7ms"), (.milliseconds(1240), "1.24s"), (.seconds(125), "2m05s"),
    (.seconds(3725), "1h02m"), (.zero, "0ms"),
  ])
  func durationsAreShownShortly(_ duration: Duration, _ expected: String) {
    #expect(DurationText.format(duration) == expected)
  }
}

@Suite struct RetryPlanTests {
  private func waits(_ strategy: RetryPlan.Strategy, _ retries: Int) -> [Duration?] {
    let plan = RetryPlan(
      retries: retries, strategy: strategy, delay: .seconds(1), maximumDelay: .seconds(10))
    return (1...retries + 1).map(plan.wait(beforeRetry:))
  }

  @Test func constantWaitsStay() {
    #expect(waits(.constant, 3) == [.seconds(1), .seconds(1), .seconds(1), nil])
  }

  @Test func linearWaitsGrowByTheFirst() {
    #expect(waits(.linear, 3) == [.seconds(1), .seconds(2), .seconds(3), nil])
  }

  @Test func exponentialWaitsDoubleUpToTheMaximum() {
    #expect(
      waits(.exponential, 5) == [.seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(10), nil])
  }

  @Test func manyRetriesDoNotOverflow() {
    let plan = RetryPlan(retries: 1_000_000)
    #expect(plan.wait(beforeRetry: 1_000_000) == plan.maximumDelay)
  }

  @Test func withoutRetriesThereIsNoWait() {
    #expect(RetryPlan.none.wait(beforeRetry: 1) == nil)
  }
}
