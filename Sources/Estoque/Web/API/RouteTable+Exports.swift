import EstoqueDomain
import EstoqueReports
import EstoqueStock
import Foundation
import Hummingbird
import Revoada

extension RouteTable {
  static let exports: [Route] = [
    .post(
      "/api/exports", .viewer, body: .json("NewExport"),
      Operation("startExport", "Exporta em segundo plano.", status: 202, .json("Job"))
    ) { call in
      let request = try call.form { fields -> ExportRequest in
        let kind = fields.requiredChoice("kind", ExportKind.stock)
        var request = ExportRequest(
          kind, as: fields.requiredChoice("format", ExportFormat.csv),
          style: fields.choice("style", ExportStyle.self) ?? .brazilian,
          search: fields.optionalText("search", 1...120) ?? "")
        request.category = fields.optionalIdentifier("category")
        request.location = fields.optionalIdentifier("location")
        request.product = fields.optionalIdentifier("product")
        request.movements = fields.choice("movements", MovementKind.self)
        (request.from, request.to) = (fields.exportDay("from"), fields.exportDay("to"))
        return request
      }
      let job = try await call.server.exporting().start(request, user: call.user)
      try await call.note("export.start", "export:\(job.id)", job.file)
      return .accepted(exportJob(job, try await call.server.people()), at: "/api/exports/\(job.id)")
    },
    .get(
      "/api/exports", .viewer,
      Operation("listExports", "As exportações, da mais recente à mais antiga.", paging, .page("Job"))
    ) { call in
      let (limit, cursor) = try call.query { ($0.limit(), $0.cursor()) }
      let before = try cursor.map { ExportJob.ID(rawValue: try Cursor.number($0.parts(1)[0])) }
      let jobs = try await call.server.exporting().jobs(limit: limit + 1, before: before)
      let people = try await call.server.people()
      return .json(page(Page(jobs, limit: limit) { Cursor("\($0.id)") }) { exportJob($0, people) })
    },
    .get("/api/exports/{id}", .viewer, Operation("getExport", "Uma exportação.", .json("Job"))) { call in
      let job = try await call.server.exporting().job(try call.identifier())
      return .json(exportJob(job, try await call.server.people()))
    },
    .post(
      "/api/exports/{id}/cancel", .viewer, Operation("cancelExport", "Para uma exportação.", .json("Job"))
    ) { call in
      let id = try await own(call)
      let job = try await call.server.exporting().cancel(id)
      try await call.note("export.cancel", "export:\(id)")
      return .json(exportJob(job, try await call.server.people()))
    },
    .delete(
      "/api/exports/{id}", .viewer,
      Operation("deleteExport", "Apaga uma exportação que terminou, e seu arquivo.", status: 204, .nothing)
    ) { call in
      let id = try await own(call)
      try await call.server.exporting().delete(id)
      try await call.note("export.delete", "export:\(id)")
      return .nothing
    },
    .get(
      "/api/exports/{id}/file", .viewer, time: .unlimited,
      Operation(
        "exportFile", "O arquivo de uma exportação.",
        .other(ExportFormat.allCases.map { String($0.contentType.prefix { $0 != ";" }) }))
    ) { call in
      let file = try await call.server.exporting().file(try call.identifier())
      guard let handle = FileHandle(forReadingAtPath: file.path) else { throw Problem.notFound }
      var reply = Reply.stream(type: file.contentType) { writer in
        while let bytes = try await offload({ try handle.read(upToCount: 256 << 10) }), !bytes.isEmpty {
          try await writer.write(ByteBuffer(bytes: bytes))
        }
        try await writer.finish(nil)
      }
      reply.headers[.contentLength] = "\(file.bytes)"
      return reply.asFile(file.name)
    },
    .get(
      "/api/movements.csv", .viewer, time: .unlimited,
      Operation(
        "movementsCSV", "Os movimentos, em CSV, enquanto são lidos.",
        [
          Operation.Parameter(name: "from", schema: Schemas.day, about: "O primeiro dia"),
          Operation.Parameter(name: "to", schema: Schemas.day, about: "O último dia"),
          Operation.Parameter(
            name: "style", schema: Schemas.choice(ExportStyle.allCases.map(\.rawValue)),
            about: "Para planilhas ou para programas"),
        ], .other(["text/csv"]))
    ) { call in
      let request = try call.query { fields -> ExportRequest in
        var request = ExportRequest(
          .movements, as: .csv, style: fields.choice("style", ExportStyle.self) ?? .brazilian)
        (request.from, request.to) = (fields.exportDay("from"), fields.exportDay("to"))
        return request
      }
      let rows = try call.server.exporting().stream(request)
      return Reply.stream(type: "text/csv; charset=utf-8") { writer in
        for try await bytes in rows { try await writer.write(ByteBuffer(bytes: bytes)) }
        try await writer.finish(nil)
      }.asFile("movimentos.csv")
    },
    .get(
      "/api/labels.pdf", .viewer,
      Operation(
        "labelsPDF",
        "Etiquetas com código de barras em folhas de 30, na hora; até \(Exports.labelsAtOnce). Produtos cujo código não cabe em um código de barras ficam de fora.",
        [
          Operation.Parameter(name: "product", schema: Schemas.id, about: "De um produto"),
          Operation.Parameter(name: "category", schema: Schemas.id, about: "De uma categoria"),
          Operation.Parameter(
            name: "search", schema: Schemas.text(120), about: "Palavras do nome, do código ou do GTIN"),
          Operation.Parameter(
            name: "copies",
            schema: [
              "type": "integer", "minimum": 1, "maximum": .integer(Int64(Exports.labelsAtOnce)), "default": 1,
            ], about: "Quantas etiquetas de cada produto"),
          Operation.Parameter(
            name: "skip",
            schema: [
              "type": "integer", "minimum": 0, "maximum": .integer(Int64(Exports.labelsSkipped)),
              "default": 0,
            ], about: "Quantas etiquetas da primeira folha já foram usadas"),
        ], .other(["application/pdf"]))
    ) { call in
      let (request, copies, skipped) = try call.query { fields -> (ExportRequest, Int64, Int64) in
        var request = ExportRequest(.labels, as: .pdf, search: fields.optionalText("search", 1...120) ?? "")
        request.product = fields.optionalIdentifier("product")
        request.category = fields.optionalIdentifier("category")
        return (
          request, fields.integer("copies", 1...Int64(Exports.labelsAtOnce)) ?? 1,
          fields.integer("skip", 0...Int64(Exports.labelsSkipped)) ?? 0
        )
      }
      let pdf = try await call.server.exporting().labels(
        request, copies: Int(copies), skipping: Int(skipped))
      return .bytes(pdf, type: "application/pdf").asFile("etiquetas.pdf")
    },
  ]

