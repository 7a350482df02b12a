/// What scripts hold as a handle.
class SharedObject: @unchecked Sendable {
  struct Kind { let name: String }
  var kind: Kind { fatalError("being written") }
}
