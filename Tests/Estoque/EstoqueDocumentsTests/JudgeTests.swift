import EstoqueDocuments
import EstoqueDomain
import EstoqueSamples
import Testing

@Suite("Judging") struct JudgeTests {
  private let judge = Judge(companies: [SampleCompany.own.cnpj, SampleCompany.branch.cnpj])

  private func judge(_ sample: SampleInvoice, _ judge: Judge? = nil) throws -> Judgement {
    let judged = try (judge ?? self.judge).judge(sample.bytes(), named: "x.xml")
    return try #require(judged.documents.first)
  }

  private func doubts(_ sample: SampleInvoice, _ judge: Judge? = nil) throws -> [Doubt] {
    let judgement = try self.judge(sample, judge)
    guard case .review(_, _, let doubts) = judgement.verdict else { return [] }
    #expect(!judgement.claimsKey)
    #expect(judgement.outcome == .review && !judgement.explanation.isEmpty)
    return doubts
  }

  private func refusal(_ sample: SampleInvoice, _ judge: Judge? = nil) throws -> Refusal.Reason? {
    let judgement = try self.judge(sample, judge)
    guard case .refused(let refusal) = judgement.verdict else { return nil }
    #expect(try judgement.key == sample.id ?? sample.key.text)
    return refusal.reason
  }

  /// Emitter, recipient, tpNF, and where the goods go for the company.
  @Test(arguments: [
    (SampleCompany.own, SampleCompany.customers[0], 1, Direction.out),
    (SampleCompany.own, SampleCompany.customers[0], 0, .in),
    (SampleCompany.suppliers[0], SampleCompany.own, 1, .in),
    (SampleCompany.own, SampleCompany.branch, 1, .out),
    (SampleCompany.own, SampleCompany.own, 0, .in),
  ])
  func `goods go where emitter, recipient and tpNF say`(
    emitter: SampleCompany, recipient: SampleCompany, operation: Int, direction: Direction
  ) throws {
    var sample = try SampleTrade.one()
    (sample.emitter, sample.recipient, sample.operation) = (emitter, recipient, operation)
    let judgement = try judge(sample)
    guard case .accepted(_, let effect) = judgement.verdict else {
      Issue.record("\(judgement.verdict)")
      return
    }
    #expect(effect.direction == direction)
    #expect(judgement.claimsKey && judgement.outcome == .accepted)
    #expect(judgement.warnings.contains(.bothOurs) == (recipient == .branch))
    #expect(judgement.explanation == (direction == .in ? "entrada de 1 item" : "saída de 1 item"))
  }

  @Test func `a sale to nobody in particular goes out`() throws {
    var sample = try SampleTrade.one()
    (sample.emitter, sample.recipient, sample.model) = (.own, nil, 65)
    guard case .accepted(_, let effect) = try judge(sample).verdict else {
      Issue.record("not accepted")
      return
    }
    #expect(effect.direction == .out)
  }

  @Test func `the effect keeps both units, the cost and the lots`() throws {
    var sample = try SampleTrade.one()
    sample.items[0].unit = "CX"
    sample.items[0].factor = try Quantity(12)
    sample.items[0].lot = .init(number: "L1", made: "2026-01-01", expires: "2027-01-01")
    guard case .accepted(_, let effect) = try judge(sample).verdict else {
      Issue.record("not accepted")
      return
    }
    let line = try #require(effect.lines.first)
    #expect(try line.commercial.unit.code == "CX" && line.commercial.quantity == Quantity(10))
    #expect(try line.taxable.unit.code == "UN" && line.taxable.quantity == Quantity(120))
    #expect(line.hasTwoUnits)
    #expect(line.cost.document == "12.50")
    #expect(line.supplier == .cnpj(SampleCompany.suppliers[0].cnpj) && line.code == "P-1")
    #expect(line.commercial.gtin?.text == "7891000315507")
    #expect(try line.lots.first?.quantity == Quantity(10))
  }

  @Test func `without a company everything else is judged all the same`() throws {
    let nobody = Judge(companies: [])
    #expect(try doubts(SampleTrade.one(), nobody) == [.noCompany])
    #expect(try judge(SampleTrade.one(), nobody).explanation.contains("no company configured"))
    var bare = try SampleTrade.one()
    bare.status = nil
    #expect(try doubts(bare, nobody) == [.notAuthorised, .noCompany])
  }

