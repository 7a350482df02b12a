import Logging

/// How logs are written: text or JSON, where to, from which level on, and what is kept out of them.
///
/// ```swift
/// var logging = StructuredLogging(format: .json, level: .info)
/// logging.levels["revoada.worker_pool"] = .debug
/// logging.redaction = .common.adding(["cpf"])
/// LoggingSystem.bootstrap { [logging] label in logging.handler(label: label) }
/// ```
///
/// A handler writes each record as one line by one call; see ``LogOutput`` for what happens when nobody reads.
public struct StructuredLogging: Sendable {
  /// What a line looks like.
  public var format: LogFormat
  /// Where lines go.
  public var output: LogOutput
  /// The level that loggers begin with.
  public var level: Logger.Level
  /// The level of loggers by label: `"app.db"` is for it and for `app.db.pool`; the longest counts.
  public var levels: [String: Logger.Level] = [:]
  /// Keys of metadata whose values are not written.
  public var redaction = LogRedaction.common
  /// Whether the place in the source is written: module, file, line, function.
  public var showsSource = false
  /// The time of day, since 1970-01-01 00:00 UTC.
  public var clock: @Sendable () -> Duration
  /// Adds metadata to every record, for example out of task-local values; nil for the logging system's own.
  public var metadataProvider: Logger.MetadataProvider?

  /// Settings.
  ///
  /// - Parameters:
  ///   - format: what a line looks like.
  ///   - level: the level that loggers begin with.
  ///   - output: where lines go.
  ///   - clock: the time of day, since 1970-01-01 00:00 UTC; nil for the system's.
  public init(
    format: LogFormat = .text, level: Logger.Level = .info, output: LogOutput = .standardError,
    clock: (@Sendable () -> Duration)? = nil
  ) {
    self.format = format
    self.level = level
    self.output = output
    self.clock = clock ?? LogTime.now
  }

  /// A handler for a logger of that label; an empty one is not shown.
  public func handler(label: String) -> StructuredLogHandler { StructuredLogHandler(label: label, self) }

  /// The level of a label: the longest setting that is the label or stands before a dot of it.
  func level(of label: String) -> Logger.Level {
    if levels.isEmpty { return level }
    var name = Substring(label)
    while true {
      if let level = levels[String(name)] { return level }
      guard let dot = name.lastIndex(of: ".") else { return level }
      name = name[..<dot]
    }
  }
}

/// Writes the records of one logger as ``StructuredLogging`` says.
public struct StructuredLogHandler: LogHandler {
  /// The lowest level that is written.
  public var logLevel: Logger.Level
  /// What is added to every record.
  public var metadata: Logger.Metadata = [:]
  /// Adds metadata to every record.
  public var metadataProvider: Logger.MetadataProvider?
  private let label: String
  private let settings: StructuredLogging

  init(label: String, _ settings: StructuredLogging) {
    self.label = label
    self.settings = settings
    logLevel = settings.level(of: label)
    metadataProvider = settings.metadataProvider ?? LoggingSystem.metadataProvider
  }

  /// A single entry of ``metadata``.
  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Writes a record. Of two values for a key, the record's own comes before the provider's, and that before the logger's.
  public func log(event: LogEvent) {
    var fields = metadata
    if let provided = metadataProvider?.get() { fields.merge(provided) { $1 } }
    if let own = event.metadata { fields.merge(own) { $1 } }
    if let error = event.error {
      fields["error.message"] = "\(error)"
      fields["error.type"] = "\(String(reflecting: type(of: error)))"
    }
    // Its source costs an allocation to find out.
    let place =
      settings.showsSource
      ? LogRecord.Place(source: event.source, file: event.file, function: event.function, line: event.line)
      : nil
    let record = LogRecord(
      time: settings.clock(), level: event.level, label: label, message: event.message.description,
      metadata: settings.redaction.applied(to: fields), place: place)
    settings.output.write(settings.format.line(record))
  }
}
