import EstoqueDatabase
import EstoqueDocuments
import EstoqueStock
import Foundation
import Revoada
import Synchronization

/// Takes documents of NF-e into the stock.
///
/// ```swift
/// let intake = try Intake(database, IntakeConfiguration(companies: [cnpj]))
/// let batch = try await intake.submit([IntakeFile(path: "nota.xml")], from: .upload, by: user)
/// try await intake.process()
/// ```
///
/// What is submitted is in the database before ``submit(_:from:by:)`` returns. From there it is claimed, in slices, by workers of this or any other
/// instance; each slice is read, judged and brought to its end in one transaction, in which the movements, the key that is used up and the
/// document's state are written together. So whatever ends when and where, nothing is lost and nothing is done twice: a claim is a
/// lease, and who comes back after it has ended finds that it holds no longer. Observers of the database are told of documents as they come, and as they
/// are settled (``IntakeDocument/table``).
public final class Intake: Sendable {
  /// What was chosen.
  public let configuration: IntakeConfiguration
  let database: Database
  let worker: IntakeWorker
  private let pool: WorkerPool<IntakeWorker.Slice, Int>
  /// Something was submitted here.
  private let wakeups = Channel<Bool>(capacity: 1)
  private let isStopping = Atomic<Bool>(false)
  private let pruning: Pruning

  /// Prepares the intake; nothing runs before it is asked to.
  /// - Throws: `InvalidSetting`.
  public init(_ database: Database, _ configuration: IntakeConfiguration) throws(InvalidSetting) {
    try configuration.validate()
    self.database = database
    self.configuration = configuration
    let worker = IntakeWorker(
      database: database, configuration: configuration,
      instruments: IntakeInstruments(name: configuration.name),
      owner: "\(ProcessInfo.processInfo.processIdentifier)-\(UUID().uuidString.prefix(8))")
    self.worker = worker
    pruning = Pruning(keep: configuration.keep, clock: configuration.clock)
    pool = WorkerPool(name: configuration.name, workers: configuration.workers, queue: nil) { slice in
      try await worker.work(on: slice).count
    }
  }

  // MARK: Working

  /// Works until no document waits that this instance may claim.
  /// - Parameter batch: those of one batch only.
  /// - Returns: how many documents it has settled.
  /// - Throws: what a slice has failed with, when the others have ended; `CancellationError`. Nothing is lost.
  @discardableResult
  public func process(batch: IntakeBatch.ID? = nil) async throws -> Int {
    var count = 0
    var running: [PoolTask<Int>] = []
    do {
      while !isStopping.load(ordering: .relaxed) {
        if let slice = try await worker.claim(of: batch) {
          do { running.append(try await pool.submit(slice)) } catch {
            await worker.giveBack(slice)
            throw error
          }
          if running.count < configuration.workers { continue }
        } else if running.isEmpty {
          break
        }
        // What runs may leave more to do: the other documents of a lot.
        count += try await running.removeFirst().value
      }
      while !running.isEmpty { count += try await running.removeFirst().value }
      return count
    } catch {
      // Even a task that was cancelled waits for what it has begun.
      _ = await spawn { [running] in for task in running { _ = await task.result } }.ending
      throw error
    }
  }

  /// Works as a service: on what is submitted here at once, on what other instances leave behind when their leases end; and on the watched folder, if there
  /// is one. Returns when the task is cancelled, or after ``shutdown()``, once everything that was begun has ended.
  public func run() async throws {
    let watcher = configuration.folder.map { folder in spawn { [self] in await watch(folder) } }
    while !Task.isCancelled, !isStopping.load(ordering: .relaxed) {
      do {
        try await process()
        if try await prune() { continue }
      } catch is CancellationError { break } catch {
        worker.instruments.logger.warning("the intake pauses", metadata: ["because": "\(error)"])
      }
      do { _ = try await wakeups.receive(timeout: configuration.poll) } catch is TimedOut {} catch { break }
    }
    watcher?.cancel()
    _ = await watcher?.ending
  }

  /// Removes some of the files that have been kept for long enough, if it is time to.
  /// - Returns: whether it has removed any.
  func prune() async throws -> Bool {
    let count = try await pruning.step(in: database, limit: 500) { session, moment, limit in
      try session.pruneContents(settledBefore: moment, limit: limit)
    }
    if count > 0 {
      worker.instruments.logger.info("removed the files of old documents", metadata: ["files": "\(count)"])
    }
    return count > 0
  }

  /// Asks ``run()`` to return.
  public func shutdown() {
    isStopping.store(true, ordering: .relaxed)
    wake()
  }

  func wake() { _ = wakeups.trySend(true) }
}
