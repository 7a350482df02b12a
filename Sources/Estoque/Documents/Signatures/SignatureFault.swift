import EstoqueDomain

/// Why a signature proves nothing.
public enum SignatureFault: Error, Hashable, Sendable {
  /// The document is not signed, or not where its layout says.
  case missing
  /// A part of the signature is missing.
  case incomplete(String)
  /// A part of the signature is there more than once.
  case repeated(String)
  /// An algorithm that NF-e does not use.
  case algorithm(String)
  /// A part of the signature that is not base64.
  case encoding(String)
  /// The signature is of something else than the document that it stands in.
  case reference(String)
  /// Several elements of the file have the identifier that was signed.
  case repeatedIdentifier(String)
  /// The document is not what was signed.
  case changed
  /// The protocol is of another content.
  case otherProtocol
  /// The signature was not made with the certificate's key.
  case value
  /// The certificate cannot be read.
  case certificate
  /// The certificate's key has fewer than 2048 bits.
  case weakKey
  /// The document was made outside of the certificate's validity.
  case outsideValidity(from: CalendarDate?, to: CalendarDate?)
  /// The certificate is of somebody else; empty where it names no CNPJ and no CPF.
  case holder(found: String, expected: String)
  /// None of the configured authorities has issued the certificate.
  case authority(String)
}
