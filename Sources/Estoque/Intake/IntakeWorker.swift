import EstoqueDatabase
import EstoqueDocuments
import EstoqueDomain
import EstoqueStock
import Revoada

/// Claims documents, reads and judges them, and settles them. Several may work on one database.
struct IntakeWorker: Sendable {
  let database: Database
  let configuration: IntakeConfiguration
  let instruments: IntakeInstruments
  /// Who claims; for people.
  let owner: String
  let left = LeftClaims()

  /// Claimed documents with their files.
  struct Slice: Sendable {
    let claims: [Claim]
    let contents: [IntakeDocument.ID: StoredContent]
  }

  // MARK: Steps

  nonisolated(nonsending)
    func claim(of batch: IntakeBatch.ID? = nil) async throws -> Slice?
  {
    try configuration.checkpoint(.claiming)
    let now = configuration.clock()
    let leftBehind = left.take()
    let slice: Slice
    do {
      slice = try await database.transaction { [configuration, owner] session in
        try session.release(leftBehind)
        let claims = try session.claim(
          by: owner, now: now, until: now + configuration.lease.nanoseconds / 1_000,
          limit: configuration.slice, of: batch)
        let contents = claims.isEmpty ? [:] : try session.contents(of: Set(claims.map(\.content)))
        return Slice(claims: claims, contents: contents)
      }
    } catch {
      left.add(leftBehind)
      throw error
    }
    if slice.claims.isEmpty { return nil }
    try configuration.checkpoint(.claimed)
    return slice
  }

  /// Reads and judges a slice, and brings all of it to an end.
  /// - Returns: how many documents this worker has settled.
  nonisolated(nonsending)
    func work(on slice: Slice) async throws -> [Settled]
  {
    do {
      let judged = judge(slice)
      try configuration.checkpoint(.judged)
      return try await settle(judged)
    } catch {
      await giveBack(slice)
      throw error
    }
  }

  /// Somebody else may try at once. If the database is away, this instance's next claim gives them back, or else the lease ends.
  nonisolated(nonsending)
    func giveBack(_ slice: Slice) async
  {
    // A task that was cancelled cannot do it itself.
    let release = spawn { [database] in try await database.transaction { try $0.release(slice.claims) } }
    if case .failure = await release.ending { left.add(slice.claims) }
  }

  /// Pure, and quick: tens of microseconds a document, unless more than its values is checked.
  func judge(_ slice: Slice) -> [Judged] {
    let parser = configuration.parser
    // A lot's documents come one by one; the file is read once.
    var read: [IntakeDocument.ID: Result<[ParsedDocument], Refusal>] = [:]
    return slice.claims.map { claim in
      func failed(_ reason: String) -> Judged {
        Judged(claim: claim, position: max(0, claim.position), siblings: 1, verdict: .failed(reason: reason))
      }
      if claim.attempt > configuration.attempts { return failed(Reason.gaveUp(claim.attempt - 1)) }
      let parsed: Result<[ParsedDocument], Refusal>
      if let known = read[claim.content] {
        parsed = known
      } else {
        // Unpacked here, not in the transaction that claims.
        guard let file = slice.contents[claim.content]?.file else { return failed(Reason.damaged) }
        parsed = Result { () throws(Refusal) in try parser.parse(file).documents }
      }
      if claim.position >= 0 || claim.parent != nil { read[claim.content] = parsed }
      return judge(claim, parsed)
    }
  }

  private func judge(_ claim: Claim, _ parsed: Result<[ParsedDocument], Refusal>) -> Judged {
    let position = max(0, claim.position)
    switch parsed {
    case .failure(let refusal):
      return Judged(
        claim: claim, position: position, siblings: 1, verdict: .judged(configuration.judge.judge(refusal)))
    case .success(let documents):
      guard position < documents.count else {
        return Judged(
          claim: claim, position: position, siblings: 1,
          verdict: .failed(reason: Reason.failed("o documento \(position) não está no arquivo")))
      }
      return Judged(
        claim: claim, position: position, siblings: documents.count,
        verdict: .judged(configuration.judge.judge(documents[position])))
    }
  }

  /// Settles documents, those of the same key one after the other.
  nonisolated(nonsending)
    private func settle(_ documents: [Judged]) async throws -> [Settled]
  {
    var settled: [Settled] = []
    var rest = documents
    while !rest.isEmpty {
      var keys: Set<String> = []
      var round: [Judged] = []
      var later: [Judged] = []
      for document in rest {
        if let key = document.key, !keys.insert(key).inserted {
          later.append(document)
        } else {
          round.append(document)
        }
      }
      settled += try await settleTogether(round)
      rest = later
    }
    return settled
  }

  /// One transaction for all; one for each if that fails, so that none harms the others.
  nonisolated(nonsending)
    private func settleTogether(_ documents: [Judged]) async throws -> [Settled]
  {
    do { return try await settleInOne(documents) } catch {
      guard Self.isOfDocuments(error) else { throw error }
      instruments.logger.warning(
        "documents are settled one by one", metadata: ["because": "\(error)", "count": "\(documents.count)"])
      if documents.count == 1 {
        return try await settleInOne([documents[0].failed(Reason.failed("\(error)"))])
      }
    }
    var settled: [Settled] = []
    for document in documents { settled += try await settleTogether([document]) }
    return settled
  }

  /// Whether a document is at fault, rather than the database or whoever has stopped the work.
  private static func isOfDocuments(_ error: any Error) -> Bool {
    switch error {
    case let error as DatabaseError: !error.isOutage && !error.isTransient
    case is StockFault, is IntakeFault, is DecimalError, is IdentifierError: true
    default: false
    }
  }

  nonisolated(nonsending)
    private func settleInOne(_ documents: [Judged]) async throws -> [Settled]
  {
    let settled = try await database.transaction { [configuration] session in
      try Settlement(session: session, configuration: configuration, now: configuration.clock())
        .settle(documents)
    }
    try configuration.checkpoint(.settled)
    instruments.settled(settled)
    return settled
  }
}
