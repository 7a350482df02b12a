import EstoqueDomain

/// A company that does not exist, with a number that checks.
public struct SampleCompany: Hashable, Sendable {
  /// Its number.
  public var cnpj: CNPJ
  /// Its name.
  public var name: String
  /// Its state's code of IBGE.
  public var state: Int

  /// Creates a company.
  public init(cnpj: CNPJ, name: String, state: Int = 35) {
    (self.cnpj, self.name, self.state) = (cnpj, name, state)
  }

  /// The company whose stock the samples are about.
  public static let own = SampleCompany(
    cnpj: number("EST0QUE10001"), name: "Mercado Exemplo Comercio Ltda")

  /// A branch of it.
  public static let branch = SampleCompany(
    cnpj: number("EST0QUE10002"), name: "Mercado Exemplo Comercio Ltda Filial", state: 41)

  /// Companies that it buys from.
  public static let suppliers = [
    SampleCompany(cnpj: number("F0RN3C3D0001"), name: "Ferragens Ficticias S/A"),
    SampleCompany(cnpj: number("98F1CT1C0001"), name: "Distribuidora Imaginaria Ltda", state: 41),
    SampleCompany(cnpj: number("009999990001"), name: "Industria & Comercio Inventado Ltda", state: 31),
  ]

  /// Companies that it sells to.
  public static let customers = [
    SampleCompany(cnpj: number("CL13NTE10001"), name: "Padaria de Faz de Conta ME"),
    SampleCompany(cnpj: number("009999980001"), name: "Oficina Hipotetica Ltda", state: 43),
  ]

  private static func number(_ base: String) -> CNPJ {
    guard let cnpj = try? CNPJ(base: base) else { preconditionFailure("a sample's number: \(base)") }
    return cnpj
  }
}