  /// One's own export; administrators may do the same with all.
  private static func own(_ call: Call) async throws -> ExportJob.ID {
    let id: ExportJob.ID = try call.identifier()
    let account = try call.account()
    let job = try await call.server.exporting().job(id)
    if job.user != account.id, account.role < .admin { throw Problem.forbidden(account.role.brazilian) }
    return id
  }

  static func exportJob(_ job: ExportJob, _ people: [User.ID: String]) -> JSON {
    [
      "id": .integer(job.id.rawValue), "kind": .string(job.request.kind.rawValue),
      "format": .string(job.request.format.rawValue), "file": .string(job.file),
      "state": .string(job.state.rawValue), "total": JSON(job.total), "done": .integer(Int64(job.done)),
      "failed": .integer(Int64(job.failed)), "bytes": JSON(job.bytes), "createdAt": moment(job.createdAt),
      "startedAt": moment(job.startedAt), "endedAt": moment(job.endedAt), "message": .string(job.message),
      "user": person(job.user, people),
    ]
  }
}

extension Fields {
  fileprivate mutating func exportDay(_ name: String) -> CalendarDay? {
    day(name).flatMap { CalendarDay("\($0)") }
  }
}

extension ExportFault: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .unsupported: .invalid("format", description)
    case .tooManyLabels, .noLabels: .invalid("search", description)
    case .unknownJob, .fileGone: Problem(.notFound, "not-found", description)
    case .wrongState: .conflict(description)
    case .noRoom: .full("na pasta das exportações (data.folder)")
    case .unwritable: Problem(.serviceUnavailable, "unavailable", description, retryAfter: .seconds(60))
    }
  }
}
