import Revoada
import RevoadaLua

/// The library `fs`: files and directories.
///
/// Failures are `nil, message`; calls suspend only the goroutine that makes them.
enum FileSystemModule {
  static func make() -> LuaModule {
    var module = LuaModule("fs")
    addContents(&module)
    addQuestions(&module)
    addDirectories(&module)
    addPaths(&module)
    return module
  }

  private static func addContents(_ module: inout LuaModule) {
    module.asyncFunction("read") { call in
      let path = try call.path(1)
      return try await blocking { .string(LuaString(bytes: try FileOperations.read(path))) }
    }
    for (name, append) in [("write", false), ("append", true)] {
      module.asyncFunction(name) { call in
        let (path, data) = (try call.path(1), try call.string(2))
        return try await blocking {
          try FileOperations.write(path, data.bytes, append: append)
          return true
        }
      }
    }
    module.asyncFunction("count_lines") { call in
      let path = try call.path(1)
      return try await blocking { .integer(try FileOperations.countLines(path)) }
    }
    for (name, operation) in [("copy", FileOperations.copy), ("move", FileOperations.move)] {
      module.asyncFunction(name) { call in
        let (source, target) = (try call.path(1), try call.path(2))
        return try await blocking {
          try operation(source, target)
          return true
        }
      }
    }
    module.asyncFunction("remove") { call in
      let path = try call.path(1)
      let recursive = try LuaOptions(call, 2, known: ["recursive"]).bool("recursive") ?? false
      return try await blocking {
        try FileOperations.remove(path, recursive: recursive)
        return true
      }
    }
  }

  private static func addQuestions(_ module: inout LuaModule) {
    let questions: [(String, @Sendable (FileStatus.Kind?) -> Bool)] = [
      ("exists", { $0 != nil }), ("is_file", { $0 == .file }), ("is_dir", { $0 == .directory }),
    ]
    for (name, answer) in questions {
      module.asyncFunction(name) { call in
        let path = try call.path(1)
        return try await blocking { .bool(answer(FileStatus.ifPresent(path)?.kind)) }
      }
    }
    for (name, following) in [("stat", true), ("lstat", false)] {
      module.asyncFunction(name) { call in
        let path = try call.path(1)
        return try await blocking { try FileStatus(path, followingLinks: following).table }
      }
    }
  }

  private static func addDirectories(_ module: inout LuaModule) {
    module.asyncFunction("list") { call in
      let path = try call.path(1)
      return try await blocking { .table(LuaTable(array: try directoryEntries(path).map(\.name.value))) }
    }
    // walk(path[, {skip = {".git", "*.tmp"}, type = "file"}]) → paths, problems
    module.asyncFunction("walk") { call in
      let path = try call.path(1)
      let options = try LuaOptions(call, 2, known: ["skip", "type"])
      let skip = try options.texts(list: "skip") ?? []
      let only = try options.text("type").map { text in
        guard let kind = FileStatus.Kind(rawValue: text) else {
          throw call.argumentError(2, "option 'type': file, directory, link or other expected")
        }
        return kind
      }
      do {
        let walk = try await offload {
          var walk = DirectoryWalk(skip: skip, only: only)
          try walk.run(path)
          return walk
        }
        let problems = walk.problems.map { problem in
          LuaValue.table(LuaTable(["path": problem.path.value, "message": .string(problem.message)]))
        }
        return [.table(LuaTable(array: walk.found.map(\.value))), .table(LuaTable(array: problems))]
      } catch {
        return [.nil, .string(String(describing: error))]
      }
    }
    module.asyncFunction("glob") { call in
      let pattern = try call.path(1)
      return try await blocking { .table(LuaTable(array: try FileOperations.glob(pattern).map(\.value))) }
    }
    module.asyncFunction("mkdir") { call in
      let path = try call.path(1)
      return try await blocking {
        try FileOperations.makeDirectory(path)
        return true
      }
    }
    module.asyncFunction("temp_dir") { _ in
      try await blocking { try FileOperations.makeTemporaryDirectory().value }
    }
  }

  private static func addPaths(_ module: inout LuaModule) {
    module.function("join") { call in
      var path = ScriptPath("")
      for index in 1...max(1, call.arguments.count) {
        path = path.appending(ScriptPath(try call.string(index).bytes))
      }
      return [path.value]
    }
    module.function("basename") { call in [try call.path(1).lastComponent.value] }
    module.function("dirname") { call in [try call.path(1).parent.value] }
    module.function("ext") { call in [try call.path(1).pathExtension.value] }
  }

  private static func blocking(_ body: @escaping @Sendable () throws -> LuaValue) async throws -> [LuaValue] {
    try await expected { try await offload(body) }
  }
}
