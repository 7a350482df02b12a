// Promotion: a channel that crosses to another isolate moves into a shared Swift channel, with the
// elements and the waiters it has. To the script it stays the same userdata.
#include "internal.h"
#include <stdlib.h>

// Encoded elements on their way; a userdata, so that a raise half-way frees them.
typedef struct cargo {
  int32_t count;
  rv_isolate *isolate;
  rv_buffer *values[];
} cargo;

char rv_key_internals;
static char key_cargo;

static int collect_cargo(lua_State *L) {
  cargo *cargo = lua_touserdata(L, 1);
  for (int i = 0; i < cargo->count; i++) rv_buffer_discard(cargo->values[i], cargo->isolate->callbacks.release);
  cargo->count = 0;
  return 0;
}

static cargo *new_cargo(lua_State *L, int capacity) {
  cargo *result = lua_newuserdatauv(L, sizeof *result + (size_t)capacity * sizeof(rv_buffer *), 0);
  result->count = 0;
  result->isolate = rv_isolate_of(L);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &key_cargo) != LUA_TTABLE) {
    rv_pop(L, 1);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, collect_cargo);
    lua_setfield(L, -2, "__gc");
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &key_cargo);
  }
  lua_setmetatable(L, -2);
  return result;
}

static void move_waiters(rv_isolate *isolate, void *shared, rv_waiters *queue, bool receives, cargo *cargo, int from) {
  rv_waiter *waiter;
  while ((waiter = queue->head)) {
    rv_goroutine *goroutine = waiter->goroutine;
    rv_claim *claim = NULL;
    int32_t index = 0;
    if (goroutine->select) {
      index = waiter->case_index;
      claim = rv_select_convert(goroutine, waiter);
    } else {
      rv_dequeue(waiter);
      goroutine->object = shared;
    }
    isolate->callbacks.adopt(isolate->context, shared, rv_identifier(goroutine), receives,
                             receives ? NULL : cargo->values[from++], claim, index);
  }
}

static void remember(lua_State *L, int index, void *shared) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &rv_key_objects);
  lua_pushvalue(L, index);
  lua_rawsetp(L, -2, shared);
  rv_pop(L, 1);
}

// (channel, cargo, sender states...): copies the elements in the buffer and in the hands of senders.
static int pack_cargo(lua_State *L) {
  rv_channel *channel = lua_touserdata(L, 1);
  cargo *cargo = lua_touserdata(L, 2);
  lua_getiuservalue(L, 1, 1);
  for (int i = 0; i < channel->count; i++) {
    lua_rawgeti(L, 3, (channel->head + i) % channel->size + 1);
    cargo->values[cargo->count] = rv_encode_value(L, channel->isolate, 4, RV_COPY);
    cargo->count++;
    rv_pop(L, 1);
  }
  for (rv_waiter *waiter = channel->senders.head; waiter; waiter = waiter->next) {
    lua_pushvalue(waiter->goroutine->blocked, waiter->value_index);
    lua_xmove(waiter->goroutine->blocked, L, 1);
    cargo->values[cargo->count] = rv_encode_value(L, channel->isolate, 4, RV_COPY);
    cargo->count++;
    rv_pop(L, 1);
  }
  lua_pushnil(L);
  lua_setiuservalue(L, 1, 1);
  return 0;
}

void rv_promote(lua_State *L, int index, rv_channel *channel) {
  rv_isolate *isolate = channel->isolate;
  index = lua_absindex(L, index);
  luaL_checkstack(L, 10, "channel");
  int top = lua_gettop(L), buffered = channel->count;
  cargo *cargo = new_cargo(L, buffered + rv_queue_length(&channel->senders));
  rv_channel_state state = {
    .capacity = channel->capacity, .sent = channel->sent, .received = channel->received, .dropped = channel->dropped,
    .name = lua_getiuservalue(L, index, 2) == LUA_TSTRING ? lua_tostring(L, -1) : NULL,
    .closed = channel->closed, .overflow = channel->overflow };
  if (lua_getiuservalue(L, index, 3) == LUA_TFUNCTION) state.undelivered = luaL_ref(L, LUA_REGISTRYINDEX);
  // Set before the elements are copied: one of them may be this very channel.
  void *shared = channel->shared = isolate->callbacks.make_channel(isolate->context, &state);
  lua_pushcfunction(L, pack_cargo);
  lua_pushvalue(L, index);
  lua_pushvalue(L, top + 1);
  if (lua_pcall(L, 2, 0, 0) != LUA_OK) {
    channel->shared = NULL;
    isolate->callbacks.release(shared);
    lua_error(L);
  }
  // Nothing below raises but for want of memory.
  remember(L, index, shared);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &rv_key_shared_channel);
  lua_setmetatable(L, index);  // from here on collecting the userdata releases the shared channel
  for (int i = 0; i < buffered; i++)
    isolate->callbacks.adopt(isolate->context, shared, 0, 0, cargo->values[i], NULL, 0);
  move_waiters(isolate, shared, &channel->senders, false, cargo, buffered);
  move_waiters(isolate, shared, &channel->receivers, true, cargo, 0);
  cargo->count = 0;
  channel->count = channel->size = 0;
  lua_settop(L, top);
}

void rv_push_shared_channel(lua_State *L, void *shared, int direction) {
  rv_isolate *isolate = rv_isolate_of(L);
  rv_channel *channel = lua_newuserdatauv(L, sizeof *channel, 3);
  memset(channel, 0, sizeof *channel);
  channel->magic = RV_CHANNEL_MAGIC;
  channel->isolate = isolate;
  channel->direction = (uint8_t)direction;
  channel->shared = shared;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &rv_key_shared_channel);
  lua_setmetatable(L, -2);
  rv_invocation call = { 0 };
  rv_invoke(isolate, L, shared, RV_CHANNEL_CAPACITY, &call);
  channel->capacity = call.result;
  remember(L, lua_gettop(L), shared);
}
