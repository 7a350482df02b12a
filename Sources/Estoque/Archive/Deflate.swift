import CZip

/// Packs bytes without a container around them: a stream of zlib (RFC 1950), which notices damage by its checksum.
public enum Deflate {
  /// Packs bytes; blocks for about 10 µs a kilobyte of XML.
  ///
  /// Level 3 of zlib's nine: measured on invoices, 9 is 5 % smaller and takes twice as long.
  public static func pack(_ bytes: [UInt8]) -> [UInt8] {
    var length = compressBound(UInt(bytes.count))
    return [UInt8](unsafeUninitializedCapacity: Int(length)) { buffer, count in
      let code = compress2(buffer.baseAddress, &length, bytes, UInt(bytes.count), 3)
      // There is room for whatever it comes to, and the level exists.
      precondition(code == Z_OK, "out of memory")
      count = Int(length)
    }
  }

  /// Unpacks what ``pack(_:)`` has made.
  /// - Parameter size: how many bytes it comes to.
  /// - Throws: ``ArchiveFault/damaged``: it comes to another number of bytes, or is none of ours.
  public static func unpack(_ packed: [UInt8], size: Int) throws(ArchiveFault) -> [UInt8] {
    var length = UInt(max(0, size))
    var code = Z_OK
    let bytes = [UInt8](unsafeUninitializedCapacity: max(1, size)) { buffer, count in
      code = uncompress(buffer.baseAddress, &length, packed, UInt(packed.count))
      count = code == Z_OK ? Int(length) : 0
    }
    if code != Z_OK || bytes.count != size { throw .damaged }
    return bytes
  }
}
