import RevoadaLua

/// `json.encode(value[, {pretty, indent}])`, `json.decode(text)`, `json.null`, `json.array(list)`.
enum JSONModule {
  static func make() -> LuaModule {
    var module = LuaModule("json")
    module.function("encode") { call in
      let options = try LuaOptions(call, 2, known: ["pretty", "indent"])
      let indent = try options.integer("indent", in: 0...16)
      let pretty = try options.bool("pretty") ?? (indent != nil)
      do {
        let bytes = try JSONWriter.bytes(call.value(1), indentation: pretty ? indent ?? 2 : nil)
        return [.string(LuaString(bytes: bytes))]
      } catch let error as JSONWriter.Unsupported {
        return [.nil, .string("json.encode: \(error)")]
      }
    }
    module.function("decode") { call in
      do {
        let (value, sawMarker) = try JSONReader.read(try call.string(1).bytes)
        return [value, .bool(sawMarker)]
      } catch let error as JSONError {
        return [.nil, .string("json.decode: \(error)")]
      }
    }
    module.prelude(prelude, name: "json")
    return module
  }

  // Values cross between Swift and Lua by copy, which would cost json.null its identity: Swift writes
  // marked tables, and this puts the one table that scripts compare with in their places.
  private static let prelude = #"""
    local json = ...
    local read = json.decode
    local null_key, array_key = "\0json.null", "\0json.array"
    local function constant(key, shown)
      return setmetatable({ [key] = true }, {
        __tostring = function() return shown end,
        __newindex = function() error(shown .. " cannot be changed", 2) end,
      })
    end
    json.null = constant(null_key, "json.null")
    json.empty_array = constant(array_key, "json.empty_array")

    local function restore(value)
      if type(value) ~= "table" then return value end
      if value[null_key] then return json.null end
      if value[array_key] then return {} end
      for key, inner in pairs(value) do
        if type(inner) == "table" then value[key] = restore(inner) end
      end
      return value
    end

    function json.decode(...)
      local value, marked = read(...)
      if value == nil then return nil, marked end
      if marked then value = restore(value) end
      return value
    end

    -- An empty table is an object in JSON; a list that may be empty is passed through this.
    function json.array(list)
      if type(list) == "table" and next(list) == nil then return json.empty_array end
      return list
    end
    """#
}

/// Tables that stand for what Lua has no value of its own for.
enum JSONMarker: String {
  case null = "\0json.null"
  case emptyArray = "\0json.array"

  /// The marker that this table is.
  init?(_ table: LuaTable) {
    guard table.fields.count == 1, table.array.isEmpty, let name = table.fields.keys.first?.text else {
      return nil
    }
    self.init(rawValue: name)
  }

  var text: String {
    switch self {
    case .null: "null"
    case .emptyArray: "[]"
    }
  }

  var value: LuaValue { .table(LuaTable([rawValue: .bool(true)])) }
}
