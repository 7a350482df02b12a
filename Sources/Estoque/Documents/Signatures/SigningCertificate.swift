import Crypto
import EstoqueDomain
import Foundation
import SwiftASN1
import X509

/// A certificate of ICP-Brasil with which documents are signed.
struct SigningCertificate {
  let certificate: Certificate

  init(_ der: [UInt8]) throws(SignatureFault) {
    do {
      certificate = try Certificate(derEncoded: der)
    } catch CryptoKitError.incorrectParameterSize {
      throw .weakKey
    } catch {
      throw .certificate
    }
  }

  /// Who has issued it.
  var issuer: String { certificate.issuer.commonName ?? certificate.issuer.description }

  /// Whether `signature` is one of `bytes` by this certificate's key.
  func signed(_ bytes: [UInt8], as signature: [UInt8]) -> Bool {
    certificate.publicKey.isValidSignature(
      signature, for: bytes, signatureAlgorithm: .sha1WithRSAEncryption)
  }

  /// - Parameter moments: seconds since 1970 of which one has to be in the validity.
  func checkValidity(_ moments: ClosedRange<Int>) throws(SignatureFault) {
    guard certificate.isValid(during: moments) else {
      throw .outsideValidity(from: certificate.notValidBefore.day, to: certificate.notValidAfter.day)
    }
  }

  /// - Parameter expected: CNPJs, of which the root counts, as one certificate signs for all branches; or CPFs, with or without three
  ///   zeros in front.
  func checkHolder(_ expected: [String]) throws(SignatureFault) {
    let found = holder
    guard expected.contains(where: { Self.isSame(found, $0) }) else {
      throw .holder(found: found, expected: expected.first ?? "")
    }
  }

  private static func isSame(_ found: String, _ expected: String) -> Bool {
    switch (found.utf8.count, expected.utf8.count) {
    case (14, 14): found.prefix(8) == expected.prefix(8)
    case (11, 11): found == expected
    case (11, 14): "000" + found == expected
    default: false
    }
  }

  /// The CNPJ of the company, or the CPF of the person, that it was issued to; empty where it names neither (DOC-ICP-04, 7.1.2.3).
  private var holder: String {
    let names = (try? certificate.extensions.subjectAlternativeNames) ?? SubjectAlternativeNames()
    var others: [ASN1ObjectIdentifier: String] = [:]
    for case .otherName(let name) in names { others[name.typeID] = name.value?.text }
    if let cnpj = others[Self.company] { return cnpj }
    // A birthday in front of the CPF, and more numbers behind it.
    if let person = others[Self.person], person.utf8.count >= 19 {
      return String(person.dropFirst(8).prefix(11))
    }
    guard let name = certificate.subject.commonName, let colon = name.lastIndex(of: ":") else { return "" }
    let number = name[name.index(after: colon)...].filter { !$0.isWhitespace }
    return number.utf8.count == 14 || number.utf8.count == 11 ? number : ""
  }

  private static let company: ASN1ObjectIdentifier = [2, 16, 76, 1, 3, 3]
  private static let person: ASN1ObjectIdentifier = [2, 16, 76, 1, 3, 1]
}

extension Certificate {
  /// Whether it is valid at one of these moments, in seconds since 1970.
  func isValid(during moments: ClosedRange<Int>) -> Bool {
    Int(notValidBefore.timeIntervalSince1970) <= moments.upperBound
      && Int(notValidAfter.timeIntervalSince1970) >= moments.lowerBound
  }
}

extension DistinguishedName {
  fileprivate var commonName: String? {
    lazy.flatMap { $0 }.last { $0.type == .RDNAttributeType.commonName }.flatMap { String($0.value) }
  }
}

extension ASN1Any {
  /// The text in a string of whatever kind; authorities use three of them.
  fileprivate var text: String? {
    if let string = try? ASN1OctetString(asn1Any: self) {
      return String(decoding: string.bytes, as: UTF8.self)
    }
    if let string = try? ASN1PrintableString(asn1Any: self) { return String(string) }
    if let string = try? ASN1UTF8String(asn1Any: self) { return String(string) }
    if let string = try? ASN1IA5String(asn1Any: self) { return String(string) }
    return nil
  }
}

extension Date {
  /// Its day in UTC.
  fileprivate var day: CalendarDate? { try? CalendarDate(formatted(.iso8601.year().month().day())) }
}
