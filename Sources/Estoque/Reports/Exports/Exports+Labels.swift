import EstoqueDatabase
import EstoqueLabels
import EstoqueStock
import Foundation
import Revoada

// Sheets of labels: as a job's file, or at once.
extension Exports {
  /// The most labels that are made at once.
  public static let labelsAtOnce = 500
  /// The most labels of the first sheet that may have been used before.
  public static let labelsSkipped = LabelSheet.letter30.count - 1

  /// A PDF of labels, at once; products whose codes no bar code can say are left out.
  ///
  /// - Parameters:
  ///   - request: which products: those in use, or a single one.
  ///   - copies: how many labels each product gets.
  ///   - skipped: how many labels of the first sheet have been used before.
  /// - Throws: ``ExportFault/tooManyLabels(_:limit:)``, ``ExportFault/noLabels``; what the database throws.
  public func labels(_ request: ExportRequest, copies: Int = 1, skipping skipped: Int = 0) async throws
    -> [UInt8]
  {
    let (copies, limit) = (max(1, copies), Self.labelsAtOnce)
    if copies > limit { throw ExportFault.tooManyLabels(copies, limit: limit) }
    let products = try await labelled(request, limit: limit, copies: copies)
    return try await offload {
      let labels = Self.labels(of: products).possible
      if labels.isEmpty { throw ExportFault.noLabels }
      return try LabelDocument(labels.flatMap { Array(repeating: $0, count: copies) }, skipping: skipped)
        .pdf()
    }
  }

  func writeLabels(_ request: ExportRequest, to part: String, _ progress: ExportProgress) async throws {
    let products = try await labelled(request, limit: configuration.labels)
    progress.total = products.count
    try await offload {
      let (labels, skipped) = Self.labels(of: products)
      progress.failed.store(skipped.count, ordering: .relaxed)
      if !skipped.isEmpty { progress.message = ExportJob.skippedLabels(skipped) }
      let bytes = try LabelDocument(labels).pdf()
      do { try Data(bytes).write(to: URL(filePath: part)) } catch {
        throw ExportFault(error)
      }
      progress.done.store(labels.count, ordering: .relaxed)
    }
  }

  private func labelled(_ request: ExportRequest, limit: Int, copies: Int = 1) async throws -> [Product] {
    if let id = request.product { return try await database.read { try $0.product(id).map { [$0] } ?? [] } }
    let filter = ProductFilter(search: request.search, category: request.category, isActive: true)
    let count = try await database.read { try $0.productCount(filter) }
    if count > limit / copies { throw ExportFault.tooManyLabels(count * copies, limit: limit) }
    return try await database.snapshot { session in
      var (products, cursor) = ([Product](), Cursor?.none)
      repeat {
        let page = try session.products(filter, limit: PageLimit.maximum, after: cursor)
        products += page.items
        cursor = page.next
      } while cursor != nil && products.count < limit
      return products
    }
  }

  /// One product without a possible bar code must not cost the others theirs: their codes are told apart.
  private static func labels(of products: [Product]) -> (possible: [Label], skipped: [String]) {
    var (labels, skipped) = ([Label](), [String]())
    for details in products.map(\.details) {
      let label = Label(name: details.name, code: details.code, gtin: details.gtin)
      if label.isPossible { labels.append(label) } else { skipped.append(details.code) }
    }
    return (labels, skipped)
  }
}
