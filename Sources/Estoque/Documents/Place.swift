/// Where in a file something was found.
public struct Place: Hashable, Sendable {
  /// The line, counted from 1.
  public let line: Int

  /// The elements from the root on: `nfeProc/NFe/infNFe/det/prod/qCom`.
  public let path: String

  /// The item's number, inside of an item.
  public let item: Int?
}
