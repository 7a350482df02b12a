import EstoqueAccess
import Hummingbird

/// The OpenAPI 3.1 document, made of the table of routes.
enum OpenAPI {
  static let bytes = document.bytes

  static let document: JSON = [
    "openapi": "3.1.0",
    "info": [
      "title": "Estoque", "version": "1.0.0", "license": ["name": "MIT", "identifier": "MIT"],
      "description": """
      Quantidades e valores são textos decimais ("12.5"), momentos são RFC 3339 em UTC, dias são AAAA-MM-DD. \
      Quem muda algo com o cookie de uma sessão envia também X-CSRF-Token; com uma chave de acesso, não. \
      Um POST com Idempotency-Key acontece uma só vez, por mais que seja repetido.
      """,
    ],
    "servers": [["url": "/"]],
    "paths": paths,
    "components": [
      "schemas": Schemas.all,
      "securitySchemes": [
        "session": ["type": "apiKey", "in": "cookie", "name": .string(SessionCookie.name)],
        "token": ["type": "http", "scheme": "bearer"],
      ],
      "responses": [
        "Problem": [
          "description": "O que deu errado (RFC 9457).", "headers": rateHeaders,
          "content": ["application/problem+json": ["schema": ref("Problem")]],
        ]
      ],
      "headers": [
        "ETag": ["description": "A versão.", "schema": ["type": "string"]],
        "Location": ["description": "Onde está.", "schema": ["type": "string"]],
        "RateLimit": [
          "description": "Quantos pedidos restam (r), e em quantos segundos todos voltam (t).",
          "schema": ["type": "string"], "example": "\"user\";r=49;t=1",
        ],
        "RateLimit-Policy": [
          "description": "Quantos pedidos de uma vez (q), e em quantos segundos eles se renovam (w).",
          "schema": ["type": "string"], "example": "\"user\";q=50;w=5",
        ],
      ],
    ],
    "security": [["session": []], ["token": []]],
  ]

  static func ref(_ schema: String) -> JSON { ["$ref": .string("#/components/schemas/\(schema)")] }

  private static var paths: JSON {
    var members: [JSON.Member] = []
    for route in RouteTable.all where !route.path.hasSuffix("**") {
      let method = route.method.rawValue.lowercased()
      if let index = members.firstIndex(where: { $0.name == route.path }) {
        members[index].value = members[index].value.with(.object([.init(method, operation(route))]))
      } else {
        members.append(.init(route.path, .object([.init(method, operation(route))])))
      }
    }
    return .object(members)
  }

  /// On everything that counts for somebody's rate.
  private static let rateHeaders: JSON = [
    "RateLimit": ["$ref": "#/components/headers/RateLimit"],
    "RateLimit-Policy": ["$ref": "#/components/headers/RateLimit-Policy"],
  ]

  private static func operation(_ route: Route) -> JSON {
    let operation = route.operation
    var json: JSON = [
      "operationId": .string(operation.id), "summary": .string(operation.about),
      "tags": [.string(route.path.split(separator: "/").dropFirst().first.map(String.init) ?? "pages")],
    ]
    let parameters = parameters(of: route)
    if !parameters.isEmpty { json = json.with(["parameters": .array(parameters)]) }
    switch route.access {
    case .everyone: json = json.with(["security": []])
    case .role(let role): json = json.with(["x-role": .string(role.rawValue)])
    }
    switch route.body {
    case .none: break
    case .json(let schema):
      json = json.with([
        "requestBody": ["required": true, "content": ["application/json": ["schema": ref(schema)]]]
      ])
    case .files:
      json = json.with(["requestBody": ["required": true, "content": files]])
    }
    return json.with(["responses": responses(of: route)])
  }

  private static let files: JSON = [
    "multipart/form-data": [
      "schema": [
        "type": "object", "required": ["file"],
        "properties": [
          "file": ["type": "array", "minItems": 1, "items": ["type": "string", "format": "binary"]]
        ],
      ]
    ],
    "application/octet-stream": ["schema": ["type": "string", "format": "binary"]],
  ]

  private static func parameters(of route: Route) -> [JSON] {
    var parameters: [JSON] = route.path.split(separator: "/").filter { $0.hasPrefix("{") }.map {
      part -> JSON in
      let name = String(part.dropFirst().dropLast())
      let schema: JSON =
        name == "id" || name == "product" ? Schemas.id : ["type": "string", "minLength": 1, "maxLength": 60]
      return ["name": .string(name), "in": "path", "required": true, "schema": schema]
    }
    parameters += route.operation.parameters.map { parameter -> JSON in
      [
        "name": .string(parameter.name), "in": "query", "required": .bool(parameter.isRequired),
        "description": .string(parameter.about), "schema": parameter.schema,
      ]
    }
    if route.method == .put || route.method == .patch, route.operation.isVersioned {
      parameters.append([
        "name": "If-Match", "in": "header", "required": true,
        "description": "A versão que foi lida (ETag), ou *",
        "schema": ["type": "string"],
      ])
    }
    if route.method == .post, route.access != .everyone {
      parameters.append([
        "name": "Idempotency-Key", "in": "header", "required": false,
        "description": "Repetir o pedido com a mesma chave não o faz de novo",
        "schema": ["type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"],
      ])
    }
    return parameters
  }

  private static func responses(of route: Route) -> JSON {
    let operation = route.operation
    var answer: JSON = ["description": .string(operation.about)]
    switch operation.answer {
    case .nothing: break
    case .json(let schema): answer = answer.with(["content": ["application/json": ["schema": ref(schema)]]])
    case .page(let item), .list(let item):
      answer = answer.with(["content": ["application/json": ["schema": Schemas.page(of: item)]]])
    case .other(let types):
      answer = answer.with([
        "content": .object(types.map { .init($0, ["schema": ["type": "string"]]) })
      ])
    }
    var headers: [JSON.Member] = []
    if operation.isVersioned { headers.append(.init("ETag", ["$ref": "#/components/headers/ETag"])) }
    if operation.status == 201 {
      headers.append(.init("Location", ["$ref": "#/components/headers/Location"]))
    }
    var named = JSON.object(headers)
    if route.isCounted { named = named.with(rateHeaders) }
    if named != [:] { answer = answer.with(["headers": named]) }
    var all: [JSON.Member] = [.init("\(operation.status)", answer)]
    if case .json = operation.answer, route.method == .get, operation.isVersioned {
      all.append(.init("304", ["description": "Não mudou."]))
    }
    for status in problems(of: route) {
      all.append(.init(status, ["$ref": "#/components/responses/Problem"]))
    }
    return .object(all)
  }

  private static func problems(of route: Route) -> [String] {
    var statuses: Set<String> = ["400", "429", "500", "503", "504"]
    if route.access != .everyone { statuses.formUnion(["401", "403"]) }
    if route.path.contains("{") { statuses.insert("404") }
    if !route.operation.parameters.isEmpty { statuses.insert("422") }
    if route.isChange { statuses.formUnion(["404", "409", "422"]) }
    if route.isChange { statuses.insert("507") }
    if route.body != .none { statuses.formUnion(["408", "413", "415"]) }
    if route.operation.isVersioned, route.isChange { statuses.formUnion(["412", "428"]) }
    switch route.operation.id {
    case "login": statuses.insert("401")
    case "exportFile": statuses.insert("409")
    case "metrics": statuses.formUnion(["401", "404"])
    default: break
    }
    return statuses.sorted()
  }
}
