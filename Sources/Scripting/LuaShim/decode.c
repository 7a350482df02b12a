// Builds Lua values from a buffer. Runs inside lua_resume or lua_pcall, so that it may raise.
#include "internal.h"

typedef struct decoder {
  lua_State *L;
  rv_buffer *buffer;
  int memo;         // stack index of {tables and functions}, nil until the first
  int environment;  // stack index of the environment that copied functions get
  uint32_t values;
} decoder;

static uint32_t get32(rv_buffer *buffer) {
  uint32_t value;
  memcpy(&value, buffer->bytes + buffer->position, sizeof value);
  buffer->position += sizeof value;
  return value;
}

// Points at bytes inside the buffer.
static const char *get_bytes(rv_buffer *buffer, size_t *length) {
  *length = get32(buffer);
  const char *bytes = (const char *)buffer->bytes + buffer->position;
  buffer->position += *length;
  return bytes;
}

static void push_memo(decoder *d) {
  if (lua_isnil(d->L, d->memo)) {
    lua_newtable(d->L);
    lua_replace(d->L, d->memo);
  }
  lua_pushvalue(d->L, d->memo);
}

// Numbers the value on top of the stack.
static void memorize(decoder *d) {
  push_memo(d);
  lua_pushvalue(d->L, -2);
  lua_rawseti(d->L, -2, ++d->values);
  rv_pop(d->L, 1);
}

static bool decode(decoder *d);

static void decode_table(decoder *d) {
  lua_State *L = d->L;
  uint32_t length = get32(d->buffer);
  luaL_checkstack(L, 12, "copy");
  lua_createtable(L, length < 1 << 20 ? (int)length : 1 << 20, 0);
  memorize(d);
  while (decode(d)) {
    decode(d);
    lua_rawset(L, -3);
  }
  decode(d);
  if (lua_isnil(L, -1)) rv_pop(L, 1);
  else lua_setmetatable(L, -2);
}

typedef struct source { const char *bytes; size_t length; } source;

static const char *read_source(lua_State *L, void *data, size_t *length) {
  (void)L;
  source *rest = data;
  const char *bytes = rest->bytes;
  *length = rest->length;
  rest->bytes = NULL;
  rest->length = 0;
  return bytes;
}

static void decode_function(decoder *d) {
  lua_State *L = d->L;
  source code;
  luaL_checkstack(L, 12, "copy");
  code.bytes = get_bytes(d->buffer, &code.length);
  if (lua_load(L, read_source, &code, "=copied", "b") != LUA_OK) lua_error(L);
  int function = lua_gettop(L);
  memorize(d);
  for (int upvalue = 1;; upvalue++) {
    rv_tag tag = d->buffer->bytes[d->buffer->position++];
    if (tag == RV_TAG_END) return;
    if (tag == RV_TAG_GLOBAL) {
      size_t length;
      const char *name = get_bytes(d->buffer, &length);
      lua_pushlstring(L, name, length);
      decode(d);
      lua_rawset(L, d->environment);
      continue;
    }
    // Upvalues met before are kept as {function, index} under a negative number.
    lua_Integer number = -(lua_Integer)get32(d->buffer);
    if (tag == RV_TAG_UPVALUE) {
      push_memo(d);
      lua_createtable(L, 2, 0);
      lua_pushvalue(L, function);
      lua_rawseti(L, -2, 1);
      lua_pushinteger(L, upvalue);
      lua_rawseti(L, -2, 2);
      lua_rawseti(L, -2, number);
      rv_pop(L, 1);
      decode(d);
      lua_setupvalue(L, function, upvalue);
    } else {
      push_memo(d);
      lua_rawgeti(L, -1, number);
      lua_rawgeti(L, -1, 1);
      lua_rawgeti(L, -2, 2);
      lua_upvaluejoin(L, function, upvalue, -2, (int)lua_tointeger(L, -1));
      lua_settop(L, function);
    }
  }
}

static void push_environment(lua_State *L, bool own);

