/// Every metric that the library reports. A test compares this list with the sources.
public enum LibraryMetrics {
  /// All of them, by kinds of objects.
  public static let all: [MetricDescription] =
    channels + pools + flow + caches + resilience + messaging + diagnostics

  /// The texts by label.
  static let help = Dictionary(uniqueKeysWithValues: all.map { ($0.label, $0.help) })

  private static let channels =
    object("broadcaster") {
      [
        counter("broadcasts", "elements", "Elements that were broadcast."),
        counter("dropped", "elements", "Elements that a subscriber lost, by its policy.", by: "policy"),
        meter("subscribers", "subscribers", "Subscribers that listen."),
      ]
    }
    + object("priority_channel") {
      [counter("undelivered", "elements", "Elements that nobody received.")]
    }
    + object("debounced_channel", isNamed: false) {
      [counter("superseded", "elements", "Elements that a newer one replaced.")]
    }
    + object("throttled_channel", isNamed: false) {
      [counter("superseded", "elements", "Elements that a newer one replaced.")]
    }

  private static let pools = [
    "worker_pool", "priority_worker_pool", "adaptive_worker_pool", "bounded_parallelism",
  ].flatMap {
    object($0) {
      [
        counter("completed", "tasks", "Tasks that succeeded."),
        counter("failed", "tasks", "Tasks that failed."),
        counter("dropped", "tasks", "Tasks that were given up before they began."),
        meter("queued", "tasks", "Tasks that wait."),
        meter("active", "tasks", "Tasks that run."),
        timer("wait_seconds", "How long tasks waited before they began."),
        timer("run_seconds", "How long tasks ran."),
      ]
    }
  }

  private static let flow =
    object("concurrent_map") {
      [
        counter("completed", "inputs", "Inputs that were done."),
        counter("failed", "inputs", "Inputs that failed for good."),
        counter("attempts", "attempts", "Attempts, retries included."),
        timer("run_seconds", "How long inputs took, retries included."),
      ]
    }
    + object("batch_processor") {
      [
        counter("delivered", "items", "Items that the sink took."),
        counter("failed", "items", "Items that the sink did not take."),
        timer("sink_seconds", "How long the sink took for a batch."),
      ]
    }
    + object("pipeline") {
      [
        counter("processed", "elements", "Elements that a stage has done.", by: "stage"),
        counter("failed", "elements", "Elements that failed in a stage.", by: "stage"),
        timer("work_seconds", "How long a stage worked on an element.", by: "stage"),
        timer("starved_seconds", "How long a stage's workers waited for elements.", by: "stage"),
        timer("blocked_seconds", "How long a stage's workers waited to pass elements on.", by: "stage"),
      ]
    }

  private static let caches =
    object("cache") {
      [
        counter("hits", "lookups", "Lookups that found a value."),
        counter("misses", "lookups", "Lookups that found none."),
        counter("loads", "loads", "Loads that were started."),
        counter("load_failures", "loads", "Loads that failed."),
        timer("load_seconds", "How long loads took."),
        meter("entries", "entries", "Entries that there are."),
        meter("weight", "weight", "What the entries weigh."),
        counter("removals", "entries", "Entries that went away, by reason.", by: "reason"),
      ]
    }
    + object("object_pool") {
      [
        meter("in_use", "objects", "Objects that are lent."),
        meter("idle", "objects", "Objects that wait to be lent."),
        meter("waiting", "callers", "Callers that wait for an object."),
        counter("created", "objects", "Objects that were created."),
        counter("destroyed", "objects", "Objects that were destroyed."),
        counter("timeouts", "callers", "Callers that got no object in time."),
        counter("leaked", "objects", "Objects that were not given back in time."),
        timer("wait_seconds", "How long callers waited for an object."),
      ]
    }

  private static let resilience =
    ["bulkhead", "adaptive_limiter"].flatMap {
      object($0) {
        [
          counter("completed", "calls", "Calls that ran."),
          counter("refused", "calls", "Calls that found no place and no room to wait."),
          counter("cancelled", "calls", "Calls that were cancelled, or ran out of time, while they waited."),
          timer("wait_seconds", "How long calls waited for a place."),
          meter("limit", "calls", "Calls that may run at a time."),
          meter("running", "calls", "Calls that run."),
          meter("waiting", "calls", "Calls that wait."),
        ]
      }
    }
    + object("circuit_breaker") {
      [
        counter(
          "calls", "calls", "Calls by outcome: success, failure, ignored (cancelled), refused.", by: "outcome"
        ),
        counter("opened", "times", "How often the breaker opened."),
        meter("state", "state", "0 is closed, 1 half-open, 2 open."),
      ]
    }
    + object("rate_limiter") {
      [
        counter("granted", "tokens", "Tokens that were let through."),
        counter("refused", "tokens", "Tokens that were not there when somebody tried."),
        counter("cancelled", "tokens", "Tokens for which waiting was cancelled."),
        timer("wait_seconds", "How long callers waited for tokens."),
      ]
    }
    + object("retry") {
      [
        counter("retries", "attempts", "Attempts after the first."),
        counter("gave_up", "operations", "Operations that failed in spite of retries."),
      ]
    }

  private static let messaging =
    object("pub_sub") {
      [
        counter("published", "messages", "Messages that were published."),
        counter("delivered", "messages", "Messages that a subscription took, each counted for itself."),
        counter("unheard", "messages", "Messages that nobody had subscribed to."),
        meter("patterns", "patterns", "Patterns that somebody has subscribed to."),
      ]
    }
    + object("request_reply") {
      [
        counter("answered", "requests", "Requests that were answered."),
        counter("timed_out", "requests", "Requests that were not answered in time."),
        counter("cancelled", "requests", "Requests whose callers were cancelled."),
        counter("refused", "requests", "Requests that nobody took."),
        counter("late_replies", "replies", "Replies for which nobody waited any more."),
        timer("wait_seconds", "How long callers waited for their replies."),
      ]
    }
    + object("work_queue") {
      [
        counter("enqueued", "items", "Items that were enqueued."),
        counter("duplicates", "items", "Items that were not, as their key was there already."),
        counter("completed", "items", "Items that were done."),
        counter("retries", "attempts", "Attempts after the first."),
        counter("dead", "items", "Items that failed for good."),
        counter("crash_recoveries", "items", "Items whose lease ran out before they were done."),
        timer("run_seconds", "How long attempts took."),
      ]
    }

  private static let diagnostics = object("deadlock_detector", isNamed: false) {
    [counter("deadlocks", "deadlocks", "Deadlocks that were found.")]
  }

  // MARK: Writing the list

  private typealias Metric = (
    kind: MetricDescription.Kind, what: String, unit: String, help: String, by: String?
  )

  private static func object(
    _ kind: String, isNamed: Bool = true, _ metrics: () -> [Metric]
  ) -> [MetricDescription] {
    metrics().map { metric in
      MetricDescription(
        label: "revoada_\(kind)_\(metric.what)", kind: metric.kind,
        dimensions: ((isNamed ? ["name"] : []) + (metric.by.map { [$0] } ?? [])).sorted(), unit: metric.unit,
        help: metric.help)
    }
  }

  private static func counter(_ what: String, _ unit: String, _ help: String, by: String? = nil) -> Metric {
    (.counter, what, unit, help, by)
  }
  private static func meter(_ what: String, _ unit: String, _ help: String, by: String? = nil) -> Metric {
    (.meter, what, unit, help, by)
  }
  private static func timer(_ what: String, _ help: String, by: String? = nil) -> Metric {
    (.timer, what, "seconds", help, by)
  }
}
