/// How much work and memory scrypt (RFC 7914) takes for one password.
public struct ScryptCost: Sendable, Equatable, CustomStringConvertible {
  /// The logarithm of N to base 2: each step doubles time and memory.
  public var logarithm: Int
  /// r.
  public var blockSize: Int
  /// p: repeats the work without more memory.
  public var parallelism: Int

  /// The defaults are one of the choices of OWASP's password storage cheat sheet: 32 MiB.
  public init(logarithm: Int = 15, blockSize: Int = 8, parallelism: Int = 3) {
    (self.logarithm, self.blockSize, self.parallelism) = (logarithm, blockSize, parallelism)
  }

  /// The memory that one check takes, in bytes.
  public var memory: Int { 128 * blockSize << logarithm }

  var isPossible: Bool {
    (10...20).contains(logarithm) && (1...32).contains(blockSize) && (1...16).contains(parallelism)
  }

  /// As in a stored password.
  public var description: String { "ln=\(logarithm),r=\(blockSize),p=\(parallelism)" }

  /// Reads ``description``; nil for anything else.
  init?(_ text: some StringProtocol) {
    var values: [Substring: Int] = [:]
    for part in text.split(separator: ",") {
      let pair = part.split(separator: "=")
      guard pair.count == 2, let value = Int(pair[1]) else { return nil }
      values[Substring(pair[0])] = value
    }
    guard let logarithm = values["ln"], let blockSize = values["r"], let parallelism = values["p"] else {
      return nil
    }
    self.init(logarithm: logarithm, blockSize: blockSize, parallelism: parallelism)
    guard isPossible else { return nil }
  }
}
