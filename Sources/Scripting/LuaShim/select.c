// Select over channels (of this isolate or shared), other objects of Swift, goroutine handles and timers.
//
// Within the isolate a parked select is one waiter per case, taken out of every queue by whoever serves
// it. As soon as a shared channel, a lock or the like is among the cases, a claim decides between this isolate and others. For
// objects that wrap a type of the library, Swift selects: then that select decides the claim.
#include "internal.h"
#include <stdlib.h>

enum case_kind { CASE_RECEIVE, CASE_SEND, CASE_OBJECT, CASE_AWAIT, CASE_DEFAULT, CASE_AFTER };

typedef struct select_case {
  rv_waiter waiter;
  rv_channel *channel;
  rv_object *object;
  rv_handle *handle;
  int64_t amount;  // permits, or a priority
  uint16_t order;  // the polling order: a permutation of the cases, kept beside them
  uint8_t kind, is_shared;  // shared: it waits in a queue that others may touch
  rv_operation operation;   // of an object
} select_case;

struct rv_select {
  rv_claim *claim;  // only with shared cases or objects
  int32_t count, default_case, after_case, objects;
  select_case cases[];
};

// Stack of select_core: 1 cases, 2 limit, 3 the select, then channel (or handle) and value of each case.
enum { SELECT_INDEX = 3 };
static inline int subject_index(int position) { return SELECT_INDEX + 1 + 2 * position; }
static inline int value_index(int position) { return SELECT_INDEX + 2 + 2 * position; }

static inline void *swift_object(const select_case *entry) {
  return entry->object ? entry->object->pointer : entry->channel->shared;
}

// MARK: While parked

bool rv_select_claim(rv_goroutine *goroutine) {
  return !goroutine->select->claim || rv_claim_take(goroutine->select->claim);
}

void rv_select_leave(rv_isolate *isolate, rv_goroutine *goroutine) {
  rv_select *select = goroutine->select;
  goroutine->select = NULL;
  for (int i = 0; i < select->count; i++) {
    select_case *entry = &select->cases[i];
    if (entry->is_shared)
      isolate->callbacks.cancel(isolate->context, rv_identifier(goroutine), swift_object(entry));
    else
      rv_dequeue(&entry->waiter);
  }
  if (select->objects) isolate->callbacks.cancel(isolate->context, rv_identifier(goroutine), NULL);
  if (select->claim) rv_claim_release(select->claim);
  select->claim = NULL;
}

rv_claim *rv_select_convert(rv_goroutine *goroutine, rv_waiter *waiter) {
  rv_select *select = goroutine->select;
  if (!select->claim) select->claim = rv_claim_new();
  rv_dequeue(waiter);
  select->cases[waiter->case_index - 1].is_shared = 1;
  return select->claim;
}

// MARK: Reading the cases

static int case_error(lua_State *L, int number, const char *what) {
  return rv_error(L, "bad argument #1 to 'select' (case %d %s)", number, what);
}

// Decides where a case with an object waits, if it can.
static void place_object(lua_State *L, rv_select *select, int position) {
  select_case *entry = &select->cases[position];
  if (!entry->object->pointer) case_error(L, position + 1, "has no channel");
  char text[160] = "";
  rv_object_case asked = { entry->object->pointer, NULL, entry->amount, position + 1, entry->operation };
  rv_place place = rv_isolate_of(L)->callbacks.place_case(&asked, text, sizeof text);
  if (place == RV_NOWHERE) case_error(L, position + 1, text);
  entry->kind = CASE_OBJECT;
  entry->is_shared = place == RV_IN_QUEUE;
  if (place == RV_IN_SWIFT) select->objects++;
}

static int64_t read_amount(lua_State *L, int table, int number, const char *key, int64_t otherwise) {
  if (lua_getfield(L, table, key) == LUA_TNIL) return otherwise;
  int is_integer;
  lua_Integer amount = lua_tointegerx(L, -1, &is_integer);
  if (!is_integer) rv_error(L, "bad argument #1 to 'select' (case %d needs a whole number in '%s')", number, key);
  return amount;
}

// A case that is called like the method whose work it does; false if there is none.
static bool read_method(lua_State *L, rv_select *select, int position, int table) {
  static const struct { const char *name; rv_operation operation; } methods[] = {
    { "lock", RV_LOCK }, { "rlock", RV_RLOCK }, { "acquire", RV_ACQUIRE }, { "wait", RV_WAIT } };
  select_case *entry = &select->cases[position];
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
    if (lua_getfield(L, table, methods[i].name) == LUA_TNIL) continue;
    entry->object = rv_to_object(L, lua_gettop(L));
    if (!entry->object)
      rv_error(L, "bad argument #1 to 'select' (case %d has no object in '%s')", position + 1, methods[i].name);
    lua_replace(L, table + 1);
    entry->operation = methods[i].operation;
    if (entry->operation == RV_ACQUIRE) entry->amount = read_amount(L, table, position + 1, "permits", 1);
    place_object(L, select, position);
    return true;
  }
  return false;
}

