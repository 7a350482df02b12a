import RevoadaScheduling
import Testing

@Suite("Durations as nanoseconds")
struct DurationTests {
  @Test(
    "are exact, rounded up, and saturate",
    arguments: [
      (Duration.zero, 0), (.nanoseconds(1), 1), (.milliseconds(3), 3_000_000), (.seconds(2), 2_000_000_000),
      (Duration(secondsComponent: 0, attosecondsComponent: 1), 1), (.seconds(-2), -2_000_000_000),
      (.seconds(Int64.max), .max), (.seconds(Int64.min), .min),
    ] as [(Duration, Int64)])
  func conversion(duration: Duration, expected: Int64) {
    #expect(duration.nanoseconds == expected)
  }
}
