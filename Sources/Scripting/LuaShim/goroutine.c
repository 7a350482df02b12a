// Goroutines: spawning, parking, waking, killing, and the handles that scripts hold.
#include "internal.h"
#include <stdlib.h>

char rv_key_handle;

// Threads kept for reuse; a thread beyond that is left to the collector.
enum { MOST_POOLED = 4096 };

// MARK: Where a goroutine was spawned

static uint16_t source_number(rv_isolate *isolate, const lua_Debug *place) {
  uint32_t at = (uint32_t)(((uintptr_t)place->source >> 4) % RV_SOURCES);
  if (isolate->sources[at].key != place->source) {
    // Never dereferenced later: the text is what counts. A collision costs a name in a report, no more.
    isolate->sources[at].key = place->source;
    strncpy(isolate->sources[at].text, place->short_src, sizeof isolate->sources[at].text - 1);
  }
  return (uint16_t)at;
}

static void note_site(lua_State *L, rv_isolate *isolate, rv_goroutine *goroutine) {
  lua_Debug place;
  goroutine->spawn_line = 0;
  for (int level = 1; level < 10 && lua_getstack(L, level, &place); level++) {
    lua_getinfo(L, "Sl", &place);
    if (place.currentline <= 0 || strncmp(place.short_src, "(revoada)", 9) == 0) continue;
    goroutine->spawn_line = place.currentline;
    goroutine->spawn_source = source_number(isolate, &place);
    return;
  }
}

// MARK: Records

// The anchors keep, for each slot, the thread and the handle of its goroutine.
static lua_Integer thread_anchor(uint32_t slot) { return 2 * (lua_Integer)slot + 1; }
static lua_Integer handle_anchor(uint32_t slot) { return 2 * (lua_Integer)slot + 2; }

static lua_State *new_thread(lua_State *L, rv_isolate *isolate, uint32_t slot) {
  luaL_checkstack(L, 3, "spawn");
  lua_rawgeti(L, LUA_REGISTRYINDEX, isolate->anchors);
  lua_State *thread = lua_newthread(L);
  lua_rawseti(L, -2, thread_anchor(slot));
  lua_pushboolean(L, 0);  // so that setting the handle never allocates
  lua_rawseti(L, -2, handle_anchor(slot));
  rv_pop(L, 1);
  return thread;
}

void rv_push_handle(lua_State *L, const rv_goroutine *goroutine) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, rv_isolate_of(L)->anchors);
  lua_rawgeti(L, -1, handle_anchor(goroutine->slot));
  lua_remove(L, -2);
}

// May raise; nothing has changed then.
static rv_goroutine *take_record(lua_State *L, rv_isolate *isolate) {
  rv_goroutine *goroutine = isolate->free_list;
  if (goroutine) {
    if (goroutine->thread) isolate->pooled--;
    else goroutine->thread = new_thread(L, isolate, goroutine->slot);
    isolate->free_list = goroutine->next;
  } else {
    if (isolate->slots == isolate->slot_capacity) {
      uint32_t capacity = isolate->slot_capacity ? isolate->slot_capacity * 2 : 64;
      rv_goroutine **moved = realloc(isolate->goroutines, capacity * sizeof *moved);
      if (!moved) abort();
      isolate->goroutines = moved;
      isolate->slot_capacity = capacity;
    }
    lua_State *thread = new_thread(L, isolate, isolate->slots);
    goroutine = calloc(1, sizeof *goroutine);
    if (!goroutine) abort();
    goroutine->thread = thread;
    goroutine->slot = isolate->slots;
    goroutine->generation = 1;
    goroutine->waiter.goroutine = goroutine;
    goroutine->timer.goroutine = goroutine;
    goroutine->timer.index = -1;
    isolate->goroutines[isolate->slots++] = goroutine;
  }
  goroutine->next = goroutine->previous = NULL;
  goroutine->killed = goroutine->wait = goroutine->is_host = goroutine->is_spoiled = 0;
  goroutine->results = 0;
  goroutine->waits = 0;
  goroutine->born = 0;
  goroutine->blocked = goroutine->thread;
  goroutine->serial = ++isolate->next_serial;
  isolate->live++;
  return goroutine;
}

