import CryptoExtras
import Foundation
import SwiftASN1
import X509

/// A certificate as ICP-Brasil issues them to companies, and the key that belongs to it; made by the tests.
package struct TestCertificate: Sendable {
  package typealias Key = _RSA.Signing.PrivateKey

  package let certificate: Certificate
  package let key: Key

  // One for all authorities, one for all companies: to make a key takes a while.
  private static let authorityKey = try! Key(keySize: .bits2048)
  private static let companyKey = try! Key(keySize: .bits2048)

  /// An authority that has issued itself.
  package static func authority(_ name: String = "AC Teste", key: Key? = nil) throws -> TestCertificate {
    try TestCertificate(subject: name, key: key ?? authorityKey, issuer: nil) {
      Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
      Critical(KeyUsage(keyCertSign: true, cRLSign: true))
    }
  }

  /// A company's certificate.
  ///
  /// - Parameters:
  ///   - number: its CNPJ.
  ///   - isNamed: whether the CNPJ stands behind the name only, and not in an extension.
  ///   - validity: the years of its first and last day.
  ///   - key: another than that of all companies.
  package static func company(
    _ number: String, isNamed: Bool = false, validity: ClosedRange<Int> = 2026...2027,
    by authority: TestCertificate? = nil, key: Key? = nil
  ) throws -> TestCertificate {
    let other = GeneralName.OtherName(
      typeID: [2, 16, 76, 1, 3, 3],
      value: try ASN1Any(erasing: ASN1OctetString(contentBytes: ArraySlice(number.utf8))))
    // Whom a certificate of a company is about is also told; that is not its holder.
    let person = GeneralName.OtherName(
      typeID: [2, 16, 76, 1, 3, 4],
      value: try ASN1Any(erasing: ASN1PrintableString("01011980" + "12345678909" + "000000000000000")))
    return try TestCertificate(
      subject: "EMPRESA DE TESTE LTDA" + (isNamed ? ":\(number)" : ""), key: key ?? companyKey,
      issuer: try authority ?? .authority(), validity: validity
    ) {
      KeyUsage(digitalSignature: true, nonRepudiation: true)
      if !isNamed { SubjectAlternativeNames([.otherName(person), .otherName(other)]) }
    }
  }

  private init(
    subject: String, key: Key, issuer: TestCertificate?, validity: ClosedRange<Int> = 2020...2040,
    @ExtensionsBuilder extensions: () throws -> Result<Certificate.Extensions, any Error>
  ) throws {
    let name = try DistinguishedName {
      CountryName("BR")
      OrganizationName("ICP-Teste")
      CommonName(subject)
    }
    func day(_ year: Int, _ month: Int, _ day: Int) throws -> Date {
      try Date(
        "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)T00:00:00Z", strategy: .iso8601)
    }
    certificate = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(key.publicKey),
      notValidBefore: try day(validity.lowerBound, 1, 1), notValidAfter: try day(validity.upperBound, 12, 31),
      issuer: issuer?.certificate.subject ?? name, subject: name,
      signatureAlgorithm: .sha256WithRSAEncryption, extensions: try .init(builder: extensions),
      issuerPrivateKey: .init(issuer?.key ?? key))
    self.key = key
  }

  /// In DER.
  package var bytes: [UInt8] {
    get throws {
      var serializer = DER.Serializer()
      try certificate.serialize(into: &serializer)
      return serializer.serializedBytes
    }
  }

  /// In PEM.
  package var pem: String { get throws { try certificate.serializeAsPEM().pemString } }
}
