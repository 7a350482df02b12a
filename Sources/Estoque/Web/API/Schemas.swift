import EstoqueAccess
import EstoqueImports
import EstoqueIntake
import EstoqueReports
import EstoqueStock

/// The schemas of the OpenAPI document, all in one place.
enum Schemas {
  static let id: JSON = ["type": "integer", "format": "int64", "minimum": 1]
  static let day: JSON = ["type": "string", "format": "date"]
  static let moment: JSON = ["type": "string", "format": "date-time"]
  static let momentOrDay: JSON = ["anyOf": [moment, day]]
  /// An exact number.
  static let decimal: JSON = ["type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?$", "examples": ["12.5"]]
  static let positive: JSON = ["type": "string", "pattern": "^[0-9]{1,11}(\\.[0-9]{1,4})?$"]
  static let signed: JSON = ["type": "string", "pattern": "^-?[0-9]{1,11}(\\.[0-9]{1,4})?$"]
  static let count: JSON = ["type": "integer", "minimum": 0]
  static let flag: JSON = ["type": "boolean"]
  static let string: JSON = ["type": "string"]

  static func text(_ most: Int64, least: Int64 = 1) -> JSON {
    ["type": "string", "minLength": .integer(least), "maxLength": .integer(most)]
  }
  static func choice(_ values: [String]) -> JSON {
    ["type": "string", "enum": .array(values.map(JSON.string))]
  }
  static func optional(_ schema: JSON) -> JSON { ["anyOf": [schema, ["type": "null"]]] }
  static func list(of item: JSON) -> JSON { ["type": "array", "items": item] }
  static func described(_ about: String, _ schema: JSON) -> JSON {
    schema.with(["description": .string(about)])
  }
  static func named(_ schema: String) -> JSON { OpenAPI.ref(schema) }

  /// What a list answers.
  static func page(of schema: String) -> JSON {
    object(
      ["items": list(of: named(schema)), "next": optional(string)], optional: ["total": optional(count)])
  }

  /// An object with these members and no others.
  static func object(_ required: JSON, optional: JSON = [:]) -> JSON {
    guard case .object(let members) = required else { return required }
    return [
      "type": "object", "additionalProperties": false,
      "required": .array(members.map { .string($0.name) }), "properties": required.with(optional),
    ]
  }

  private static let role = choice(Role.allCases.map(\.rawValue))
  private static let user = object(["id": id, "login": string, "name": string, "role": role])
  private static let person = optional(object(["id": id, "name": optional(string)]))
  private static let listedProduct = object(["id": id, "code": string, "name": string, "unit": string])
  private static let listedLocation = object(["id": id, "code": string])
  private static let place = object(["id": id, "code": string, "name": string])
  private static let sum = object(["count": count, "quantity": decimal, "cost": decimal])
  private static let days: JSON = ["from": day, "to": day]
  private static let totals: JSON = [
    "receipts": named("Sum"), "issues": named("Sum"), "adjustments": named("Sum"), "transfers": named("Sum"),
  ]
  private static let token: JSON = [
    "id": id, "name": string, "createdAt": moment, "expiresAt": moment, "usedAt": optional(moment),
  ]
  private static let product: JSON = [
    "id": id, "version": count, "code": string, "name": string, "unit": string, "gtin": optional(string),
    "ncm": optional(string), "category": optional(id), "minimum": decimal, "active": flag,
  ]

  private static let invoiceState = choice(IntakeState.allCases.map(\.rawValue))
  private static let suggestion = object([
    "product": listedProduct, "ground": choice(["supplier", "gtin", "code", "name"]),
  ])
  private static let invoice: JSON = [
    "id": id, "batch": id, "file": string, "state": invoiceState, "key": string, "number": optional(count),
    "series": optional(count), "emitter": object(["id": string, "name": string]),
    "issuedAt": optional(moment),
    "total": optional(decimal), "items": optional(count), "reason": string, "warnings": list(of: string),
    "receivedAt": moment, "settledAt": optional(moment), "note": string,
  ]

