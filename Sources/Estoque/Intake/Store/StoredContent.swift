import EstoqueArchive

/// A file as the database keeps it: packed, unless that makes it no smaller.
struct StoredContent: Sendable, Equatable {
  let bytes: [UInt8]
  /// How long it is when it is unpacked; nil if it is not packed.
  let size: Int?

  /// What the database has.
  init(bytes: [UInt8], size: Int?) { (self.bytes, self.size) = (bytes, size) }

  /// Packs a file.
  init(packing file: [UInt8]) {
    let packed = Deflate.pack(file)
    self = packed.count < file.count ? Self(bytes: packed, size: file.count) : Self(bytes: file, size: nil)
  }

  /// The file; nil if it is damaged.
  var file: [UInt8]? {
    guard let size else { return bytes }
    return try? Deflate.unpack(bytes, size: size)
  }
}
