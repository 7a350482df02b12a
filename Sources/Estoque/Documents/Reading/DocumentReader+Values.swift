import EstoqueDomain

typealias Thrown = Refusal.Reason.Thrown

extension DocumentReader {
  /// The item that is being read.
  var itemNumber: Int? { item.isOpen ? item.item.number : nil }

  /// Where in the buffer the element's text is, without the blanks around it.
  func trimmed() -> Range<Int> {
    var start = 0
    var end = value.count
    while start < end, value[start] <= 0x20 { start += 1 }
    while end > start, value[end - 1] <= 0x20 { end -= 1 }
    return start..<end
  }

  var string: String { String(decoding: value[content], as: UTF8.self) }

  /// The element's text, and a warning if it is longer than its layout allows.
  mutating func string(_ element: Element, upTo limit: Int) -> String {
    let text = string
    if text.utf8.count > limit, text.unicodeScalars.count > limit {
      warn(.tooLong(element: grammar.label(element), limit: limit, item: itemNumber))
    }
    return text
  }

  func decimal<Value: ExactDecimal>(_ element: Element) throws(Thrown) -> Value {
    do throws(DecimalError) {
      return try Value(document: value.span.extracting(content))
    } catch {
      throw Thrown(.number(element: grammar.label(element), text: string, error))
    }
  }

  /// A whole number of up to nine digits.
  func number(_ element: Element) throws(Thrown) -> Int {
    var result = 0
    let range = content
    guard (1...9).contains(range.count) else {
      throw Thrown(.code(element: grammar.label(element), text: string))
    }
    for index in range {
      let digit = value[index] &- 48
      guard digit <= 9 else { throw Thrown(.code(element: grammar.label(element), text: string)) }
      result = result * 10 + Int(digit)
    }
    return result
  }

  func code<Code: RawRepresentable<Int>>(_ element: Element) throws(Thrown) -> Code {
    guard let code = Code(rawValue: try number(element)) else {
      throw Thrown(.code(element: grammar.label(element), text: string))
    }
    return code
  }

  func identifier<Value>(
    _ element: Element, _ read: (String) throws(IdentifierError) -> Value
  ) throws(Thrown) -> Value {
    let text = string
    do throws(IdentifierError) {
      return try read(text)
    } catch {
      throw Thrown(.identifier(element: grammar.label(element), text: text, error))
    }
  }

  /// An identifier that a document can do without: a malformed one is a warning.
  mutating func optional<Value>(
    _ element: Element, _ read: (String) throws(IdentifierError) -> Value?
  ) -> Value? {
    let text = string
    do throws(IdentifierError) {
      return try read(text)
    } catch {
      warn(
        .identifier(
          element: grammar.label(element), text: text, error, item: itemNumber))
      return nil
    }
  }

  /// Notes that a field is there. Answers whether it says anything.
  ///
  /// - Throws: ``Refusal/Reason/repeated(_:)``: of two values, nobody could say which one counts.
  static func note<Field>(
    _ field: Field, _ element: Element, isEmpty: Bool, in seen: inout Seen<Field>
  ) throws(Thrown) -> Bool {
    guard !seen.contains(field) else { throw Thrown(.repeated(Grammar.nfe.label(element))) }
    guard !isEmpty else { return false }
    seen.insert(field)
    return true
  }

  mutating func warn(_ warning: Warning) {
    if event.isOpen { event.warnings.append(warning) } else { invoice.warnings.append(warning) }
  }
}
