/// What passwords, logins and names must be.
struct AccountRules {
  static let longestPassword = 256
  let passwordLength: Int

  /// The form in which a login is stored and looked for.
  static func canonical(login: String) throws(AccessFault) -> String {
    let canonical = login.lowercased()
    let isAllowed = canonical.utf8.allSatisfy { byte in
      (97...122).contains(byte) || (48...57).contains(byte) || "._@-".utf8.contains(byte)
    }
    guard isAllowed, (3...64).contains(canonical.utf8.count) else { throw .invalidLogin }
    return canonical
  }

  static func check(name: String) throws(AccessFault) {
    let hasText = name.contains { !$0.isWhitespace }
    let hasControls = name.unicodeScalars.contains { $0.properties.generalCategory == .control }
    guard hasText, !hasControls, name.count <= 120 else { throw .invalidName }
  }

  /// Length above all (NIST SP 800-63B); no rules about kinds of characters.
  func check(password: String, login: String) throws(AccessFault) {
    if password.count < passwordLength { throw .passwordTooShort(least: passwordLength) }
    if password.utf8.count > Self.longestPassword { throw .passwordTooLong(most: Self.longestPassword) }
    if password.lowercased().contains(login) || Set(password).count < 3 { throw .passwordTooSimple }
  }
}
