import Foundation
import Logging
import Testing

@testable import RevoadaObservability

/// What lines look like: records in, text out.
@Suite(.timeLimit(.minutes(10)))
struct LogFormatTests {
  static let time = Duration.milliseconds(1_769_847_300_250)

  private func record(_ message: String = "hi", _ metadata: Logger.Metadata = [:]) -> LogRecord {
    LogRecord(time: Self.time, level: .info, label: "shop", message: message, metadata: metadata)
  }

  @Test func aLineOfText() {
    var record = record("paid", ["order": "7", "by": "Ana Luz", "note": "", "port": .stringConvertible(80)])
    #expect(
      LogFormat.text.line(record)
        == "2026-01-31T08:15:00.250Z INFO  shop: paid by=\"Ana Luz\" note=\"\" order=7 port=80\n")
    record.label = ""
    record.metadata = [:]
    record.level = .warning
    record.place = .init(source: "Shop", file: "Shop/Pay.swift", function: "pay()", line: 12)
    #expect(LogFormat.text.line(record) == "2026-01-31T08:15:00.250Z WARN  paid source=Shop/Pay.swift:12\n")
  }

  @Test func aLineOfJSON() {
    var record = record("paid", ["order": "7"])
    #expect(
      LogFormat.json.line(record)
        == #"{"time":"2026-01-31T08:15:00.250Z","level":"info","label":"shop","message":"paid","metadata":{"order":"7"}}"#
        + "\n")
    record.label = ""
    record.metadata = [:]
    record.place = .init(source: "Shop", file: "Shop/Pay.swift", function: "pay()", line: 12)
    #expect(
      LogFormat.json.line(record)
        == #"{"time":"2026-01-31T08:15:00.250Z","level":"info","message":"paid","source":"Shop","#
        + #""file":"Shop/Pay.swift","line":12,"function":"pay()"}"# + "\n")
  }

  static let nested: Logger.Metadata = [
    "user": .dictionary(["id": .stringConvertible(7), "tags": .array(["a", "b c"])]),
    "none": .dictionary([:]), "ok": .stringConvertible(true), "rate": .stringConvertible(0.5),
    "lost": .stringConvertible(Double.nan),
  ]

  @Test func textFlattensDictionaries() {
    #expect(
      LogFormat.text.line(record("m", Self.nested)).hasSuffix(
        " m lost=nan none={} ok=true rate=0.5 user.id=7 user.tags=\"[a,b c]\"\n"))
  }

  @Test func jsonKeepsDictionariesNumbersAndTruth() {
    #expect(
      LogFormat.json.line(record("m", Self.nested)).hasSuffix(
        #","metadata":{"lost":"nan","none":{},"ok":true,"rate":0.5,"user":{"id":7,"tags":["a","b c"]}}}"#
          + "\n"))
  }

  /// Every character that could end a line, end a string or command a terminal.
  static let nasty = "a\nb\r\nc\td\"e\\f\u{1B}[31mg\u{0}h\u{7F}i\u{85}j\u{2028}k\u{2029}l=m 🦅 ção \u{202E}"

  @Test func nothingEndsALineButItsEnd() throws {
    for format in LogFormat.allCases {
      let line = format.line(
        record(Self.nasty, [Self.nasty: .string(Self.nasty), "list": [.string(Self.nasty)]]))
      #expect(line.unicodeScalars.last == "\n")
      let control = line.unicodeScalars.dropLast().filter {
        $0.properties.generalCategory == .control || $0 == "\u{2028}" || $0 == "\u{2029}"
      }
      #expect(control.isEmpty, "\(format)")
    }
  }

  @Test func jsonIsReadBackAsItWas() throws {
    let line = LogFormat.json.line(record(Self.nasty, [Self.nasty: .string(Self.nasty)]))
    let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    #expect(object["message"] as? String == Self.nasty)
    #expect((object["metadata"] as? [String: String])?[Self.nasty] == Self.nasty)
  }

  @Test func textShowsWhatItEscapes() {
    #expect(
      LogFormat.text.line(record("two\nlines", ["k": "say \"hi\"\\\n"])).hasSuffix(
        " two\\nlines k=\"say \\\"hi\\\"\\\\\\n\"\n"))
  }

  @Test(arguments: [
    (0, 0, "1970-01-01T00:00:00.000Z"), (951_782_400, 999, "2000-02-29T00:00:00.999Z"),
    (-1, 0, "1969-12-31T23:59:59.000Z"), (253_402_300_799, 0, "9999-12-31T23:59:59.000Z"),
    (Int64.max / 1_000, 0, "9999-12-31T23:59:59.000Z"), (Int64.min / 1_000, 0, "0000-01-01T00:00:00.000Z"),
  ])
  func timesAreRFC3339(_ seconds: Int64, _ milliseconds: Int64, _ text: String) {
    #expect(LogTime.rfc3339(.seconds(seconds) + .milliseconds(milliseconds)) == text)
  }

  @Test func aMomentBefore1970HasItsMilliseconds() {
    #expect(LogTime.rfc3339(.milliseconds(-1)) == "1969-12-31T23:59:59.999Z")
  }
}
