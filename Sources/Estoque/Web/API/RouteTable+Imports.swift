import EstoqueDatabase
import EstoqueImports
import EstoqueStock
import EstoqueTables
import Hummingbird
import Revoada

extension RouteTable {
  static let imports: [Route] = [
    .post(
      "/api/imports/preview", .operator, body: .files,
      Operation(
        "previewImport", "O começo de uma planilha, e o que suas colunas parecem ser.", .json("ImportPreview")
      )
    ) { call in
      let file = try call.upload().only()
      return .json(preview(try await call.server.importing().preview(path: file.path)))
    },
    .post(
      "/api/imports", .operator, body: .files,
      Operation(
        "startImport", "Importa uma planilha em segundo plano.",
        [
          Operation.Parameter(
            name: "kind", schema: Schemas.choice(ImportKind.allCases.map(\.rawValue)), isRequired: true,
            about: "O que ela traz"),
          Operation.Parameter(
            name: "mapping", schema: Schemas.text(4000),
            about: "Um objeto JSON: o significado de cada coluna e sua posição, a partir de 0"),
          Operation.Parameter(
            name: "force", schema: Schemas.flag, about: "Importar de novo um arquivo já importado"),
          Operation.Parameter(
            name: "location", schema: Schemas.text(20), about: "O código do local, onde a planilha não o diz"),
          Operation.Parameter(
            name: "direction", schema: Schemas.choice(MovementDirection.allCases.map(\.rawValue)),
            about: "O que uma quantidade positiva de um movimento quer dizer"),
          Operation.Parameter(
            name: "create", schema: Schemas.flag,
            about:
              "Criar os produtos que não existem; se nada é dito, com movimentos sim, e com staging não: lá eles ficam em espera"
          ),
          Operation.Parameter(
            name: "name", schema: Schemas.text(200), about: "O nome do arquivo, se ele vem sem formulário"),
        ], status: 202, .json("Job"))
    ) { call in
      let file = try call.upload().only()
      let (kind, options) = try call.query { fields -> (ImportKind, ImportOptions) in
        var options = call.server.configuration.imports
        options.allowsNegativeStock = call.server.configuration.negativeStock == .allowed
        options.mapping = fields.mapping()
        options.isForced = fields.flag("force") ?? false
        options.location = fields.optionalText("location", 1...20) ?? options.location
        options.direction = fields.choice("direction", MovementDirection.self) ?? options.direction
        _ = fields.optionalText("name", 1...200)
        let kind = fields.requiredChoice("kind", ImportKind.products)
        options.addsProducts = fields.flag("create") ?? kind.addsProducts
        return (kind, options)
      }
      let job = try await call.server.importing().start(
        kind, options: options, path: file.path, name: file.name, user: call.user)
      try await call.note("import.start", "import:\(job.id)", "\(kind.rawValue) \(file.name)")
      return .accepted(importJob(job, try await call.server.people()), at: "/api/imports/\(job.id)")
    },
    .get(
      "/api/imports", .viewer,
      Operation("listImports", "As importações, da mais recente à mais antiga.", paging, .page("Job"))
    ) { call in
      let (limit, cursor) = try call.query { ($0.limit(), $0.cursor()) }
      let before = try cursor.map { ImportJob.ID(rawValue: try Cursor.number($0.parts(1)[0])) }
      let jobs = try await call.server.importing().jobs(limit: limit + 1, before: before)
      let people = try await call.server.people()
      return .json(page(Page(jobs, limit: limit) { Cursor("\($0.id)") }) { importJob($0, people) })
    },
    .get("/api/imports/{id}", .viewer, Operation("getImport", "Uma importação.", .json("Job"))) { call in
      let job = try await call.server.importing().job(try call.identifier())
      return .json(importJob(job, try await call.server.people()))
    },
    .post(
      "/api/imports/{id}/cancel", .operator,
      Operation("cancelImport", "Para uma importação; o que já entrou fica.", .json("Job"))
    ) { call in
      let job = try await call.server.importing().cancel(try call.identifier())
      try await call.note("import.cancel", "import:\(job.id)")
      return .json(importJob(job, try await call.server.people()))
    },
    .post(
      "/api/imports/{id}/resume", .operator,
      Operation("resumeImport", "Retoma uma importação de onde parou.", .json("Job"))
    ) { call in
      let job = try await call.server.importing().resume(try call.identifier())
      try await call.note("import.resume", "import:\(job.id)")
      return .json(importJob(job, try await call.server.people()))
    },
    lines("failures", .csv, "As linhas que falharam, em CSV."),
    lines("failures", .json, "As linhas que falharam, em JSON."),
    lines("successes", .csv, "As linhas que entraram, em CSV."),
    lines("successes", .json, "As linhas que entraram, em JSON."),
  ]

