// Lua's own libraries as scripts see them: without what would break the runtime, and with output,
// error positions and exit going through it.
#include "internal.h"
#include <stdarg.h>
#include <stdio.h>


// MARK: Positions

void rv_where(lua_State *L) {
  lua_Debug place;
  for (int level = 0; level < 20 && lua_getstack(L, level, &place); level++) {
    lua_getinfo(L, "Sl", &place);
    if (place.currentline <= 0 || strncmp(place.short_src, "(revoada)", 9) == 0) continue;
    lua_pushfstring(L, "%s:%d: ", place.short_src, place.currentline);
    return;
  }
  lua_pushliteral(L, "");
}

int rv_error(lua_State *L, const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  rv_where(L);
  lua_pushstring(L, text);
  lua_concat(L, 2);
  return lua_error(L);
}

// error(message): raised by library code written in Lua, at the script's line.
static int raise_at_script(lua_State *L) {
  rv_where(L);
  lua_pushvalue(L, 1);
  lua_concat(L, 2);
  return lua_error(L);
}

// MARK: Output and exit

// atomically(fn, ...): a call of C that cannot be yielded across, so that no other goroutine runs in between.
static int atomically(lua_State *L) {
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

static int print(lua_State *L) {
  rv_isolate *isolate = rv_isolate_of(L);
  int count = lua_gettop(L);
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  for (int i = 1; i <= count; i++) {
    if (i > 1) luaL_addchar(&buffer, '\t');
    luaL_tolstring(L, i, NULL);
    luaL_addvalue(&buffer);
  }
  luaL_addchar(&buffer, '\n');
  luaL_pushresult(&buffer);
  size_t length;
  const char *text = lua_tolstring(L, -1, &length);
  isolate->callbacks.output(isolate->context, text, length);
  return 0;
}

static int write_output(lua_State *L) {
  rv_isolate *isolate = rv_isolate_of(L);
  for (int i = 1; i <= lua_gettop(L); i++) {
    size_t length;
    const char *text = luaL_checklstring(L, i, &length);
    isolate->callbacks.output(isolate->context, text, length);
  }
  return 0;
}

static int now(lua_State *L) {
  rv_isolate *isolate = rv_isolate_of(L);
  lua_pushnumber(L, (lua_Number)isolate->callbacks.now(isolate->context) / 1e6);
  return 1;
}

static int os_exit(lua_State *L) {
  rv_isolate *isolate = rv_isolate_of(L);
  int code = lua_isboolean(L, 1) ? !lua_toboolean(L, 1) : (int)luaL_optinteger(L, 1, 0);
  isolate->callbacks.exit(isolate->context, code);
  isolate->stopped = 1;
  if (rv_can_block(isolate, L)) return rv_park(L, RV_WAIT_EVER, NULL, 0);
  if (isolate->current) isolate->current->killed = RV_KILLED;
  lua_sethook(L, rv_hook, LUA_MASKCOUNT, 1);
  return luaL_error(L, "exit");
}

// MARK: Restricted functions

// __gc handlers run with hooks off, where nothing could stop them.
static int set_metatable(lua_State *L) {
  int type = lua_type(L, 2);
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
  if (type == LUA_TTABLE) {
    lua_pushliteral(L, "__gc");
    if (lua_rawget(L, 2) != LUA_TNIL) return rv_error(L, "__gc is not available to scripts: use __close");
    rv_pop(L, 1);
  }
  if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
    return luaL_error(L, "cannot change a protected metatable");
  lua_settop(L, 2);
  lua_setmetatable(L, 1);
  return 1;
}

// Upvalues: the original, and the place of its mode argument. Bytecode is not checked by Lua, so that a
// forged chunk could crash the process: text only.
static int load_text(lua_State *L) {
  int mode = (int)lua_tointeger(L, lua_upvalueindex(2));
  if (lua_gettop(L) < mode) lua_settop(L, mode);
  lua_pushliteral(L, "t");
  lua_replace(L, mode);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

// Upvalue: the original. The upvalues of C functions are the runtime's.
static int for_lua_functions(lua_State *L) {
  if (lua_iscfunction(L, 1) || lua_iscfunction(L, 3)) return rv_error(L, "cannot change a C function");
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

// An error handler called for an error that a hook raised would run with hooks off: not once killed.
static int guarded_handler(lua_State *L) {
  rv_isolate *isolate = rv_isolate_of(L);
  if (isolate->closing || (isolate->current && isolate->current->killed)) return 1;
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 1);
  return 1;
}

static int k_xpcall(lua_State *L, int status, lua_KContext extra) {
  if (status != LUA_OK && status != LUA_YIELD) {
    lua_pushboolean(L, 0);
    lua_pushvalue(L, -2);
    return 2;
  }
  return lua_gettop(L) - (int)extra;
}

static int protected_call(lua_State *L) {
  int count = lua_gettop(L);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_pushvalue(L, 2);
  lua_pushcclosure(L, guarded_handler, 1);
  lua_replace(L, 2);
  lua_pushboolean(L, 1);
  lua_pushvalue(L, 1);
  lua_rotate(L, 3, 2);
  return k_xpcall(L, lua_pcallk(L, count - 2, LUA_MULTRET, 2, 2, k_xpcall), 2);
}

static void replace_loader(lua_State *L, const char *name, int mode) {
  lua_getglobal(L, name);
  lua_pushinteger(L, mode);
  lua_pushcclosure(L, load_text, 2);
  lua_setglobal(L, name);
}

static void restrict_debug(lua_State *L) {
  static const char *const kept[] = { "traceback", "getinfo", "getlocal", "getupvalue", "upvalueid" };
  static const char *const guarded[] = { "setupvalue", "upvaluejoin" };
  lua_getglobal(L, LUA_DBLIBNAME);
  lua_newtable(L);
  for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
    lua_getfield(L, -2, kept[i]);
    lua_setfield(L, -2, kept[i]);
  }
  for (size_t i = 0; i < sizeof guarded / sizeof *guarded; i++) {
    lua_getfield(L, -2, guarded[i]);
    lua_pushcclosure(L, for_lua_functions, 1);
    lua_setfield(L, -2, guarded[i]);
  }
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_pushvalue(L, -2);
  lua_setfield(L, -2, LUA_DBLIBNAME);
  rv_pop(L, 1);
  lua_setglobal(L, LUA_DBLIBNAME);
  rv_pop(L, 1);
}

void rv_open_library(lua_State *L) {  // [goroutine, internals]
  static const luaL_Reg internals[] = {
    { "write", write_output }, { "now", now }, { "raise", raise_at_script },
    { "atomically", atomically }, { NULL, NULL }
  };
  lua_pushvalue(L, 2);
  luaL_setfuncs(L, internals, 0);
  lua_settop(L, 2);
  lua_register(L, "print", print);
  lua_register(L, "xpcall", protected_call);
  lua_register(L, "setmetatable", set_metatable);
  replace_loader(L, "load", 3);
  replace_loader(L, "loadfile", 2);
  lua_getglobal(L, LUA_OSLIBNAME);
  lua_pushcfunction(L, os_exit);
  lua_setfield(L, -2, "exit");
  restrict_debug(L);
  lua_settop(L, 2);
}

// MARK: Library values by name

// Stack: names, values, ..., table. Notes functions and tables of the table under `prefix.key`.
static void note_table(lua_State *L, int names, int values, const char *prefix, int depth) {
  luaL_checkstack(L, 10, "libraries");
  int table = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, table)) {
    bool library = lua_type(L, -2) == LUA_TSTRING && (lua_isfunction(L, -1) || lua_istable(L, -1));
    if (library) {
      const char *name = lua_pushfstring(L, "%s%s", prefix, lua_tostring(L, -2));
      lua_pushvalue(L, -1);
      lua_pushvalue(L, -3);
      lua_rawset(L, values);  // values[name] = value: every name leads back
      lua_pushvalue(L, -2);
      bool is_new = lua_rawget(L, names) == LUA_TNIL;
      rv_pop(L, 1);
      lua_pushvalue(L, -2);
      lua_pushvalue(L, -2);
      lua_rawset(L, names);
      if (is_new && lua_istable(L, -2) && depth < 2) {
        const char *inner = lua_pushfstring(L, "%s.", name);
        lua_pushvalue(L, -3);
        note_table(L, names, values, inner, depth + 1);
        rv_pop(L, 2);
      }
      rv_pop(L, 1);
    }
    rv_pop(L, 1);
  }
}

static int seal(lua_State *L) {
  lua_newtable(L);
  lua_newtable(L);
  lua_pushvalue(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &rv_key_names);
  lua_pushvalue(L, 2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &rv_key_values);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &rv_key_internals);
  note_table(L, 1, 2, "(internals).", 1);
  rv_pop(L, 1);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  note_table(L, 1, 2, "", 0);
  rv_pop(L, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  note_table(L, 1, 2, "", 1);
  // The environment is no library table, and what a script puts into `package` stays its own.
  lua_pushnil(L);
  lua_rawset(L, 1);
  return 0;
}

void rv_seal(rv_isolate *isolate) {
  lua_pushcfunction(isolate->main, seal);
  if (lua_pcall(isolate->main, 0, 0, 0) != LUA_OK) lua_settop(isolate->main, 0);
}
