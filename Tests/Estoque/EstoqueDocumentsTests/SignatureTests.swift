import CryptoExtras
import EstoqueDocuments
import EstoqueDomain
import EstoqueSamples
import EstoqueTestSupport
import Foundation
import Testing

@Suite("Signatures", .timeLimit(.minutes(10))) struct SignatureTests {
  private static let emitter = SampleCompany.suppliers[0]
  private let signer: TestSigner

  init() throws { signer = TestSigner(try .company(Self.emitter.cnpj.text)) }

  private func sample() throws -> SampleInvoice {
    var sample = try SampleTrade.one()
    sample.emitter = Self.emitter
    return sample
  }

  private func parsed(_ xml: String, _ authorities: Authorities? = nil, isRequired: Bool = true) throws
    -> [ParsedDocument]
  {
    let checks = DocumentChecks(
      signatures: SignatureCheck(isRequired: isRequired, authorities: authorities))
    return try DocumentParser(checks: checks).parse(Array(xml.utf8)).documents
  }

  /// What is wrong with the signature of the only document; nil if it is good. That a warning says the same is checked too.
  private func fault(_ xml: String, _ authorities: Authorities? = nil) throws -> SignatureFault? {
    let refused = try #require(parsed(xml, authorities).first)
    let warned = try #require(parsed(xml, authorities, isRequired: false).first)
    let warnings = warned.warnings.compactMap { warning in
      if case .signature(let fault) = warning { fault } else { nil }
    }
    if case .refused = warned.content { Issue.record("refused all the same: \(warned)") }
    switch refused.content {
    case .refused(let refusal):
      guard case .signature(let fault) = refusal.reason else {
        Issue.record("\(refusal)")
        return nil
      }
      #expect(warnings == [fault] && !fault.explanation.isEmpty && refusal.key?.isEmpty == false)
      #expect(refusal.explanation.contains(fault.explanation))
      return fault
    case .invoice, .event:
      #expect(warnings.isEmpty && refused == warned)
      return nil
    }
  }

  // MARK: Good ones

  @Test func `what the emitter signed passes, in every container`() throws {
    var invoice = try sample()
    #expect(try fault(signer.sign(invoice)) == nil)
    invoice.items[0].name = "Açúcar & <café> \"único\""
    let signed = try signer.sign(invoice)
    #expect(try fault(signed) == nil)
    // The signer's document is its content, not how it is written.
    let rewritten = signed.replacing("ç", with: "&#231;").replacing("&quot;", with: "\"")
      .replacing(
        "<natOp>Venda de mercadoria</natOp>",
        with: "<natOp >Venda <!-- x --><![CDATA[de]]> mercadoria</natOp\n>")
    #expect(rewritten != signed)
    #expect(try fault(rewritten) == nil)
    invoice.status = nil
    #expect(try fault(signer.sign(invoice)) == nil)
    for type in [110_110, 110_111] {
      var event = SampleEvent(of: try invoice.key, type: type)
      #expect(try fault(signer.sign(event)) == nil)
      event.status = nil
      #expect(try fault(signer.sign(event)) == nil)
    }
  }

  @Test func `a document in windows-1252 was signed in UTF-8`() throws {
    var invoice = try sample()
    invoice.items[0].name = "Açúcar cristal"
    let xml = try signer.sign(invoice).replacing("encoding=\"UTF-8\"", with: "encoding=\"ISO-8859-1\"")
    let bytes = try #require(xml.data(using: .isoLatin1))
    let parser = DocumentParser(checks: DocumentChecks(signatures: SignatureCheck(isRequired: true)))
    let document = try #require(try parser.parse([UInt8](bytes)).documents.first)
    guard case .invoice = document.content else {
      Issue.record("\(document.content)")
      return
    }
  }

  @Test func `in a lot each document stands for itself`() throws {
    var bodies: [String] = []
    for number in 1...3 {
      var invoice = try sample()
      (invoice.number, invoice.status) = (number, nil)
      let xml = try signer.sign(invoice)
      bodies.append(String(xml[(xml.range(of: "<NFe ")?.lowerBound ?? xml.startIndex)...]))
    }
    bodies[1] = bodies[1].replacing("Venda de mercadoria", with: "Venda de ouro")
    let lot =
      "<enviNFe xmlns=\"http://www.portalfiscal.inf.br/nfe\" versao=\"4.00\">\(bodies.joined())</enviNFe>"
    let documents = try parsed(lot)
    #expect(documents.count == 3)
    for (index, document) in documents.enumerated() {
      switch document.content {
      case .invoice(let invoice): #expect(index != 1 && invoice.number == index + 1)
      case .refused(let refusal): #expect(index == 1 && refusal.reason == .signature(.changed))
      case .event: Issue.record("an event")
      }
    }
    // The same document twice: which of the two was signed, nobody can say.
    for document in try parsed(
      "<enviNFe xmlns=\"http://www.portalfiscal.inf.br/nfe\">\(bodies[0])\(bodies[0])</enviNFe>")
    {
      guard case .refused(let refusal) = document.content,
        case .signature(.repeatedIdentifier) = refusal.reason
      else {
        Issue.record("\(document)")
        return
      }
    }
  }

  // MARK: Tampered ones

  /// What is replaced by what, and what is found.
  private static let tampered: [(find: String, by: String, SignatureFault)] = [
    ("<vNF>", "<vNF>1", .changed),
    ("<qCom>", "<qCom>9", .changed),
    ("Venda de mercadoria", "Venda  de mercadoria", .changed),
    ("<infNFe Id=", "<infNFe xmlns:x=\"u\" Id=", .changed),
    ("</ide>", "</ide><?x y?>", .changed),
    ("<digVal>", "<digVal>AAAA", .otherProtocol),
    ("<digVal>", "<digVal>?", .otherProtocol),
    ("<SignatureValue>", "<SignatureValue>AAAA", .value),
    ("<SignatureValue>", "<SignatureValue>?", .encoding("SignatureValue")),
    ("<DigestValue>", "<DigestValue>AAAA", .changed),
    ("<DigestValue>", "<DigestValue>é", .encoding("DigestValue")),
    ("<DigestValue>", "<DigestValue><x/>", .encoding("DigestValue")),
    ("<X509Certificate>", "<X509Certificate>=", .encoding("X509Certificate")),
    ("<X509Certificate>", "<X509Certificate>AAAA", .certificate),
    ("URI=\"#", "URI=\"", .reference("")),
    ("URI=\"#", "URI=\"#x", .reference("")),
    ("rsa-sha1", "hmac-sha1", .algorithm("http://www.w3.org/2000/09/xmldsig#hmac-sha1")),
    ("#enveloped-signature", "#base64", .algorithm("http://www.w3.org/2000/09/xmldsig#base64")),
    ("<Transforms>", "<Transforms><Transform Algorithm=\"x\"/>", .incomplete("Transforms")),
    ("</Reference>", "</Reference><Reference URI=\"\"/>", .repeated("Reference")),
    ("</SignedInfo>", "</SignedInfo><SignedInfo/>", .repeated("SignedInfo")),
    (
      "</Signature></NFe>", "</Signature><Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/></NFe>",
      .repeated("Signature")
    ),
    ("<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\">", "<Signature>", .missing),
  ]

  @Test(arguments: tampered.indices)
  func `what was changed is found`(index: Int) throws {
    let (find, by, expected) = Self.tampered[index]
    let signed = try signer.sign(sample())
    let range = try #require(signed.range(of: find))
    let found = try fault(signed.replacingCharacters(in: range, with: by))
    if case .reference = expected {
      guard case .reference? = found else {
        Issue.record("\(String(describing: found))")
        return
      }
    } else {
      #expect(found == expected)
    }
  }

  @Test(arguments: [
    "KeyInfo", "X509Data", "X509Certificate", "SignatureValue", "SignedInfo", "DigestValue", "Reference",
  ])
  func `a part that is missing is named`(name: String) throws {
    let signed = try signer.sign(sample())
    let start = try #require(signed.range(of: "<\(name)")).lowerBound
    let end = try #require(signed.range(of: "</\(name)>")).upperBound
    #expect(try fault(signed.replacingCharacters(in: start..<end, with: "")) == .incomplete(name))
  }

  @Test func `what was never signed is not taken for what was`() throws {
    #expect(try fault(sample().xml()) == .incomplete("Transforms"))
    var unsigned = try signer.sign(sample())
    let start = try #require(unsigned.range(of: "<Signature ")).lowerBound
    let end = try #require(unsigned.range(of: "</Signature>")).upperBound
    let signature = String(unsigned[start..<end])
    unsigned.removeSubrange(start..<end)
    #expect(try fault(unsigned) == .missing)
    // Inside of what it signs, beside its parent, and in a place of nobody's.
    for place in ["</infNFe>", "<protNFe ", "</nfeProc>"] {
      #expect(try fault(unsigned.replacing(place, with: signature + place)) == .missing)
    }
    // A receipt alone has no signature of an emitter.
    let receipt = try #require(SampleEvent(of: sample().key, type: 110_111).receipt())
    #expect(
      try fault("<retEnvEvento xmlns=\"http://www.portalfiscal.inf.br/nfe\">\(receipt)</retEnvEvento>")
        == .missing)
  }

  /// Signature wrapping (McIntosh and Austel, 2005): the signed part is kept somewhere, and another one is used.
  @Test func `the signed element is the one that is used`() throws {
    let signed = try signer.sign(sample())
    let start = try #require(signed.range(of: "<infNFe ")).lowerBound
    let end = try #require(signed.range(of: "</infNFe>")).upperBound
    let body = String(signed[start..<end])
    let forged = body.replacing("<qCom>", with: "<qCom>9")
    // The original is hidden under another element, and the forged one has its identifier …
    let twins = signed.replacingCharacters(in: start..<end, with: forged)
      .replacing("</protNFe>", with: "</protNFe><x>\(body)</x>")
    let identifier = "NFe\(try sample().key)"
    #expect(try fault(twins) == .repeatedIdentifier(identifier))
    // … or another spelling of the attribute …
    let spelt = signed.replacing("</protNFe>", with: "</protNFe><x ID=\"\(identifier)\"/>")
    #expect(try fault(spelt) == .repeatedIdentifier(identifier))
    // … or one of its own, so that the reference leads to the hidden one.
    let other = signed.replacingCharacters(
      in: start..<end, with: forged.replacing("Id=\"NFe", with: "Id=\"")
    )
    .replacing("</protNFe>", with: "</protNFe><x>\(body)</x>")
    #expect(try fault(other) == .reference("#\(identifier)"))
    // An event's values come from one element.
    let event = try signer.sign(SampleEvent(of: sample().key, type: 110_111))
    #expect(
      try fault(
        event.replacing("</infEvento><Sig", with: "</infEvento><infEvento><xEvento/></infEvento><Sig"))
        == .repeated("infEvento"))
  }

  @Test func `SHA-256 is not what NF-e uses`() throws {
    var modern = signer
    modern.isModern = true
    #expect(
      try fault(modern.sign(sample())) == .algorithm("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"))
  }

  // MARK: Certificates

  @Test func `the certificate is the emitter's, of whatever branch`() throws {
    let number = Self.emitter.cnpj.text
    let branch = try CNPJ(base: number.prefix(8) + "0002").text
    for certificate in try [
      TestCertificate.company(branch), .company(number, isNamed: true), .company(branch, isNamed: true),
    ] {
      #expect(try fault(TestSigner(certificate).sign(sample())) == nil)
    }
    let other = SampleCompany.own.cnpj.text
    for isNamed in [false, true] {
      let signer = TestSigner(try .company(other, isNamed: isNamed))
      #expect(try fault(signer.sign(sample())) == .holder(found: other, expected: number))
      // A cancellation is the emitter's to make, whatever name it carries.
      let event = try signer.sign(SampleEvent(of: sample().key, type: 110_111))
      let text = event.replacing("<CNPJ>\(number)</CNPJ>", with: "<CNPJ>\(other)</CNPJ>")
      #expect(try fault(signer.sign(text)) == .holder(found: other, expected: number))
      // What the recipient has to say of it, the recipient signs.
      var answer = SampleEvent(of: try sample().key, type: 210_200)
      answer.text = "Confirmada"
      let answered = answer.xml().replacing("<CNPJ>\(number)</CNPJ>", with: "<CNPJ>\(other)</CNPJ>")
      #expect(try fault(signer.sign(answered)) == nil)
    }
    #expect(
      try fault(TestSigner(.company("NINGUEM", isNamed: true)).sign(sample()))
        == .holder(found: "", expected: number))
  }

  @Test func `an invoice that the authority writes for somebody is signed by the authority`() throws {
    var invoice = try sample()
    invoice.series = 890
    let treasury = SampleCompany.customers[1].cnpj.text
    let key = try invoice.key
    let theirs = try AccessKey(
      state: key.state, year: key.year, month: key.month, issuer: treasury, model: key.model,
      series: key.series, number: key.number, emission: key.emission, code: key.code)
    invoice.id = theirs.text
    invoice.protocolKey = theirs.text
    #expect(try fault(TestSigner(.company(treasury)).sign(invoice)) == nil)
    invoice.series = 1
    #expect(
      try fault(TestSigner(.company(treasury)).sign(invoice))
        == .holder(found: treasury, expected: Self.emitter.cnpj.text))
  }

  @Test func `the certificate was valid when the document was made`() throws {
    for (validity, isGood) in [(2020...2025, false), (2027...2028, false), (2026...2026, true)] {
      let signer = TestSigner(try .company(Self.emitter.cnpj.text, validity: validity))
      let found = try fault(signer.sign(sample()))
      if isGood {
        #expect(found == nil)
      } else {
        #expect(
          found
            == .outsideValidity(
              from: try CalendarDate("\(validity.lowerBound)-01-01"),
              to: try CalendarDate("\(validity.upperBound)-12-31")))
      }
    }
    // Layout 2.00 tells only the day; a certificate that begins during that day is good.
    var invoice = try sample()
    (invoice.layout, invoice.day) = ("2.00", "2025-12-31")
    #expect(try fault(signer.sign(invoice)) == nil)
    invoice.layout = "3.10"
    #expect(try fault(signer.sign(invoice)) != nil)
  }

  @Test func `a key of 1024 bits proves nothing any more`() throws {
    let weak = try _RSA.Signing.PrivateKey(unsafeKeySize: .init(bitCount: 1024))
    let certificate = try? TestCertificate.company(Self.emitter.cnpj.text, key: weak)
    let signer = TestSigner(try #require(certificate))
    #expect(try fault(signer.sign(sample())) == .weakKey)
  }

  // MARK: Authorities

  private func withFile<R>(_ text: String, _ body: (String) throws -> R) throws -> R {
    let file = FileManager.default.temporaryDirectory.appending(path: "ac-\(UUID()).pem")
    defer { try? FileManager.default.removeItem(at: file) }
    try text.write(to: file, atomically: true, encoding: .utf8)
    return try body(file.path)
  }

  @Test func `where authorities are named, one of them has to have issued the certificate`() throws {
    let (known, unknown) = (
      try TestCertificate.authority("AC Uma"), try TestCertificate.authority("AC Outra")
    )
    let authorities = try withFile("AC Uma\n\(known.pem)\n\(TestCertificate.authority("AC Terceira").pem)\n")
    {
      try Authorities(file: $0)
    }
    let number = Self.emitter.cnpj.text
    #expect(try fault(TestSigner(.company(number, by: known)).sign(sample()), authorities) == nil)
    #expect(
      try fault(TestSigner(.company(number, by: unknown)).sign(sample()), authorities)
        == .authority("AC Outra"))
    // The name alone proves nothing.
    let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
    let impostor = try TestCertificate.authority("AC Uma", key: key)
    #expect(
      try fault(TestSigner(.company(number, by: impostor)).sign(sample()), authorities)
        == .authority("AC Uma"))
  }

  @Test func `a file of authorities that cannot be used says why`() throws {
    func fault(_ text: String) throws -> AuthoritiesFault {
      try withFile(text) { path in try #require(throws: AuthoritiesFault.self) { try Authorities(file: path) }
      }
    }
    let pem = try TestCertificate.authority().pem
    guard case .empty = try fault("nada"), case .noPEM = try fault(String(pem.dropLast(40))),
      case .noAuthority(_, 2, _) = try fault(pem + "\n" + TestCertificate.company("12345678901234").pem),
      case .broken(_, 2, _) = try fault(
        pem + "\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    else {
      Issue.record("another fault")
      return
    }
    let missing = try #require(throws: AuthoritiesFault.self) { try Authorities(file: "/nada.pem") }
    #expect(missing == .unreadable("/nada.pem") && missing.description.contains("/nada.pem"))
  }
}
