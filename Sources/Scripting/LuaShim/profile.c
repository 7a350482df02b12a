// Profilers: what becomes of the goroutines that a script spawns while one runs.
#include "internal.h"

char rv_key_profiler;

// The 95th percentile is of that many that ended last.
enum { KEPT = 1024 };

struct rv_profiler {
  uint64_t magic;
  rv_profiler *next;  // of those that run
  rv_isolate *isolate;
  uint32_t after;  // the serial of the goroutine spawned last before the start
  bool is_running;
  uint64_t created, completed, failed, cancelled, total;
  uint64_t latest[KEPT];
};

#define MAGIC 0x525650524f46494cULL

void rv_profile_spawn(rv_isolate *isolate, rv_goroutine *goroutine) {
  goroutine->born = isolate->callbacks.now(isolate->context);
  for (rv_profiler *profiler = isolate->profilers; profiler; profiler = profiler->next) profiler->created++;
}

void rv_profile_end(rv_isolate *isolate, const rv_goroutine *goroutine) {
  uint64_t lifetime = isolate->callbacks.now(isolate->context) - goroutine->born;
  for (rv_profiler *profiler = isolate->profilers; profiler; profiler = profiler->next) {
    if ((int32_t)(goroutine->serial - profiler->after) <= 0) continue;
    uint64_t ended = profiler->completed + profiler->failed + profiler->cancelled;
    profiler->latest[ended % KEPT] = lifetime;
    profiler->total += lifetime;
    switch ((rv_status)goroutine->handle->status) {
      case RV_SUCCEEDED: profiler->completed++; break;
      case RV_KILLED:
      case RV_TIMED_OUT: profiler->cancelled++; break;
      default: profiler->failed++;
    }
  }
}

// MARK: For scripts

static rv_profiler *check_profiler(lua_State *L) {
  rv_profiler *profiler = lua_touserdata(L, 1);
  if (lua_type(L, 1) != LUA_TUSERDATA || lua_rawlen(L, 1) != sizeof *profiler || profiler->magic != MAGIC)
    luaL_typeerror(L, 1, "profiler");
  return profiler;
}

static void leave(rv_profiler *profiler) {
  if (!profiler->is_running) return;
  profiler->is_running = false;
  rv_profiler **place = &profiler->isolate->profilers;
  while (*place != profiler) place = &(*place)->next;
  *place = profiler->next;
}

static int new_profiler(lua_State *L) {
  rv_profiler *profiler = lua_newuserdatauv(L, sizeof *profiler, 0);
  memset(profiler, 0, sizeof *profiler);
  profiler->magic = MAGIC;
  profiler->isolate = rv_isolate_of(L);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &rv_key_profiler);
  lua_setmetatable(L, -2);
  return 1;
}

static int start(lua_State *L) {
  rv_profiler *profiler = check_profiler(L);
  rv_isolate *isolate = profiler->isolate;
  if (profiler->is_running) return rv_error(L, "the profiler runs already");
  profiler->created = profiler->completed = profiler->failed = profiler->cancelled = profiler->total = 0;
  profiler->after = isolate->next_serial;
  profiler->is_running = true;
  profiler->next = isolate->profilers;
  isolate->profilers = profiler;
  return 0;
}

static int stop(lua_State *L) {
  leave(check_profiler(L));
  return 0;
}

static void sort(uint64_t *values, int count) {  // shell sort: no recursion, no memory
  for (int gap = count / 2; gap > 0; gap /= 2)
    for (int i = gap; i < count; i++) {
      uint64_t value = values[i];
      int j = i;
      for (; j >= gap && values[j - gap] > value; j -= gap) values[j] = values[j - gap];
      values[j] = value;
    }
}

static double milliseconds(double nanoseconds) { return nanoseconds / 1e6; }

static int stats(lua_State *L) {
  rv_profiler *profiler = check_profiler(L);
  uint64_t ended = profiler->completed + profiler->failed + profiler->cancelled, sorted[KEPT];
  int kept = ended < KEPT ? (int)ended : KEPT;
  memcpy(sorted, profiler->latest, (size_t)kept * sizeof *sorted);
  sort(sorted, kept);
  lua_createtable(L, 0, 7);
  const struct { const char *name; uint64_t value; } counts[] = {
    { "active", profiler->created - ended }, { "total_created", profiler->created },
    { "completed", profiler->completed }, { "failed", profiler->failed }, { "cancelled", profiler->cancelled } };
  for (int i = 0; i < 5; i++) {
    lua_pushinteger(L, (lua_Integer)counts[i].value);
    lua_setfield(L, -2, counts[i].name);
  }
  lua_pushnumber(L, ended ? milliseconds((double)profiler->total / (double)ended) : 0);
  lua_setfield(L, -2, "avg_lifetime");
  lua_pushnumber(L, kept ? milliseconds((double)sorted[(kept * 95 + 99) / 100 - 1]) : 0);
  lua_setfield(L, -2, "p95_lifetime");
  return 1;
}

static int collect(lua_State *L) {
  leave(check_profiler(L));
  return 0;
}

void rv_open_profilers(lua_State *L) {  // [goroutine, internals]
  static const luaL_Reg methods[] = { { "start", start }, { "stop", stop }, { "stats", stats }, { NULL, NULL } };
  lua_createtable(L, 0, 4);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, collect);
  lua_setfield(L, -2, "__gc");
  lua_pushliteral(L, "profiler");
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "__name");
  lua_setfield(L, -2, "__metatable");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &rv_key_profiler);
  lua_pushcfunction(L, new_profiler);
  lua_setfield(L, 1, "profiler");
}
