// How elements move through a channel within one isolate, without a lock: one goroutine runs at a time.
#include "internal.h"

// MARK: The ring of elements (a table in the first user value of the channel at `index`)

static void grow(lua_State *L, int index, rv_channel *channel) {
  int size = channel->size ? channel->size * 2 : 4;
  index = lua_absindex(L, index);
  lua_createtable(L, size, 0);
  if (channel->count) {
    lua_getiuservalue(L, index, 1);
    for (int i = 0; i < channel->count; i++) {
      lua_rawgeti(L, -1, (channel->head + i) % channel->size + 1);
      lua_rawseti(L, -3, i + 1);
    }
    rv_pop(L, 1);
  }
  lua_setiuservalue(L, index, 1);
  channel->size = size;
  channel->head = 0;
}

// Appends the value on top of the stack, and pops it.
static void append(lua_State *L, int index, rv_channel *channel) {
  index = lua_absindex(L, index);
  if (channel->count == channel->size) grow(L, index, channel);
  lua_getiuservalue(L, index, 1);
  lua_insert(L, -2);
  lua_rawseti(L, -2, (channel->head + channel->count) % channel->size + 1);
  rv_pop(L, 1);
  channel->count++;
}

// Pushes the oldest element and removes it.
static void take(lua_State *L, int index, rv_channel *channel) {
  lua_getiuservalue(L, index, 1);
  lua_rawgeti(L, -1, channel->head + 1);
  lua_pushnil(L);
  lua_rawseti(L, -3, channel->head + 1);
  lua_remove(L, -2);
  channel->head = (channel->head + 1) % channel->size;
  channel->count--;
}

// MARK: Elements that do not fit

// Counts the value on top of the stack as dropped, and pops it: whoever wants to know gets it in a goroutine.
static void drop(lua_State *L, int index, rv_channel *channel) {
  channel->dropped++;
  if (lua_getiuservalue(L, index, 3) != LUA_TFUNCTION) {
    rv_pop(L, 2);
    return;
  }
  lua_insert(L, -2);
  rv_spawn(L, channel->isolate, lua_gettop(L) - 1);
  rv_pop(L, 1);
}

// An element for a full channel that does not wait. False: nothing was done with it.
static bool overflow(lua_State *L, rv_channel *channel, int channel_index, int value_index) {
  if (channel->overflow != RV_DROP_OLDEST && channel->overflow != RV_DROP_NEWEST) return false;
  channel_index = lua_absindex(L, channel_index);
  luaL_checkstack(L, 8, "send");
  lua_pushvalue(L, value_index);
  if (channel->overflow == RV_DROP_OLDEST) {
    take(L, channel_index, channel);
    lua_insert(L, -2);
    append(L, channel_index, channel);
  }
  channel->sent++;
  drop(L, channel_index, channel);
  return true;
}

// MARK: Sending and receiving

// The next waiter that can be served; a select that was served elsewhere meanwhile is passed over.
static rv_goroutine *next_waiter(rv_isolate *isolate, rv_waiters *queue, rv_waiter *place) {
  rv_waiter *waiter;
  while ((waiter = queue->head)) {
    rv_goroutine *goroutine = waiter->goroutine;
    rv_dequeue(waiter);
    *place = *waiter;
    if (!goroutine->select) return goroutine;
    if (!rv_select_claim(goroutine)) continue;
    goroutine->case_index = waiter->case_index;
    rv_select_leave(isolate, goroutine);
    return goroutine;
  }
  return NULL;
}

int rv_local_send(lua_State *L, rv_channel *channel, int channel_index, int value_index) {
  rv_waiter place;
  if (channel->closed) return -1;
  rv_goroutine *receiver = next_waiter(channel->isolate, &channel->receivers, &place);
  if (receiver) {
    lua_State *target = receiver->blocked;  // has room: parking made sure of it
    lua_pushvalue(L, value_index);
    lua_xmove(L, target, 1);
    lua_pushboolean(target, 1);
    receiver->channel = channel;
    channel->sent++;
    channel->received++;
    rv_wake(channel->isolate, receiver, RV_LOCAL, 2);
    return 1;
  }
  if (channel->count < channel->capacity) {
    lua_pushvalue(L, value_index);
    append(L, channel_index, channel);
    channel->sent++;
    return 1;
  }
  return overflow(L, channel, channel_index, value_index);
}

