// What people are told about accounts.

extension AccessFault: CustomStringConvertible {
  /// A sentence for people.
  public var description: String {
    switch self {
    case .wrongCredentials: "usuário ou senha incorretos"
    case .tooManyTries(let wait): "tentativas demais; espere \(wait.components.seconds) s e tente de novo"
    case .notSignedIn: "é preciso entrar"
    case .loginTaken(let login): "já existe um usuário \(login)"
    case .invalidLogin: "o usuário deve ter de 3 a 64 letras sem acento, algarismos ou . _ @ -"
    case .invalidName: "o nome deve ter de 1 a 120 caracteres"
    case .passwordTooShort(let least): "a senha deve ter pelo menos \(least) caracteres"
    case .passwordTooLong(let most): "a senha deve ter no máximo \(most) caracteres"
    case .passwordTooSimple: "a senha não pode conter o usuário nem repetir um só caractere"
    case .wrongPassword: "a senha atual não confere"
    case .unknownAccount(let id): "não existe usuário com o número \(id)"
    case .unknownToken(let id): "não existe chave de acesso com o número \(id)"
    case .outdated(let login): "\(login) foi alterado por outra pessoa; abra-o de novo e repita a alteração"
    case .lastAdmin: "deve restar pelo menos um administrador ativo"
    case .tokenTime(let most):
      "a validade deve estar no futuro, e a no máximo \(most.components.seconds / 86_400) dias"
    }
  }
}

extension Role {
  /// What people call it.
  public var brazilian: String {
    switch self {
    case .viewer: "consulta"
    case .operator: "operação"
    case .admin: "administração"
    }
  }
}
