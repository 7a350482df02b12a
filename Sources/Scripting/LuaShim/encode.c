// Copies Lua values into a buffer, for another isolate or for Swift.
//
// Shared references and cycles are kept. A Lua function goes as bytecode with its upvalues, and with
// the globals of the script that its code names; library values go by name, Swift objects by reference.
#include "internal.h"
#include <stdlib.h>

char rv_key_names, rv_key_values, rv_key_dumps, rv_key_environment;

enum { DEEPEST = 800 };

typedef struct encoder {
  lua_State *L;
  rv_isolate *isolate;
  rv_buffer *buffer;
  int memo;         // stack index of the table of what was met: tables, functions, upvalues, globals
  uint32_t values;  // tables and functions so far
  uint32_t upvalues;
  int depth;
  rv_mode mode;
  const char *place, *name;              // the innermost upvalue or global, for messages
} encoder;

static void encode(encoder *e, int index);

static void put32(encoder *e, rv_tag tag, uint32_t value) {
  rv_buffer_put_tag(e->buffer, tag);
  rv_buffer_put(e->buffer, &value, sizeof value);
}

static void put_bytes(encoder *e, rv_tag tag, const char *bytes, size_t length) {
  put32(e, tag, (uint32_t)length);
  rv_buffer_put(e->buffer, bytes, length);
}

static void refuse(encoder *e, const char *what) {
  const char *where = e->mode == RV_COPY ? "to another isolate" : "to Swift";
  if (e->place) rv_error(e->L, "cannot copy a %s %s (in %s '%s')", what, where, e->place, e->name);
  else rv_error(e->L, "cannot copy a %s %s", what, where);
}

// True when the value was met before, and has been written as a back reference.
static bool seen(encoder *e, const void *identity) {
  if (lua_rawgetp(e->L, e->memo, identity) == LUA_TNUMBER) {
    put32(e, RV_TAG_SEEN, (uint32_t)lua_tointeger(e->L, -1));
    rv_pop(e->L, 1);
    return true;
  }
  rv_pop(e->L, 1);
  lua_pushinteger(e->L, ++e->values);
  lua_rawsetp(e->L, e->memo, identity);
  return false;
}

// Functions and tables of the libraries go by name.
static bool known(encoder *e, int index) {
  lua_State *L = e->L;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &rv_key_names);
  lua_pushvalue(L, index);
  bool found = lua_rawget(L, -2) == LUA_TSTRING;
  if (found) {
    size_t length;
    const char *name = lua_tolstring(L, -1, &length);
    put_bytes(e, RV_TAG_KNOWN, name, length);
  }
  rv_pop(L, 2);
  return found;
}

static bool is_environment(lua_State *L, int index) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  bool result = lua_rawequal(L, -1, index);
  rv_pop(L, 1);
  if (!result && lua_getmetatable(L, index)) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &rv_key_environment);
    result = lua_rawequal(L, -1, -2);
    rv_pop(L, 2);
  }
  return result;
}

// Keeps the value here and writes where it is.
static void put_reference(encoder *e, int index) {
  uint8_t type = (uint8_t)lua_type(e->L, index);
  void *nobody = NULL;  // whoever reads it holds it
  lua_pushvalue(e->L, index);
  int32_t reference = luaL_ref(e->L, LUA_REGISTRYINDEX);
  rv_buffer_put_tag(e->buffer, RV_TAG_REFERENCE);
  rv_buffer_put(e->buffer, &type, 1);
  rv_buffer_put(e->buffer, &reference, sizeof reference);
  rv_buffer_put(e->buffer, &nobody, sizeof nobody);
}

static void encode_table(encoder *e, int index) {
  lua_State *L = e->L;
  if (is_environment(L, index)) {
    rv_buffer_put_tag(e->buffer, RV_TAG_GLOBALS);
    return;
  }
  if ((e->mode == RV_COPY && known(e, index)) || seen(e, lua_topointer(L, index))) return;
  put32(e, RV_TAG_TABLE, (uint32_t)lua_rawlen(L, index));
  lua_pushnil(L);
  while (lua_next(L, index)) {
    encode(e, lua_gettop(L) - 1);
    encode(e, lua_gettop(L));
    rv_pop(L, 1);
  }
  rv_buffer_put_tag(e->buffer, RV_TAG_END);
  if (e->mode == RV_COPY && lua_getmetatable(L, index)) {
    encode(e, lua_gettop(L));
    rv_pop(L, 1);
  } else {
    rv_buffer_put_tag(e->buffer, RV_TAG_NIL);
  }
}

// MARK: Functions

static int write_dump(lua_State *L, const void *bytes, size_t length, void *data) {
  (void)L;
  rv_buffer_put(data, bytes, length);
  return 0;
}