// A value that was encoded on its own numbers what it shares on its own.
static void decode_nested(decoder *outer) {
  lua_State *L = outer->L;
  luaL_checkstack(L, 12, "copy");
  decoder d = { .L = L, .buffer = outer->buffer, .memo = lua_gettop(L) + 1, .environment = lua_gettop(L) + 2 };
  bool has_globals = outer->buffer->bytes[outer->buffer->position++];
  lua_pushnil(L);
  push_environment(L, has_globals);
  decode(&d);
  lua_replace(L, d.memo);
  lua_settop(L, d.memo);
}

// Pushes one value; false at an end mark.
static bool decode(decoder *d) {
  lua_State *L = d->L;
  rv_buffer *buffer = d->buffer;
  switch ((rv_tag)buffer->bytes[buffer->position++]) {
    case RV_TAG_NIL: lua_pushnil(L); return true;
    case RV_TAG_FALSE: lua_pushboolean(L, 0); return true;
    case RV_TAG_TRUE: lua_pushboolean(L, 1); return true;
    case RV_TAG_INTEGER: {
      int64_t integer;
      memcpy(&integer, buffer->bytes + buffer->position, sizeof integer);
      buffer->position += sizeof integer;
      lua_pushinteger(L, integer);
      return true;
    }
    case RV_TAG_NUMBER: {
      double number;
      memcpy(&number, buffer->bytes + buffer->position, sizeof number);
      buffer->position += sizeof number;
      lua_pushnumber(L, number);
      return true;
    }
    case RV_TAG_STRING: {
      size_t length;
      const char *bytes = get_bytes(buffer, &length);
      lua_pushlstring(L, bytes, length);
      return true;
    }
    case RV_TAG_TABLE: decode_table(d); return true;
    case RV_TAG_NESTED: decode_nested(d); return true;
    case RV_TAG_FUNCTION: decode_function(d); return true;
    case RV_TAG_SEEN:
      push_memo(d);
      lua_rawgeti(L, -1, get32(buffer));
      lua_remove(L, -2);
      return true;
    case RV_TAG_KNOWN: {
      size_t length;
      const char *name = get_bytes(buffer, &length);
      lua_rawgetp(L, LUA_REGISTRYINDEX, &rv_key_values);
      lua_pushlstring(L, name, length);
      lua_rawget(L, -2);
      lua_remove(L, -2);
      return true;
    }
    case RV_TAG_GLOBALS: lua_pushvalue(L, d->environment); return true;
    case RV_TAG_REFERENCE: {
      buffer->position++;  // its type, which Swift asks for
      lua_rawgeti(L, LUA_REGISTRYINDEX, (int32_t)get32(buffer));
      void *holder;
      memcpy(&holder, buffer->bytes + buffer->position, sizeof holder);
      buffer->position += sizeof holder;
      if (holder) rv_isolate_of(L)->callbacks.release(holder);
      return true;
    }
    case RV_TAG_OBJECT: {
      uint8_t object_class = buffer->bytes[buffer->position], flags = buffer->bytes[buffer->position + 1];
      void *pointer;
      memcpy(&pointer, buffer->bytes + buffer->position + 2, sizeof pointer);
      buffer->position += 2 + sizeof pointer;
      rv_push_object(L, pointer, object_class, flags);
      return true;
    }
    default: return false;
  }
}

// Copied globals go into an environment of their own in front of the isolate's: two copies never meet.
static void push_environment(lua_State *L, bool own) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  if (!own) return;
  lua_newtable(L);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &rv_key_environment) != LUA_TTABLE) {
    rv_pop(L, 1);
    lua_createtable(L, 0, 1);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &rv_key_environment);
  }
  lua_setmetatable(L, -2);
  lua_remove(L, -2);
}

int rv_decode(lua_State *L, rv_buffer *buffer, bool isolated) {
  int count = buffer->count;
  luaL_checkstack(L, count + 12, "too many results");
  int base = lua_gettop(L);
  decoder d = { .L = L, .buffer = buffer, .memo = base + 1, .environment = base + 2 };
  buffer->position = 0;
  lua_pushnil(L);
  push_environment(L, isolated || buffer->has_globals);
  for (int i = 0; i < count; i++) decode(&d);
  lua_remove(L, base + 2);
  lua_remove(L, base + 1);
  return count;
}
