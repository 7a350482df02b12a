import CoreTestSupport
import Logging
import RevoadaObservability
import Testing

/// What a logger with our handler writes.
@Suite(.timeLimit(.minutes(10)))
struct StructuredLoggingTests {
  struct Broken: Error {}

  /// A logger, and the lines it wrote, without their times.
  private func logger(
    _ label: String = "shop", _ change: (inout StructuredLogging) -> Void = { _ in }
  ) -> (Logger, () -> [String]) {
    let lines = Recorder<String>()
    var logging = StructuredLogging(output: LogOutput { lines.add($0) }, clock: { .seconds(1) })
    change(&logging)
    let settings = logging
    return (
      Logger(label: label) { settings.handler(label: $0) },
      { lines.values.map { $0.replacing("1970-01-01T00:00:01.000Z ", with: "") } }
    )
  }

  @Test func metadataOfTheRecordComesBeforeTheProvidersAndTheLoggers() {
    var (logger, lines) = logger {
      $0.metadataProvider = Logger.MetadataProvider { ["a": "provider", "b": "provider"] }
    }
    logger[metadataKey: "a"] = "logger"
    logger[metadataKey: "b"] = "logger"
    logger[metadataKey: "c"] = "logger"
    logger.info("m", metadata: ["a": "record"])
    #expect(lines() == ["INFO  shop: m a=record b=provider c=logger\n"])
  }

  @Test func aChangeOfOneLoggerIsNotOneOfItsCopy() {
    var (first, lines) = logger()
    var second = first
    first.logLevel = .debug
    first[metadataKey: "only"] = "first"
    second.logLevel = .error
    second[metadataKey: "only"] = "second"
    first.debug("m")
    second.warning("hidden")
    second.error("m")
    #expect(lines() == ["DEBUG shop: m only=first\n", "ERROR shop: m only=second\n"])
    #expect(first[metadataKey: "only"] == "first")
  }

  @Test(arguments: [
    ("app", Logger.Level.warning), ("app.db", .debug), ("app.db.pool", .debug), ("app.dbx", .warning),
    ("other", .info), ("", .info),
  ])
  func theLongestLabelSetsTheLevel(_ label: String, _ level: Logger.Level) {
    let (logger, _) = logger(label) { $0.levels = ["app": .warning, "app.db": .debug] }
    #expect(logger.logLevel == level)
  }

  @Test func secretsAreNotWritten() {
    let (logger, lines) = logger { $0.redaction = .common.adding(["CPF"]) }
    logger.info(
      "m",
      metadata: [
        "Password": "x1", "http.X-Api-Key": "x2", "user": .dictionary(["token": "x3", "name": "Ana"]),
        "list": [.dictionary(["set-cookie": "x4"])], "cpf": "x5", "tokens": "7", "passwords.count": "8",
      ])
    let line = lines()[0]
    for secret in 1...5 { #expect(!line.contains("x\(secret)")) }
    for kept in ["user.name=Ana", "tokens=7", "passwords.count=8", "user.token=[redacted]"] {
      #expect(line.contains(kept), "\(kept) in \(line)")
    }
  }

  @Test func redactionCanBeTurnedOff() {
    let (logger, lines) = logger { $0.redaction = .none }
    logger.info("m", metadata: ["password": "x1"])
    #expect(lines() == ["INFO  shop: m password=x1\n"])
  }

  @Test func anErrorIsShownWithItsType() {
    let (logger, lines) = logger()
    logger.error("m", error: Broken())
    #expect(lines()[0].hasPrefix("ERROR shop: m error.message=Broken() error.type=ObservabilityTests."))
  }

  @Test func thePlaceIsShownOnRequest() {
    let (logger, lines) = logger {
      $0.showsSource = true
      $0.format = .json
    }
    logger.info("m")
    #expect(lines()[0].contains(#""source":"ObservabilityTests","file":"ObservabilityTests/"#))
    #expect(lines()[0].contains(#""function":"thePlaceIsShownOnRequest()""#))
  }

  @Test func theSystemsClockIsTheDefault() {
    let lines = Recorder<String>()
    let logging = StructuredLogging(output: LogOutput { lines.add($0) })
    logging.handler(label: "").log(
      event: LogEvent(
        level: .info, message: "m", metadata: nil, source: nil, file: "f", function: "g", line: 1))
    #expect(lines.values[0].prefix(2) == "20" && lines.values[0].hasSuffix("Z INFO  m\n"))
  }
}