// The case of an object that is used like a channel.
static void read_object(lua_State *L, rv_select *select, int position, int table) {
  select_case *entry = &select->cases[position];
  lua_replace(L, table + 1);
  if (lua_getfield(L, table, "send") != LUA_TNIL) {
    entry->operation = RV_SEND;
    lua_replace(L, table + 2);
    entry->amount = read_amount(L, table, position + 1, "priority", 0);
  } else {
    entry->operation = RV_RECEIVE;
    lua_getfield(L, table, "receive");
    if (!lua_toboolean(L, -1)) case_error(L, position + 1, "has neither receive nor send");
  }
  place_object(L, select, position);
}

static void read_case(lua_State *L, rv_select *select, int position) {
  int number = position + 1;
  select_case *entry = &select->cases[position];
  if (lua_rawgeti(L, 1, number) != LUA_TTABLE) case_error(L, number, "is not a table");
  int table = lua_gettop(L);
  lua_pushnil(L);
  lua_pushnil(L);  // subject and value: below, they replace `table` and the first nil
  if (lua_getfield(L, table, "default") != LUA_TNIL && lua_toboolean(L, -1)) {
    entry->kind = CASE_DEFAULT;
    if (select->default_case) case_error(L, number, "is a second default");
    select->default_case = number;
  } else if (lua_getfield(L, table, "after") != LUA_TNIL) {
    lua_Number limit = lua_isnumber(L, -1) ? lua_tonumber(L, -1) : -1;
    if (!(limit >= 0)) case_error(L, number, "needs milliseconds in 'after'");
    entry->kind = CASE_AFTER;
    if (lua_isnil(L, 2) || limit < lua_tonumber(L, 2)) {
      lua_pushnumber(L, limit);
      lua_replace(L, 2);
      select->after_case = number;
    }
  } else if (lua_getfield(L, table, "await") != LUA_TNIL) {
    entry->kind = CASE_AWAIT;
    entry->handle = rv_to_handle(L, lua_gettop(L));
    if (!entry->handle) case_error(L, number, "awaits what is no goroutine handle");
    lua_replace(L, table + 1);
  } else if (lua_getfield(L, table, "channel") == LUA_TUSERDATA && (entry->object = rv_to_object(L, lua_gettop(L)))) {
    read_object(L, select, position, table);
  } else if (!lua_isnil(L, -1) || !read_method(L, select, position, table)) {
    entry->channel = rv_to_channel(L, lua_gettop(L));
    if (!entry->channel) case_error(L, number, "has no channel");
    entry->is_shared = entry->channel->shared != NULL;
    lua_replace(L, table + 1);
    if (lua_getfield(L, table, "send") != LUA_TNIL) {
      entry->kind = CASE_SEND;
      if (entry->channel->direction == RV_RECEIVE_ONLY) case_error(L, number, "sends on a receive-only channel");
      lua_replace(L, table + 2);
    } else {
      lua_getfield(L, table, "receive");
      if (!lua_toboolean(L, -1)) case_error(L, number, "has neither receive nor send");
      entry->kind = CASE_RECEIVE;
      if (entry->channel->direction == RV_SEND_ONLY) case_error(L, number, "receives from a send-only channel");
    }
  }
  if (lua_getfield(L, table, "handler") != LUA_TNIL && !lua_isfunction(L, -1))
    case_error(L, number, "has a handler that is not a function");
  lua_settop(L, table + 2);
  lua_remove(L, table);
}

static rv_select *read_cases(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  if (!lua_isnoneornil(L, 2)) luaL_checknumber(L, 2);
  lua_settop(L, 2);
  int count = (int)lua_rawlen(L, 1);
  luaL_checkstack(L, 2 * count + 16, "too many cases");
  size_t size = sizeof(rv_select) + (size_t)count * sizeof(select_case);
  rv_select *select = lua_newuserdatauv(L, size, 0);
  memset(select, 0, size);
  select->count = count;
  for (int i = 0; i < count; i++) read_case(L, select, i);
  return select;
}

static uint64_t next_random(rv_isolate *isolate) {  // xorshift64 (Marsaglia 2003)
  uint64_t x = isolate->random;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return isolate->random = x;
}

static void shuffle(rv_isolate *isolate, rv_select *select) {
  for (int i = 0; i < select->count; i++) select->cases[i].order = (uint16_t)i;
  for (int i = select->count - 1; i > 0; i--) {
    int j = (int)(next_random(isolate) % (uint64_t)(i + 1));
    uint16_t order = select->cases[i].order;
    select->cases[i].order = select->cases[j].order;
    select->cases[j].order = order;
  }
}