  @Test func `what is not authorised never moves stock`() throws {
    var sample = try SampleTrade.one()
    sample.status = nil
    #expect(try doubts(sample) == [.notAuthorised])
    sample.status = 150
    #expect(try judge(sample).outcome == .accepted)
    sample.status = 101
    #expect(try doubts(sample) == [.cancelled(status: 101)])
    for status in [110, 301, 302, 204, 539, 999] {
      sample.status = status
      #expect(try refusal(sample) == .notAuthorised(status: status, motive: "Exemplo"))
    }
  }

  @Test func `a protocol of another invoice does not count`() throws {
    var sample = try SampleTrade.one()
    var other = sample
    other.number += 1
    sample.protocolKey = try other.key.text
    #expect(try refusal(sample) == .otherProtocol(other.key.text))
    sample.protocolKey = ""
    #expect(try refusal(sample) == .otherProtocol(""))
  }

  @Test func `a protocol of the test environment does not make an invoice real`() throws {
    let xml = try SampleTrade.one().xml()
    let odd = xml.replacing("<infProt><tpAmb>1", with: "<infProt><tpAmb>2")
    let judged = judge.judge(Array(odd.utf8), named: "x.xml").documents[0].verdict
    guard case .review(_, _, [.environmentOfProtocol]) = judged else {
      Issue.record("\(judged)")
      return
    }
  }

  @Test(arguments: [(2, Invoice.Purpose.complementary), (3, .adjustment), (5, .credit), (6, .debit)])
  func `purposes that may not move goods are reviewed`(code: Int, purpose: Invoice.Purpose) throws {
    var sample = try SampleTrade.one()
    sample.purpose = code
    #expect(try doubts(sample) == [.purpose(purpose)])
  }

  @Test func `a return moves like any other`() throws {
    var sample = try SampleTrade.one()
    sample.purpose = 4
    #expect(try judge(sample).outcome == .accepted)
  }

  @Test func `services are reviewed, and are no line`() throws {
    var sample = try SampleTrade.one()
    var service = sample.items[0]
    service.cfop = "5933"
    sample.items.append(service)
    guard case .review(_, let effect, let doubts) = try judge(sample).verdict else {
      Issue.record("not reviewed")
      return
    }
    #expect(doubts == [.services(items: [2])])
    #expect(effect.lines.map(\.item) == [1])
    #expect(effect.direction == .in)
    sample.items[1].cfop = "5102"
    sample.items[1].isService = true
    #expect(try self.doubts(sample) == [.services(items: [2])])
  }

  @Test func `the test environment and the real one do not mix`() throws {
    var sample = try SampleTrade.one()
    sample.environment = 2
    #expect(try doubts(sample) == [.environment(.homologation)])
    var homologation = judge
    homologation.environment = .homologation
    #expect(try judge(sample, homologation).outcome == .accepted)
    sample.environment = 1
    #expect(try doubts(sample, homologation) == [.environment(.production)])
  }

  @Test func `an entry by another is reviewed, and what is not ours refused`() throws {
    var sample = try SampleTrade.one()
    sample.operation = 0
    #expect(try doubts(sample) == [.entryByAnother])
    sample.recipient = SampleCompany.customers[1]
    #expect(try refusal(sample) == .notOurs)
    sample.recipient = nil
    #expect(try refusal(sample) == .notOurs)
  }

  @Test func `a key that disagrees is a warning, or a refusal for the strict`() throws {
    var sample = try SampleTrade.one()
    let key = try sample.key.text
    (sample.series, sample.id, sample.protocolKey) = (7, key, key)
    let judgement = try judge(sample)
    #expect(judgement.outcome == .accepted)
    #expect(judgement.warnings.contains(.keyDisagrees(.series, key: "1", document: "7")))
    var strict = judge
    strict.isStrict = true
    guard case .disagreement(let warnings) = try refusal(sample, strict) else {
      Issue.record("the strict accepted it")
      return
    }
    #expect(warnings.contains(.keyDisagrees(.series, key: "1", document: "7")))
    #expect(try judge(SampleTrade.one(), strict).outcome == .accepted)
  }

