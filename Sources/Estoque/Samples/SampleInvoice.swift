import EstoqueDomain

/// An invoice to be written: valid as it comes, and with a switch for each way of being odd.
public struct SampleInvoice: Hashable, Sendable {
  /// The layout's version: 4.00, 3.10 or 2.00.
  public var layout = "4.00"
  /// 55 an NF-e, 65 an NFC-e.
  public var model = 55
  /// The series.
  public var series = 1
  /// The number.
  public var number: Int
  /// The random code of the key.
  public var code: Int
  /// The day of emission.
  public var day: String
  /// 0 in, 1 out (tpNF).
  public var operation = 1
  /// What it is for (finNFe).
  public var purpose = 1
  /// 1 production, 2 homologation (tpAmb).
  public var environment = 1
  /// Who emits it.
  public var emitter: SampleCompany
  /// For whom.
  public var recipient: SampleCompany?
  /// What.
  public var items: [SampleItem]
  /// The authority's status; a bare, unauthorised `NFe` without one.
  public var status: Int? = 100
  /// The key in the protocol, where it is not the invoice's.
  public var protocolKey: String?
  /// The key in the `Id`, where it is not the right one.
  public var id: String?
  /// Whether NF-e's namespace is declared.
  public var hasNamespace = true
  /// What stands behind the protocol, such as a `retEvento`.
  public var appendix = ""

  /// Creates an invoice.
  public init(
    number: Int, code: Int = 12_345_678, day: String = "2026-07-15", emitter: SampleCompany,
    recipient: SampleCompany?, items: [SampleItem]
  ) {
    (self.number, self.code, self.day) = (number, code, day)
    (self.emitter, self.recipient, self.items) = (emitter, recipient, items)
  }

  /// The access key that follows from everything else.
  ///
  /// - Throws: ``IdentifierError`` where a part does not fit into a key.
  public var key: AccessKey {
    get throws(IdentifierError) {
      let date = try CalendarDate(day)
      return try AccessKey(
        state: emitter.state, year: date.year, month: date.month, issuer: emitter.cnpj.text, model: model,
        series: series, number: number, emission: 1, code: code)
    }
  }
}
