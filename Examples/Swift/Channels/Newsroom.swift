import Revoada

/// A small newsroom: wires of news come together, urgent ones go first, and every reader reads at its own pace.
@main
struct Newsroom {
  static func main() async throws {
    Scheduler.installGlobally(workers: 2)

    // Two agencies, each a channel; a third is an ordinary asynchronous sequence.
    let agencies = [wire("Lisbon", every: .milliseconds(30)), wire("Recife", every: .milliseconds(45))]
    let archive = AsyncStream<Story> { continuation in
      for number in 1...3 { continuation.yield(Story(text: "archive \(number)", urgency: 0)) }
      continuation.finish()
    }

    // All of them into one desk, the most urgent first. One that waits long enough becomes urgent.
    let desk = PriorityChannel<Story>(ageing: .seconds(1))
    spawn(name: "intake") {
      for try await story in merge(agencies + [Channel(from: archive)]) {
        try await desk.send(story, priority: story.urgency)
      }
      desk.close()
    }

    // Everybody hears everything, in their own way.
    let news = Broadcaster<Story>(name: "news")
    let printed = news.subscribe()  // waits for nobody, misses nothing
    let ticker = news.subscribe(buffer: 1, policy: .lag)  // shows what is latest
    let press = spawn(name: "press") {
      for try await story in printed { print("printed  \(story.text)") }
    }
    let screen = spawn(name: "screen") {
      while true {
        do {
          guard let story = try await ticker.receive() else { return }
          print("  ticker \(story.text)")
          try await sleep(for: .milliseconds(100))
        } catch let error as SubscriptionLagged {
          print("  ticker (\(error.missed) missed)")
        }
      }
    }

    for try await story in desk { try await news.broadcast(story) }
    news.close()
    try await press.value
    try await screen.value
    print("press: \(printed.ledger.received) received; ticker: \(ticker.ledger.dropped) dropped")
  }

  static func wire(_ city: String, every interval: Duration) -> Channel<Story> {
    let stories = Channel<Story>(capacity: 4)
    spawn(name: city) {
      for number in 1...8 {
        try await stories.send(Story(text: "\(city) \(number)", urgency: number % 3))
        try await sleep(for: interval)
      }
      stories.close()
    }
    return stories
  }
}

struct Story: Sendable {
  let text: String
  let urgency: Int
}
