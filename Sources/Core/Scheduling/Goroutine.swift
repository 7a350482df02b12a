/// A goroutine started by ``spawn(name:fileID:line:_:)``: its identity, and where its result is awaited.
///
/// The goroutine runs whether or not anybody keeps this handle. Any number of tasks may await the result, any number
/// of times.
public final class Goroutine<Success: Sendable>: AnyGoroutine, @unchecked Sendable {
  /// Written once, before the goroutine completes; read after that.
  @exclusivity(unchecked) @usableFromInline var outcome: Result<Success, any Error>?

  @inlinable
  override init(name: String?, site: SpawnSite) {
    super.init(name: name, site: site)
  }

  deinit {
    if case .failure(let error)? = outcome { reportUnlessObserved(error) }
  }

  /// The value that the goroutine returned. Suspends until it ends.
  ///
  /// Cancelling the waiting task ends the wait, not the goroutine.
  /// - Throws: the error that the goroutine threw, or `CancellationError` if the *waiting* task is cancelled.
  @inlinable
  public var value: Success {
    get async throws { try await result.get() }
  }

  /// How the goroutine ended. Suspends until it does; a cancelled wait is a failure with `CancellationError`.
  @inlinable
  public var result: Result<Success, any Error> {
    get async {
      guard await wait() else { return .failure(CancellationError()) }
      return outcome.unsafelyUnwrapped
    }
  }

  @usableFromInline
  override var failure: (any Error)? {
    if case .failure(let error)? = outcome { error } else { nil }
  }

  /// How the goroutine ended, waited for even by a cancelled task.
  package var ending: Result<Success, any Error> {
    get async {
      let waiter = GoroutineCell.ofCurrentTask
      waiter?.beginAwait(id)
      await task?.value
      waiter?.endAwait()
      markObserved()
      return outcome.unsafelyUnwrapped
    }
  }

  @inlinable
  func start(_ body: sending @escaping () async throws -> Success) {
    let body = UncheckedTransfer(body)
    // Two literals rather than one closure: passing it on would wrap it in a second one.
    if let executor = Self.executor {
      task = Task(executorPreference: executor) { await self.run(body) }
    } else {
      task = Task { await self.run(body) }
    }
  }

  @inlinable @inline(__always)
  func run(_ body: UncheckedTransfer<() async throws -> Success>) async {
    begin()
    do { outcome = .success(try await body.value()) } catch { outcome = .failure(error) }
    end()
  }
}

/// Starts a goroutine: a task that runs on its own.
///
/// Task-local values, and with them logger metadata and trace context, travel into the goroutine. An error that it throws
/// and that nobody awaits is reported once, with the place of this call, through ``UnhandledErrors``; it ends
/// neither the process nor any other goroutine. A trap (array bounds, `fatalError`) ends the process: Swift cannot
/// recover from one.
///
/// - Parameters:
///   - name: for diagnostics.
///   - fileID: the file of the call, for reports.
///   - line: the line of the call, for reports.
///   - body: what the goroutine does.
/// - Returns: a handle, which may be dropped.
@discardableResult
@inlinable
public func spawn<Success: Sendable>(
  name: String? = nil, fileID: StaticString = #fileID, line: UInt = #line,
  _ body: sending @escaping () async throws -> Success
) -> Goroutine<Success> {
  let goroutine = Goroutine<Success>(name: name, site: SpawnSite(fileID: fileID, line: line))
  goroutine.start(body)
  return goroutine
}

/// Moves a value that is not `Sendable` to exactly one other task.
@usableFromInline
package struct UncheckedTransfer<Value>: @unchecked Sendable {  // the giver no longer uses the value
  @usableFromInline package let value: Value
  @inlinable
  package init(_ value: Value) { self.value = value }
}
