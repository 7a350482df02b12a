import RevoadaChannels
import RevoadaScheduling

/// Which stages a dynamic pipeline has, and who sends to whom.
///
/// A stage is added by sending the last one's outputs to it, and removed by sending its predecessor's past it and then
/// closing its input: who waits there gets his element back and sends it past the stage, and the workers end once they have
/// emptied the input. A channel is closed when nobody is left who might send to it.
@usableFromInline
final class Topology<Element: Sendable>: @unchecked Sendable {  // everything is protected by `lock`
  /// The source, or a stage.
  final class Node: @unchecked Sendable {  // `isFinished` and `record` are protected by the topology's lock
    let name: String
    /// The source has none.
    let input: Channel<Element>?
    let link: DynamicLink<Element>
    let finished = Completion()
    var isFinished = false
    var record: StageRecord?
    /// Starts the workers.
    let launch: @Sendable (PipelineRun, Node) -> Void

    init(
      _ name: String, input: Channel<Element>?, sendingTo junction: Junction<Element>,
      launch: @escaping @Sendable (PipelineRun, Node) -> Void
    ) {
      self.name = name
      self.input = input
      link = DynamicLink(junction)
      self.launch = launch
    }
  }

  private let lock = Lock()
  private let source: Node
  private var stages: [Node] = []
  /// Removed, but with elements inside.
  private var leaving: [Node] = []
  private var isStarted = false

  init(source: Node) { self.source = source }

  var stageNames: [String] { lock.withLock { stages.map(\.name) } }

  /// - Returns: the nodes that are to be launched.
  func start() -> [Node] {
    lock.withLock {
      isStarted = true
      return [source] + stages
    }
  }

  /// - Returns: whether the node is to be launched.
  func add(
    _ name: String, buffer: Int, launch: @escaping @Sendable (PipelineRun, Node) -> Void
  ) throws(StageChangeError) -> (Node, isStarted: Bool) {
    try lock.withLock { () throws(StageChangeError) -> (Node, isStarted: Bool) in
      if stages.contains(where: { $0.name == name }) { throw .duplicate(name) }
      let last = stages.last ?? source
      if last.isFinished { throw .ended(name) }
      // It takes the place of the last among those who send to the output.
      let input = Channel<Element>(capacity: buffer)
      let node = Node(name, input: input, sendingTo: last.link.junction, launch: launch)
      last.link.junction = Junction(input, senders: 1)
      stages.append(node)
      return (node, isStarted)
    }
  }

  func launched(_ node: Node, _ record: StageRecord) {
    lock.withLock {
      node.record = record
      if !stages.contains(where: { $0 === node }) { record.leave() }  // removed meanwhile
    }
  }

  /// - Returns: the node, which is finished when no element is inside it any more.
  func remove(_ name: String) throws(StageChangeError) -> (node: Node, isStarted: Bool) {
    let removed = try lock.withLock { () throws(StageChangeError) -> (node: Node, isStarted: Bool) in
      guard let index = stages.firstIndex(where: { $0.name == name }) else { throw .unknown(name) }
      let node = stages.remove(at: index)
      leaving.append(node)
      node.record?.leave()
      let past = node.link.junction
      for sender in [source] + stages + leaving
      where !sender.isFinished && sender.link.junction.channel === node.input {
        sender.link.junction = past
        past.senders += 1
      }
      return (node, isStarted)
    }
    removed.node.input?.close()
    return removed
  }

  /// Called when the node's last worker has ended, or in place of it.
  func finish(_ node: Node, _ undelivered: UndeliveredSink) {
    let (unreachable, wasRemoved) = lock.withLock {
      node.isFinished = true
      let count = leaving.count
      leaving.removeAll { $0 === node }
      let junction = node.link.junction
      junction.senders -= 1
      return (junction.senders == 0 ? junction.channel : nil, leaving.count < count)
    }
    unreachable?.close()
    if wasRemoved { drain(node, into: undelivered) }
    node.finished.complete()
  }

  /// Hands over what is left between the stages when the run has ended.
  func drain(into undelivered: UndeliveredSink) {
    for node in lock.withLock({ stages + leaving }) { drain(node, into: undelivered) }
  }

  private func drain(_ node: Node, into undelivered: UndeliveredSink) {
    guard let input = node.input else { return }
    while case .received(let element) = input.tryReceive() {
      undelivered.takeWaiting(element, stage: node.name)
    }
  }
}
