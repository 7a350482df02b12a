import EstoqueDomain

extension Setting where Value == String {
  init(_ key: String, _ fallback: SettingText, _ help: String, isSecret: Bool = false) {
    self.init(key, fallback, help, isSecret: isSecret) { text in text.description }
  }
}

extension Setting where Value == [String] {
  init(_ key: String, _ fallback: SettingText, _ help: String) {
    self.init(key, fallback, help) { text in text.parts }
  }
}

extension Setting where Value == Int {
  init(_ key: String, _ fallback: Int, _ help: String, in range: ClosedRange<Int>) {
    self.init(key, .one("\(fallback)"), help) { text throws(SettingError.Reason) in
      guard let number = Int(text.description), range.contains(number) else {
        throw .value(expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
      }
      return number
    }
  }
}

extension Setting where Value == Duration {
  /// Seconds, with decimals: `0.5`.
  init(_ key: String, seconds fallback: Double, _ help: String, in range: ClosedRange<Double>) {
    self.init(key, .one(fallback.formatted), help + ", in seconds") { text throws(SettingError.Reason) in
      guard let number = Double(text.description), range.contains(number) else {
        throw .value(
          expected: "seconds from \(range.lowerBound.formatted) to \(range.upperBound.formatted)")
      }
      return .milliseconds(Int64(number * 1000))
    }
  }
}

extension Setting where Value == Duration? {
  /// Whole days; 0 for ever, which is nil.
  init(days key: String, _ fallback: Int, _ help: String) {
    self.init(key, .one("\(fallback)"), help + ", in days; 0 for ever") { text throws(SettingError.Reason) in
      guard let days = Int(text.description), (0...36_500).contains(days) else {
        throw .value(expected: "whole days from 0 to 36500")
      }
      return days == 0 ? nil : .seconds(days * 86_400)
    }
  }
}

extension Double {
  /// Without `.0`.
  fileprivate var formatted: String { self == rounded() ? "\(Int(self))" : "\(self)" }
}

extension Setting where Value: RawRepresentable & CaseIterable & Sendable, Value.RawValue == String {
  /// One of some words.
  init(choice key: String, _ fallback: Value, _ help: String) {
    let words = Value.allCases.map(\.rawValue)
    self.init(key, .one(fallback.rawValue), help + ": " + words.joined(separator: ", ")) {
      text throws(SettingError.Reason) in
      guard let value = Value(rawValue: text.description) else {
        throw .value(expected: "one of \(words.joined(separator: ", "))")
      }
      return value
    }
  }
}

extension Setting where Value == [CNPJ] {
  init(companies key: String, _ help: String) {
    self.init(key, [], help) { text throws(SettingError.Reason) in
      var companies: [CNPJ] = []
      for part in text.parts {
        guard let company = try? CNPJ(typed: part) else {
          throw .value(expected: "CNPJs with right check digits; '\(part)' is none")
        }
        companies.append(company)
      }
      return companies
    }
  }
}
