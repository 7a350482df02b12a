import EstoqueDatabase
import EstoqueStock
import EstoqueTestSupport
import Foundation
import Revoada
import Testing

@testable import EstoqueImports

@Suite(.timeLimit(.minutes(10)))
struct JobTests {
  @Test(arguments: Backend.available) func aJobRunsInTheBackground(backend: Backend) async throws {
    try await backend.withImports { imports, database in
      let told = Counter(0)
      let observation = database.observeChanges { changes in
        told.add(changes.rows.count { $0.table == ImportJob.table })
      }
      var options = ImportOptions()
      options.chunk = 7
      let file = try scratch(sales(100))
      let job = try await imports.start(
        .movements, options: options, path: file, name: "vendas.csv", user: User.ID(rawValue: 5))
      #expect(job.state == .waiting && job.total == 100 && job.user == User.ID(rawValue: 5))
      try FileManager.default.removeItem(atPath: file)  // its content is stored
      try await imports.whileRunning {
        let ended = try await imports.ended(job.id)
        try await expectOnce(100, in: database, ended)
        #expect(ended.file == "vendas.csv" && ended.startedAt != nil && ended.endedAt != nil)
      }
      // When it was added, taken and ended, and after each of its 15 chunks.
      #expect(told.value == 18)
      withExtendedLifetime(observation) {}
      #expect(try await imports.jobs([job.id]).map(\.state) == [.done])
      #expect(try await database.count("import_content") == 0)
      #expect(try await imports.jobs().map(\.id) == [job.id])
      let failed = try await imports.jobs(state: .failed)
      #expect(failed.isEmpty)
    }
  }

