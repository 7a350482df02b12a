/// What a script may use without defining it.
public struct KnownNames: Sendable, Hashable {
  /// Global names.
  public var globals: Set<String>
  /// The functions and fields of libraries, by the library's global name.
  public var libraries: [String: Set<String>]
  /// Modules that `require` finds without a file.
  public var modules: Set<String>

  /// The given names; libraries are globals too.
  public init(globals: Set<String>, libraries: [String: Set<String>], modules: Set<String>) {
    self.globals = globals.union(libraries.keys)
    self.libraries = libraries
    self.modules = modules
  }
}
