import CLibXML2

/// What libxml2 has to say outside of a parser or a validation: it goes to the thread's handler, and would otherwise be printed to standard
/// error, whatever the document makes it say.
enum ThreadErrors {
  /// Runs `body`, which does not leave the thread, with a handler.
  static func handled<R>(
    by handler: xmlStructuredErrorFunc = { _, _ in }, with context: UnsafeMutableRawPointer? = nil,
    _ body: () -> R
  ) -> R {
    xmlSetStructuredErrorFunc(context, handler)
    defer { xmlSetStructuredErrorFunc(nil, nil) }
    return body()
  }
}
