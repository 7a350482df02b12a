import Configuration
import Foundation
import RevoadaSpelling
import Yams

/// Where settings come from: flags before the environment, that before the file, and what holds otherwise.
struct SettingSources: Sendable {
  /// The file that was read, if there is one.
  let file: String?
  private let providers: [(name: String, provider: any ConfigProvider)]

  /// Reads the file and checks every setting that is given anywhere.
  ///
  /// - Parameters:
  ///   - flags: what the command line says, by the settings' names.
  ///   - file: a file that must be there; nil for the first of ``standardFiles`` that is.
  ///   - environment: the process's, unless a test says otherwise.
  /// - Throws: ``SettingError``.
  init(
    flags: [String: SettingText], file: String?,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) async throws {
    let chosen =
      file ?? environment["ESTOQUE_CONFIG"]
      ?? Self.standardFiles.first { FileManager.default.fileExists(atPath: $0) }
    self.file = chosen
    var providers: [(String, any ConfigProvider)] = [
      (
        "the command line",
        InMemoryProvider(
          values: Dictionary(uniqueKeysWithValues: flags.map { (Self.key($0.key), $0.value.configValue) }))
      ),
      (
        "the environment",
        KeyMappingProvider(upstream: EnvironmentVariablesProvider(environmentVariables: environment)) {
          $0.prepending("estoque")
        }
      ),
    ]
    if let chosen {
      try Self.checkNames(inFile: chosen)
      do {
        providers.append(
          (chosen, try await FileProvider<YAMLSnapshot>(filePath: .init(chosen))))
      } catch { throw SettingError(name: chosen, source: chosen, reason: .unreadable("\(error)")) }
    }
    self.providers = providers
    for setting in Settings.all { try check(setting) }
  }

  /// Where a file is looked for if none is named.
  static let standardFiles = ["estoque.yaml", "/etc/estoque/estoque.yaml"]

  /// The source of what nobody has said.
  static let fallback = "default"

  /// The value of a setting.
  func value<Value>(_ setting: Setting<Value>) throws -> Value {
    let (text, source) = try text(of: setting)
    do { return try setting.parse(text) } catch {
      throw SettingError(name: setting.key, source: source, reason: error)
    }
  }

  /// What somebody wrote for a setting, and where.
  func text(of setting: any AnySetting) throws -> (text: SettingText, source: String) {
    let key = Self.key(setting.key)
    for (name, provider) in providers {
      if let one = try? provider.value(forKey: key, type: .string).value?.content,
        case .string(let text) = one
      {
        return (.one(text), name)
      }
      do {
        let many = try provider.value(forKey: key, type: .stringArray).value?.content
        if case .stringArray(let parts)? = many { return (.list(parts), name) }
      } catch {
        throw SettingError(
          name: setting.key, source: name, reason: .value(expected: "a text or a list of texts"))
      }
    }
    return (setting.fallback, Self.fallback)
  }

  private func check(_ setting: any AnySetting) throws {
    let (text, source) = try text(of: setting)
    do { try setting.check(text) } catch {
      throw SettingError(name: setting.key, source: source, reason: error)
    }
  }

  private static func key(_ name: String) -> AbsoluteConfigKey {
    AbsoluteConfigKey(name.split(separator: ".").map(String.init))
  }

  // MARK: Misspelt names

  /// A setting that is silently ignored is worse than one that is refused.
  private static func checkNames(inFile path: String) throws {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw SettingError(
        name: path, source: path, reason: .unreadable("there is no such file, or it is not UTF-8"))
    }
    let root: Node?
    do { root = try Yams.compose(yaml: text) } catch {
      throw SettingError(name: path, source: path, reason: .unreadable("\(error)"))
    }
    let known = Set(Settings.all.map(\.key))
    for name in names(in: root, under: "") where !known.contains(name) {
      throw SettingError.unknown(name, in: path)
    }
  }

  private static func names(in node: Node?, under prefix: String) -> [String] {
    guard case .mapping(let mapping)? = node else { return prefix.isEmpty ? [] : [prefix] }
    return mapping.flatMap { key, value in
      names(in: value, under: (prefix.isEmpty ? "" : prefix + ".") + (key.string ?? "?"))
    }
  }
}

extension SettingError {
  /// What is told of a name that no setting has.
  static func unknown(_ name: String, in source: String) -> SettingError {
    SettingError(
      name: name, source: source,
      reason: .unknown(suggestion: Spelling.closest(to: name, among: Settings.all.map(\.key))))
  }
}

extension SettingText {
  fileprivate var configValue: ConfigValue {
    switch self {
    case .one(let text): ConfigValue(.string(text), isSecret: false)
    case .list(let parts): ConfigValue(.stringArray(parts), isSecret: false)
    }
  }
}
