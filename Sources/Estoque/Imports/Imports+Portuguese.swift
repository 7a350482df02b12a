import EstoqueDatabase
import EstoqueTables

// What imports say to people.

extension ImportFault: CustomStringConvertible {
  /// A sentence for people.
  public var description: String {
    switch self {
    case .unreadable(let reason): reason
    case .empty: "o arquivo não tem nenhum registro"
    case .tooLarge(let limit): "o arquivo passa de \(limit >> 20) MB; divida-o"
    case .missingColumns(let columns):
      "falta dizer qual coluna é: \(columns.map(\.brazilian).joined(separator: ", "))"
    case .unknownColumn(let name): "não há coluna chamada “\(name)”"
    case .unknownMeaning(let name):
      "“\(name)” não é um significado de coluna; use um destes: \(Column.allCases.map(\.rawValue).joined(separator: ", "))"
    case .sharedColumn(let name, let columns):
      "a coluna “\(name)” tem mais de um significado: \(columns.map(\.brazilian).joined(separator: ", "))"
    case .repeatedMeaning(let column): "mais de uma coluna é dada como: \(column.brazilian)"
    case .unknownLocation(let code): "não há local ativo com o código “\(code)”"
    case .setting(let name, let value, let requirement): "\(name) deve ser \(requirement), e é \(value)"
    case .duplicate(let id, let state):
      "este arquivo já foi enviado: importação \(id), \(state.brazilian)"
    case .unknownStaged(let code): "não há linha da revenda com o código “\(code)”"
    case .notStaged(let code): "a linha da revenda com o código “\(code)” não está mais em espera"
    case .unknownJob(let id): "não existe importação com o número \(id)"
    case .wrongState(let id, let state): "a importação \(id) está \(state.brazilian)"
    case .takenOver(let id): "a importação \(id) continua em outro processo"
    }
  }
}

/// What an import waits for.
enum Trouble {
  static func sentence(_ error: any Error) -> String {
    switch error {
    case let error as NoRoom:
      "não há espaço na pasta \(error.place) do servidor: libere espaço; a importação continua sozinha"
    case let error as DatabaseError where error.kind == .diskFull:
      "o disco do banco de dados está cheio: libere espaço; a importação continua sozinha"
    default: "o banco de dados não responde; a importação continua sozinha quando ele voltar"
    }
  }
  static func unwritable(_ folder: String, _ why: String) -> String {
    "não foi possível gravar na pasta \(folder) do servidor: \(why)"
  }
}

extension ImportState {
  /// What people call it.
  public var brazilian: String {
    switch self {
    case .waiting: "na fila"
    case .running: "em andamento"
    case .done: "concluída"
    case .failed: "interrompida por erro"
    case .cancelled: "cancelada"
    }
  }
}

extension ImportSuccess.Effect {
  /// What people call it.
  public var brazilian: String {
    switch self {
    case .added: "incluído"
    case .changed: "alterado"
    case .unchanged: "sem alteração"
    case .posted: "lançado"
    case .promoted: "promovido"
    }
  }
}

extension Column {
  /// What people call it.
  public var brazilian: String {
    switch self {
    case .code: "código"
    case .name: "nome"
    case .unit: "unidade"
    case .gtin: "código de barras"
    case .ncm: "NCM"
    case .category: "categoria"
    case .minimumStock: "estoque mínimo"
    case .isActive: "ativo"
    case .quantity: "quantidade"
    case .unitCost: "custo unitário"
    case .reference: "documento"
    case .date: "data"
    case .dealer: "revenda"
    case .location: "local"
    case .lot: "lote"
    case .expiry: "validade"
    }
  }
}

extension LineFault {
  static func missing(_ column: Column) -> LineFault {
    LineFault("missing", "\(column.brazilian): não preenchido")
  }
  static func long(_ column: Column, limit: Int) -> LineFault {
    LineFault("long", "\(column.brazilian): mais de \(limit) caracteres")
  }
  static func number(_ column: Column, _ text: String, _ explanation: String) -> LineFault {
    LineFault("number", "\(column.brazilian): “\(shortened(text))” \(explanation)")
  }
  static func negative(_ column: Column) -> LineFault {
    LineFault("negative", "\(column.brazilian): não pode ser negativo")
  }
  static let zeroQuantity = LineFault("zeroQuantity", "quantidade: não pode ser zero")
  static func date(_ column: Column, _ text: String) -> LineFault {
    LineFault("date", "\(column.brazilian): “\(shortened(text))” não é uma data (31/12/2026 ou 2026-12-31)")
  }
  static func flag(_ column: Column, _ text: String) -> LineFault {
    LineFault("flag", "\(column.brazilian): “\(shortened(text))” não é sim nem não")
  }
  static func identifier(_ column: Column, _ explanation: String) -> LineFault {
    LineFault(column.rawValue, explanation)
  }
  static func unknownProduct(_ code: String) -> LineFault {
    LineFault("unknownProduct", "não existe produto com o código “\(shortened(code))”")
  }
  static func staged(_ code: String) -> LineFault {
    LineFault("staged", "não existe produto com o código “\(shortened(code))”; a linha fica em espera")
  }
  static func unknownLocation(_ code: String) -> LineFault {
    LineFault("unknownLocation", "não há local ativo com o código “\(shortened(code))”")
  }
  static func stock(_ reason: String) -> LineFault { LineFault("stock", reason) }
  static func database(_ reason: String) -> LineFault {
    LineFault("database", "o banco de dados recusou a linha (\(reason))")
  }

  private static func shortened(_ text: String) -> String {
    text.count > 40 ? text.prefix(40) + "…" : text
  }
}
