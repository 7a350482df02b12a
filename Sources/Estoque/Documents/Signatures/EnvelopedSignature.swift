import Foundation

/// The parts of a signature as NF-e has it: one reference, RSA with SHA-1, one certificate.
struct EnvelopedSignature {
  /// What was signed with the key.
  let signedInfo: TreeElement
  /// What the reference points to, such as `#NFe3526…`.
  let reference: String
  /// What the referenced element's digest has to be.
  let digest: [UInt8]
  /// The signature of ``signedInfo``.
  let value: [UInt8]
  /// The signer's certificate in DER.
  let certificate: [UInt8]

  static let namespace = "http://www.w3.org/2000/09/xmldsig#"
  private static let canonicalisation = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"

  /// Takes the signature that stands directly in `document`, beside what it signs.
  init(in document: TreeElement) throws(SignatureFault) {
    guard document.children.contains(where: { $0.name == "Signature" && $0.namespace == Self.namespace })
    else { throw .missing }
    func only(_ name: String, in parent: TreeElement) throws(SignatureFault) -> TreeElement {
      try parent.only(name, in: Self.namespace)
    }
    func bytes(_ name: String, in parent: TreeElement) throws(SignatureFault) -> [UInt8] {
      guard let bytes = [UInt8](base64: try only(name, in: parent).text ?? ""), !bytes.isEmpty else {
        throw .encoding(name)
      }
      return bytes
    }
    /// The algorithm of an element without parameters, which is all that NF-e knows.
    func require(_ algorithm: String, of element: TreeElement) throws(SignatureFault) {
      let found = element.attribute("Algorithm") ?? ""
      guard found == algorithm, element.children.isEmpty else { throw .algorithm(found) }
    }

    let signature = try only("Signature", in: document)
    signedInfo = try only("SignedInfo", in: signature)
    try require(Self.canonicalisation, of: only("CanonicalizationMethod", in: signedInfo))
    try require(Self.namespace + "rsa-sha1", of: only("SignatureMethod", in: signedInfo))
    let reference = try only("Reference", in: signedInfo)
    try require(Self.namespace + "sha1", of: only("DigestMethod", in: reference))
    let transforms = try only("Transforms", in: reference).children
    guard transforms.count == 2 else { throw .incomplete("Transforms") }
    try require(Self.namespace + "enveloped-signature", of: transforms[0])
    try require(Self.canonicalisation, of: transforms[1])

    self.reference = reference.attribute("URI") ?? ""
    digest = try bytes("DigestValue", in: reference)
    value = try bytes("SignatureValue", in: signature)
    let data = try only("X509Data", in: only("KeyInfo", in: signature))
    certificate = try bytes("X509Certificate", in: data)
  }
}

extension TreeElement {
  /// The one child of that name.
  func only(_ name: String, in namespace: String) throws(SignatureFault) -> TreeElement {
    let found = children.filter { $0.name == name && $0.namespace == namespace }
    guard let first = found.first else { throw .incomplete(name) }
    guard found.count == 1 else { throw .repeated(name) }
    return first
  }
}

extension [UInt8] {
  /// Base64 with blanks anywhere, and nothing else in it.
  init?(base64 text: String) {
    guard let data = Data(base64Encoded: text.filter { !$0.isWhitespace }) else { return nil }
    self.init(data)
  }
}
