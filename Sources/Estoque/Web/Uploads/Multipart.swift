import Foundation

/// Takes `multipart/form-data` (RFC 7578) apart as it comes, without ever holding more than a part's head and a boundary.
///
/// Strict: nothing in front of the first boundary, none missing at the end.
struct Multipart {
  enum Event: Equatable {
    /// A part begins; `file` is nil for a plain field.
    case part(file: String?)
    case bytes([UInt8])
    case end
  }

  private enum State { case boundary, head, body, finished }

  static let longestHead = 8192

  private let delimiter: [UInt8]
  private var state = State.boundary
  // As if a line had ended before: then the first boundary is like all others.
  private var buffer: [UInt8] = [13, 10]

  /// - Parameter type: the request's `Content-Type`; nil if it is none for this.
  init?(type: String) {
    let parts = type.split(separator: ";")
    guard parts.first?.lowercased() == "multipart/form-data" else { return nil }
    let boundary = parts.dropFirst().compactMap { part -> String? in
      let pair = part.split(separator: "=", maxSplits: 1)
      guard pair.count == 2, pair[0].trimmingCharacters(in: .whitespaces).lowercased() == "boundary" else {
        return nil
      }
      return pair[1].trimmingCharacters(in: CharacterSet(charactersIn: " \""))
    }
    guard let boundary = boundary.first, (1...70).contains(boundary.utf8.count) else { return nil }
    delimiter = Array("\r\n--\(boundary)".utf8)
  }

  /// Takes bytes in, and gives what they come to.
  mutating func take(_ bytes: some Sequence<UInt8>) throws(Problem) -> [Event] {
    buffer += bytes
    var events: [Event] = []
    while let event = try step() { events += event }
    return events
  }

  /// - Throws: that something is missing.
  func end() throws(Problem) {
    guard case .finished = state else { throw Self.malformed }
  }

  private static let malformed = Problem.malformed("o multipart/form-data está incompleto ou malformado")

  /// Goes on by one step; nil if more bytes are needed.
  private mutating func step() throws(Problem) -> [Event]? {
    switch state {
    case .boundary: try boundary()
    case .head: try head()
    case .body: body()
    case .finished: nil
    }
  }

  private mutating func boundary() throws(Problem) -> [Event]? {
    guard buffer.count >= delimiter.count + 2 else {
      if !delimiter.starts(with: buffer.prefix(delimiter.count)) { throw Self.malformed }
      return nil
    }
    guard buffer.starts(with: delimiter) else { throw Self.malformed }
    let rest = buffer[delimiter.count..<delimiter.count + 2]
    if rest.elementsEqual([45, 45]) {  // --
      state = .finished
      buffer = []
      return []
    }
    guard rest.elementsEqual([13, 10]) else { throw Self.malformed }
    buffer.removeFirst(delimiter.count + 2)
    state = .head
    return []
  }

  private mutating func head() throws(Problem) -> [Event]? {
    guard let end = buffer.first(of: [13, 10, 13, 10]) else {
      if buffer.count > Self.longestHead { throw Self.malformed }
      return nil
    }
    let lines = String(decoding: buffer[..<end], as: UTF8.self).components(separatedBy: "\r\n")
    let disposition = lines.first { $0.lowercased().hasPrefix("content-disposition:") }
    guard end <= Self.longestHead, let disposition, disposition.lowercased().contains("form-data") else {
      throw Self.malformed
    }
    buffer.removeFirst(end + 4)
    // A line ended before: a part may be empty.
    buffer.insert(contentsOf: [13, 10], at: 0)
    state = .body
    isAtStart = true
    return [.part(file: Self.parameter("filename", in: disposition))]
  }

  private var isAtStart = false

  private mutating func body() -> [Event]? {
    if let end = buffer.first(of: delimiter) {
      let bytes = Array(buffer[(isAtStart ? min(2, end) : 0)..<end])
      buffer.removeFirst(end)
      state = .boundary
      return bytes.isEmpty ? [.end] : [.bytes(bytes), .end]
    }
    // What may be the beginning of a boundary stays.
    let safe = buffer.count - delimiter.count - 2
    if safe <= 2 { return nil }
    let bytes = Array(buffer[(isAtStart ? 2 : 0)..<safe])
    buffer.removeFirst(safe)
    isAtStart = false
    return [.bytes(bytes)]
  }

  /// `name="value"`; browsers write quotation marks in it as `%22`.
  private static func parameter(_ name: String, in header: String) -> String? {
    guard let start = header.range(of: "\(name)=\"", options: .caseInsensitive) else { return nil }
    let value = String(header[start.upperBound...].prefix { $0 != "\"" })
    return value.replacing("%22", with: "\"")
  }
}

extension [UInt8] {
  /// Where some bytes begin.
  fileprivate func first(of wanted: [UInt8]) -> Int? {
    withUnsafeBufferPointer { bytes in
      var start = 0
      let last = bytes.count - wanted.count
      while start <= last, let found = bytes[start...last].firstIndex(of: wanted[0]) {
        if bytes[found..<found + wanted.count].elementsEqual(wanted) { return found }
        start = found + 1
      }
      return nil
    }
  }
}