// Pushes the bytecode and the set of globals it names. Cached per closure: the key is weak, so the cache
// keeps nothing alive.
static void push_dump(lua_State *L, int index) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &rv_key_dumps);
  lua_pushvalue(L, index);
  if (lua_rawget(L, -2) != LUA_TTABLE) {
    rv_pop(L, 1);
    rv_buffer dump = { 0 };
    lua_pushvalue(L, index);
    lua_dump(L, write_dump, &dump, 0);
    rv_pop(L, 1);
    lua_createtable(L, 2, 0);
    lua_pushlstring(L, (const char *)dump.bytes, dump.length);
    free(dump.bytes);
    size_t length;
    const char *bytes = lua_tolstring(L, -1, &length);
    lua_rawseti(L, -2, 1);
    lua_newtable(L);
    rv_scan_globals(L, (const uint8_t *)bytes, length);
    lua_rawseti(L, -2, 2);
    lua_pushvalue(L, index);
    lua_pushvalue(L, -2);
    lua_rawset(L, -4);
  }
  lua_rawgeti(L, -1, 1);
  lua_rawgeti(L, -2, 2);
  lua_remove(L, -3);
  lua_remove(L, -3);
}

// The global whose name is on top of the stack: copied unless it is a library value or was copied already.
static void encode_global(encoder *e, int environment) {
  lua_State *L = e->L;
  luaL_checkstack(L, 8, "copy");
  int name = lua_gettop(L);
  lua_pushvalue(L, name);
  bool done = lua_rawget(L, e->memo) != LUA_TNIL;  // keyed by the name itself
  rv_pop(L, 1);
  if (done) return;
  lua_pushvalue(L, name);
  if (lua_rawget(L, environment) == LUA_TNIL) {  // not in a copied environment: in the real one
    rv_pop(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    lua_pushvalue(L, name);
    lua_rawget(L, -2);
    lua_remove(L, -2);
  }
  int value = name + 1, type = lua_type(L, value);
  bool library = type == LUA_TNIL;
  if (type == LUA_TTABLE || type == LUA_TFUNCTION) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &rv_key_names);
    lua_pushvalue(L, value);
    library = lua_rawget(L, -2) == LUA_TSTRING || (type == LUA_TTABLE && is_environment(L, value));
    rv_pop(L, 2);
  }
  if (!library) {
    lua_pushvalue(L, name);
    lua_pushboolean(L, 1);
    lua_rawset(L, e->memo);
    size_t length;
    const char *bytes = lua_tolstring(L, name, &length), *place = e->place, *outer = e->name;
    put_bytes(e, RV_TAG_GLOBAL, bytes, length);
    e->buffer->has_globals = 1;
    e->place = "global";
    e->name = bytes;
    encode(e, value);
    e->place = place;
    e->name = outer;
  }
  lua_settop(L, name);
}

static void encode_function(encoder *e, int index) {
  lua_State *L = e->L;
  if (e->mode == RV_HOST) {
    put_reference(e, index);
    return;
  }
  if (known(e, index)) return;
  if (lua_iscfunction(L, index)) refuse(e, "C function that is not a library's");
  if (seen(e, lua_topointer(L, index))) return;
  push_dump(L, index);
  int names = lua_gettop(L), dump = names - 1, environment = 0;
  size_t length;
  const char *bytes = lua_tolstring(L, dump, &length);
  put_bytes(e, RV_TAG_FUNCTION, bytes, length);
  for (int i = 1; i < 256; i++) {
    const char *name = lua_getupvalue(L, index, i);
    if (!name) break;
    void *identity = lua_upvalueid(L, index, i);
    if (lua_rawgetp(L, e->memo, identity) == LUA_TNUMBER) {
      put32(e, RV_TAG_JOIN, (uint32_t)lua_tointeger(L, -1));
      rv_pop(L, 1);
    } else {
      rv_pop(L, 1);
      lua_pushinteger(L, ++e->upvalues);
      lua_rawsetp(L, e->memo, identity);
      put32(e, RV_TAG_UPVALUE, e->upvalues);
      const char *place = e->place, *outer = e->name;
      e->place = "upvalue";
      e->name = name;
      encode(e, lua_gettop(L));
      e->place = place;
      e->name = outer;
    }
    if (strcmp(name, "_ENV") == 0 && lua_istable(L, -1) && is_environment(L, lua_gettop(L))) environment = lua_gettop(L);
    else rv_pop(L, 1);
  }
  if (environment) {
    lua_pushnil(L);
    while (lua_next(L, names)) {
      rv_pop(L, 1);
      encode_global(e, environment);
    }
  }
  rv_buffer_put_tag(e->buffer, RV_TAG_END);
  lua_settop(L, dump - 1);
}