void rv_release_goroutine(rv_isolate *isolate, rv_goroutine *goroutine) {
  if (goroutine->handle) {
    goroutine->handle->goroutine = NULL;
    goroutine->handle = NULL;
  }
  rv_buffer_discard(goroutine->value, isolate->callbacks.release);
  goroutine->value = NULL;
  if (goroutine->deadline) {
    rv_timer_disarm(isolate, goroutine->deadline);
    free(goroutine->deadline);
    goroutine->deadline = NULL;
  }
  goroutine->generation++;
  goroutine->state = RV_DEAD;
  isolate->live--;
  lua_State *main = isolate->main;  // none of this raises: the places exist
  lua_rawgeti(main, LUA_REGISTRYINDEX, isolate->anchors);
  lua_pushboolean(main, 0);
  lua_rawseti(main, -2, handle_anchor(goroutine->slot));
  if (goroutine->is_spoiled || isolate->pooled >= MOST_POOLED) {
    lua_pushboolean(main, 0);
    lua_rawseti(main, -2, thread_anchor(goroutine->slot));
    goroutine->thread = NULL;
  } else {
    isolate->pooled++;
  }
  rv_pop(main, 1);
  goroutine->next = isolate->free_list;
  isolate->free_list = goroutine;
}

rv_goroutine *rv_spawn(lua_State *L, rv_isolate *isolate, int function) {
  int arguments = lua_gettop(L) - function;
  rv_handle *handle = lua_newuserdatauv(L, sizeof *handle, 1);
  memset(handle, 0, sizeof *handle);
  handle->magic = RV_HANDLE_MAGIC;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &rv_key_handle);
  lua_setmetatable(L, -2);
  lua_insert(L, function);
  rv_goroutine *goroutine = take_record(L, isolate);
  lua_State *thread = goroutine->thread;
  if (!lua_checkstack(thread, arguments + 6)) {
    rv_release_goroutine(isolate, goroutine);
    rv_error(L, "too many arguments to spawn");
  }
  lua_xmove(L, thread, arguments + 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, isolate->anchors);
  lua_pushvalue(L, function);
  lua_rawseti(L, -2, handle_anchor(goroutine->slot));
  rv_pop(L, 1);
  handle->goroutine = goroutine;
  goroutine->handle = handle;
  goroutine->results = arguments;
  rv_install_hook(isolate, thread);
  note_site(L, isolate, goroutine);
  rv_make_runnable(isolate, goroutine);
  return goroutine;
}

// MARK: Parking and waking

void rv_check_block(rv_isolate *isolate, lua_State *L, const char *what) {
  if (rv_can_block(isolate, L)) return;
  rv_error(L, "cannot %s here: inside a callback of a C function (a sort comparator, a gsub function, "
                "__tostring, ...) or while a goroutine is being closed", what);
}

int rv_park(lua_State *L, enum rv_wait wait, lua_KFunction continuation, lua_KContext context) {
  rv_isolate *isolate = rv_isolate_of(L);
  rv_goroutine *goroutine = isolate->current;
  goroutine->blocked = L;
  goroutine->results = 0;
  goroutine->wait = (uint8_t)wait;
  goroutine->waits++;
  goroutine->state = RV_PARKED;
  isolate->parked++;
  isolate->system_yield = 1;
  return lua_yieldk(L, 0, context, continuation);
}

void rv_wake(rv_isolate *isolate, rv_goroutine *goroutine, rv_outcome outcome, int results) {
  goroutine->outcome = (uint8_t)outcome;
  goroutine->results = results;
  goroutine->wait = RV_WAIT_NONE;
  isolate->parked--;
  if (goroutine->timer.index >= 0) rv_timer_disarm(isolate, &goroutine->timer);
  rv_make_runnable(isolate, goroutine);
}

int32_t rv_complete(rv_isolate *isolate, uint64_t identifier, rv_outcome outcome, int64_t integer,
                    rv_buffer *value, void *object, int64_t grant, int32_t index) {
  rv_goroutine *goroutine = rv_find(isolate, identifier);
  if (!goroutine || goroutine->state != RV_PARKED) return 0;
  if (goroutine->select) rv_select_leave(isolate, goroutine);
  rv_buffer_discard(goroutine->value, isolate->callbacks.release);
  goroutine->value = value;
  goroutine->integer = integer;
  goroutine->object = object;
  goroutine->grant = grant;
  goroutine->case_index = index;
  rv_wake(isolate, goroutine, outcome, 0);
  return 1;
}

// MARK: Killing

