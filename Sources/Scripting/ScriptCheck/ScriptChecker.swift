/// Finds names in a script that nobody defines, without running it.
///
/// It reads the script and the modules that it requires from files. It says nothing rather than something
/// doubtful: a name that is assigned anywhere, or whose absence the script asks about, counts as known.
public struct ScriptChecker: Sendable {
  /// A source text and the name it has in messages.
  public struct Source: Sendable {
    /// The name of the file.
    public var name: String
    /// The bytes of the file.
    public var bytes: [UInt8]

    /// A source text.
    public init(name: String, bytes: [UInt8]) {
      self.name = name
      self.bytes = bytes
    }
  }

  /// The findings of one file, in the order of their lines.
  public struct Report: Sendable {
    /// The name of the file.
    public var file: String
    /// What was found in it.
    public var findings: [Finding]
  }

  private let known: KnownNames
  private let load: @Sendable (String) -> Source?

  /// A checker; `load` finds the file of a required module.
  public init(known: KnownNames, load: @escaping @Sendable (String) -> Source?) {
    self.known = known
    self.load = load
  }

  /// Checks a script and the modules it requires; files without findings are left out.
  public func check(_ script: Source) -> [Report] {
    var uses: [(file: String, use: NameUse)] = []
    var missing: Set<String> = []
    var seen: Set<String> = []
    var pending = [script]
    while !pending.isEmpty {
      let source = pending.removeFirst()
      let use = NameResolver.resolve(source.bytes, libraries: Set(known.libraries.keys))
      uses.append((source.name, use))
      for module in use.requires
      where !known.modules.contains(module.name) && seen.insert(module.name).inserted {
        if let found = load(module.name) { pending.append(found) } else { missing.insert(module.name) }
      }
    }
    // Scripts and modules share their globals.
    let defined = uses.reduce(into: known.globals) { $0.formUnion($1.use.writes.union($1.use.probes)) }
    let added = uses.reduce(into: Set<String>()) { $0.formUnion($1.use.addedFields) }
    let replaced = uses.reduce(into: Set<String>()) { $0.formUnion($1.use.replacedLibraries) }
    let isDynamic = uses.contains { $0.use.isDynamic }
    return uses.compactMap { file, use in
      var findings = fields(use, added, replaced) + modules(use, missing)
      if !isDynamic { findings += globals(use, defined) }
      findings.sort { ($0.line, $0.name) < ($1.line, $1.name) }
      return findings.isEmpty ? nil : Report(file: file, findings: findings)
    }
  }

  private func globals(_ use: NameUse, _ defined: Set<String>) -> [Finding] {
    let candidates = defined.union(use.locals).sorted()
    // A name is reported where it is first used; the rest would repeat it.
    var seen = defined
    return use.reads.filter { seen.insert($0.name).inserted }.map {
      Finding(line: $0.line, problem: .unknownGlobal($0.name), candidates: candidates)
    }
  }

  private func fields(_ use: NameUse, _ added: Set<String>, _ replaced: Set<String>) -> [Finding] {
    use.fields.compactMap { field in
      guard let names = known.libraries[field.library], !names.contains(field.name),
        !added.contains("\(field.library).\(field.name)"), !replaced.contains(field.library)
      else { return nil }
      return Finding(
        line: field.line, problem: .unknownField(library: field.library, name: field.name),
        candidates: names.sorted())
    }
  }

  private func modules(_ use: NameUse, _ missing: Set<String>) -> [Finding] {
    use.requires.filter { missing.contains($0.name) }.map {
      Finding(line: $0.line, problem: .missingModule($0.name), candidates: known.modules.sorted())
    }
  }
}
