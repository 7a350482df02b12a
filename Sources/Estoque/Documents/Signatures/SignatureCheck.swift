import Crypto
import EstoqueDomain
import Foundation

/// Checks that a document is what its emitter signed (XML-DSig as NF-e uses it).
///
/// The values come from the very element whose digest is compared: the reader has noted it while it read, and no other element of the file may
/// have its identifier. Whether the certificate was revoked is not looked up, and whether an authority has issued it only where
/// ``authorities`` are named.
public struct SignatureCheck: Sendable {
  /// Whether a document without a good signature is refused; otherwise it carries a warning.
  public var isRequired: Bool
  /// The authorities that are believed. Without any, a certificate that somebody has made for himself passes too.
  public var authorities: Authorities?

  /// Creates a check.
  public init(isRequired: Bool, authorities: Authorities? = nil) {
    (self.isRequired, self.authorities) = (isRequired, authorities)
  }

  /// - Parameters:
  ///   - document: the `NFe` or `evento`; nil where the file holds a receipt only.
  ///   - identifiers: those of the whole file.
  func check(
    _ content: ParsedDocument.Content, in document: TreeElement?, _ identifiers: TreeIdentifiers
  ) throws(SignatureFault) {
    guard let document, let claim = try SignedClaim(content) else { throw .missing }
    let signature = try EnvelopedSignature(in: document)
    let body = try document.only(claim.body, in: document.namespace)
    let identifier = body.attribute("Id") ?? ""
    guard signature.reference == "#\(identifier)", !identifier.isEmpty else {
      throw .reference(signature.reference)
    }
    guard identifiers.count(of: identifier) == 1 else { throw .repeatedIdentifier(identifier) }

    guard let content = CanonicalForm.bytes(of: body),
      let signed = CanonicalForm.bytes(of: signature.signedInfo),
      Array(Insecure.SHA1.hash(data: content)) == signature.digest
    else { throw .changed }
    if let digest = claim.digest, digest != signature.digest { throw .otherProtocol }

    let certificate = try SigningCertificate(signature.certificate)
    guard certificate.signed(signed, as: signature.value) else { throw .value }
    try certificate.checkValidity(claim.moments)
    try certificate.checkHolder(claim.holders)
    if let authorities, !authorities.issued(certificate, during: claim.moments) {
      throw .authority(certificate.issuer)
    }
  }
}

/// What a document says of its signature.
private struct SignedClaim {
  /// The element that is signed.
  let body: String
  /// When, as far as the document tells, in seconds since 1970.
  let moments: ClosedRange<Int>
  /// Whose certificate it has to be: a CNPJ, or a CPF. Any of them will do.
  let holders: [String]
  /// What the authority says that it has authorised.
  var digest: [UInt8]?

  /// Nil for what nobody signs.
  init?(_ content: ParsedDocument.Content) throws(SignatureFault) {
    switch content {
    case .refused: return nil
    case .invoice(let invoice):
      body = "infNFe"
      let start = invoice.issued.secondsSince1970
      // Layout 2.00 tells only the day.
      moments = start...(start + (invoice.layout == .v2 ? 86_399 : 0))
      // Series 890 to 919 are written on the authority's site, and signed by it: its number is in the key.
      holders =
        [invoice.emitter.identity.text] + ((890...919).contains(invoice.series) ? [invoice.key.issuer] : [])
      if let text = invoice.authorisation?.digest, !text.isEmpty {
        guard let bytes = [UInt8](base64: text) else { throw .otherProtocol }
        digest = bytes
      }
    case .event(let event):
      guard let moment = event.date?.secondsSince1970 else { throw .incomplete("dhEvento") }
      body = "infEvento"
      moments = moment...moment
      // What begins with 11 is the emitter's to say, whoever the event names as its author.
      holders = [event.type.code / 10_000 == 11 ? event.key.issuer : event.author]
    }
  }
}