// MARK: Polling

// Pushes `index, value, ok` of a served case, or `index` for a send.
static int served(lua_State *L, int position, int values) {
  lua_pushinteger(L, position + 1);
  if (values) lua_insert(L, -values - 1);
  return values + 1;
}

// What a case with an object is for Swift. May raise, while it copies what is sent.
static rv_object_case object_case(lua_State *L, rv_isolate *isolate, rv_select *select, int position) {
  select_case *entry = &select->cases[position];
  rv_object_case made = { swift_object(entry), NULL, entry->amount, position + 1, entry->operation };
  bool sends = entry->kind == CASE_SEND;
  if (entry->kind != CASE_OBJECT) made.operation = sends ? RV_SEND : RV_RECEIVE;
  if (made.operation == RV_SEND)
    made.value = rv_encode_value(L, isolate, value_index(position), entry->object ? RV_OPAQUE : RV_COPY);
  return made;
}

// The number of results of a case that was ready in Swift.
static int answer(lua_State *L, rv_select *select, int32_t ready, rv_outcome outcome, rv_invocation *result) {
  select_case *entry = &select->cases[ready - 1];
  if (outcome == RV_CLOSED && entry->kind == CASE_SEND) return case_error(L, ready, "sends on a closed channel");
  if (outcome == RV_TRUE) return served(L, ready - 1, 0);
  return served(L, ready - 1, rv_push_outcome(L, outcome, result));
}

// Lets Swift serve one of some cases of one place; the number of results when one was ready, else -1.
static int serve(lua_State *L, rv_isolate *isolate, rv_select *select, bool in_queues, rv_object_case *cases,
                 int count, rv_claim *claim) {
  rv_invocation result = { 0 };
  rv_outcome outcome = RV_NONE;
  rv_goroutine *goroutine = isolate->current;
  uint64_t identifier = goroutine ? rv_identifier(goroutine) : 0;
  rv_callbacks *callbacks = &isolate->callbacks;
  int32_t ready =
    in_queues ? callbacks->park_select(isolate->context, identifier, cases, count, claim, &result, &outcome)
              : callbacks->select_objects(isolate->context, identifier, cases, count, claim, &result, &outcome);
  if (ready == 0) return -1;
  if (claim && in_queues) {
    rv_claim_release(claim);
  } else if (claim) {  // the other cases may wait already
    goroutine->select = select;
    rv_select_leave(isolate, goroutine);
  }
  return answer(L, select, ready, outcome, &result);
}

// The number of results once the case was served, else -1.
static int poll(lua_State *L, rv_isolate *isolate, rv_select *select, int position) {
  select_case *entry = &select->cases[position];
  rv_channel *channel = entry->channel;
  switch (entry->kind) {
    case CASE_RECEIVE: {
      int received;
      if (channel->shared) {
        rv_invocation call = { 0 };
        rv_outcome outcome = rv_invoke(isolate, L, channel->shared, RV_CHANNEL_TRY_RECEIVE, &call);
        if (outcome == RV_RECEIVED) return served(L, position, rv_push_outcome(L, outcome, &call));
        received = outcome == RV_CLOSED ? -1 : 0;
      } else {
        received = rv_local_receive(L, channel, subject_index(position));
      }
      if (received == 0) return -1;
      if (received < 0) lua_pushnil(L);
      lua_pushboolean(L, received > 0);
      return served(L, position, 2);
    }
    case CASE_SEND: {
      int sent;
      if (channel->shared) {
        rv_invocation call = { .value = rv_encode_value(L, isolate, value_index(position), RV_COPY) };
        rv_outcome outcome = rv_invoke(isolate, L, channel->shared, RV_CHANNEL_TRY_SEND, &call);
        sent = outcome == RV_TRUE ? 1 : outcome == RV_CLOSED ? -1 : 0;
      } else {
        sent = rv_local_send(L, channel, subject_index(position), value_index(position));
      }
      if (sent < 0) return case_error(L, position + 1, "sends on a closed channel");
      return sent ? served(L, position, 0) : -1;
    }
    case CASE_OBJECT: {
      rv_object_case one = object_case(L, isolate, select, position);
      return serve(L, isolate, select, entry->is_shared, &one, 1, NULL);
    }
    case CASE_AWAIT:
      if (entry->handle->status == RV_RUNNING) return -1;
      return served(L, position, rv_push_results(L, subject_index(position)));
    default: return -1;
  }
}

// MARK: Parking

