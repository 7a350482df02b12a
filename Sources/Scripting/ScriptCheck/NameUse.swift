/// What a script does with names that are not its local variables.
struct NameUse: Sendable {
  struct Read: Sendable, Hashable {
    var name: String
    var line: Int
  }

  struct FieldRead: Sendable, Hashable {
    var library: String
    var name: String
    var line: Int
  }

  /// Globals whose value is used.
  var reads: [Read] = []
  /// Globals that are assigned somewhere: then reading them is all right everywhere, since the order in
  /// which functions run is not the order of the text.
  var writes: Set<String> = []
  /// Globals that the script only asks about (`if jit then`, `type(unpack)`): their absence is expected.
  var probes: Set<String> = []
  /// Fields read from a library's table.
  var fields: [FieldRead] = []
  /// Fields that the script adds to a library's table, as `library.field`.
  var addedFields: Set<String> = []
  /// Libraries whose global the script assigns something else to.
  var replacedLibraries: Set<String> = []
  /// The names of all local variables, for suggestions.
  var locals: Set<String> = []
  /// Literal names given to `require`.
  var requires: [Read] = []
  /// The script changes its globals in ways the text does not show; nothing can be said about them.
  var isDynamic = false
}
