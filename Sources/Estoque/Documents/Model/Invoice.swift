import EstoqueDomain

/// An invoice (NF-e or NFC-e) as its file says it.
public struct Invoice: Hashable, Sendable {
  /// The access key, well formed and with the right check digit.
  public let key: AccessKey
  /// The version of its layout.
  public let layout: Layout
  /// 55 an NF-e, 65 an NFC-e.
  public let model: Int
  /// The series.
  public let series: Int
  /// The number.
  public let number: Int
  /// What the emitter calls the operation (natOp).
  public let nature: String
  /// When it was emitted; a day only in layout 2.00.
  public let issued: Moment
  /// In or out, as the emitter sees it (tpNF).
  public let operation: Operation
  /// What it is for (finNFe).
  public let purpose: Purpose
  /// Whether it is real (tpAmb).
  public let environment: TaxEnvironment
  /// The keys of the documents it refers to, as written.
  public let references: [String]
  /// Who emitted it.
  public let emitter: Party
  /// For whom; a sale to a consumer may have nobody.
  public let recipient: Party?
  /// What it lists, 1 to 990.
  public let items: [Item]
  /// The sums, as written.
  public let totals: Totals
  /// The tax authority's protocol, if it is in the file.
  public let authorisation: Authorisation?

  /// Layouts of NF-e that are read.
  public enum Layout: String, Hashable, Sendable {
    case v2 = "2.00"
    case v3 = "3.10"
    case v4 = "4.00"
  }

  /// tpNF.
  public enum Operation: Int, Hashable, Sendable {
    case entry = 0
    case exit = 1
  }

  /// finNFe.
  public enum Purpose: Int, Hashable, Sendable {
    case normal = 1
    case complementary = 2
    case adjustment = 3
    case `return` = 4
    case credit = 5
    case debit = 6
  }
}

/// tpAmb: whether a document is real or a test.
public enum TaxEnvironment: Int, Hashable, Sendable {
  case production = 1
  case homologation = 2
}

/// The sums of an invoice (ICMSTot), zero where absent.
public struct Totals: Hashable, Sendable {
  /// Goods.
  public internal(set) var goods = Money.zero
  /// Freight.
  public internal(set) var freight = Money.zero
  /// Insurance.
  public internal(set) var insurance = Money.zero
  /// Discounts.
  public internal(set) var discount = Money.zero
  /// Other expenses.
  public internal(set) var other = Money.zero
  /// The invoice.
  public internal(set) var invoice = Money.zero
}

/// The tax authority's protocol of an invoice (infProt).
public struct Authorisation: Hashable, Sendable {
  /// The key of the invoice that it is of, as written.
  public internal(set) var key = ""
  /// What became of the invoice (cStat), if it says so.
  public internal(set) var status: Int?
  /// The status in words.
  public internal(set) var motive = ""
  /// The protocol's number.
  public internal(set) var number = ""
  /// When the authority received the invoice.
  public internal(set) var received: Moment?
  /// The authority's environment.
  public internal(set) var environment: TaxEnvironment?
  /// The digest of what was signed.
  public internal(set) var digest = ""

  /// Whether the status is 100, authorised, or 150, authorised late.
  public var isAuthorised: Bool { status == 100 || status == 150 }
}