  static let all: JSON = [
    "Problem": object(
      [
        "type": string, "title": string, "status": ["type": "integer"], "instance": string, "request": string,
      ],
      optional: [
        "detail": string, "errors": list(of: object(["field": string, "message": string])),
      ]),
    "Health": object(["status": choice(["up"])], optional: ["database": choice(["up"])]),
    "Profile": ["type": "object"],
    "Document": ["type": "object", "required": ["openapi", "paths"]],

    "Login": object(["login": text(64), "password": text(256)]),
    "PasswordChange": object(["old": text(256), "new": text(256, least: 8)]),
    "SignedIn": object(["user": user, "csrf": optional(string), "expiresAt": moment, "company": string]),
    "NewToken": object(["name": text(120)], optional: ["expiresAt": optional(momentOrDay)]),
    "Token": object(token),
    "CreatedToken": object(token.with(["token": string])),
    "NewUser": object([
      "login": ["type": "string", "pattern": "^[A-Za-z0-9._@-]{3,64}$"], "name": text(120), "role": role,
      "password": text(256, least: 8),
    ]),
    "UserChange": object(
      [:],
      optional: [
        "name": optional(text(120)), "role": optional(role), "active": optional(flag),
        "password": optional(text(256, least: 8)),
      ]),
    "User": object([
      "id": id, "login": string, "name": string, "role": role, "active": flag, "version": count,
      "createdAt": moment, "lastLogin": optional(moment),
    ]),
    "AuditEntry": object([
      "id": id, "happenedAt": moment, "user": optional(id), "login": string, "action": string,
      "subject": string, "detail": string, "address": string, "request": string,
    ]),

    "NewProduct": object(
      ["code": text(60), "name": text(120)],
      optional: [
        "unit": optional(text(6)), "gtin": optional(["type": "string", "pattern": "^[0-9]{8,14}$"]),
        "ncm": optional(["type": "string", "pattern": "^([0-9]{2}|[0-9]{8})$"]), "category": optional(id),
        "minimum": optional(positive), "active": optional(flag),
      ]),
    "ProductItem": object(product),
    "Product": object(
      product.with([
        "stock": list(of: object(["location": optional(place), "quantity": decimal, "cost": decimal]))
      ])),
    "NewCategory": object(["name": text(60)]),
    "Category": object(["id": id, "name": string]),
    "NewLocation": object(["code": text(20), "name": text(60)], optional: ["active": optional(flag)]),
    "Location": object(["id": id, "code": string, "name": string, "active": flag]),

    "StockItem": object([
      "product": object([
        "id": id, "code": string, "name": string, "unit": string, "gtin": optional(string),
        "minimum": decimal,
      ]),
      "location": listedLocation, "quantity": decimal, "cost": decimal, "averageCost": decimal,
      "belowMinimum": flag,
    ]),
    "NewMovement": object(
      [
        "kind": choice(["receipt", "issue", "adjustment", "transfer"]), "product": id, "location": id,
        "quantity": signed,
      ],
      optional: [
        "to": optional(id),
        "unitCost": optional(["type": "string", "pattern": "^[0-9]{1,11}(\\.[0-9]{1,10})?$"]),
        "lot": optional(text(60)), "expiry": optional(day), "happenedAt": optional(momentOrDay),
        "reference": optional(text(120)), "note": optional(text(500)),
      ]),
    "Reversal": object([:], optional: ["note": optional(text(500))]),
    "Movement": object([
      "id": id, "posting": id, "product": listedProduct, "location": listedLocation, "lot": optional(string),
      "kind": choice(MovementKind.allCases.map(\.rawValue)), "quantity": decimal, "cost": decimal,
      "balance": decimal, "happenedAt": moment, "reference": string, "note": string, "reverses": optional(id),
      "reversedBy": optional(id), "origin": string, "user": person,
    ]),
    "Posted": object(["posting": id, "items": list(of: named("Movement"))]),

    "NewStocktake": object([:], optional: ["location": optional(id), "note": optional(text(500))]),
    "Counts": [
      "type": "array", "minItems": 1, "maxItems": 1000,
      "items": object(["product": id, "quantity": positive]),
    ],
    "Stocktake": object(
      [
        "id": id, "location": optional(place), "state": choice(Stocktake.State.allCases.map(\.rawValue)),
        "note": string, "openedAt": moment, "openedBy": person, "endedAt": optional(moment),
        "endedBy": person, "posting": optional(id), "counted": count, "differing": count,
      ],
      optional: [
        "counts": list(
          of: object([
            "product": optional(listedProduct), "quantity": decimal, "expected": decimal,
            "difference": decimal, "countedAt": moment, "countedBy": person,
          ]))
      ]),

    "Submission": object([
      "batch": id, "documents": list(of: object(["id": id, "file": string, "state": invoiceState])),
    ]),
    "Invoice": object(invoice),
    "InvoicePage": object([
      "items": list(of: named("Invoice")), "next": optional(string), "total": count,
      "counts": described(
        "Quantos há em cada situação com os mesmos filtros, fora o da situação",
        object(.object(IntakeState.allCases.map { .init($0.rawValue, count) }))),
    ]),
    "InvoiceDetail": object(
      invoice.with([
        "direction": described(
          "Para onde vai a mercadoria, como o documento diz; nulo onde não diz",
          optional(choice(["in", "out"]))),
        "needsDirection": described("Se a decisão de aceitar precisa dizer o sentido", flag),
        "lines": list(
          of: object([
            "number": count, "code": string, "name": string, "ncm": optional(string),
            "gtin": optional(string),
            "unit": string, "quantity": decimal, "taxUnit": string, "taxQuantity": decimal,
            "unitCost": decimal,
            "cost": decimal, "product": optional(listedProduct), "factor": decimal,
            "suggestion": optional(suggestion), "suggestions": list(of: suggestion),
          ])),
      ])),
    "Decision": object(
      ["action": choice(["accept", "reject"])],
      optional: [
        "note": optional(text(500, least: 0)),
        "direction": described(
          "Para onde vai a mercadoria: é obrigatório ao aceitar um documento com needsDirection, e só serve nele",
          optional(choice(["in", "out"]))),
        "lines": [
          "type": "array", "maxItems": 990,
          "items": object(
            ["number": ["type": "integer", "minimum": 1, "maximum": 990]],
            optional: ["product": optional(id), "create": optional(flag), "factor": optional(positive)]),
        ],
      ]),
    "NewSupplierProduct": object([
      "supplier": ["type": "string", "minLength": 11, "maxLength": 14], "code": text(60), "unit": text(6),
      "product": id, "factor": positive,
    ]),
    "SupplierProduct": object([
      "supplier": string, "code": string, "unit": string, "factor": decimal,
      "product": object([
        "id": id, "code": optional(string), "name": optional(string), "unit": optional(string),
      ]),
    ]),
    "ImportPreview": object([
      "delimiter": optional(string), "encoding": optional(string), "hasHeader": flag,
      "columns": list(of: object(["index": count, "title": optional(string), "meaning": optional(string)])),
      "rows": list(of: list(of: string)),
    ]),
    "Staged": object([
      "dealer": object(["id": id, "name": string]), "code": string, "name": optional(string),
      "quantity": optional(decimal), "unitPrice": optional(decimal),
      "state": choice(StagedProduct.State.allCases.map(\.rawValue)),
      "product": described(
        "O produto que é; em espera, o que tem o mesmo código, se existe", optional(listedProduct)),
      "import": id, "line": count, "stagedAt": moment, "promotedAt": optional(moment),
    ]),
    "StagedDecision": object(
      ["dealer": id, "code": text(60)],
      optional: ["product": optional(id), "create": optional(flag)]),
    "Promotions": object(["promoted": count]),
    "Job": object(
      [
        "id": id, "kind": string, "file": string,
        "state": choice(["waiting", "running", "done", "failed", "cancelled"]), "total": optional(count),
        "done": count, "failed": count, "createdAt": moment, "startedAt": optional(moment),
        "endedAt": optional(moment), "message": string, "user": person,
      ],
      optional: ["format": choice(["csv", "xlsx", "pdf"]), "bytes": optional(count)]),

    "NewExport": object(
      [
        "kind": choice(ExportKind.allCases.map(\.rawValue)),
        "format": choice(ExportFormat.allCases.map(\.rawValue)),
      ],
      optional: [
        "style": optional(choice(ExportStyle.allCases.map(\.rawValue))), "from": optional(day),
        "to": optional(day),
        "location": optional(id), "category": optional(id), "product": optional(id),
        "movements": optional(choice(MovementKind.allCases.map(\.rawValue))),
        "search": optional(text(120, least: 0)),
      ]),

    "Sum": sum,
    "Totals": object(totals),
    "MovementReport": object([
      "by": choice(["day", "week", "month"]), "from": day, "to": day,
      "periods": list(of: object(days.with(totals), optional: ["error": string])),
      "total": named("Totals"),
    ]),
    "Dashboard": object([
      "products": count, "belowMinimum": count, "stockValue": decimal,
      "today": object(["receipts": named("Sum"), "issues": named("Sum")]),
      "nfe": ["type": "object", "additionalProperties": count],
      "days": list(of: object(["date": day, "receipts": named("Sum"), "issues": named("Sum")])),
      "top": list(of: object(["product": listedProduct, "quantity": decimal])),
      "low": list(of: named("StockItem")), "recent": list(of: named("Movement")),
    ]),
  ]
}
