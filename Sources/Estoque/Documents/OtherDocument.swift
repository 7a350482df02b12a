/// Documents of the Brazilian tax authorities that are recognised, and are no invoices or events of NF-e.
public enum OtherDocument: Hashable, Sendable, CaseIterable {
  /// Transport (CT-e, CT-e OS, GTV-e).
  case transport
  /// A manifest of loads (MDF-e).
  case manifest
  /// A ticket (BP-e).
  case ticket
  /// Electricity (NF3-e).
  case electricity
  /// Communication (NFCom).
  case communication
  /// Gas (NFGas) or water (NFAg).
  case utilities
  /// A receipt of São Paulo's SAT (CF-e).
  case satReceipt
  /// A service invoice of a town (NFS-e).
  case service
  /// Numbers that will not be used.
  case voiding
  /// The authority's receipt for a lot, or a question for it.
  case lotReceipt
  /// A question about a document, or its answer.
  case status
  /// Distribution by the authority: summaries and packed documents.
  case distribution
  /// A cancellation as of before there were events.
  case oldCancellation
  /// The envelope of a web service.
  case soap
  /// A page of a web site.
  case html

  /// Recognises a root element.
  init?(root: String) {
    let name = root.lowercased()
    guard let found = Self.roots.first(where: { $0.names.contains(name) }) else { return nil }
    self = found.document
  }

  private static let roots: [(document: OtherDocument, names: Set<String>)] = [
    (
      .transport,
      [
        "cte", "cteproc", "envicte", "cteos", "cteosproc", "ctesimp", "ctesimpproc", "gtve", "gtveproc",
        "eventocte", "proceventocte", "enveventocte", "reteventocte", "retcte", "retcteos", "retenvicte",
        "conssitcte", "retconssitcte", "inutcte", "procinutcte", "retinutcte", "consrecicte",
        "retconsrecicte",
      ]
    ),
    (
      .manifest,
      [
        "mdfe", "mdfeproc", "envimdfe", "eventomdfe", "proceventomdfe", "reteventomdfe", "retenvimdfe",
        "retmdfe", "conssitmdfe", "retconssitmdfe", "consrecimdfe", "retconsrecimdfe", "consmdfenaoenc",
        "retconsmdfenaoenc",
      ]
    ),
    (.ticket, ["bpe", "bpeproc", "bpetm", "bpetmproc", "eventobpe", "proceventobpe", "retbpe"]),
    (.electricity, ["nf3e", "nf3eproc", "eventonf3e", "proceventonf3e", "retnf3e"]),
    (.communication, ["nfcom", "nfcomproc", "eventonfcom", "proceventonfcom", "retnfcom"]),
    (.utilities, ["nfgas", "nfgasproc", "nfag", "nfagproc"]),
    (.satReceipt, ["cfe", "cfecanc", "envcfe"]),
    (
      .service,
      [
        "nfse", "compnfse", "listanfse", "dps", "rps", "enviarloterpsenvio", "consultarnfseresposta",
        "gerarnfseresposta", "consultarloterpsresposta", "retornoconsulta", "pedidoenvioloterps",
      ]
    ),
    (.voiding, ["inutnfe", "procinutnfe", "retinutnfe"]),
    (.lotReceipt, ["retenvinfe", "consrecinfe", "retconsrecinfe"]),
    (
      .status,
      ["conssitnfe", "retconssitnfe", "consstatserv", "retconsstatserv", "conscad", "retconscad", "protnfe"]
    ),
    (
      .distribution,
      ["distdfeint", "retdistdfeint", "resnfe", "resevento", "rescce", "consnfedest", "downloadnfe"]
    ),
    (.oldCancellation, ["cancnfe", "proccancnfe", "retcancnfe"]),
    (.soap, ["envelope"]),
    (.html, ["html"]),
  ]
}
