import EstoqueDatabase
import EstoqueDocuments
import EstoqueStock
import Revoada

/// What was taken in at once.
public struct IntakeSubmission: Sendable, Equatable {
  /// The batch's number.
  public let batch: IntakeBatch.ID
  /// One for each file, those in archives included, in their order. A file with several documents has more of them once it has been read.
  public let documents: [Receipt]

  /// A file that was taken in.
  public struct Receipt: Sendable, Equatable {
    /// The number of its first document.
    public let id: IntakeDocument.ID
    /// Its name.
    public let file: String
    /// ``IntakeState/waiting``, or ``IntakeState/refused`` for what could not even be kept.
    public let state: IntakeState
  }
}

extension Intake {
  /// Takes files in: when this returns they are in the database, and nothing can lose them.
  ///
  /// Files that cannot be read, and archives that are broken or too large, are refused one by one; the others are taken in.
  ///
  /// - Parameters:
  ///   - files: XML documents, lots and ZIP archives.
  ///   - source: how they came.
  ///   - user: who sent them; nil for the program itself.
  /// - Throws: ``IntakeFault`` if there are no files, or too many: those before the limit are taken in, and are duplicates when they are sent again;
  ///   ``DatabaseError``; `CancellationError`.
  public func submit(
    _ files: [IntakeFile], from source: IntakeSource, by user: User.ID? = nil
  ) async throws -> IntakeSubmission {
    if files.isEmpty { throw IntakeFault.noFiles }
    try configuration.checkpoint(.submitting)
    let feed = FileFeed(files, configuration.limits)
    let now = configuration.clock()
    var batch: IntakeBatch.ID?
    var documents: [IntakeSubmission.Receipt] = []
    while true {
      let group = try await offload { try feed.group().map(PreparedFile.init) }
      if group.isEmpty { break }
      let (number, receipts) = try await database.transaction { [batch] session in
        let batch = try batch ?? session.addBatch(source, at: now, by: user)
        return (batch, try session.add(group, to: batch, at: now))
      }
      batch = number
      documents += receipts
      wake()
    }
    guard let batch else { throw IntakeFault.noFiles }
    worker.instruments.submitted(batch, documents.count, source)
    try configuration.checkpoint(.submitted)
    return IntakeSubmission(batch: batch, documents: documents)
  }
}

/// A file that is about to be kept.
private struct PreparedFile: Sendable {
  let name: String
  let content: Result<(stored: StoredContent, sha256: String), LoadedFile.Unreadable>

  init(_ file: LoadedFile) {
    // No database can hold U+0000 in a text.
    name = String(file.name.map { $0 == "\0" ? "?" : $0 })
    content = file.content.map { (StoredContent(packing: $0), ContentDigest(of: $0).description) }
  }
}

extension Session {
  fileprivate func add(_ files: [PreparedFile], to batch: IntakeBatch.ID, at moment: Int64) throws
    -> [IntakeSubmission.Receipt]
  {
    var contents: [(id: IntakeDocument.ID, content: StoredContent)] = []
    let receipts = try files.map { file in
      switch file.content {
      case .success(let content):
        let id = try addDocument(file.name, of: batch, sha256: content.sha256)
        contents.append((id, content.stored))
        return IntakeSubmission.Receipt(id: id, file: file.name, state: .waiting)
      case .failure(let fault):
        let id = try addUnreadable(file.name, of: batch, reason: fault.reason, at: moment)
        return IntakeSubmission.Receipt(id: id, file: file.name, state: .refused)
      }
    }
    try addContents(contents)
    return receipts
  }
}
