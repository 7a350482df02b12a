import EstoqueDomain

/// The emitter or the recipient of an invoice.
public struct Party: Hashable, Sendable {
  /// Who it is for the tax authority.
  public internal(set) var identity: Identity
  /// Its name.
  public internal(set) var name: String
  /// Its state registration (IE), empty if it has none.
  public internal(set) var registration: String

  /// The number that identifies a party.
  public enum Identity: Hashable, Sendable {
    /// A company.
    case cnpj(CNPJ)
    /// A person.
    case cpf(CPF)
    /// A foreigner's document, perhaps empty.
    case foreign(String)
    /// A CNPJ or CPF that cannot be: kept as written, equal to no company's.
    case unverified(String)

    /// The number as written.
    public var text: String {
      switch self {
      case .cnpj(let number): number.text
      case .cpf(let number): number.text
      case .foreign(let text), .unverified(let text): text
      }
    }

    /// The company's number, if it is one.
    public var cnpj: CNPJ? {
      if case .cnpj(let number) = self { number } else { nil }
    }
  }
}
