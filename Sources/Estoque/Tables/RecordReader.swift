/// Reads a table's records from the first to the last, whatever kind of file it is. Blocks its thread.
public protocol RecordReader: AnyObject {
  /// The next records, about `count` of them; nil at the end.
  func next(_ count: Int) throws -> RecordBatch?
}
