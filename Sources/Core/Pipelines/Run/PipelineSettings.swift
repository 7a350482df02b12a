import RevoadaScheduling

/// What concerns a pipeline as a whole.
@usableFromInline
struct PipelineSettings: Sendable {
  let name: String?
  let errorBuffer: Int
  let onUndelivered: (@Sendable (UndeliveredElement) -> Void)?

  @usableFromInline
  init(name: String?, errorBuffer: Int, onUndelivered: (@Sendable (UndeliveredElement) -> Void)?) {
    self.name = name
    self.errorBuffer = errorBuffer
    self.onUndelivered = onUndelivered
  }
}

/// A stage as it was asked for.
@usableFromInline
struct StageDescription: Sendable {
  @usableFromInline let name: String
  @usableFromInline let options: StageOptions

  @inlinable
  init(_ name: String, _ options: StageOptions) {
    self.name = name
    self.options = options
  }

  /// The first thing that makes a pipeline of such stages impossible.
  static func fault(in stages: [StageDescription], _ settings: PipelineSettings) -> InvalidSetting? {
    var check = SettingsCheck("pipeline", settings.name)
    check.require(
      (1...1_048_576).contains(settings.errorBuffer), "errorBuffer", settings.errorBuffer, "from 1 to 1048576"
    )
    var names: Set<String> = []
    for stage in stages {
      check.require(
        names.insert(stage.name).inserted, "stage name", "'\(stage.name)'", "different from all others")
    }
    if let fault = check.fault { return fault }
    for stage in stages {
      do throws(InvalidSetting) { try stage.options.validate(stage: stage.name) } catch { return error }
    }
    return nil
  }
}