// Takes a goroutine out of whatever it waits for, and hands back what it was given and never saw.
static void detach(rv_isolate *isolate, rv_goroutine *goroutine) {
  rv_timer_disarm(isolate, &goroutine->timer);
  if (goroutine->state == RV_RUNNABLE) {
    rv_unqueue(isolate, goroutine);
    if (goroutine->channel) rv_put_back(isolate, goroutine);
    if (goroutine->object && goroutine->grant) {
      rv_buffer *value = goroutine->value;
      goroutine->value = NULL;
      isolate->callbacks.refund(isolate->context, goroutine->object, goroutine->grant, value);
    }
  } else if (goroutine->state == RV_PARKED) {
    isolate->parked--;
    switch (goroutine->wait) {
      case RV_WAIT_OBJECT: isolate->callbacks.cancel(isolate->context, rv_identifier(goroutine), goroutine->object); break;
      case RV_WAIT_CALL: isolate->callbacks.cancel(isolate->context, rv_identifier(goroutine), NULL); break;
      case RV_WAIT_SEND:
      case RV_WAIT_RECEIVE:
        if (goroutine->object) isolate->callbacks.cancel(isolate->context, rv_identifier(goroutine), goroutine->object);
        else rv_dequeue(&goroutine->waiter);
        break;
      case RV_WAIT_SELECT:
        rv_select_claim(goroutine);  // when another isolate was quicker, its grant comes back as a refund
        rv_select_leave(isolate, goroutine);
        break;
      default: rv_dequeue(&goroutine->waiter);
    }
  }
  goroutine->channel = NULL;
  goroutine->object = NULL;
  goroutine->grant = 0;
}

void rv_kill_goroutine(rv_isolate *isolate, rv_goroutine *goroutine, rv_status reason) {
  if (!goroutine->killed) goroutine->killed = (uint8_t)reason;
  if (goroutine->state == RV_ACTIVE) {
    // It runs this very code, or code above it: the hook ends it at its next instruction.
    if (isolate->running) lua_sethook(isolate->running, rv_hook, LUA_MASKCOUNT, 1);
    return;
  }
  detach(isolate, goroutine);
  goroutine->state = RV_ACTIVE;
  rv_finish_killed(isolate, goroutine);
}

int32_t rv_kill(rv_isolate *isolate, uint64_t identifier) {
  rv_goroutine *goroutine = rv_find(isolate, identifier);
  if (!goroutine) return 0;
  rv_kill_goroutine(isolate, goroutine, RV_KILLED);
  return 1;
}

void rv_kill_all(rv_isolate *isolate) {
  for (uint32_t i = 0; i < isolate->slots; i++)
    if (isolate->goroutines[i]->state != RV_DEAD)
      rv_kill_goroutine(isolate, isolate->goroutines[i], RV_KILLED);
}

// MARK: Functions of the module

static int spawn(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  rv_isolate *isolate = rv_isolate_of(L);
  rv_goroutine *goroutine = rv_spawn(L, isolate, 1);
  if (isolate->profilers) rv_profile_spawn(isolate, goroutine);
  return 1;
}

// (milliseconds, function, ...): the goroutine is killed when the time is over.
static int spawn_with_deadline(lua_State *L) {
  rv_isolate *isolate = rv_isolate_of(L);
  lua_Number milliseconds = luaL_checknumber(L, 1);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  rv_timer *timer = calloc(1, sizeof *timer);
  if (!timer) return rv_error(L, "not enough memory");
  timer->index = -1;
  timer->kind = RV_TIMER_KILL;
  // The timer belongs to the goroutine from here on; a raise in between would lose 48 bytes, not more.
  rv_goroutine *goroutine = rv_spawn(L, isolate, 2);
  if (isolate->profilers) rv_profile_spawn(isolate, goroutine);
  timer->goroutine = goroutine;
  goroutine->deadline = timer;
  uint64_t now = isolate->callbacks.now(isolate->context);
  rv_timer_arm(isolate, timer, now + (milliseconds < 9e12 ? (uint64_t)(milliseconds * 1e6) : UINT64_MAX / 2));
  return 1;
}

static int k_nothing(lua_State *L, int status, lua_KContext context) {
  (void)L, (void)status, (void)context;
  return 0;
}

static int yield(lua_State *L) {
  rv_isolate *isolate = rv_isolate_of(L);
  rv_check_block(isolate, L, "yield");
  rv_goroutine *goroutine = isolate->current;
  goroutine->blocked = L;
  goroutine->results = 0;
  isolate->system_yield = 1;
  rv_make_runnable(isolate, goroutine);
  return lua_yieldk(L, 0, 0, k_nothing);
}

