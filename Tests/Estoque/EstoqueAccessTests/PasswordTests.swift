import Testing

@testable import EstoqueAccess

struct PasswordTests {
  let cheap = ScryptCost(logarithm: 10, parallelism: 1)

  @Test
  func `a stored password says how it was made, and only the right one matches`() throws {
    let hash = try PasswordHash(of: "sossego-azul", cost: cheap)
    let text = "\(hash)"
    #expect(text.hasPrefix("$scrypt$ln=10,r=8,p=1$"))
    let stored = try #require(PasswordHash(stored: text))
    #expect(stored == hash)
    #expect(try stored.matches("sossego-azul"))
    for wrong in ["sossego-azuL", "", "sossego-azul ", "\0"] { #expect(try !stored.matches(wrong)) }
    #expect(try PasswordHash(of: "sossego-azul", cost: cheap) != hash)
  }

  @Test
  func `the same characters match however they are composed`() throws {
    let hash = try PasswordHash(of: "coração-tranquilo", cost: cheap)
    #expect(try hash.matches("corac\u{327}a\u{303}o-tranquilo"))
  }

  @Test(arguments: [
    "", "$scrypt$", "$scrypt$ln=10,r=8,p=1$$", "$scrypt$ln=63,r=8,p=1$AAAA$AAAA", "$argon2id$v=19$AAAA$AAAA",
    "$scrypt$ln=10,r=8$AAAAAAAAAAAAAAAAAAAAAA==$AAAA", "x$scrypt$ln=10,r=8,p=1$AAAA$AAAA$A",
  ])
  func `what is no stored password is not read as one`(_ text: String) {
    #expect(PasswordHash(stored: text) == nil)
  }

  @Test
  func `secrets differ, and what cannot be one is not looked for`() {
    let (one, two) = (Secret(), Secret(prefix: Secret.tokenPrefix))
    #expect(one.text.utf8.count == 43 && two.text.hasPrefix("est_") && one.digest != two.digest)
    #expect(Secret(sent: two.text)?.digest == two.digest)
    for text in ["", "est_", one.text + "x", String(one.text.dropLast()) + "=", one.text.dropLast() + "é"] {
      #expect(Secret(sent: text) == nil)
    }
    #expect(isSameSecret(one.csrf, one.csrf) && !isSameSecret(one.csrf, two.csrf))
  }

  @Test(
    arguments: [
      ([], ""), ([0], "AA"), ([251, 255], "-_8"), ([0x4D, 0x61, 0x6E], "TWFu"),
      ([255, 255, 255, 62], "____Pg"),
    ] as [([UInt8], String)])
  func `bytes are written for cookies and headers`(_ bytes: [UInt8], _ text: String) {
    #expect(base64URL(bytes) == text)
  }
}
