import EstoqueDomain

extension DocumentReader {
  /// A value of an event or its receipt ends.
  mutating func take(_ field: EventField) throws(Thrown) {
    let element = Element.event(field)
    guard try Self.note(field, element, isEmpty: content.isEmpty, in: &event.seen) else { return }
    switch field {
    case .tpAmb: event.environment = try code(element)
    case .cnpj, .cpf: event.author = string
    case .chNFe: event.key = string
    case .dhEvento: event.date = optional(element, Moment.init(_:))
    case .tpEvento: event.type = try number(element)
    case .nSeqEvento: event.sequence = try number(element)
    case .descEvento: event.name = string(element, upTo: 60)
    case .xCorrecao, .xJust: event.text = string(element, upTo: 1000)
    case .chNFeRef: event.replacement = string
    case .retEnvironment: event.receiptEnvironment = try code(element)
    case .retKey: event.receiptKey = string
    case .retType: event.receiptType = try number(element)
    case .retName: event.receiptName = string(element, upTo: 60)
    case .retSequence: event.receiptSequence = try number(element)
    case .retStatus: event.receipt.status = try number(element)
    case .retMotive: event.receipt.motive = string
    case .retRegistered: event.receipt.registered = optional(element, Moment.init(_:))
    case .retNumber: event.receipt.number = string
    }
  }
}