static int sleep_for(lua_State *L) {
  rv_isolate *isolate = rv_isolate_of(L);
  lua_Number milliseconds = luaL_checknumber(L, 1);
  luaL_argcheck(L, milliseconds >= 0, 1, "milliseconds must not be negative");
  if (milliseconds == 0) return yield(L);
  rv_check_block(isolate, L, "sleep");
  uint64_t now = isolate->callbacks.now(isolate->context);
  rv_timer_arm(isolate, &isolate->current->timer,
               now + (milliseconds < 9e12 ? (uint64_t)(milliseconds * 1e6) : UINT64_MAX / 2));
  return rv_park(L, RV_WAIT_SLEEP, k_nothing, 0);
}

static int wait_for_ever(lua_State *L) {
  rv_check_block(rv_isolate_of(L), L, "wait");
  return rv_park(L, RV_WAIT_EVER, k_nothing, 0);
}

static int current_serial(lua_State *L) {
  rv_isolate *isolate = rv_isolate_of(L);
  lua_pushinteger(L, isolate->current ? isolate->current->serial : 0);
  return 1;
}

// MARK: Handles

rv_handle *rv_to_handle(lua_State *L, int index) {
  if (lua_type(L, index) != LUA_TUSERDATA) return NULL;
  rv_handle *handle = lua_touserdata(L, index);
  return lua_rawlen(L, index) == sizeof *handle && handle->magic == RV_HANDLE_MAGIC ? handle : NULL;
}

rv_handle *rv_check_handle(lua_State *L, int index) {
  rv_handle *handle = rv_to_handle(L, index);
  if (!handle) luaL_typeerror(L, index, "goroutine handle");
  return handle;
}

static int k_await(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  return rv_push_results(L, 1);
}

static int await(lua_State *L) {
  rv_isolate *isolate = rv_isolate_of(L);
  rv_handle *handle = rv_check_handle(L, 1);
  lua_settop(L, 1);
  if (handle->status != RV_RUNNING) return rv_push_results(L, 1);
  rv_check_block(isolate, L, "await");
  if (handle->goroutine == isolate->current) return rv_error(L, "a goroutine cannot await itself");
  luaL_checkstack(L, 4, "await");
  rv_enqueue(&handle->waiters, &isolate->current->waiter);
  return rv_park(L, RV_WAIT_GOROUTINE, k_await, 0);
}

static int cancel(lua_State *L) {
  rv_handle *handle = rv_check_handle(L, 1);
  if (handle->goroutine) rv_kill_goroutine(rv_isolate_of(L), handle->goroutine, RV_KILLED);
  lua_pushboolean(L, handle->goroutine == NULL);
  return 1;
}

static int handle_status(lua_State *L) {
  static const char *const names[] = { "running", "succeeded", "failed", "killed", "timed out", "failed" };
  lua_pushstring(L, names[rv_check_handle(L, 1)->status]);
  return 1;
}

static int handle_text(lua_State *L) {
  lua_pushfstring(L, "goroutine handle: %p", (void *)rv_check_handle(L, 1));
  return 1;
}

void rv_open_goroutines(lua_State *L) {  // [goroutine, internals]
  static const luaL_Reg public_functions[] = {
    { "spawn", spawn }, { "async", spawn }, { "await", await }, { "sleep", sleep_for }, { "yield", yield },
    { "cancel", cancel }, { "id", current_serial }, { NULL, NULL }
  };
  static const luaL_Reg internal_functions[] = {
    { "spawn_with_deadline", spawn_with_deadline }, { "kill", cancel }, { "status", handle_status },
    { "wait_for_ever", wait_for_ever }, { NULL, NULL }
  };
  lua_pushvalue(L, 1);
  luaL_setfuncs(L, public_functions, 0);
  lua_pushvalue(L, 2);
  luaL_setfuncs(L, internal_functions, 0);
  lua_settop(L, 2);

  static const luaL_Reg methods[] = {
    { "await", await }, { "cancel", cancel }, { "status", handle_status }, { NULL, NULL }
  };
  lua_createtable(L, 0, 4);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &rv_key_handle);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, handle_text);
  lua_setfield(L, -2, "__tostring");
  lua_pushliteral(L, "goroutine handle");
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "__name");
  lua_setfield(L, -2, "__metatable");
  lua_settop(L, 2);
}
