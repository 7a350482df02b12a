// Swift objects as userdata, their methods, native functions, and what these answer.
#include "internal.h"
#include <stdlib.h>

char rv_key_objects;

// MARK: Outcomes

int rv_push_outcome(lua_State *L, rv_outcome outcome, rv_invocation *call) {
  rv_buffer *value = call->value;
  switch (outcome) {
    case RV_TRUE: lua_pushboolean(L, 1); return 1;
    case RV_FALSE: lua_pushboolean(L, 0); return 1;
    case RV_INTEGER: lua_pushinteger(L, call->result); return 1;
    case RV_CLOSED: lua_pushnil(L); lua_pushboolean(L, 0); return 2;
    case RV_VALUES: {
      if (!value) return 0;
      int count = rv_decode(L, value, false);
      rv_buffer_free(value);
      return count;
    }
    case RV_RECEIVED:
      rv_decode(L, value, false);
      rv_buffer_free(value);
      lua_pushboolean(L, 1);
      return 2;
    case RV_ERROR: rv_where(L); /* fallthrough */
    case RV_RAISE:
      rv_decode(L, value, false);
      rv_buffer_free(value);
      if (outcome == RV_ERROR) lua_concat(L, 2);
      return lua_error(L);
    default: return 0;
  }
}

int rv_push_completion(lua_State *L) {
  rv_goroutine *goroutine = rv_isolate_of(L)->current;
  rv_invocation call = { .value = goroutine->value, .result = goroutine->integer };
  goroutine->value = NULL;
  return rv_push_outcome(L, (rv_outcome)goroutine->outcome, &call);
}

int rv_park_object(lua_State *L, void *object, enum rv_wait wait, lua_KFunction continuation, lua_KContext context) {
  rv_isolate_of(L)->current->object = object;
  return rv_park(L, wait, continuation, context);
}

rv_outcome rv_invoke(rv_isolate *isolate, lua_State *L, void *object, int32_t method, rv_invocation *call) {
  // Without a goroutine that could park, Swift answers with an error instead of RV_PENDING.
  uint64_t goroutine = rv_can_block(isolate, L) ? rv_identifier(isolate->current) : 0;
  return isolate->callbacks.invoke(isolate->context, goroutine, object, method, call);
}

static int k_completion(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  return rv_push_completion(L);
}

// MARK: Objects

rv_object *rv_to_object(lua_State *L, int index) {
  if (lua_type(L, index) != LUA_TUSERDATA) return NULL;
  rv_object *object = lua_touserdata(L, index);
  return lua_rawlen(L, index) == sizeof *object && object->magic == RV_OBJECT_MAGIC ? object : NULL;
}

void rv_push_object(lua_State *L, void *pointer, int object_class, int flags) {
  rv_isolate *isolate = rv_isolate_of(L);
  luaL_checkstack(L, 4, "object");
  lua_rawgetp(L, LUA_REGISTRYINDEX, &rv_key_objects);
  if (lua_rawgetp(L, -1, pointer) == LUA_TUSERDATA) {
    isolate->callbacks.release(pointer);
    lua_remove(L, -2);
    return;
  }
  rv_pop(L, 2);
  if (object_class == RV_CHANNEL_CLASS) {
    rv_push_shared_channel(L, pointer, flags);
    return;
  }
  rv_object *object = lua_newuserdatauv(L, sizeof *object, 1);
  object->magic = RV_OBJECT_MAGIC;
  object->pointer = pointer;
  object->object_class = object_class;
  lua_rawgeti(L, LUA_REGISTRYINDEX, isolate->class_metatables[object_class]);
  lua_setmetatable(L, -2);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &rv_key_objects);
  lua_pushvalue(L, -2);
  lua_rawsetp(L, -2, pointer);
  rv_pop(L, 1);
}

static int collect_object(lua_State *L) {
  rv_object *object = lua_touserdata(L, 1);
  if (object->pointer) rv_isolate_of(L)->callbacks.release(object->pointer);
  object->pointer = NULL;
  return 0;
}

static int object_text(lua_State *L) {
  rv_object *object = rv_to_object(L, 1);
  rv_isolate *isolate = rv_isolate_of(L);
  char text[128];
  luaL_argexpected(L, object && object->pointer, 1, "object");
  isolate->callbacks.describe(isolate->context, object->pointer, text, sizeof text);
  lua_pushstring(L, text);
  return 1;
}

static lua_Integer duration(lua_State *L, int index, double *number) {
  *number = luaL_checknumber(L, index);
  luaL_argcheck(L, *number >= 0, index, "milliseconds must not be negative");
  return 0;
}

enum signature { TAKES_NOTHING, TAKES_INTEGER, MAY_TAKE_INTEGER, TAKES_TWO, TAKES_DURATION, MAY_TAKE_DURATION, TAKES_ANY, TAKES_COPIES };

// Encoding may raise, so it goes into the buffer that the isolate keeps; a new one takes that one's place.
static rv_buffer *encode_arguments(lua_State *L, rv_isolate *isolate, int count, rv_mode mode) {
  rv_buffer_reset(&isolate->scratch);
  rv_encode(L, isolate, &isolate->scratch, 2, count, mode);
  rv_buffer *arguments = rv_buffer_new();
  rv_buffer empty = *arguments;
  *arguments = isolate->scratch;
  isolate->scratch = empty;
  return arguments;
}

