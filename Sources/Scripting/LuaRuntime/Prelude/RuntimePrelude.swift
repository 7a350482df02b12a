/// The part of the runtime that is simplest in Lua itself: combinations of the primitives.
///
/// Each source gets the module `goroutine` and the internals as `...`. Errors are raised by
/// `internals.raise`, which puts the script's own line before them.
enum RuntimePrelude {
  struct Source: Sendable {
    var name: String
    var source: String
  }

  /// Sets the global `arg` before the main chunk runs.
  static let scriptArguments =
    "local _, internals = ... local _, path, list = internals.script() list[0] = path arg = list"

  /// In the order of loading: a source may use what the ones before it defined.
  static let sources: [Source] = [
    Source(name: "arguments", source: arguments),
    Source(name: "compatibility", source: compatibility),
    Source(name: "output", source: output),
    Source(name: "require", source: require),
    Source(name: "figures", source: figures),
    Source(name: "waiting", source: waiting),
    Source(name: "scope", source: scope),
    Source(name: "pools", source: pools),
    Source(name: "isolated", source: isolated),
    Source(name: "objects", source: objects),
    Source(name: "messaging", source: messaging),
    Source(name: "map", source: map),
    Source(name: "channels", source: channels),
    Source(name: "stages", source: stages),
    Source(name: "pipelines", source: pipelines),
  ]
}
