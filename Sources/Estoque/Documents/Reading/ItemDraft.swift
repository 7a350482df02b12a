import EstoqueDomain

/// An item while it is read.
struct ItemDraft {
  var item = Item()
  var seen = Seen<ItemField>()
  var isOpen = false

  private static let required: [ItemField] = [.cProd, .xProd, .cfop, .uCom, .qCom, .vProd]

  /// The item, if everything is there that must be.
  mutating func finished(_ grammar: Grammar) throws(Thrown) -> Item {
    for field in Self.required where !seen.contains(field) {
      throw Thrown(.missing(grammar.label(.item(field))))
    }
    // Documents without the second measure mean the first one.
    if !seen.contains(.uTrib) { item.taxable.unit = item.commercial.unit }
    if !seen.contains(.qTrib) { item.taxable.quantity = item.commercial.quantity }
    if !seen.contains(.vUnTrib) { item.taxable.price = item.commercial.price }
    return item
  }
}

/// A lot while it is read.
struct LotDraft {
  var lot = Lot()
  var seen = Seen<LotField>()
}
