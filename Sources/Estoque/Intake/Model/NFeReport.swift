/// What the command says about one file.
public struct FileReport: Sendable, Equatable, Codable {
  /// The file's name.
  public let file: String
  /// What became of it; of a file with several documents, the worst.
  public let state: IntakeState
  /// The access key; empty where there is none.
  public let key: String
  /// Why, in Portuguese.
  public let reason: String
  /// What is odd about it, whatever became of it; in Portuguese.
  public var warnings: [String] = []

  /// `FILE<tab>state<tab>key<tab>reason`, whatever is in the texts.
  public var line: String {
    [file, state.rawValue, key, reason].map(Self.inOneLine).joined(separator: "\t")
  }

  /// `FILE: aviso: WARNING` for each warning.
  public var warningLines: [String] { warnings.map { Self.inOneLine("\(file): aviso: \($0)") } }

  private static func inOneLine(_ text: String) -> String {
    text.map { $0.isNewline || $0 == "\t" ? " " : String($0) }.joined()
  }

  /// Of several documents in one file: the one that needs most attention.
  static func worst(_ reports: [FileReport]) -> FileReport? {
    let order: [IntakeState] = [.refused, .conflict, .review, .waiting, .accepted, .event, .duplicate]
    for state in order {
      guard let first = reports.first(where: { $0.state == state }) else { continue }
      if reports.count == 1 { return first }
      let count = reports.count { $0.state == state }
      return FileReport(
        file: first.file, state: state, key: first.key,
        reason: "\(count) de \(reports.count) documentos: \(first.reason)",
        warnings: reports.flatMap(\.warnings))
    }
    return nil
  }
}

/// What the command says about all files, in their order.
public struct NFeReport: Sendable, Equatable, Codable {
  /// One for each file.
  public internal(set) var files: [FileReport]

  /// How many files came to each state.
  public var counts: [(state: IntakeState, count: Int)] {
    IntakeState.allCases.map { state in (state, files.count { $0.state == state }) }.filter { $0.count > 0 }
  }

  /// `5 files: 3 accepted, 2 refused`, in Portuguese, with the states' words as they stand in the lines.
  public var summary: String {
    "\(files.count) \(files.count == 1 ? "arquivo" : "arquivos"): "
      + counts.map { "\($0.count) \($0.state.rawValue)" }.joined(separator: ", ")
  }
}