// MARK: Any value

static void encode_userdata(encoder *e, int index) {
  lua_State *L = e->L;
  rv_channel *channel = rv_to_channel(L, index);
  rv_object *object = channel ? NULL : rv_to_object(L, index);
  void *pointer;
  uint8_t header[2] = { RV_CHANNEL_CLASS, 0 };
  if (channel) {
    if (!channel->shared) rv_promote(L, index, channel);
    pointer = channel->shared;
    header[1] = channel->direction;
  } else if (object && object->pointer) {
    pointer = object->pointer;
    header[0] = (uint8_t)object->object_class;
  } else {
    if (luaL_getmetafield(L, index, "__name") == LUA_TSTRING) refuse(e, lua_tostring(L, -1));
    refuse(e, "userdata");
    return;
  }
  e->isolate->callbacks.retain(pointer);
  rv_buffer_put_tag(e->buffer, RV_TAG_OBJECT);
  rv_buffer_put(e->buffer, header, 2);
  rv_buffer_put(e->buffer, &pointer, sizeof pointer);
}

static void encode(encoder *e, int index) {
  lua_State *L = e->L;
  rv_buffer *buffer = e->buffer;
  switch (lua_type(L, index)) {
    case LUA_TNIL: rv_buffer_put_tag(buffer, RV_TAG_NIL); return;
    case LUA_TBOOLEAN: rv_buffer_put_tag(buffer, lua_toboolean(L, index) ? RV_TAG_TRUE : RV_TAG_FALSE); return;
    case LUA_TNUMBER:
      if (lua_isinteger(L, index)) {
        int64_t integer = lua_tointeger(L, index);
        rv_buffer_put_tag(buffer, RV_TAG_INTEGER);
        rv_buffer_put(buffer, &integer, sizeof integer);
      } else {
        double number = lua_tonumber(L, index);
        rv_buffer_put_tag(buffer, RV_TAG_NUMBER);
        rv_buffer_put(buffer, &number, sizeof number);
      }
      return;
    case LUA_TSTRING: {
      size_t length;
      const char *bytes = lua_tolstring(L, index, &length);
      put_bytes(e, RV_TAG_STRING, bytes, length);
      return;
    }
    default: break;
  }
  if (e->mode == RV_OPAQUE) {
    rv_channel *channel = rv_to_channel(L, index);
    if (channel ? channel->shared != NULL : rv_to_object(L, index) != NULL) encode_userdata(e, index);
    else put_reference(e, index);
    return;
  }
  if (++e->depth > DEEPEST) rv_error(L, "value too deeply nested to copy");
  luaL_checkstack(L, 12, "value too deeply nested to copy");
  switch (lua_type(L, index)) {
    case LUA_TTABLE: encode_table(e, index); break;
    case LUA_TFUNCTION: encode_function(e, index); break;
    case LUA_TUSERDATA: encode_userdata(e, index); break;
    default: refuse(e, lua_type(L, index) == LUA_TTHREAD ? "coroutine" : luaL_typename(L, index));
  }
  e->depth--;
}

void rv_encode(lua_State *L, rv_isolate *isolate, rv_buffer *buffer, int first, int count, rv_mode mode) {
  int top = lua_gettop(L);
  encoder e = { .L = L, .isolate = isolate, .buffer = buffer, .mode = mode };
  luaL_checkstack(L, 4, "copy");
  for (int i = 0; i < count; i++) {
    int type = lua_type(L, first + i);
    if (!e.memo && mode != RV_OPAQUE && (type == LUA_TTABLE || (type == LUA_TFUNCTION && mode == RV_COPY))) {
      lua_newtable(L);
      e.memo = lua_gettop(L);
    }
    encode(&e, first + i);
    buffer->count++;
  }
  lua_settop(L, top);
}

static int encode_protected(lua_State *L) {
  rv_encode(L, rv_isolate_of(L), lua_touserdata(L, 2), 1, 1, (rv_mode)lua_tointeger(L, 3));
  return 0;
}

rv_buffer *rv_encode_value(lua_State *L, rv_isolate *isolate, int index, rv_mode mode) {
  rv_buffer *buffer = rv_buffer_new();
  if (lua_type(L, index) < LUA_TTABLE) {  // cannot raise
    rv_encode(L, isolate, buffer, index, 1, mode);
    return buffer;
  }
  lua_pushcfunction(L, encode_protected);
  lua_pushvalue(L, index);
  lua_pushlightuserdata(L, buffer);
  lua_pushinteger(L, mode);
  if (lua_pcall(L, 3, 0, 0) != LUA_OK) {
    rv_buffer_discard(buffer, isolate->callbacks.release);
    lua_error(L);
  }
  return buffer;
}
