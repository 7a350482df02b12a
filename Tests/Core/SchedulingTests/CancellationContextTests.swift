import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct CancellationContextTests {
  @Test func cancellingAParentCancelsAllBelow() {
    let root = CancellationContext()
    let child = root.child()
    let grandchild = child.child(timeout: .seconds(100))
    let sibling = CancellationContext()
    root.cancel()
    #expect([root, child, grandchild].allSatisfy { $0.reason == .cancelled })
    #expect(!sibling.isCancelled)
    #expect(root.child().isCancelled)
  }

  @Test func cancellingAChildLeavesTheParent() {
    let root = CancellationContext()
    let child = root.child()
    child.cancel()
    #expect(child.isCancelled && !root.isCancelled)
  }

  @Test func aDeadlinePassesInTimeAndDownwards() async throws {
    try await simulated {
      let root = CancellationContext()
      let timed = root.child(timeout: .seconds(2))
      let below = timed.child(timeout: .seconds(50))
      #expect(below.remaining == .seconds(2))
      try await sleep(for: .seconds(1))
      #expect(!below.isCancelled)
      try await sleep(for: .seconds(1.01))
      #expect(timed.reason == .deadlineExceeded && below.reason == .deadlineExceeded)
      #expect(below.remaining == .zero)
      #expect(!root.isCancelled)
    }
  }

  @Test func workInAContextIsCancelledWithIt() async throws {
    try await simulated {
      let context = CancellationContext().child(timeout: .seconds(1))
      await #expect(throws: ContextCancelled.self) {
        try await context.run { try await sleep(for: .seconds(9)) }
      }
      #expect(Simulation.elapsed < .seconds(2))
      let value = try await CancellationContext().run { 4 }
      #expect(value == 4)
      await #expect(throws: ContextCancelled.self) { try await context.run { Issue.record("it ran") } }
    }
  }

  @Test func handlersAreCalledOnceOrNotAfterTheirRemoval() {
    let (context, calls) = (CancellationContext(), AtomicInteger())
    context.onCancel { _ in _ = calls.add(1) }
    let removed = context.onCancel { _ in _ = calls.add(100) }
    context.removeHandler(removed)
    context.cancel()
    context.cancel()
    #expect(calls.load() == 1)
    context.onCancel { _ in _ = calls.add(10) }
    #expect(calls.load() == 11)
  }
}
