import CLibXML2

/// What a schema has against a document: the first thing it found.
public struct SchemaComplaint: Hashable, Sendable {
  /// The kinds of complaints.
  public enum Kind: Hashable, Sendable {
    /// An element that may not stand there, or one that is missing.
    case content
    /// An attribute that may not be there, or is missing.
    case attribute
    /// An element that the schema does not have, or not in this namespace.
    case undeclared
    /// A value that is too short or too long.
    case length
    /// A number out of its range, or with too many digits.
    case range
    /// A value that is not among those that are possible.
    case enumeration
    /// A value that is written in another way than it must be.
    case pattern
    /// A value that has to be unique, and is not.
    case identity
    /// Anything else.
    case other
  }

  /// What kind it is.
  public let kind: Kind
  /// The element's name.
  public let element: String
  /// The schema's own words, in English.
  public let message: String

  init(element: String, code: xmlParserErrors, message: String) {
    kind = Kind(code)
    self.element = element
    // "Element '{namespace}name': [facet 'kind'] What is wrong."
    let text = message.oneLine.replacing("{\(DocumentReader.namespace)}", with: "")
      .replacing("{\(EnvelopedSignature.namespace)}", with: "")
    let sentence = text.firstRange(of: ": ").map { text[$0.upperBound...] } ?? text[...]
    self.message = String(
      sentence.hasPrefix("[facet") ? sentence.drop { $0 != "]" }.dropFirst(2) : sentence)
  }
}

extension SchemaComplaint.Kind {
  fileprivate init(_ code: xmlParserErrors) {
    self =
      switch code {
      case XML_SCHEMAV_ELEMENT_CONTENT, XML_SCHEMAV_CVC_COMPLEX_TYPE_2_1, XML_SCHEMAV_CVC_COMPLEX_TYPE_2_2,
        XML_SCHEMAV_CVC_COMPLEX_TYPE_2_3, XML_SCHEMAV_CVC_COMPLEX_TYPE_2_4:
        .content
      case XML_SCHEMAV_CVC_COMPLEX_TYPE_3_1, XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_1,
        XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_2, XML_SCHEMAV_CVC_COMPLEX_TYPE_4, XML_SCHEMAV_CVC_AU:
        .attribute
      case XML_SCHEMAV_CVC_ELT_1: .undeclared
      case XML_SCHEMAV_CVC_LENGTH_VALID, XML_SCHEMAV_CVC_MINLENGTH_VALID, XML_SCHEMAV_CVC_MAXLENGTH_VALID:
        .length
      case XML_SCHEMAV_CVC_MININCLUSIVE_VALID, XML_SCHEMAV_CVC_MAXINCLUSIVE_VALID,
        XML_SCHEMAV_CVC_MINEXCLUSIVE_VALID, XML_SCHEMAV_CVC_MAXEXCLUSIVE_VALID,
        XML_SCHEMAV_CVC_TOTALDIGITS_VALID, XML_SCHEMAV_CVC_FRACTIONDIGITS_VALID:
        .range
      case XML_SCHEMAV_CVC_ENUMERATION_VALID: .enumeration
      case XML_SCHEMAV_CVC_PATTERN_VALID: .pattern
      case XML_SCHEMAV_CVC_IDC: .identity
      default: .other
      }
  }
}
