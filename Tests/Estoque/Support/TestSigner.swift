import Crypto
import CryptoExtras
import EstoqueSamples
import Foundation

/// Signs sample documents as emitters do.
///
/// Knows nothing of XML: samples are in their canonical form but for a namespace. So what is tested is compared with something that was
/// written in another way.
package struct TestSigner: Sendable {
  package let certificate: TestCertificate
  /// Whether SHA-256 is used, as NF-e does not.
  package var isModern = false

  package init(_ certificate: TestCertificate) { self.certificate = certificate }

  private static let namespace = #" xmlns="http://www.portalfiscal.inf.br/nfe""#
  private static let signatures = "http://www.w3.org/2000/09/xmldsig#"
  private static let canonical = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"

  package func sign(_ invoice: SampleInvoice) throws -> String { try sign(invoice.xml()) }
  package func sign(_ event: SampleEvent) throws -> String { try sign(event.xml()) }

  /// A document with its one invoice or event signed, and the protocol, if there is one, of what was signed.
  package func sign(_ document: String) throws -> String {
    let (body, parent) = document.contains("<infNFe ") ? ("infNFe", "NFe") : ("infEvento", "evento")
    guard let start = document.range(of: "<\(body) "), let end = document.range(of: "</\(body)>"),
      let identifier = document[start.upperBound...].firstMatch(of: /Id="([^"]*)"/)
    else { throw Unsignable() }
    let content =
      "<\(body)\(Self.namespace) " + document[start.upperBound..<end.upperBound]
    let digest = Data(content.utf8).digest(isModern)
    let (signature, rest) = try (signature(of: String(identifier.1), digest), document[end.upperBound...])
    // Samples have one already that signs nothing; events have none.
    let tail = rest.range(of: "</Signature>").map { rest[$0.upperBound...] } ?? rest[...]
    guard tail.hasPrefix("</\(parent)>") else { throw Unsignable() }
    return document[..<end.upperBound] + signature
      + tail.replacing("<digVal>AAAA</digVal>", with: "<digVal>\(digest)</digVal>")
  }

  private func signature(of identifier: String, _ digest: String) throws -> String {
    let (hash, method) =
      isModern
      ? ("http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256")
      : (Self.signatures + "sha1", Self.signatures + "rsa-sha1")
    func element(_ name: String, _ algorithm: String) -> String {
      "<\(name) Algorithm=\"\(algorithm)\"></\(name)>"
    }
    let info =
      element("CanonicalizationMethod", Self.canonical) + element("SignatureMethod", method)
      + "<Reference URI=\"#\(identifier)\"><Transforms>"
      + element("Transform", Self.signatures + "enveloped-signature") + element("Transform", Self.canonical)
      + "</Transforms>" + element("DigestMethod", hash) + "<DigestValue>\(digest)</DigestValue></Reference>"
    let signed = Data("<SignedInfo xmlns=\"\(Self.signatures)\">\(info)</SignedInfo>".utf8)
    let value =
      isModern
      ? try certificate.key.signature(for: SHA256.hash(data: signed), padding: .insecurePKCS1v1_5)
      : try certificate.key.signature(for: Insecure.SHA1.hash(data: signed), padding: .insecurePKCS1v1_5)
    // Written another way than it was signed.
    let written = info.replacing(
      /"><\/(CanonicalizationMethod|SignatureMethod|Transform|DigestMethod)>/, with: "\"/>")
    return """
      <Signature xmlns="\(Self.signatures)"><SignedInfo>\(written)</SignedInfo>\
      <SignatureValue>\(value.rawRepresentation.base64EncodedString(options: .lineLength64Characters))</SignatureValue>\
      <KeyInfo><X509Data><X509Certificate>\(Data(try certificate.bytes).base64EncodedString())</X509Certificate>\
      </X509Data></KeyInfo></Signature>
      """
  }

  private struct Unsignable: Error {}
}

extension Data {
  fileprivate func digest(_ isModern: Bool) -> String {
    isModern
      ? Data(SHA256.hash(data: self)).base64EncodedString()
      : Data(Insecure.SHA1.hash(data: self)).base64EncodedString()
  }
}
