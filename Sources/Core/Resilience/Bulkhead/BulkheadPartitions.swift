import RevoadaScheduling

/// Several bulkheads by name: calls of one partition never take the places of another.
///
/// ```swift
/// let services = BulkheadPartitions(["api": .init(limit: 10, queue: 50), "db": .init(limit: 20)])
/// let user = try await services.execute("db") { try await load(id) }
/// ```
public final class BulkheadPartitions: Sendable {
  /// The settings of a partition.
  public struct Partition: Sendable, Equatable {
    /// How many calls run at a time.
    public let limit: Int
    /// How many may wait; nil for any number.
    public let queue: Int?
    /// Sets up a partition: `limit` calls at a time, and `queue` that wait.
    public init(limit: Int, queue: Int? = nil) {
      self.limit = limit
      self.queue = queue
    }
  }

  private let partitions: [String: Bulkhead]

  /// Creates the partitions.
  public init(_ partitions: [String: Partition]) {
    self.partitions = Dictionary(
      uniqueKeysWithValues: partitions.map { name, partition in
        (name, Bulkhead(name: name, limit: partition.limit, queue: partition.queue))
      })
  }

  /// The partition of a name, nil if there is none.
  public subscript(name: String) -> Bulkhead? { partitions[name] }

  /// The ledger of each partition; a snapshot.
  public var stats: [String: Bulkhead.Stats] { partitions.mapValues(\.stats) }

  /// Finds a partition that cannot work.
  public func validate() throws(InvalidSetting) {
    for partition in partitions.values { try partition.validate() }
  }

  /// Runs `body` when its partition has a place for it; see ``Bulkhead/execute(_:)``.
  /// - Throws: ``UnknownPartition``; what ``Bulkhead/execute(_:)`` throws.
  nonisolated(nonsending)
    public func execute<R>(
      _ name: String, _ body: nonisolated(nonsending) () async throws -> R
    ) async throws -> R
  {
    guard let partition = partitions[name] else {
      throw UnknownPartition(name: name, known: partitions.keys.sorted())
    }
    return try await partition.execute(body)
  }
}

/// A call for a partition that does not exist.
public struct UnknownPartition: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was asked for.
  public let name: String
  /// The partitions that there are.
  public let known: [String]
  /// A sentence for people.
  public var description: String {
    "no partition \"\(name)\"; there are: \(known.joined(separator: ", "))"
  }
}