  @Test func `a bad key is refused, and told`() throws {
    var sample = try SampleTrade.one()
    let key = try sample.key.text
    let wrong = key.dropLast() + (key.last == "0" ? "1" : "0")
    sample.id = String(wrong)
    guard case .identifier("infNFe@Id", _, .wrongCheckDigit(.accessKey, _, _)) = try refusal(sample) else {
      Issue.record("not refused")
      return
    }
  }

  // MARK: Events

  private func verdict(_ event: SampleEvent, _ judge: Judge? = nil) throws -> Judgement.Verdict {
    try #require((judge ?? self.judge).judge(event.bytes(), named: "e.xml").documents.first).verdict
  }

  @Test(arguments: [
    (110_111, EventEffect.cancel), (110_112, .cancel), (110_110, .record), (210_200, .record),
  ])
  func `registered events do what they are for`(type: Int, effect: EventEffect) throws {
    var sample = SampleEvent(of: try SampleTrade.one().key, type: type)
    if type == 110_112 { sample.replacement = try SampleTrade.one().key }
    for status in [135, 136, 155] {
      sample.status = status
      guard case .event(let event, let found) = try verdict(sample) else {
        Issue.record("no event")
        return
      }
      #expect(found == effect && event.type.code == type && event.key == sample.key)
      #expect(event.text == sample.text)
      #expect(event.replacement == sample.replacement?.text ?? "")
    }
  }

  @Test func `a cancellation that nobody registered is reviewed, a rejected one refused`() throws {
    var sample = SampleEvent(of: try SampleTrade.one().key, type: 110_111)
    sample.status = nil
    guard case .reviewEvent(_, [.unconfirmedCancellation]) = try verdict(sample) else {
      Issue.record("not reviewed")
      return
    }
    sample.status = 501
    guard case .refused(let refusal) = try verdict(sample) else {
      Issue.record("not refused")
      return
    }
    #expect(refusal.reason == .eventRejected(status: 501, motive: "Exemplo"))
    sample.type = 110_110
    sample.status = nil
    guard case .event(_, .record) = try verdict(sample) else {
      Issue.record("not recorded")
      return
    }
  }

  @Test func `an event of the test environment changes nothing real`() throws {
    var sample = SampleEvent(of: try SampleTrade.one().key, type: 110_111)
    sample.environment = 2
    guard case .event(_, .record) = try verdict(sample) else {
      Issue.record("it cancels")
      return
    }
  }

  @Test func `a receipt of another event does not confirm this one`() throws {
    let key = try SampleTrade.one().key
    var other = try SampleTrade.one()
    other.number += 1
    let event = SampleEvent(of: key, type: 110_111)
    let foreign = try SampleEvent(of: other.key, type: 110_111)
    let mixed = event.xml().replacing(event.receipt() ?? "", with: foreign.receipt() ?? "")
    let judgement = judge.judge(Array(mixed.utf8), named: "e.xml")
    guard case .refused(let refusal) = judgement.documents[0].verdict else {
      Issue.record("accepted")
      return
    }
    #expect(try refusal.reason == .otherReceipt(other.key.text))
    #expect(judgement.key == key.text)
  }

  @Test func `a cancellation behind the protocol is an event after its invoice`() throws {
    var sample = try SampleTrade.one()
    sample.appendix = try SampleEvent(of: sample.key, type: 110_111).receipt() ?? ""
    let judgement = try judge.judge(sample.bytes(), named: "x.xml")
    #expect(judgement.documents.map(\.outcome) == [.accepted, .event])
    guard case .event(let event, .cancel) = judgement.documents[1].verdict else {
      Issue.record("it does not cancel")
      return
    }
    #expect(try event.key == sample.key)
    #expect(judgement.outcome == .accepted)
  }

  @Test func `files are judged one by one, and none harms another`() throws {
    let good = try SampleTrade.one().bytes()
    let files: [(name: String, bytes: [UInt8])] = [
      ("a.xml", good), ("b.xml", Array("<NFe".utf8)), ("c.xml", []), ("d.xml", good),
    ]
    let judgements = judge.judge(files)
    #expect(judgements.map(\.outcome) == [.accepted, .refused, .refused, .accepted])
    #expect(judgements.map(\.name) == ["a.xml", "b.xml", "c.xml", "d.xml"])
    #expect(judgements[0].digest == judgements[3].digest && judgements[0].digest != judgements[1].digest)
    #expect(
      judgements[2].digest.description == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  }
}
