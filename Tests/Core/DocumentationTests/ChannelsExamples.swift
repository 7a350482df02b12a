import Revoada
import Testing

/// The examples of the documentation of channels.
@Suite(.timeLimit(.minutes(10)))
struct ChannelsExamples {
  @Test func theMostUrgentFirst() async throws {
    let urgent = PriorityChannel<String>(capacity: 10)
    try await urgent.send("later", priority: 1)
    try await urgent.send("now", priority: 10)
    print(try await urgent.receive() ?? "closed")  // now
    #expect(try await urgent.receive() == "later")
    let sent = try await select {
      urgent.whenSendable("at once", priority: 100) { true }
      After(.milliseconds(10)) { false }
    }
    #expect(sent && urgent.count == 1)
  }

  @Test func newsForEverybody() async throws {
    let news = Broadcaster<String>()
    let reader = news.subscribe(buffer: 16, policy: .dropOldest, replay: 2)
    try await news.broadcast("hi")
    print(try await reader.receive() ?? "closed")
    #expect(reader.ledger.received == 1)
  }

  @Test func workSpreadOverWorkers() async throws {
    let words = Channel<String>(capacity: 3)
    for word in ["a", "bc", "def"] { try await words.send(word) }
    words.close()
    let sizes = fanIn(words.fanOut(workers: 8) { word in word.count })
    var total = 0
    for try await size in sizes { total += size }
    #expect(total == 6)
  }

  @Test func nothingIsLost() async throws {
    let newest = Channel<Int>(capacity: 1, overflow: .dropOldest)
    for number in 1...3 { try await newest.send(number) }
    let ledger = newest.ledger
    assert(ledger.sent == ledger.received + ledger.buffered + ledger.dropped + ledger.undelivered)
    #expect(ledger.dropped == 2)
  }

  @Test func debouncing() async throws {
    let keystrokes = Channel<String>(capacity: 3)
    for text in ["r", "re", "rev"] { try await keystrokes.send(text) }
    keystrokes.close()
    var searched: [String] = []
    func search(_ text: String) { searched.append(text) }
    for try await text in keystrokes.debounced(for: .milliseconds(300)) { search(text) }
    #expect(searched == ["rev"])
  }

  @Test func throttling() async throws {
    let positions = Channel<Int>(capacity: 3)
    for position in 1...3 { try await positions.send(position) }
    positions.close()
    var drawn: [Int] = []
    func draw(_ position: Int) { drawn.append(position) }
    for try await position in positions.throttled(every: .milliseconds(100)) { draw(position) }
    #expect(drawn == [1, 3])
  }

  @Test func merging() async throws {
    let (indoors, outdoors) = (Channel<Int>(capacity: 1), Channel<Int>(capacity: 1))
    try await indoors.send(21)
    indoors.close()
    outdoors.close()
    for try await reading in merge([indoors, outdoors]) { print(reading) }
    #expect(indoors.ledger.received == 1)
  }

  @Test func spreading() async throws {
    struct File: Sendable { let name: String }
    @Sendable func size(of file: File) async throws -> Int { file.name.count }
    let files = Channel<File>(capacity: 1)
    try await files.send(File(name: "log"))
    files.close()
    let sizes = fanIn(files.fanOut(workers: 8) { file in try await size(of: file) })
    #expect(try await sizes.receive() == 3)
  }

  @Test func feeding() async throws {
    struct File: Sendable {
      let lines = AsyncStream<String> { continuation in
        continuation.yield("one")
        continuation.finish()
      }
    }
    let file = File()
    let lines = Channel(from: file.lines, capacity: 16)
    #expect(try await lines.receive() == "one")
  }

  @Test func inspecting() {
    let jobs = Channel<Int>(capacity: 2)
    let inspector = ChannelInspector(jobs)
    print("\(inspector.count) of \(inspector.capacity ?? .max), \(inspector.blockedSenders) senders wait")
    #expect(inspector.count == 0)
  }
}