  @Test(arguments: Backend.available) func aJobIsCancelledAndResumed(backend: Backend) async throws {
    let (reads, committed) = (Counter(0), Counter(0))
    let isCancelled = CountDownLatch(1)
    try await backend.withImports({ configuration in
      configuration.checkpoint = { step in
        if step == .committed { committed.add(1) }
        // Far from its end, on a thread that may block.
        if step == .read, reads.add(1) == 20 { try isCancelled.waitBlocking() }
      }
    }) { imports, database in
      var options = ImportOptions()
      (options.chunk, options.workers) = (5, 1)
      let file = try scratch(sales(2_000))
      let job = try await imports.start(.movements, options: options, path: file, name: "a.csv")
      func cancel() async throws -> ImportJob {
        defer { isCancelled.countDown() }
        try await eventually { committed.value >= 3 }
        return try await imports.cancel(job.id)
      }
      try await imports.whileRunning {
        let cancelled = try await cancel()
        #expect(cancelled.state == .cancelled && cancelled.endedAt != nil)
        try await sleep(for: .milliseconds(30))
        let stopped = try await imports.job(job.id)
        #expect(stopped.done >= 13 && stopped.done < 1_800 && stopped.state == .cancelled)
        await #expect(throws: ImportFault.wrongState(job.id, .cancelled)) { try await imports.cancel(job.id) }
        await #expect(throws: ImportFault.duplicate(job.id, .cancelled)) {
          try await imports.start(.movements, path: file, name: "again.csv")
        }
        #expect(try await imports.resume(job.id).state == .waiting)
        try await expectOnce(2_000, in: database, try await imports.ended(job.id))
        await #expect(throws: ImportFault.wrongState(job.id, .done)) { try await imports.resume(job.id) }
      }
      await #expect(throws: ImportFault.unknownJob(ImportJob.ID(rawValue: 99))) {
        try await imports.cancel(ImportJob.ID(rawValue: 99))
      }
    }
  }

  /// The process ends between any two steps, again and again; whoever comes next goes on.
  @Test(arguments: Backend.available, 1...4) func crashesAnywhere(backend: Backend, seed: Int) async throws {
    let random = Guarded(Generator(state: UInt64(seed)))
    let crashes = Counter(0)
    try await backend.withImports({ configuration in
      configuration.checkpoint = { _ in
        if crashes.value < 25, random.withLock({ $0.next() % 12 }) == 0 {
          crashes.add(1)
          throw ImportCrash()
        }
      }
    }) { imports, database in
      var options = ImportOptions()
      (options.chunk, options.workers) = (11, 2)
      let file = try scratch(sales(300))
      var summary: ImportSummary?
      while summary == nil {
        do {
          summary = try await imports.importFile(.movements, options: options, path: file)
        } catch is ImportCrash {}
      }
      try await expectOnce(300, in: database, try #require(summary).job)
      #expect(crashes.value > 3 && summary?.isResumed == true)
      #expect(try await database.count("import_job") == 1)
      let successes = try await imports.text(imports.successes(of: summary!.job.id, as: .csv))
      #expect(successes.split(separator: "\r\n").count == 271)
    }
  }

  /// Two instances share the jobs; one of them goes away in the middle.
  @Test(arguments: Backend.concurrent) func twoInstancesShareJobs(backend: Backend) async throws {
    try await backend.withImports({ $0.lease = .seconds(1) }) { imports, database in
      var settings = ImportsConfiguration()
      (settings.lease, settings.poll) = (.seconds(1), .milliseconds(20))
      let crash = Counter(4)
      settings.checkpoint = { step in
        if step == .planned, crash.add(-1) == 0 { throw ImportCrash() }
      }
      let other = try Imports(database, settings)
      var options = ImportOptions()
      options.chunk = 10
      var jobs: [ImportJob] = []
      for number in 0..<4 {
        let file = try scratch(sales(50) + "N\(number);P0;;1;;;\n")
        jobs.append(try await imports.start(.movements, options: options, path: file, name: "\(number)"))
      }
      let crashing = spawn { try await other.run() }
      try await imports.whileRunning {
        for job in jobs {
          let ended = try await imports.ended(job.id)
          #expect(ended.state == .done && ended.done == 46 && ended.failed == 5, "\(ended)")
        }
      }
      other.shutdown()
      _ = await crashing.ending
      #expect(try await database.count("movement") == 4 * 46)
      let unbalanced = try await database.read { try $0.unbalanced() }
      #expect(unbalanced.isEmpty)
    }
  }

  @Test(arguments: Backend.concurrent) func theSameFileAtOnceIsOneJob(backend: Backend) async throws {
    try await backend.withImports { imports, database in
      let file = try scratch(sales(60))
      let started = Counter(0)
      let refused = Counter(0)
      try await withScope { scope in
        for _ in 0..<50 {
          scope.spawn {
            do {
              _ = try await imports.start(.movements, path: file, name: "a.csv")
              started.add(1)
            } catch ImportFault.duplicate(let id, _) {
              #expect(id == ImportJob.ID(rawValue: 1) || backend == .postgres)
              refused.add(1)
            }
          }
        }
      }
      #expect(started.value == 1 && refused.value == 49)
      let job = try #require(try await imports.jobs().first)
      try await imports.whileRunning {
        try await expectOnce(60, in: database, try await imports.ended(job.id))
      }
      await #expect(throws: ImportFault.duplicate(job.id, .done)) {
        try await imports.importFile(.movements, path: file)
      }
      // Forced, it comes again.
      var options = ImportOptions()
      options.isForced = true
      let forced = try await imports.importFile(.movements, options: options, path: file)
      #expect(forced.job.done == 54 && !forced.isResumed)
      #expect(try await database.count("movement") == 108)
    }
  }

  @Test func whatDidNothingMayComeAgain() async throws {
    try await Backend.sqliteFile.withImports { imports, database in
      let file = try scratch("codigo;quantidade\nA;x\n")
      let first = try await imports.importFile(.movements, path: file).job
      #expect(first.state == .done && first.done == 0 && first.failed == 1)
      let second = try await imports.importFile(.movements, path: file).job
      #expect(second.id != first.id && second.failed == 1)
    }
  }

  @Test(arguments: Backend.available) func aShutdownGivesTheJobBack(backend: Backend) async throws {
    let commits = Counter(0)
    let service = Guarded<Imports?>(nil)
    try await backend.withImports({ configuration in
      configuration.checkpoint = { step in
        if step == .committed, commits.add(1) == 3 { service.withLock(\.self)?.shutdown() }
      }
    }) { imports, database in
      service.withLock { $0 = imports }
      var options = ImportOptions()
      (options.chunk, options.workers) = (2, 1)
      let path = try scratch(sales(200))
      let job = try await imports.start(.movements, options: options, path: path, name: "a.csv")
      try await imports.run()
      let stopped = try await imports.job(job.id)
      #expect(stopped.state == .waiting && stopped.position == 7, "\(stopped)")
      try await imports.whileRunning {
        try await expectOnce(200, in: database, try await imports.ended(job.id))
      }
      service.withLock { $0 = nil }
    }
  }

  @Test func aShutdownThatComesFirstCounts() async throws {
    try await Backend.sqliteFile.withImports { imports, _ in
      imports.shutdown()
      try await imports.run()
      // It is over with that: the next one works.
      let job = try await imports.start(.movements, path: try scratch(sales(20)), name: "a.csv")
      try await imports.whileRunning {
        let ended = try await imports.ended(job.id)
        #expect(ended.state == .done)
      }
    }
  }

  @Test(.enabled(if: SmallDisk.isPossible, Comment(rawValue: SmallDisk.problem)))
  func aFullFolderIsWaitedFor() async throws {
    let disk = try SmallDisk(megabytes: 1)
    defer { try? disk.remove() }
    try await Backend.sqliteFile.withImports({ $0.folder = disk.path }) { imports, database in
      disk.fill()
      let job = try await imports.start(.movements, path: try scratch(sales(200)), name: "a.csv")
      try await imports.whileRunning {
        try await eventually {
          try await imports.job(job.id).message.contains(
            "não há espaço na pasta \(disk.path) do servidor: libere espaço")
        }
        disk.makeRoom()
        try await expectOnce(200, in: database, try await imports.ended(job.id))
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path).isEmpty)
    }
  }

  /// What the database cannot take at present is given back once it can, and not when the lease ends.
  @Test(arguments: Backend.concurrent) func whatWasInterruptedIsGoneOnWith(backend: Backend) async throws {
    let outages = Counter(0)
    try await backend.withImports({ configuration in
      configuration.checkpoint = { step in
        if step == .noted, [3, 5].contains(outages.add(1)) { throw NoRoom(place: "/") }
      }
    }) { imports, database in
      var options = ImportOptions()
      options.chunk = 20
      let job = try await imports.start(
        .movements, options: options, path: try scratch(sales(200)), name: "a.csv")
      try await imports.whileRunning {
        try await expectOnce(200, in: database, try await imports.ended(job.id))
      }
      #expect(outages.value > 3)
    }
  }

  @Test(arguments: Backend.available) func oldLinesGoButTheFileIsKnown(backend: Backend) async throws {
    let now = Counter(1_000_000_000_000_000)
    let day = 86_400_000_000
    try await backend.withImports({ configuration in
      configuration.keep = .seconds(30 * 86_400)
      configuration.clock = { Int64(now.value) }
    }) { imports, database in
      let path = try scratch(sales(40))
      let job = try await imports.importFile(.movements, path: path).job
      let (stopped, broken) = (
        try scratch("codigo;quantidade\nA;1\n"), try scratch("codigo;quantidade\nB;1\n")
      )
      let waiting = try await imports.start(.movements, path: stopped, name: "b.csv")
      _ = try await imports.cancel(try await imports.start(.movements, path: broken, name: "c.csv").id)
      now.add(29 * day)
      #expect(try await !imports.prune())
      now.add(2 * day)
      #expect(try await imports.prune())
      // Once a day.
      #expect(try await !imports.prune())
      #expect(try await imports.jobs().map(\.id) == [waiting.id])
      await #expect(throws: ImportFault.unknownJob(job.id)) {
        try await imports.failures(of: job.id, as: .csv)
      }
      await #expect(throws: ImportFault.unknownJob(job.id)) { try await imports.resume(job.id) }
      for table in ["import_chunk", "import_failure"] { #expect(try await database.count(table) == 0) }
      #expect(try await database.count("import_content") == 1)
      // Its movements stay, and the file is not imported again.
      #expect(try await database.count("movement") == 36)
      await #expect(throws: ImportFault.duplicate(job.id, .done)) {
        try await imports.importFile(.movements, path: path)
      }
      // What changed nothing may come again.
      #expect(try await imports.start(.movements, path: broken, name: "c.csv").state == .waiting)
    }
  }

  /// A command goes on with what another one, which may still live, has begun: the older one stops.
  @Test(arguments: Backend.concurrent) func theLaterCommandGoesOn(backend: Backend) async throws {
    let (hangs, goesOn) = (Channel<Void>(capacity: 1), DispatchSemaphore(value: 0))
    let reads = Counter(0)
    try await backend.withImports { imports, database in
      var settings = ImportsConfiguration()
      settings.checkpoint = { step in
        if step == .read, reads.add(1) == 20 {
          _ = hangs.trySend(())
          goesOn.wait()  // on a thread for files
        }
      }
      let old = try Imports(database, settings)
      var options = ImportOptions()
      (options.chunk, options.workers) = (5, 1)
      let path = try scratch(sales(500))
      let hanging = spawn { [options] in try await old.importFile(.movements, options: options, path: path) }
      _ = try await hangs.receive()
      let summary = try await imports.importFile(.movements, options: options, path: path)
      goesOn.signal()
      try await expectOnce(500, in: database, summary.job)
      let stopped = await hanging.ending
      #expect(throws: ImportFault.takenOver(summary.job.id)) { try stopped.get() }
    }
  }

  @Test func aCommandsJobIsNotForTheBackground() async throws {
    let commits = Counter(0)
    try await Backend.sqliteFile.withImports({ configuration in
      configuration.checkpoint = { if $0 == .committed, commits.add(1) == 2 { throw ImportCrash() } }
    }) { imports, database in
      var options = ImportOptions()
      options.chunk = 10
      let file = try scratch(sales(50))
      await #expect(throws: ImportCrash.self) {
        try await imports.importFile(.movements, options: options, path: file)
      }
      let job = try #require(try await imports.jobs().first)
      #expect(job.state == .running && job.isDirect && job.position == 21)
      _ = try await imports.cancel(job.id)
      await #expect(throws: ImportFault.belongsToCommand(job.id)) { try await imports.resume(job.id) }
      await #expect(throws: ImportFault.duplicate(job.id, .cancelled)) {
        try await imports.start(.movements, path: file, name: "a.csv")
      }
      let summary = try await imports.importFile(.movements, path: file)
      #expect(summary.isResumed)
      try await expectOnce(50, in: database, summary.job)
    }
  }

  @Test func settingsAreChecked() {
    var configuration = ImportsConfiguration()
    configuration.concurrency = 0
    #expect(throws: InvalidSetting.self) { try configuration.validate() }
  }
}

/// SplitMix64.
struct Generator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
