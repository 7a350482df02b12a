// What people are told by the server.

import HTTPTypes
import Hummingbird

extension Problem {
  /// The kind of problem, for people.
  var title: String {
    switch kind {
    case "malformed": "Pedido malformado"
    case "invalid": "Dados inválidos"
    case "unauthenticated": "É preciso entrar"
    case "forbidden": "Sem permissão"
    case "csrf": "Confirmação ausente"
    case "not-found": "Não encontrado"
    case "method": "Método não permitido"
    case "not-acceptable": "Formato não disponível"
    case "timeout": "O pedido demorou demais a chegar"
    case "conflict": "Conflito"
    case "outdated": "Alterado por outra pessoa"
    case "precondition": "Versão ausente"
    case "too-large": "Grande demais"
    case "media-type": "Formato não aceito"
    case "repeated": "Pedido repetido"
    case "too-many": "Pedidos demais"
    case "unavailable": "Serviço indisponível"
    case "full": "Sem espaço em disco"
    case "slow": "Demorou demais"
    case "cancelled": "Pedido cancelado"
    default: "Erro interno"
    }
  }

  static let notFound = Problem(.notFound, "not-found", "não existe o que foi pedido")
  static let unauthenticated: Problem = {
    var problem = Problem(
      .unauthorized, "unauthenticated", "entre com usuário e senha, ou envie uma chave de acesso")
    problem.headers[.wwwAuthenticate] = "Bearer realm=\"estoque\""
    return problem
  }()
  static let csrf = Problem(.forbidden, "csrf", "envie o cabeçalho X-CSRF-Token desta sessão")
  static let noVersion = Problem(
    .preconditionRequired, "precondition", "envie o cabeçalho If-Match com a versão que foi lida")
  static let outdated = Problem(
    .preconditionFailed, "outdated", "foi alterado por outra pessoa; abra de novo e repita a alteração")
  static let slow = Problem(.gatewayTimeout, "slow", "o pedido passou do tempo e foi interrompido")
  static let bodyTimeout = Problem(.requestTimeout, "timeout")
  static let cancelled = Problem(
    HTTPResponse.Status(code: 499, reasonPhrase: "Client Closed Request"), "cancelled")
  static let unknown = Problem(
    .internalServerError, "internal", "tente de novo; se persistir, informe o número do pedido")
  static let otherRequest = Problem(
    .unprocessableContent, "repeated", "esta Idempotency-Key já foi usada com outro pedido")
  static let underWay = Problem(
    .conflict, "repeated", "um pedido com esta Idempotency-Key ainda está em andamento",
    retryAfter: .seconds(1))

  static func forbidden(_ role: String) -> Problem {
    Problem(.forbidden, "forbidden", "isto pede o papel de \(role)")
  }
  static func tooLarge(_ limit: Int) -> Problem {
    Problem(.contentTooLarge, "too-large", "o limite é de \(limit) bytes")
  }
  static func malformed(_ detail: String) -> Problem { Problem(.badRequest, "malformed", detail) }
  static func mediaType(_ wanted: String) -> Problem {
    Problem(.unsupportedMediaType, "media-type", "envie \(wanted)")
  }
  static func invalid(_ fields: [Problem.Field]) -> Problem {
    Problem(.unprocessableContent, "invalid", "verifique os campos", fields: fields)
  }
  static func invalid(_ field: String, _ message: String) -> Problem {
    invalid([Problem.Field(field: field, message: message)])
  }
  static func conflict(_ detail: String) -> Problem { Problem(.conflict, "conflict", detail) }
  static func unavailable(_ retryAfter: Duration) -> Problem {
    Problem(
      .serviceUnavailable, "unavailable", "o banco de dados não responde; tente daqui a pouco",
      retryAfter: retryAfter)
  }
  /// There is no room for what was sent: nothing of it has been taken.
  static func full(_ place: String) -> Problem {
    Problem(
      HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage"), "full",
      "não há espaço \(place): libere espaço e tente de novo; nada foi alterado", retryAfter: .seconds(60))
  }
  static let fullDatabase = full("no disco do banco de dados")
  static let fullFolder = full("na pasta de dados do servidor (data.folder)")
  static func tooMany(_ retryAfter: Duration, _ detail: String? = nil) -> Problem {
    Problem(.tooManyRequests, "too-many", detail ?? "espere um pouco e tente de novo", retryAfter: retryAfter)
  }
}

/// Why a field is wrong.
enum FieldMessage {
  static let missing = "é obrigatório"
  static let unknown = "não é um campo conhecido"
  static let notText = "deve ser um texto"
  static let notNumber = "deve ser um número inteiro"
  static let notFlag = "deve ser verdadeiro ou falso"
  static let notList = "deve ser uma lista"
  static let notObject = "deve ser um objeto"
  static let control = "contém um caractere que não se pode usar"
  static let notMoment = "deve ser data e hora como 2026-07-31T14:08:51Z, ou uma data"
  static let notDay = "deve ser uma data como 2026-07-31"
  static let notCursor = "não é uma posição desta lista"
  static let before = "vem antes do início"
  static let negative = "não pode ser negativo"
  static let onlyTransfer = "só existe em transferências"
  static let sameLocation = "deve ser outro local"
  static let noCost = "quem sai leva o custo médio; deixe em branco"
  static func length(_ range: ClosedRange<Int>) -> String {
    "deve ter de \(range.lowerBound) a \(range.upperBound) caracteres"
  }
  static func range(_ range: ClosedRange<Int64>) -> String {
    "deve ser de \(range.lowerBound) a \(range.upperBound)"
  }
  static func choice(_ values: [String]) -> String { "deve ser um de: \(values.joined(separator: ", "))" }
  static func decimal(_ explanation: String) -> String { explanation }
  static func count(_ most: Int) -> String { "deve ter de 1 a \(most) elementos" }
}
