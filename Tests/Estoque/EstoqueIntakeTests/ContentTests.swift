import EstoqueDatabase
import EstoqueSamples
import EstoqueStock
import EstoqueTestSupport
import Foundation
import Revoada
import Testing

@testable import EstoqueIntake

/// How the files of documents are kept.
@Suite(.timeLimit(.minutes(10)))
struct ContentTests {
  @Test(arguments: Backend.concurrent)
  func `files are kept packed, and given back as they came`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      let bytes = try Office.purchase().bytes()
      let document = try await office.take(bytes)
      #expect(document.state == .accepted)
      let file = try await office.intake.file(of: document.id)
      #expect(file == bytes)
      let stored = try await office.stored(document.id)
      #expect(stored.size == bytes.count && stored.bytes.count < bytes.count / 2)
      // What does not become smaller is kept as it is.
      let junk = try await office.take([60, 1, 2, 3], "lixo.xml")
      let asItCame = try await office.stored(junk.id)
      #expect(junk.state == .refused && asItCame == StoredContent(bytes: [60, 1, 2, 3], size: nil))
    }
  }

  @Test(arguments: Backend.concurrent)
  func `what was kept before contents were packed is still read`(on backend: Backend) async throws {
    try await backend.withDatabase(migrations: Schema.migrations + IntakeSchema.migrations.prefix(1)) {
      database in
      let bytes = try Office.purchase().bytes()
      try await database.transaction { session in
        let batch = try session.addBatch(.upload, at: 1, by: nil)
        let id = try session.addDocument("velha.xml", of: batch, sha256: "x")
        try session.execute("INSERT INTO intake_content (id, bytes) VALUES (?1, ?2)", id, bytes)
      }
      try await database.migrate(Office.migrations)
      let office = try Office(database)
      try await office.intake.process()
      let document = try #require(try await office.intake.documents().items.first)
      #expect(document.state == .accepted)
      let file = try await office.intake.file(of: document.id)
      #expect(file == bytes)
    }
  }

  @Test(arguments: Backend.concurrent)
  func `a document whose file is damaged goes to review, and harms no other`(on backend: Backend) async throws
  {
    try await Office.open(on: backend) { office in
      let files = try (1...3).map { IntakeFile(name: "\($0).xml", bytes: try Office.purchase($0).bytes()) }
      let receipts = try await office.intake.submit(files, from: .upload).documents
      try await office.database.transaction { session in
        try session.execute("UPDATE intake_content SET size = size - 1 WHERE id = ?1", receipts[1].id)
      }
      try await office.intake.process()
      let documents = try await office.intake.documents(receipts.map(\.id))
      #expect(documents.map(\.state) == [.accepted, .review, .accepted])
      #expect(documents[1].reason == Reason.damaged)
      let detail = try await office.intake.document(receipts[1].id)
      #expect(detail?.lines.isEmpty == true)
    }
  }

  /// The figures of the report: how small real documents become.
  @Test(.enabled(if: TestData.folder != nil, Comment(rawValue: TestData.absent)))
  func `real documents become a third as large`() throws {
    var (before, after) = (0, 0)
    for document in TestData.documents("samples") {
      let bytes = try document.bytes()
      let stored = StoredContent(packing: bytes)
      #expect(stored.file == bytes)
      before += bytes.count
      after += stored.bytes.count
    }
    #expect(before > 0 && Double(before) / Double(after) > 3)
  }
}

extension Office {
  fileprivate func stored(_ id: IntakeDocument.ID) async throws -> StoredContent {
    let contents = try await database.read { try $0.contents(of: [id]) }
    return try #require(contents[id])
  }
}
