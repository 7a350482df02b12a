// Channels within one isolate. One goroutine runs at a time, so nothing here needs a lock.
#include "internal.h"
#include <stdio.h>

char rv_key_channel, rv_key_shared_channel;

// MARK: Access

rv_channel *rv_to_channel(lua_State *L, int index) {
  // luaL_checkudata would hash the type's name on every call; a size and a magic number do as well.
  if (lua_type(L, index) != LUA_TUSERDATA) return NULL;
  rv_channel *channel = lua_touserdata(L, index);
  return lua_rawlen(L, index) == sizeof *channel && channel->magic == RV_CHANNEL_MAGIC ? channel : NULL;
}

rv_channel *rv_check_channel(lua_State *L, int index) {
  rv_channel *channel = rv_to_channel(L, index);
  if (!channel) luaL_typeerror(L, index, "channel");
  return channel;
}

void rv_channel_text(lua_State *L, int index, char *text, size_t capacity) {
  rv_channel *channel = lua_touserdata(L, index);
  index = lua_absindex(L, index);
  if (channel->shared) {
    channel->isolate->callbacks.describe(channel->isolate->context, channel->shared, text, capacity);
    return;
  }
  if (lua_getiuservalue(L, index, 2) == LUA_TSTRING) snprintf(text, capacity, "channel \"%s\"", lua_tostring(L, -1));
  else snprintf(text, capacity, "channel %p", (void *)channel);
  rv_pop(L, 1);
}

static int channel_error(lua_State *L, int index, const char *what) {
  char text[96];
  rv_channel_text(L, index, text, sizeof text);
  return rv_error(L, "%s %s", what, text);
}

static rv_channel *check_direction(lua_State *L, int direction) {
  rv_channel *channel = rv_check_channel(L, 1);
  if (channel->direction && channel->direction != direction)
    channel_error(L, 1, direction == RV_SEND_ONLY ? "send on receive-only" : "receive from send-only");
  return channel;
}

// Pushes a new channel. `name` is a stack index, or 0.
static rv_channel *push_channel(lua_State *L, lua_Integer capacity, int name) {
  rv_channel *channel = lua_newuserdatauv(L, sizeof *channel, 3);
  memset(channel, 0, sizeof *channel);
  channel->magic = RV_CHANNEL_MAGIC;
  channel->isolate = rv_isolate_of(L);
  channel->capacity = capacity;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &rv_key_channel);
  lua_setmetatable(L, -2);
  if (name) {
    lua_pushvalue(L, name);
    lua_setiuservalue(L, -2, 2);
  }
  return channel;
}

static int create(lua_State *L) {
  lua_Integer capacity = luaL_optinteger(L, 1, 0);
  luaL_argcheck(L, capacity >= 0, 1, "capacity must not be negative");
  int direction = RV_BOTH_WAYS, name = 0;
  for (int index = 2; index <= 3; index++) {
    if (lua_isnoneornil(L, index)) continue;
    const char *text = luaL_checkstring(L, index);
    if (index == 2 && strcmp(text, "send") == 0) direction = RV_SEND_ONLY;
    else if (index == 2 && strcmp(text, "receive") == 0) direction = RV_RECEIVE_ONLY;
    else name = index;
  }
  push_channel(L, capacity, name)->direction = (uint8_t)direction;
  return 1;
}

// (capacity, strategy, on_undelivered or nil, name or nil)
static int create_with_overflow(lua_State *L) {
  static const char *const strategies[] = { "block", "drop_oldest", "drop_newest", "error", NULL };
  lua_Integer capacity = luaL_checkinteger(L, 1);
  const char *strategy = luaL_checkstring(L, 2);
  uint8_t overflow = RV_BLOCK;
  while (strategies[overflow] && strcmp(strategies[overflow], strategy) != 0) overflow++;
  if (!strategies[overflow])
    return luaL_argerror(L, 2, lua_pushfstring(
      L, "unknown strategy '%s'; use \"drop_oldest\", \"drop_newest\", \"block\" or \"error\"", strategy));
  luaL_argcheck(L, capacity >= (overflow == RV_BLOCK ? 0 : 1), 1,
                overflow == RV_BLOCK ? "capacity must not be negative" : "capacity must be at least 1 for this strategy");
  if (!lua_isnoneornil(L, 3)) luaL_checktype(L, 3, LUA_TFUNCTION);
  if (!lua_isnoneornil(L, 4)) luaL_checkstring(L, 4);
  push_channel(L, capacity, lua_isnoneornil(L, 4) ? 0 : 4)->overflow = overflow;
  if (!lua_isnoneornil(L, 3)) {
    lua_pushvalue(L, 3);
    lua_setiuservalue(L, -2, 3);
  }
  return 1;
}

