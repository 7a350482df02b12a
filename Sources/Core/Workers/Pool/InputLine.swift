/// What the core knows of the inputs that have no tasks, because it does not know their type.
@usableFromInline
struct InputLine: Sendable {
  @usableFromInline typealias Work =
    nonisolated(nonsending) @Sendable (PoolCore, PoolWorker) async -> PoolCore.Next

  /// Works on them as long as they have their turn.
  let work: Work
  /// With the lock held: takes so many of them out and makes tasks of them.
  let makeTasks: @Sendable (Int, PoolCore) -> [AnyPoolTask]

  @usableFromInline
  init(work: @escaping Work, makeTasks: @escaping @Sendable (Int, PoolCore) -> [AnyPoolTask]) {
    self.work = work
    self.makeTasks = makeTasks
  }
}
