import CLibXML2

/// An element of the tree that a document was read from; valid as long as the tree is.
struct TreeElement {
  let node: xmlNodePtr

  var name: String { string(node.pointee.name) }
  var namespace: String { string(node.pointee.ns?.pointee.href) }

  /// The element around this one; nil at the root.
  var parent: TreeElement? {
    guard let parent = node.pointee.parent, parent.pointee.type == XML_ELEMENT_NODE else { return nil }
    return TreeElement(node: parent)
  }

  /// The elements directly in this one.
  var children: [TreeElement] {
    nodes(from: node.pointee.children).filter { $0.pointee.type == XML_ELEMENT_NODE }
      .map(TreeElement.init)
  }

  /// Its text; nil if there are elements in it.
  var text: String? { text(from: node.pointee.children) }

  /// The attributes without a namespace.
  var attributes: [(name: String, value: String)] {
    var attributes: [(String, String)] = []
    var next = node.pointee.properties
    while let attribute = next {
      if attribute.pointee.ns == nil {
        attributes.append((string(attribute.pointee.name), text(from: attribute.pointee.children) ?? ""))
      }
      next = attribute.pointee.next
    }
    return attributes
  }

  func attribute(_ name: String) -> String? { attributes.first { $0.name == name }?.value }

  /// Where it stands in the file.
  var place: Place {
    let ancestors = sequence(first: self, next: \.parent)
    let item = ancestors.first { $0.name == "det" }?.attribute("nItem").flatMap { Int($0) }
    return Place(
      line: max(1, Int(xmlGetLineNo(node))),
      path: ancestors.map(\.name).reversed().joined(separator: "/"), item: item)
  }

  private func nodes(from first: xmlNodePtr?) -> some Sequence<xmlNodePtr> {
    sequence(state: first) { next in
      defer { next = next?.pointee.next }
      return next
    }
  }

  private func text(from first: xmlNodePtr?) -> String? {
    var text = ""
    for node in nodes(from: first) {
      switch node.pointee.type {
      case XML_TEXT_NODE, XML_CDATA_SECTION_NODE: text += string(node.pointee.content)
      case XML_ELEMENT_NODE: return nil
      default: break
      }
    }
    return text
  }

  private func string(_ text: UnsafePointer<xmlChar>?) -> String { text.map { String(cString: $0) } ?? "" }
}

/// How often each identifier stands in a tree, whatever its attribute is called and whatever it is in.
struct TreeIdentifiers {
  private var counts: [String: Int] = [:]

  init(of tree: xmlDocPtr) {
    if let root = xmlDocGetRootElement(tree) { count(TreeElement(node: root)) }
  }

  func count(of identifier: String) -> Int { counts[identifier, default: 0] }

  // No deeper than the limit of nesting.
  private mutating func count(_ element: TreeElement) {
    if element.node.pointee.properties != nil {
      for attribute in element.attributes where attribute.name.lowercased() == "id" {
        counts[attribute.value, default: 0] += 1
      }
    }
    for child in element.children { count(child) }
  }
}
