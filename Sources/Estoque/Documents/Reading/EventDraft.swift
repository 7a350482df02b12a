import CLibXML2
import EstoqueDomain

/// An event, its receipt or both, while they are read.
struct EventDraft {
  var seen = Seen<EventField>()
  var refusal: Refusal?
  var warnings: [Warning] = []
  var isOpen = false
  var hasEvent = false
  var hasReceipt = false
  /// Where it is in the tree, if there is one.
  var element: xmlNodePtr?

  var key = ""
  var type = 0
  var sequence = 0
  var environment: TaxEnvironment?
  var date: Moment?
  var author = ""
  var name = ""
  var text = ""
  var replacement = ""

  var receipt = Event.Receipt()
  var receiptKey = ""
  var receiptType = 0
  var receiptSequence = 0
  var receiptName = ""
  var receiptEnvironment: TaxEnvironment?

  /// The key as far as it was read.
  var keyText: String { key.isEmpty ? receiptKey : key }

  /// The event, if everything is there that must be.
  mutating func finished(_ grammar: Grammar) throws(Thrown) -> Event {
    if hasEvent {
      try compareWithReceipt()
    } else {
      (key, type, sequence, name) = (receiptKey, receiptType, receiptSequence, receiptName)
      environment = receiptEnvironment
      date = receipt.registered
    }
    let parent = hasEvent ? "evento/infEvento" : "retEvento/infEvento"
    guard !key.isEmpty else { throw Thrown(.missing("\(parent)/chNFe")) }
    guard type > 0 else { throw Thrown(.missing("\(parent)/tpEvento")) }
    guard let environment else { throw Thrown(.missing("\(parent)/tpAmb")) }
    guard !hasReceipt || receipt.status > 0 else { throw Thrown(.missing("retEvento/infEvento/cStat")) }
    do throws(IdentifierError) {
      return Event(
        key: try AccessKey(key), type: EventType(type), sequence: max(1, sequence), environment: environment,
        date: date, author: author, name: name.isEmpty ? receiptName : name, text: text,
        replacement: replacement, receipt: hasReceipt ? receipt : nil)
    } catch {
      throw Thrown(.identifier(element: "infEvento/chNFe", text: key, error))
    }
  }

  /// A receipt beside an event has to be that event's. One of a rejection may not repeat what it is of.
  private func compareWithReceipt() throws(Thrown) {
    guard hasReceipt else { return }
    guard receiptKey.isEmpty || receiptKey == key, receiptType == 0 || receiptType == type,
      receiptSequence == 0 || receiptSequence == max(1, sequence),
      receiptEnvironment == nil || receiptEnvironment == environment
    else { throw Thrown(.otherReceipt(receiptKey)) }
  }
}
