/// Tells a person how a run goes, one line per event.
///
/// Errors come as `file:line: message` at the start of a line, so that editors and CI can find them.
public struct ProgressReporter: Sendable {
  private let write: @Sendable (String) -> Void

  /// A reporter that hands each finished line, newline included, to `write`.
  public init(write: @escaping @Sendable (String) -> Void) { self.write = write }

  /// Reports one event.
  public func report(_ event: TaskEvent) {
    switch event {
    case .started(let task):
      line("▶ \(task.name)" + (task.summary.map { " — \($0)" } ?? ""))
    case .retrying(let task, let attempt, let message, let wait):
      line("↻ \(task.name): attempt \(attempt) failed, next in \(DurationText.format(wait)): \(message)")
    case .ended(let task, let result):
      ended(task, result)
    case .hookFailed(let task, let hook, let message):
      line("\(placed(message, task.place)) (in \(hook) of task '\(task.name)')")
    case .workflowStarted(let workflow):
      line("● workflow \(workflow.name)" + (workflow.version.map { " \($0)" } ?? ""))
    case .workflowHookFailed(let workflow, let hook, let message):
      line("\(placed(message, workflow.place)) (in \(hook) of workflow '\(workflow.name)')")
    case .workflowEnded(let workflow, let success, let duration):
      line("\(success ? "✓" : "✗") workflow \(workflow.name) (\(DurationText.format(duration)))")
    case .warning(let place, let text):
      line("\(place): warning: \(text)")
    }
  }

  private func ended(_ task: TaskDefinition, _ result: TaskResult) {
    let time = DurationText.format(result.duration)
    switch result.status {
    case .succeeded:
      line("✓ \(task.name) (\(time))" + (result.message.map { ": \($0)" } ?? ""))
    case .failed:
      let tries = result.attempts > 1 ? ", \(result.attempts) attempts" : ""
      line("✗ \(task.name) (\(time)\(tries))")
      if let error = result.error {
        line(placed(error.message, task.place))
        if let traceback = Traceback.useful(error.traceback) { line(traceback) }
      } else {
        line("\(task.place): task '\(task.name)' failed" + (result.message.map { ": \($0)" } ?? ""))
      }
    case .skipped:
      line("- \(task.name) skipped" + (result.message.map { ": \($0)" } ?? ""))
    case .cancelled:
      line("- \(task.name) cancelled")
    }
  }

  /// The message as it is when it names a place already, else after the given one.
  private func placed(_ message: String, _ place: ScriptPlace) -> String {
    message.firstMatch(of: /^[^\s:][^:\n]*:\d+:/) == nil ? "\(place): \(message)" : message
  }

  private func line(_ text: String) { write(text + "\n") }
}
