/// How often each hash was seen lately, approximately and in half a byte or so for each entry.
///
/// A count-min sketch of 4-bit counters with ageing: each hash has four counters, its frequency is the smallest of them, and
/// when as many hashes were counted as ten times the capacity, all counters are halved, so that old fame fades. Einziger, Friedman
/// and Manes, "TinyLFU: A Highly Efficient Cache Admission Policy" (2017).
package struct FrequencySketch {
  /// Sixteen counters a word.
  private var words: [UInt64] = []
  private var shift: UInt64 = 64
  private var counted = 0
  private var sampleSize = 0

  package init() {}

  /// Forgets everything and makes room for so many entries.
  package mutating func reset(capacity: Int) {
    let bits = max(3, Int.bitWidth - (max(1, capacity) - 1).leadingZeroBitCount)
    words = Array(repeating: 0, count: 1 << bits)
    shift = UInt64(64 - bits)
    sampleSize = 10 << bits
    counted = 0
  }

  /// Counts a hash; a counter stops at 15.
  package mutating func increment(_ hash: Int) {
    if words.isEmpty { return }
    var added = false
    for row in 0..<4 {
      let (word, offset) = place(hash, row: row)
      if (words[word] >> offset) & 15 < 15 {
        words[word] += 1 << offset
        added = true
      }
    }
    if !added { return }
    counted += 1
    if counted >= sampleSize { age() }
  }

  /// From 0 to 15: never less than the hash was counted since the last ageing.
  package func frequency(_ hash: Int) -> Int {
    if words.isEmpty { return 0 }
    var smallest: UInt64 = 15
    for row in 0..<4 {
      let (word, offset) = place(hash, row: row)
      smallest = min(smallest, (words[word] >> offset) & 15)
    }
    return Int(smallest)
  }

  private mutating func age() {
    for index in words.indices { words[index] = (words[index] >> 1) & 0x7777_7777_7777_7777 }
    counted /= 2
  }

  /// The word and the counter in it: the high bits of four products by odd constants (Fibonacci hashing).
  @inline(__always)
  private func place(_ hash: Int, row: Int) -> (word: Int, offset: UInt64) {
    let factor: UInt64 =
      switch row {
      case 0: 0x9E37_79B9_7F4A_7C15
      case 1: 0xC2B2_AE3D_27D4_EB4F
      case 2: 0xD6E8_FEB8_6659_FD93
      default: 0xA076_1D64_78BD_642F
      }
    let product = (UInt64(bitPattern: Int64(hash)) &+ UInt64(row)) &* factor
    return (Int(product &>> shift), (product &>> 8 & 15) &* 4)
  }
}
