import CoreTestSupport
import Foundation
import Revoada
import Testing

@testable import RevoadaObservability

/// Where lines go: whole, in order, and never for ever.
@Suite(.timeLimit(.minutes(10)))
struct LogOutputTests {
  private func temporaryFile() -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent("revoada-log-\(UUID().uuidString)").path
  }

  private func lines(of path: String) throws -> [Substring] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
  }

  @Test func aFileIsAppendedTo() throws {
    let path = temporaryFile()
    defer { unlink(path) }
    try LogOutput.file(path).write("one\n")
    try LogOutput.file(path).write("two\n")
    #expect(try lines(of: path) == ["one", "two", ""])
  }

  @Test func aFileThatCannotBeOpenedIsNamed() {
    #expect(throws: LogFileError(path: "/nowhere/at/all", code: ENOENT)) {
      try LogOutput.file("/nowhere/at/all")
    }
    #expect(
      "\(LogFileError(path: "/x", code: ENOENT))" == "cannot write the log \"/x\": No such file or directory")
  }

  @Test(arguments: [10, 5_000, 100_000])
  func linesOfManyTasksDoNotMix(_ length: Int) async throws {
    let path = temporaryFile()
    defer { unlink(path) }
    let output = try LogOutput.file(path)
    try await onWorkers(4) {
      try await withScope { scope in
        for letter in "abcdefgh" {
          scope.spawn {
            for _ in 0..<20 { output.write(String(repeating: letter, count: length) + "\n") }
          }
        }
      }
    }
    let lines = try lines(of: path).dropLast()
    #expect(lines.count == 160)
    #expect(lines.allSatisfy { $0.count == length && Set($0).count == 1 })
  }

  /// A pipe with a reader that has stopped: lines are lost and counted, and nobody waits for ever.
  @Test func aStoppedReaderCostsLinesAndNotTheProgram() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    let file = LineFile(ends[1], patience: 1)
    let line = String(repeating: "x", count: 999) + "\n"
    for _ in 0..<200 { file.write(line) }

    // The reader comes back.
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    var taken = read(all: ends[0])
    let whole = taken.split(separator: "\n").count { $0.count == 999 }
    #expect(whole > 0 && whole < 200)
    file.write("after\n")
    taken = read(all: ends[0])
    #expect(taken.hasSuffix("(\(200 - whole) lines of this log were lost)\nafter\n"))
    close(ends[0])
    close(ends[1])
  }

  @Test func aLineLongerThanAPipeIsGivenUpAndTheNextBeginsALine() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    let file = LineFile(ends[1], patience: 1)
    file.write(String(repeating: "x", count: 1 << 20) + "\n")
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    #expect(read(all: ends[0]).allSatisfy { $0 == "x" })
    file.write("after\n")
    #expect(read(all: ends[0]) == "\n(1 lines of this log were lost)\nafter\n")
    close(ends[0])
    close(ends[1])
  }

  @Test func aClosedDescriptorLosesLinesQuietly() {
    let file = LineFile(-1, patience: 1)
    for _ in 0..<3 { file.write("x\n") }
  }

  /// A stream that logs to itself, and keeps what it gets.
  private struct Echo: TextOutputStream {
    let lines: CoreTestSupport.Recorder<String>
    let again: @Sendable (String) -> Void
    mutating func write(_ string: String) {
      lines.add(string)
      if string == "first\n" { again("again\n") }
    }
  }

  @Test func aStreamMayLogItself() {
    let lines = CoreTestSupport.Recorder<String>()
    let box = Box()
    let output = LogOutput.stream(Echo(lines: lines) { box.output?.write($0) })
    box.output = output
    output.write("first\n")
    output.write("second\n")
    #expect(lines.values == ["first\n", "again\n", "second\n"])
  }

  private final class Box: @unchecked Sendable {  // set before it is used
    var output: LogOutput?
  }

  @Test func aStreamGetsEveryLineOnce() async throws {
    let lines = CoreTestSupport.Recorder<String>()
    let output = LogOutput.stream(Echo(lines: lines) { _ in })
    try await onWorkers(4) {
      try await withScope { scope in
        for task in 0..<8 {
          scope.spawn { for turn in 0..<500 { output.write("\(task) \(turn)\n") } }
        }
      }
    }
    let written = lines.values
    #expect(written.count == 4_000 && Set(written).count == 4_000)
    for task in 0..<8 {
      #expect(written.filter { $0.hasPrefix("\(task) ") } == (0..<500).map { "\(task) \($0)\n" })
    }
  }

  private func read(all descriptor: Int32) -> String {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Foundation.read(descriptor, &chunk, chunk.count)
      if count <= 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk[..<count]
    }
  }
}