  private static func lines(_ list: String, _ format: ImportReportFormat, _ about: String) -> Route {
    let type = format == .csv ? "text/csv; charset=utf-8" : "application/json"
    return .get(
      "/api/imports/{id}/\(list).\(format.rawValue)", .viewer, time: .unlimited,
      Operation(
        "\(list)\(format.rawValue)", about, .other([format == .csv ? "text/csv" : "application/json"]))
    ) { call in
      let id: ImportJob.ID = try call.identifier()
      let imports = try call.server.importing()
      let report =
        list == "failures"
        ? try await imports.failures(of: id, as: format) : try await imports.successes(of: id, as: format)
      return Reply.stream(type: type) { writer in
        for try await bytes in report { try await writer.write(ByteBuffer(bytes: bytes)) }
        try await writer.finish(nil)
      }.asFile("\(list)-\(id).\(format.rawValue)")
    }
  }

  private static func preview(_ preview: TablePreview) -> JSON {
    let columns = (0..<preview.width).map { index -> JSON in
      [
        "index": .integer(Int64(index)),
        "title": JSON(preview.header.indices.contains(index) ? preview.header[index] : nil),
        "meaning": JSON(preview.mapping.meaning(at: index)?.rawValue),
      ]
    }
    return [
      "delimiter": JSON(preview.dialect.map { String(UnicodeScalar($0.delimiter.rawValue)) }),
      "encoding": JSON(preview.encoding),
      "hasHeader": .bool(!preview.header.isEmpty), "columns": .array(columns),
      "rows": .array(preview.records.map { .array($0.map(JSON.string)) }),
    ]
  }

  static func importJob(_ job: ImportJob, _ people: [User.ID: String]) -> JSON {
    [
      "id": .integer(job.id.rawValue), "kind": .string(job.kind.rawValue), "file": .string(job.file),
      "state": .string(job.state.rawValue), "total": JSON(job.total), "done": .integer(Int64(job.done)),
      "failed": .integer(Int64(job.failed)), "createdAt": moment(job.createdAt),
      "startedAt": moment(job.startedAt),
      "endedAt": moment(job.endedAt), "message": .string(job.message), "user": person(job.user, people),
    ]
  }
}

extension Fields {
  /// `{"code": 0, "quantity": 3}`.
  fileprivate mutating func mapping() -> ColumnMapping? {
    guard let text = optionalText("mapping", 1...4000) else { return nil }
    guard case .object(let members)? = try? JSON(parsing: Array(text.utf8)) else {
      fail("mapping", FieldMessage.notObject)
      return nil
    }
    var positions: [Column: Int] = [:]
    for member in members {
      guard let column = Column(rawValue: member.name), let position = member.value.integer,
        (0..<10_000).contains(position)
      else {
        fail("mapping", FieldMessage.unknown)
        return nil
      }
      positions[column] = Int(position)
    }
    return positions.isEmpty ? nil : ColumnMapping(positions)
  }
}

extension ImportFault: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .unreadable, .empty, .unknownColumn, .unknownMeaning, .unknownLocation, .setting:
      .invalid("file", description)
    case .missingColumns, .sharedColumn, .repeatedMeaning: .invalid("mapping", description)
    case .tooLarge(let limit): .tooLarge(limit)
    case .unknownJob, .unknownStaged: Problem(.notFound, "not-found", description)
    case .duplicate, .wrongState, .takenOver, .notStaged: .conflict(description)
    }
  }
}
