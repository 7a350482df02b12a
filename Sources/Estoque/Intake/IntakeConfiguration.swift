import EstoqueDatabase
import EstoqueArchive
import EstoqueDocuments
import EstoqueDomain
import EstoqueStock
import Foundation
import Revoada
import RevoadaScheduling

/// Everything that can be chosen about an ``Intake``.
public struct IntakeConfiguration: Sendable {
  /// What is done with goods that no mapping names.
  public enum UnknownProducts: String, Sendable, Codable, CaseIterable {
    /// The document waits until somebody has said what they are.
    case review
    /// A product with the same barcode and unit is taken; the document waits where there is none.
    case match
    /// As `match`, and a product is created where there is none.
    ///
    /// The default: a small company has its stock from the first invoice on, and nothing is lost by it, since a supplier's code that is known in
    /// another unit still waits for somebody.
    case create
  }

  /// How much is taken at once.
  public struct Limits: Sendable {
    /// Of a document.
    public var documents = EstoqueDocuments.Limits.standard
    /// Of an archive.
    public var archive: ArchiveLimits
    /// How many files a submission has at most, those in archives included.
    public var files = 20_000
    /// How many bytes, unpacked.
    public var bytes = 1 << 30

    /// The usual limits.
    public init() { archive = ArchiveLimits(file: documents.fileBytes) }
  }

  /// The name in errors, metrics and logs.
  public var name = "nfe"
  /// The company's numbers and rules.
  public var judge: Judge
  /// What is done with goods that no mapping names.
  public var unknownProducts = UnknownProducts.create
  /// Whether an invoice may take more than there is. Allowed by default: the goods have gone, whatever the books say.
  public var negativeStock = NegativeStock.allowed
  /// Where goods come and go, by the company's number; ``location`` where there is none.
  public var locations: [CNPJ: Location.ID] = [:]
  /// Where goods come and go.
  public var location = Location.main
  /// How many slices of work are done at once.
  public var workers = 5
  /// How many documents are worked on in one transaction.
  public var slice = 32
  /// How long a claim holds. Far longer than a slice takes: only a process that has died leaves one behind.
  public var lease = Duration.seconds(60)
  /// After how many claims that came to nothing a document is put into review, since it seems to kill whoever takes it.
  public var attempts = 5
  /// How often somebody looks for documents that another instance has taken in, or left behind.
  public var poll = Duration.seconds(1)
  /// For how long the files of documents are kept that have been settled; nil for ever. What has been posted, and the keys, are kept in any case.
  public var keep: Duration?
  /// The folder that is watched.
  public var folder: WatchedFolder?
  /// How much is taken at once.
  public var limits = Limits()
  /// What is looked at beyond what documents say: schemas and signatures. Nothing by default.
  public var checks = DocumentChecks()
  /// Microseconds since 1970 in UTC.
  public var clock: @Sendable () -> Int64 = { WallClock.now() }
  /// Called between steps; what it throws ends the work there, as a crash would.
  package var checkpoint: @Sendable (IntakeStep) throws -> Void = { _ in }

  /// The settings for a company with these numbers; without any, everything goes to review.
  public init(companies: Set<CNPJ>) { judge = Judge(companies: companies) }

  /// Finds settings that make no sense.
  /// - Throws: `InvalidSetting`.
  public func validate() throws(InvalidSetting) {
    var check = SettingsCheck("intake", name)
    check.require((1...256).contains(workers), "workers", workers, "1 to 256")
    check.require((1...1_000).contains(slice), "slice", slice, "1 to 1000")
    check.require(lease >= .seconds(1), "lease", lease, "at least 1 s")
    check.require(attempts >= 1, "attempts", attempts, "at least 1")
    check.require(poll >= .milliseconds(1), "poll", poll, "at least 1 ms")
    check.require(limits.files >= 1, "limits.files", limits.files, "at least 1")
    check.require(limits.bytes >= 1, "limits.bytes", limits.bytes, "at least 1")
    if let keep { check.require(keep > .zero, "keep", keep, "more than zero") }
    if let folder { check.require(!folder.path.isEmpty, "folder.path", folder.path, "not empty") }
    try check.end()
  }

  /// Reads documents as they were chosen to be read.
  var parser: DocumentParser { DocumentParser(limits: limits.documents, checks: checks) }

  /// Where a company's goods are.
  func location(of company: CNPJ?) -> Location.ID { company.flatMap { locations[$0] } ?? location }
}

/// A folder whose files are taken in.
public struct WatchedFolder: Sendable, Equatable {
  /// The folder.
  public var path: String
  /// Where files go that were taken in; inside of the folder, or anywhere if it begins with a slash.
  public var done = "processados"
  /// Where files go that were refused.
  public var refused = "recusados"
  /// How often it is looked at. A file is taken when it has not changed between two looks.
  public var every = Duration.seconds(2)

  /// Watches a folder.
  public init(path: String) { self.path = path }
}

/// Places between two steps of the work, for tests that end it there.
package enum IntakeStep: String, Sendable, CaseIterable {
  case submitting, submitted, claiming, claimed, judged, held, mapped, posted, recorded, settling, settled,
    moving
}
