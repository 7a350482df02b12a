import CLibXML2
import EstoqueDomain

/// Makes documents out of a parser's events.
///
/// Knows where in the ``Grammar`` it is, skips what is not in it, and keeps the drafts of what is being
/// read. Text is collected into one buffer that is used again and again; strings are made only of what
/// is kept. What breaks the file stops the parser; what breaks one document leaves the others alone.
struct DocumentReader {
  /// The namespace of NF-e.
  static let namespace = "http://www.portalfiscal.inf.br/nfe"

  let limits: Limits
  let grammar = Grammar.nfe

  /// The parser while it runs: for the line, and to be stopped. Not owned.
  var parser: xmlParserCtxtPtr?

  /// Why the whole file is refused.
  private(set) var failure: Refusal?
  /// The first error that the parser told.
  private(set) var parserError: ParserError?
  /// What was read.
  var documents: [ParsedDocument] = []
  /// Whether the parser builds a tree beside, for those who look at more than values.
  let keepsTree: Bool
  /// Where in the tree each of the documents is: its `NFe` or `evento`; nil for a receipt alone.
  var elements: [xmlNodePtr?] = []
  /// The name of the root.
  private(set) var root = ""

  // Where we are.
  private var path: [Grammar.Node] = []
  private var node: Grammar.Node = 0
  private var depth = 0
  private var skipped = 0
  private var isLeaf = false
  /// Whether the parser was told to stop; what it still says does not count.
  private var isStopped = false
  /// The parser's pointer to NF-e's namespace, once seen: it keeps one copy of each name.
  private var ours: UnsafePointer<UInt8>?
  private(set) var hasNamespace = false

  // The text of the element that is being read.
  var value: [UInt8] = []
  /// The part of it that counts, once the element ends.
  private(set) var content = 0..<0
  private var run = 0

  // What is being read.
  var invoice = InvoiceDraft()
  var item = ItemDraft()
  var lot = LotDraft()
  var event = EventDraft()
  /// Whether the documents wait for the end of what is around them, as their protocol is beside them.
  var isProcessed = false
  var isProcessedEvent = false

  init(limits: Limits, keepsTree: Bool = false) {
    (self.limits, self.keepsTree) = (limits, keepsTree)
    value.reserveCapacity(256)
    path.reserveCapacity(16)
  }

  // MARK: Events

  mutating func start(
    _ name: UnsafePointer<UInt8>, namespace: UnsafePointer<UInt8>?, _ attributes: Attributes
  ) {
    if isStopped { return }
    depth += 1
    run = 0
    guard depth <= limits.depth else { return fail(.tooDeep(limit: limits.depth)) }
    guard attributes.count + attributes.declared <= limits.attributes else {
      return fail(.tooManyAttributes(limit: limits.attributes))
    }
    if skipped > 0 {
      skipped += 1
      return
    }
    let isOurs = isOurs(namespace)
    guard isOurs, let child = grammar.child(of: node, named: ElementName(name)) else {
      if depth == 1 { return refuseRoot(name, isOurs ? nil : namespace) }
      if isLeaf {
        refuse(.unexpectedElement(String(cString: name), inside: grammar.label(grammar.element(node))))
      }
      skipped = 1
      return
    }
    if depth == 1 {
      root = String(cString: name)
      hasNamespace = namespace != nil
    }
    path.append(node)
    node = child
    isLeaf = grammar.isLeaf(child)
    if isLeaf {
      value.removeAll(keepingCapacity: true)
    } else if case .container(let container) = grammar.element(child) {
      if !hasNamespace { hasNamespace = namespace != nil }
      opened(container, attributes)
    }
  }

  mutating func end() {
    if isStopped { return }
    depth -= 1
    run = 0
    if skipped > 0 {
      skipped -= 1
      return
    }
    let element = grammar.element(node)
    if isLeaf { content = trimmed() }
    isLeaf = false
    do throws(Thrown) {
      switch element {
      case .container(let container): closed(container)
      case .invoice(let field): try take(field)
      case .item(let field): try take(field)
      case .lot(let field): try take(field)
      case .event(let field): try take(field)
      }
    } catch {
      refuse(error.reason)
    }
    node = path.popLast() ?? 0
  }

  mutating func text(_ bytes: UnsafeBufferPointer<UInt8>) {
    if isStopped { return }
    run += bytes.count
    guard run <= limits.textBytes else { return fail(.textTooLong(limit: limits.textBytes)) }
    if isLeaf && skipped == 0 { value.append(contentsOf: bytes) }
  }

  mutating func note(_ error: ParserError) { parserError = error }

  // MARK: Refusing

  /// Refuses the whole file and stops the parser.
  mutating func fail(_ reason: Refusal.Reason) {
    guard failure == nil else { return }
    failure = Refusal(reason, at: place)
    isStopped = true
    if let parser { xmlStopParser(parser) }
  }

  /// Refuses the document that is being read, for the first reason there is.
  mutating func refuse(_ reason: Refusal.Reason) {
    let refusal = Refusal(reason, at: place)
    if event.isOpen {
      if event.refusal == nil { event.refusal = refusal }
    } else if invoice.refusal == nil {
      invoice.refusal = refusal
    }
  }

  private mutating func refuseRoot(_ name: UnsafePointer<UInt8>, _ namespace: UnsafePointer<UInt8>?) {
    let text = String(cString: name)
    if let other = OtherDocument(root: text) { return fail(.otherDocument(other)) }
    if let namespace, grammar.child(of: node, named: ElementName(name)) != nil {
      return fail(.foreignNamespace(String(cString: namespace)))
    }
    fail(.unknownRoot(text))
  }

  /// Where the parser is.
  var place: Place {
    var names = path.dropFirst().map(grammar.name)
    if node != 0 { names.append(grammar.name(node)) }
    let line = parser?.pointee.input?.pointee.line ?? 0
    return Place(line: Int(line), path: names.joined(separator: "/"), item: itemNumber)
  }

  private mutating func isOurs(_ namespace: UnsafePointer<UInt8>?) -> Bool {
    guard let namespace else { return true }
    if namespace == ours { return true }
    guard String(cString: namespace) == Self.namespace else { return false }
    ours = namespace
    return true
  }
}

extension Refusal.Reason {
  /// A reason on its way to the reader, which knows the place.
  struct Thrown: Error {
    let reason: Refusal.Reason
    init(_ reason: Refusal.Reason) { self.reason = reason }
  }
}
