import Foundation
import SwiftASN1
import X509

/// The authorities whose certificates are believed.
///
/// A document brings its signer's certificate only. So the file has to hold the certificates of those who issue them, not only the root's;
/// whoever is in it is believed.
public struct Authorities: Sendable {
  private let certificates: [Certificate]

  /// Reads a file of PEM.
  ///
  /// - Throws: ``AuthoritiesFault``.
  public init(file path: String) throws(AuthoritiesFault) {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { throw .unreadable(path) }
    let documents: [PEMDocument]
    do { documents = try PEMDocument.parseMultiple(pemString: text) } catch { throw .noPEM(path, "\(error)") }
    var certificates: [Certificate] = []
    for (index, document) in documents.enumerated() {
      do { certificates.append(try Certificate(pemDocument: document)) } catch {
        throw .broken(path, number: index + 1, "\(error)")
      }
    }
    if certificates.isEmpty { throw .empty(path) }
    for (index, certificate) in certificates.enumerated() where !certificate.mayIssue {
      throw .noAuthority(path, number: index + 1, certificate.subject.description)
    }
    self.certificates = certificates
  }

  /// Whether one of them has issued a certificate, and was valid itself then.
  func issued(_ signer: SigningCertificate, during moments: ClosedRange<Int>) -> Bool {
    certificates.contains { authority in
      authority.subject == signer.certificate.issuer && authority.isValid(during: moments)
        && authority.publicKey.isValidSignature(signer.certificate.signature, for: signer.certificate)
    }
  }
}

/// Why a file of authorities cannot be used.
public enum AuthoritiesFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no such file, or it is no text.
  case unreadable(String)
  /// It is not PEM.
  case noPEM(String, String)
  /// It holds no certificate.
  case empty(String)
  /// One of its entries is no certificate.
  case broken(String, number: Int, String)
  /// One of its certificates may not issue others.
  case noAuthority(String, number: Int, String)

  /// What is wrong, where, and what to do about it.
  public var description: String {
    switch self {
    case .unreadable(let path): "the file \(path) cannot be read"
    case .noPEM(let path, let why): "\(path) is no PEM: \(why)"
    case .empty(let path):
      "there is no certificate in \(path): it must hold those of the issuing authorities, as PEM"
    case .broken(let path, let number, let why):
      "\(path): entry \(number) is no usable certificate, take it out: \(why)"
    case .noAuthority(let path, let number, let name):
      "\(path): entry \(number) (\(name)) is no authority's certificate: it may not issue others"
    }
  }
}

extension Certificate {
  /// Whether it is an authority's (RFC 5280, 4.2.1.3 and 4.2.1.9).
  fileprivate var mayIssue: Bool {
    guard case .isCertificateAuthority? = try? extensions.basicConstraints else { return false }
    guard let usage = try? extensions.keyUsage else { return true }
    return usage.keyCertSign
  }
}
