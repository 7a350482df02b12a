import Testing

@testable import EstoqueArchive

struct DeflateTests {
  @Test(arguments: [0, 1, 100, 100_000, 5_000_000]) func `what was packed is unpacked`(_ size: Int) throws {
    var state: UInt32 = 7
    let bytes = (0..<size).map { number -> UInt8 in
      state = state &* 1_664_525 &+ 1_013_904_223
      return number % 16 == 0 ? UInt8(state >> 24) : UInt8(truncatingIfNeeded: number / 50)
    }
    let packed = Deflate.pack(bytes)
    #expect(try Deflate.unpack(packed, size: size) == bytes)
    if size >= 100_000 { #expect(packed.count < size / 2) }
  }

  @Test func `damage is noticed`() throws {
    let bytes = Array("<nfeProc><NFe/></nfeProc>".utf8) + [UInt8](repeating: 32, count: 500)
    let packed = Deflate.pack(bytes)
    for position in packed.indices {
      var damaged = packed
      damaged[position] ^= 0x55
      #expect((try? Deflate.unpack(damaged, size: bytes.count)) != bytes)
    }
    for size in [bytes.count - 1, bytes.count + 1, -1] {
      #expect(throws: ArchiveFault.damaged) { try Deflate.unpack(packed, size: size) }
    }
    #expect(throws: ArchiveFault.damaged) { try Deflate.unpack(Array(packed.dropLast()), size: bytes.count) }
    #expect(throws: ArchiveFault.damaged) { try Deflate.unpack([], size: 10) }
  }
}
