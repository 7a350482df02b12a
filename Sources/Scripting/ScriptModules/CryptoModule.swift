import Crypto
import Revoada
import RevoadaLua

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// `crypto.sha256(string)` and `crypto.sha256_file(path)`, both in hexadecimal.
enum CryptoModule {
  static func make() -> LuaModule {
    var module = LuaModule("crypto")
    module.function("sha256") { call in
      [.string(hexadecimal(SHA256.hash(data: try call.string(1).bytes)))]
    }
    module.asyncFunction("sha256_file") { call in
      let path = try call.path(1)
      return try await expected {
        let digest = try await offload {
          var hash = SHA256()
          try OpenFile(path, O_RDONLY, operation: "open").forEachChunk { hash.update(bufferPointer: $0) }
          return hash.finalize()
        }
        return .string(hexadecimal(digest))
      }
    }
    return module
  }

  private static func hexadecimal(_ digest: SHA256.Digest) -> LuaString {
    let digits = Array("0123456789abcdef".utf8)
    return LuaString(bytes: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}