int rv_local_receive(lua_State *L, rv_channel *channel, int channel_index) {
  rv_waiter place;
  rv_isolate *isolate = channel->isolate;
  if (channel->count) {
    take(L, channel_index, channel);
    channel->received++;
    if (channel->count < channel->capacity) {
      rv_goroutine *sender = next_waiter(isolate, &channel->senders, &place);
      if (sender) {
        lua_pushvalue(sender->blocked, place.value_index);
        lua_xmove(sender->blocked, L, 1);
        append(L, channel_index, channel);  // fits: an element has just left
        channel->sent++;
        rv_wake(isolate, sender, RV_TRUE, 0);
      }
    }
    return 1;
  }
  rv_goroutine *sender = next_waiter(isolate, &channel->senders, &place);
  if (sender) {
    lua_pushvalue(sender->blocked, place.value_index);
    lua_xmove(sender->blocked, L, 1);
    channel->sent++;
    channel->received++;
    rv_wake(isolate, sender, RV_TRUE, 0);
    return 1;
  }
  return channel->closed ? -1 : 0;
}

void rv_local_close(rv_channel *channel) {
  rv_waiter place;
  rv_goroutine *goroutine;
  channel->closed = 1;
  while ((goroutine = next_waiter(channel->isolate, &channel->receivers, &place))) {
    lua_pushnil(goroutine->blocked);
    lua_pushboolean(goroutine->blocked, 0);
    rv_wake(channel->isolate, goroutine, RV_LOCAL, 2);
  }
  while ((goroutine = next_waiter(channel->isolate, &channel->senders, &place)))
    rv_wake(channel->isolate, goroutine, RV_CLOSED, 0);
}

// MARK: Elements of killed receivers

// (channel, value) as upvalue-free arguments: the element goes back to the front.
static int put_back(lua_State *L) {
  rv_channel *channel = lua_touserdata(L, 1);
  if (channel->shared) {  // promoted in the meantime: nothing can be lost, but the order may change
    rv_invocation call = { .value = rv_encode_value(L, channel->isolate, 2, RV_COPY) };
    rv_invoke(channel->isolate, L, channel->shared, RV_CHANNEL_TRY_SEND, &call);
    return 0;
  }
  rv_waiter place;
  rv_goroutine *receiver = next_waiter(channel->isolate, &channel->receivers, &place);
  if (receiver) {
    lua_pushvalue(L, 2);
    lua_xmove(L, receiver->blocked, 1);
    lua_pushboolean(receiver->blocked, 1);
    receiver->channel = channel;
    rv_wake(channel->isolate, receiver, RV_LOCAL, 2);
    return 0;
  }
  if (channel->count == channel->size) grow(L, 1, channel);
  channel->head = (channel->head + channel->size - 1) % channel->size;
  lua_getiuservalue(L, 1, 1);
  lua_pushvalue(L, 2);
  lua_rawseti(L, -2, channel->head + 1);
  channel->count++;
  channel->received--;
  return 0;
}

void rv_put_back(rv_isolate *isolate, rv_goroutine *goroutine) {
  // The channel lies in the blocked frame: as its first argument, or among the cases of a select.
  lua_State *blocked = goroutine->blocked, *main = isolate->main;
  int index = 1;
  while (index < lua_gettop(blocked) && lua_touserdata(blocked, index) != goroutine->channel) index++;
  lua_pushcfunction(main, put_back);
  lua_pushvalue(blocked, index);
  lua_pushvalue(blocked, -3);
  lua_xmove(blocked, main, 2);
  if (lua_pcall(main, 2, 0, 0) != LUA_OK) rv_pop(main, 1);
}