// MARK: Send and receive

static int k_send(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  if (rv_isolate_of(L)->current->outcome == RV_CLOSED) return channel_error(L, 1, "send on closed");
  return rv_push_completion(L);
}

static int k_receive(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  rv_goroutine *goroutine = rv_isolate_of(L)->current;
  return goroutine->outcome == RV_LOCAL ? goroutine->results : rv_push_completion(L);
}

// A channel that fails instead of waiting: nil and why.
static int answer_full(lua_State *L) {
  char text[96];
  rv_channel_text(L, 1, text, sizeof text);
  lua_pushnil(L);
  lua_pushfstring(L, "%s is full", text);
  return 2;
}

static int shared_send(lua_State *L, rv_channel *channel, int32_t method) {
  rv_invocation call = { .value = rv_encode_value(L, channel->isolate, 2, RV_COPY) };
  rv_outcome outcome = rv_invoke(channel->isolate, L, channel->shared, method, &call);
  if (outcome == RV_PENDING) return rv_park_object(L, channel->shared, RV_WAIT_SEND, k_send, 0);
  if (outcome == RV_CLOSED) return channel_error(L, 1, "send on closed");
  if (outcome == RV_FALSE && method == RV_CHANNEL_SEND) return answer_full(L);
  return rv_push_outcome(L, outcome, &call);
}

static int send(lua_State *L) {
  rv_channel *channel = check_direction(L, RV_SEND_ONLY);
  rv_isolate *isolate = channel->isolate;
  lua_settop(L, 2);
  if (channel->shared) return shared_send(L, channel, RV_CHANNEL_SEND);
  switch (rv_local_send(L, channel, 1, 2)) {
    case 1: lua_pushboolean(L, 1); return 1;
    case -1: return channel_error(L, 1, "send on closed");
  }
  if (channel->overflow == RV_FAIL) return answer_full(L);
  rv_check_block(isolate, L, "send");
  luaL_checkstack(L, 4, "send");
  rv_goroutine *goroutine = isolate->current;
  goroutine->waiter.value_index = 2;
  rv_enqueue(&channel->senders, &goroutine->waiter);
  return rv_park(L, RV_WAIT_SEND, k_send, 0);
}

static int receive(lua_State *L) {
  rv_channel *channel = check_direction(L, RV_RECEIVE_ONLY);
  rv_isolate *isolate = channel->isolate;
  lua_settop(L, 1);
  if (channel->shared) {
    rv_invocation call = { 0 };
    rv_outcome outcome = rv_invoke(isolate, L, channel->shared, RV_CHANNEL_RECEIVE, &call);
    if (outcome == RV_PENDING) return rv_park_object(L, channel->shared, RV_WAIT_RECEIVE, k_receive, 0);
    return rv_push_outcome(L, outcome, &call);
  }
  switch (rv_local_receive(L, channel, 1)) {
    case 1: lua_pushboolean(L, 1); return 2;
    case -1: lua_pushnil(L); lua_pushboolean(L, 0); return 2;
  }
  rv_check_block(isolate, L, "receive");
  luaL_checkstack(L, 4, "receive");
  rv_enqueue(&channel->receivers, &isolate->current->waiter);
  return rv_park(L, RV_WAIT_RECEIVE, k_receive, 0);
}

static int try_send(lua_State *L) {
  rv_channel *channel = check_direction(L, RV_SEND_ONLY);
  lua_settop(L, 2);
  if (channel->shared) return shared_send(L, channel, RV_CHANNEL_TRY_SEND);
  int sent = rv_local_send(L, channel, 1, 2);
  if (sent < 0) return channel_error(L, 1, "send on closed");
  lua_pushboolean(L, sent);
  return 1;
}

static int try_receive(lua_State *L) {
  rv_channel *channel = check_direction(L, RV_RECEIVE_ONLY);
  lua_settop(L, 1);
  int received;
  if (channel->shared) {
    rv_invocation call = { 0 };
    rv_outcome outcome = rv_invoke(channel->isolate, L, channel->shared, RV_CHANNEL_TRY_RECEIVE, &call);
    if (outcome == RV_RECEIVED) return rv_push_outcome(L, outcome, &call);
    received = outcome == RV_CLOSED ? -1 : 0;
  } else {
    received = rv_local_receive(L, channel, 1);
    if (received == 1) {
      lua_pushboolean(L, 1);
      return 2;
    }
  }
  lua_pushnil(L);
  lua_pushboolean(L, 0);
  if (received == 0) return 2;
  lua_pushliteral(L, "closed");
  return 3;
}

