import Revoada

@main
struct Squares {
  static func main() async throws {
    Scheduler.installGlobally(workers: 4)  // first thing: from here on every task runs on it

    let jobs = Channel<Int>(capacity: 10)
    let squares = Channel<Int>()  // capacity 0: sender and receiver meet

    for _ in 1...4 {
      spawn {
        for try await job in jobs { try await squares.send(job * job) }
      }
    }
    spawn {
      for number in 1...20 { try await jobs.send(number) }
      jobs.close()
    }

    for _ in 1...20 {
      try await select {
        Receive(squares) { square in print(square ?? 0) }
        After(.seconds(1)) { print("nothing for a second") }
      }
    }
  }
}