// Upvalues: class, method, signature.
static int method(lua_State *L) {
  int object_class = (int)lua_tointeger(L, lua_upvalueindex(1));
  rv_object *object = rv_to_object(L, 1);
  rv_isolate *isolate = rv_isolate_of(L);
  if (!object || object->object_class != object_class || !object->pointer)
    return luaL_typeerror(L, 1, isolate->class_names[object_class]);
  rv_invocation call = { 0 };
  enum signature takes = (enum signature)lua_tointeger(L, lua_upvalueindex(3));
  switch (takes) {
    case MAY_TAKE_INTEGER:
      if (lua_isnoneornil(L, 2)) break; /* fallthrough */
    case TAKES_INTEGER:
      call.first = luaL_checkinteger(L, 2);
      call.count = 1;
      break;
    case TAKES_TWO:
      call.first = luaL_checkinteger(L, 2);
      call.second = luaL_checkinteger(L, 3);
      call.count = 2;
      break;
    case MAY_TAKE_DURATION:
      if (lua_isnoneornil(L, 2)) break; /* fallthrough */
    case TAKES_DURATION:
      duration(L, 2, &call.number);
      call.count = 1;
      break;
    case TAKES_ANY:
    case TAKES_COPIES:
      call.count = lua_gettop(L) - 1;
      call.value = encode_arguments(L, isolate, call.count, takes == TAKES_COPIES ? RV_HOST : RV_OPAQUE);
      break;
    default: break;
  }
  lua_settop(L, 1);
  rv_outcome outcome = rv_invoke(isolate, L, object->pointer, (int32_t)lua_tointeger(L, lua_upvalueindex(2)), &call);
  if (outcome == RV_PENDING) {
    luaL_checkstack(L, 4, "object");
    return rv_park_object(L, object->pointer, RV_WAIT_OBJECT, k_completion, 0);
  }
  return rv_push_outcome(L, outcome, &call);
}

static enum signature parse_signature(const char *text) {
  static const char *const names[] = { "", "i", "I", "ii", "n", "N", "o", "h" };
  for (int i = 0; i < 8; i++)
    if (strcmp(text, names[i]) == 0) return (enum signature)i;
  abort();
}

void rv_class_define(rv_isolate *isolate, int32_t identifier, const char *name) {
  lua_State *L = isolate->main;
  if (identifier == RV_CHANNEL_CLASS || identifier >= RV_CLASSES) return;
  isolate->class_names[identifier] = strdup(name);
  lua_createtable(L, 0, 5);
  lua_createtable(L, 0, 8);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &rv_key_internals);
  lua_pushvalue(L, -2);
  lua_setfield(L, -2, name);
  rv_pop(L, 1);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, collect_object);
  lua_setfield(L, -2, "__gc");
  lua_pushcfunction(L, object_text);
  lua_setfield(L, -2, "__tostring");
  lua_pushstring(L, name);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "__name");
  lua_setfield(L, -2, "__metatable");
  isolate->class_metatables[identifier] = luaL_ref(L, LUA_REGISTRYINDEX);
}

void rv_class_method(rv_isolate *isolate, int32_t identifier, const char *name, int32_t number, const char *signature) {
  lua_State *L = isolate->main;
  lua_rawgeti(L, LUA_REGISTRYINDEX, isolate->class_metatables[identifier]);
  lua_getfield(L, -1, "__index");
  lua_pushinteger(L, identifier);
  lua_pushinteger(L, number);
  lua_pushinteger(L, parse_signature(signature));
  lua_pushcclosure(L, method, 3);
  lua_setfield(L, -2, name);
  rv_pop(L, 2);
}

// MARK: Native functions

// Upvalues: function, whether arguments are copied for another isolate.
static int native(lua_State *L) {
  rv_isolate *isolate = rv_isolate_of(L);
  bool isolated = lua_toboolean(L, lua_upvalueindex(2));
  rv_buffer_reset(&isolate->scratch);
  rv_encode(L, isolate, &isolate->scratch, 1, lua_gettop(L), isolated ? RV_COPY : RV_HOST);
  uint64_t goroutine = rv_can_block(isolate, L) ? rv_identifier(isolate->current) : 0;
  rv_buffer *results = NULL;
  rv_outcome outcome = isolate->callbacks.call(
    isolate->context, goroutine, (int32_t)lua_tointeger(L, lua_upvalueindex(1)), &isolate->scratch, &results);
  if (outcome == RV_PENDING) {
    lua_settop(L, 0);
    luaL_checkstack(L, 4, "native");
    return rv_park_object(L, NULL, RV_WAIT_CALL, k_completion, 0);
  }
  rv_invocation call = { .value = results };
  return rv_push_outcome(L, outcome, &call);
}

void rv_function_define(rv_isolate *isolate, const char *module, const char *name, int32_t function, int32_t isolated) {
  lua_State *L = isolate->main;
  if (!module) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &rv_key_internals);
  } else {
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    luaL_getsubtable(L, -1, module);
    lua_remove(L, -2);
    lua_pushvalue(L, -1);
    lua_setglobal(L, module);
  }
  lua_pushinteger(L, function);
  lua_pushboolean(L, isolated);
  lua_pushcclosure(L, native, 2);
  lua_setfield(L, -2, name);
  rv_pop(L, 1);
}

void rv_open_objects(lua_State *L) {
  // Weak by value: an object that comes back is the userdata it was, as long as that lives.
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &rv_key_objects);
}