static int close_channel(lua_State *L) {
  rv_channel *channel = rv_check_channel(L, 1);
  rv_isolate *isolate = channel->isolate;
  lua_settop(L, 1);
  if (channel->shared) {
    rv_invocation call = { 0 };
    if (rv_invoke(isolate, L, channel->shared, RV_CHANNEL_CLOSE, &call) == RV_CLOSED)
      return channel_error(L, 1, "close of already closed");
    return 0;
  }
  if (channel->closed) return channel_error(L, 1, "close of already closed");
  rv_local_close(channel);
  return 0;
}

// MARK: Questions

static int64_t ask(lua_State *L, rv_channel *channel, int32_t method) {
  rv_invocation call = { 0 };
  rv_invoke(channel->isolate, L, channel->shared, method, &call);
  return call.result;
}

static int length(lua_State *L) {
  rv_channel *channel = rv_check_channel(L, 1);
  lua_pushinteger(L, channel->shared ? ask(L, channel, RV_CHANNEL_COUNT) : channel->count);
  return 1;
}

static int capacity(lua_State *L) {
  lua_pushinteger(L, rv_check_channel(L, 1)->capacity);
  return 1;
}

static int is_closed(lua_State *L) {
  rv_channel *channel = rv_check_channel(L, 1);
  lua_pushboolean(L, channel->shared ? ask(L, channel, RV_CHANNEL_IS_CLOSED) != 0 : channel->closed);
  return 1;
}

// channel → buffered, sent, received, dropped, blocked senders, blocked receivers
static int inspect(lua_State *L) {
  rv_channel *channel = rv_check_channel(L, 1);
  if (channel->shared) {
    rv_invocation call = { 0 };
    return rv_push_outcome(L, rv_invoke(channel->isolate, L, channel->shared, RV_CHANNEL_INSPECT, &call), &call);
  }
  lua_pushinteger(L, channel->count);
  lua_pushinteger(L, (lua_Integer)channel->sent);
  lua_pushinteger(L, (lua_Integer)channel->received);
  lua_pushinteger(L, (lua_Integer)channel->dropped);
  lua_pushinteger(L, rv_queue_length(&channel->senders));
  lua_pushinteger(L, rv_queue_length(&channel->receivers));
  return 6;
}

static int text(lua_State *L) {
  char buffer[96];
  rv_check_channel(L, 1);
  rv_channel_text(L, 1, buffer, sizeof buffer);
  lua_pushstring(L, buffer);
  return 1;
}

static int collect_shared(lua_State *L) {
  rv_channel *channel = lua_touserdata(L, 1);
  if (channel->shared) channel->isolate->callbacks.release(channel->shared);
  channel->shared = NULL;
  return 0;
}

// MARK: Set-up

static void open_class(lua_State *L, const void *key, bool shared) {  // [..., methods]
  lua_createtable(L, 0, 5);
  lua_pushvalue(L, -2);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, text);
  lua_setfield(L, -2, "__tostring");
  lua_pushliteral(L, "channel");
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "__name");
  lua_setfield(L, -2, "__metatable");
  if (shared) {
    lua_pushcfunction(L, collect_shared);
    lua_setfield(L, -2, "__gc");
  }
  lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

void rv_open_channels(lua_State *L) {  // [goroutine, internals]
  static const luaL_Reg methods[] = {
    { "send", send }, { "receive", receive }, { "try_send", try_send }, { "try_receive", try_receive },
    { "close", close_channel }, { "len", length }, { "cap", capacity }, { "is_closed", is_closed }, { NULL, NULL }
  };
  luaL_newlib(L, methods);
  open_class(L, &rv_key_channel, false);
  open_class(L, &rv_key_shared_channel, true);
  lua_setfield(L, 2, "Channel");
  lua_pushcfunction(L, create);
  lua_setfield(L, 1, "channel");
  lua_pushcfunction(L, create_with_overflow);
  lua_setfield(L, 1, "channel_with_overflow");
  lua_pushcfunction(L, inspect);
  lua_setfield(L, 2, "inspect");
}
