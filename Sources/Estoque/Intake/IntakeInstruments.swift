import CoreMetrics
import EstoqueDatabase
import Logging
import RevoadaInstruments

/// What an intake reports.
struct IntakeInstruments: Sendable {
  let logger: Logger
  /// The seed's name, with the state as `result`; Prometheus shows it as `nfe_processed_total`.
  private let processed: [IntakeState: Counter]

  init(name: String) {
    let instruments = Instruments(kind: "intake", name: name)
    logger = instruments.logger
    guard instruments.isMeasuring else {
      processed = [:]
      return
    }
    processed = Dictionary(
      uniqueKeysWithValues: IntakeState.allCases.filter { $0 != .waiting }.map {
        ($0, Counter(label: "nfe_processed_total", dimensions: [("result", $0.rawValue)]))
      })
  }

  func settled(_ documents: [Settled]) {
    for document in documents {
      let (claim, ending) = (document.claim, document.ending)
      processed[ending.state]?.increment()
      guard logger.logLevel <= .debug else { continue }
      logger.debug(
        "document settled",
        metadata: [
          "id": "\(claim.id)", "file": "\(claim.file)", "key": "\(document.key)",
          "state": "\(ending.state.rawValue)", "reason": "\(ending.reason)",
        ])
    }
    guard !documents.isEmpty, logger.logLevel <= .info else { return }
    var counts: Logger.Metadata = [:]
    for (state, group) in Dictionary(grouping: documents, by: \.ending.state) {
      counts[state.rawValue] = "\(group.count)"
    }
    logger.info("documents settled", metadata: counts)
  }

  func submitted(_ batch: IntakeBatch.ID, _ count: Int, _ source: IntakeSource) {
    logger.info(
      "documents taken in",
      metadata: ["batch": "\(batch)", "documents": "\(count)", "source": "\(source.rawValue)"])
  }
}
