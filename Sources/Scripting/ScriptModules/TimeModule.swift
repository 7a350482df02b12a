import FoundationEssentials
import RevoadaLua

/// `time.now()`, `time.now_ms()`, `time.sleep(ms)`, `time.iso8601([seconds])`, `time.parse(text)`.
enum TimeModule {
  static func make(clock: any IsolateClock) -> LuaModule {
    var module = LuaModule("time")
    // Seconds since 1970, with a fraction.
    module.function("now") { _ in [.number(Date.now.timeIntervalSince1970)] }
    // Milliseconds on a clock that never goes back.
    module.function("now_ms") { _ in [.number(Double(clock.now) / 1e6)] }
    let format: LuaModule.Body = { call in
      let seconds = try call.optionalNumber(1) ?? Date.now.timeIntervalSince1970
      guard seconds.isFinite, abs(seconds) < 253_402_300_800 else {
        throw call.argumentError(1, "seconds between the years 0 and 9999 expected")
      }
      let date = Date(timeIntervalSince1970: seconds)
      let style = Date.ISO8601FormatStyle(includingFractionalSeconds: seconds != seconds.rounded())
      return [.string(LuaString(style.format(date)))]
    }
    module.function("iso8601", format)
    module.function("format", format)
    module.function("parse") { call in
      let text = try call.string(1).text
      guard let date = parse(text) else { return [.nil, .string("'\(text)' is no ISO 8601 time")] }
      return [.number(date.timeIntervalSince1970)]
    }
    module.prelude(#"local time = ...; time.sleep = goroutine.sleep"#, name: "time")
    return module
  }

  /// A date, or a date and a time with a zone; without one it is UTC.
  private static func parse(_ text: String) -> Date? {
    guard text.contains("T") else {
      // The style reads a prefix; what follows it would be ignored.
      guard text.utf8.count == "2000-01-01".utf8.count else { return nil }
      return try? Date.ISO8601FormatStyle().year().month().day().parse(text)
    }
    let styles = [
      Date.ISO8601FormatStyle(includingFractionalSeconds: true), Date.ISO8601FormatStyle(),
    ]
    // The styles insist on a zone.
    for candidate in [text, text + "Z"] {
      for style in styles {
        if let date = try? style.parse(candidate) { return date }
      }
    }
    return nil
  }
}