static int k_select(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  rv_goroutine *goroutine = rv_isolate_of(L)->current;
  rv_select *select = lua_touserdata(L, SELECT_INDEX);
  int position = goroutine->case_index - 1;
  switch ((rv_outcome)goroutine->outcome) {
    case RV_EXPIRED:
      if (!select->after_case) return 0;
      lua_pushinteger(L, select->after_case);
      return 1;
    case RV_LOCAL: return served(L, position, goroutine->results);
    case RV_TRUE: return served(L, position, 0);
    case RV_CLOSED:
      if (select->cases[position].kind == CASE_SEND)
        return case_error(L, position + 1, "sends on a closed channel");
      return served(L, position, rv_push_completion(L));
    case RV_NONE:
      if (select->cases[position].kind != CASE_AWAIT) return served(L, position, 0);
      return served(L, position, rv_push_results(L, subject_index(position)));
    default: return served(L, position, rv_push_completion(L));
  }
}

// The cases of one place, in polling order, in a userdata, so that a raise while encoding frees it.
static rv_object_case *cases_of_place(lua_State *L, rv_isolate *isolate, rv_select *select, bool in_queues, int count) {
  rv_object_case *cases = lua_newuserdatauv(L, (size_t)count * sizeof *cases, 0);
  for (int i = 0, next = 0; i < select->count; i++) {
    int position = select->cases[i].order;
    select_case *entry = &select->cases[position];
    if (in_queues ? entry->is_shared : entry->kind == CASE_OBJECT && !entry->is_shared)
      cases[next++] = object_case(L, isolate, select, position);
  }
  return cases;
}

// Parks on what waits in queues. The number of results when one turned out to be ready, else -1.
static int park_shared(lua_State *L, rv_isolate *isolate, rv_select *select) {
  int count = 0;
  for (int i = 0; i < select->count; i++) count += select->cases[i].is_shared;
  if (!count) return -1;
  rv_object_case *cases = cases_of_place(L, isolate, select, true, count);
  rv_claim *claim = select->objects ? isolate->callbacks.make_claim() : rv_claim_new();
  int results = serve(L, isolate, select, true, cases, count, claim);
  if (results >= 0) return results;
  select->claim = claim;
  rv_pop(L, 1);
  return -1;
}

// Waits in Swift, last: whoever takes the claim before ends that wait at once.
static int park_objects(lua_State *L, rv_isolate *isolate, rv_select *select) {
  if (!select->objects) return -1;
  rv_object_case *cases = cases_of_place(L, isolate, select, false, select->objects);
  if (!select->claim) select->claim = isolate->callbacks.make_claim();
  int results = serve(L, isolate, select, false, cases, select->objects, select->claim);
  if (results < 0) rv_pop(L, 1);
  return results;
}

// (cases, limit in milliseconds or nil, biased) -> index, values… ; nothing when the limit passed
static int select_core(lua_State *L) {
  rv_isolate *isolate = rv_isolate_of(L);
  bool biased = lua_toboolean(L, 3);
  rv_select *select = read_cases(L);
  shuffle(isolate, select);
  if (biased)
    for (int i = 0; i < select->count; i++) select->cases[i].order = (uint16_t)i;
  for (int i = 0; i < select->count; i++) {
    int results = poll(L, isolate, select, select->cases[i].order);
    if (results >= 0) return results;
  }
  if (select->default_case) {
    lua_pushinteger(L, select->default_case);
    return 1;
  }
  rv_check_block(isolate, L, "select");
  luaL_checkstack(L, 8, "select");
  int results = park_shared(L, isolate, select);
  if (results < 0) results = park_objects(L, isolate, select);
  if (results >= 0) return results;
  rv_goroutine *goroutine = isolate->current;
  for (int i = 0; i < select->count; i++) {
    select_case *entry = &select->cases[i];
    entry->waiter.goroutine = goroutine;
    entry->waiter.case_index = i + 1;
    entry->waiter.value_index = value_index(i);
    if (entry->kind == CASE_AWAIT) rv_enqueue(&entry->handle->waiters, &entry->waiter);
    else if (entry->channel && !entry->is_shared)
      rv_enqueue(entry->kind == CASE_SEND ? &entry->channel->senders : &entry->channel->receivers, &entry->waiter);
  }
  goroutine->select = select;
  if (!lua_isnil(L, 2)) {
    lua_Number limit = lua_tonumber(L, 2);
    uint64_t now = isolate->callbacks.now(isolate->context);
    limit = limit > 0 ? (limit < 9e12 ? limit : 9e12) : 0;
    rv_timer_arm(isolate, &goroutine->timer, now + (uint64_t)(limit * 1e6));
  }
  return rv_park(L, RV_WAIT_SELECT, k_select, 0);
}

void rv_open_select(lua_State *L) {  // [goroutine, internals]
  lua_pushcfunction(L, select_core);
  lua_setfield(L, 2, "select");
}
