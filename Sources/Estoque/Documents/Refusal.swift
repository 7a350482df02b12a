import EstoqueDomain

/// Why a file, or a document in it, was refused.
public struct Refusal: Error, Hashable, Sendable {
  /// The kinds of reasons.
  public enum Reason: Hashable, Sendable {
    // The file, before it is parsed.
    /// There is nothing in the file.
    case empty
    /// The file has more bytes than the limit.
    case tooLarge(bytes: Int, limit: Int)
    /// The file is in an encoding that is not read.
    case encoding(String)
    /// The file says, or has to be, UTF-8, and is not.
    case notUTF8
    /// The file is no XML at all, but perhaps something known.
    case notXML(FileKind?)
    /// The file declares a document type.
    case documentType

    // The file, while it is parsed.
    /// The parser's error: the XML is broken.
    case malformed(code: Int, message: String)
    /// A prefix that no namespace was declared for.
    case unboundPrefix(message: String)
    /// There is something after the end of the root element.
    case trailingContent
    /// Elements nest deeper than the limit.
    case tooDeep(limit: Int)
    /// An element has more attributes than the limit.
    case tooManyAttributes(limit: Int)
    /// A text is longer than the limit.
    case textTooLong(limit: Int)

    // What the file is.
    /// Well formed, but another kind of document.
    case otherDocument(OtherDocument)
    /// A root element that is not known.
    case unknownRoot(String)
    /// The element's name is known, but its namespace is not NF-e's.
    case foreignNamespace(String)
    /// The root holds no invoice and no event.
    case noDocument

    // One document.
    /// A layout that is not read.
    case layout(String)
    /// The model is neither 55 nor 65.
    case model(String)
    /// An element or attribute that must be there, or must not be empty.
    case missing(String)
    /// An element that may stand only once.
    case repeated(String)
    /// An element inside one that holds text only.
    case unexpectedElement(String, inside: String)
    /// A number that is none.
    case number(element: String, text: String, DecimalError)
    /// An identifier that is none.
    case identifier(element: String, text: String, IdentifierError)
    /// A code that the element does not have.
    case code(element: String, text: String)
    /// More items than an invoice can have.
    case tooManyItems(limit: Int)
    /// The protocol is of another document.
    case otherProtocol(String)
    /// The receipt is of another event.
    case otherReceipt(String)

    // The judgement.
    /// The company is neither emitter nor recipient.
    case notOurs
    /// The tax authority has not authorised the invoice.
    case notAuthorised(status: Int, motive: String)
    /// The tax authority has rejected the event.
    case eventRejected(status: Int, motive: String)
    /// Parts of the document contradict each other, and the judge is strict.
    case disagreement([Warning])

    // What is checked only where somebody asks for it.
    /// The document does not fit the official schema.
    case schema(SchemaComplaint)
    /// The document's signature proves nothing.
    case signature(SignatureFault)
  }

  /// Why.
  public let reason: Reason

  /// Where, if it is at one place.
  public let place: Place?

  /// The access key of the document as far as it was read, well formed or not.
  public let key: String?

  init(_ reason: Reason, at place: Place? = nil, key: String? = nil) {
    (self.reason, self.place, self.key) = (reason, place, key)
  }
}

/// Files that people mistake for an XML document, told by their first bytes.
public enum FileKind: Hashable, Sendable {
  /// A ZIP archive.
  case zip
  /// A gzip file.
  case gzip
  /// A PDF, probably the printed DANFE.
  case pdf
  /// A page of a web site.
  case html
  /// JSON.
  case json
}
