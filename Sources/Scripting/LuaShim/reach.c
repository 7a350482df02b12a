// Which channels and objects can be reached from goroutines that go on: what waits for the others waits for ever.
//
// The idea is that of Go's goroutine leak profile: a mark phase as a collector does it, which leaves the stacks of the suspects
// out. Done through Lua's API, on a table of what was met, only when somebody asks.
#include "internal.h"

// Stack of `find`: what was met (set by address), what is still to be looked into (a list).
enum { MET = 1, TODO = 2 };

// Notes the value on top of the stack, and pops it.
static void note(lua_State *L, lua_Integer *count) {
  switch (lua_type(L, -1)) {
    case LUA_TTABLE:
    case LUA_TFUNCTION:
    case LUA_TUSERDATA:
    case LUA_TTHREAD: {
      const void *address = lua_topointer(L, -1);
      if (lua_rawgetp(L, MET, address) == LUA_TNIL) {
        lua_pushboolean(L, 1);
        lua_rawsetp(L, MET, address);
        lua_pushvalue(L, -2);
        lua_rawseti(L, TODO, ++*count);
      }
      rv_pop(L, 1);
      break;
    }
    default: break;
  }
  rv_pop(L, 1);
}

static void note_from(lua_State *thread, lua_State *L, lua_Integer *count) {
  lua_xmove(thread, L, 1);
  note(L, count);
}

static void look_into_thread(lua_State *L, lua_State *thread, lua_Integer *count) {
  if (thread == L) return;  // this very search
  if (!lua_checkstack(thread, 4)) rv_error(L, "not enough memory");
  lua_Debug frame;
  int level = 0;
  for (; lua_getstack(thread, level, &frame); level++) {
    lua_getinfo(thread, "f", &frame);
    note_from(thread, L, count);
    for (int local = 1; lua_getlocal(thread, &frame, local); local++) note_from(thread, L, count);
    for (int vararg = -1; lua_getlocal(thread, &frame, vararg); vararg--) note_from(thread, L, count);
  }
  if (level > 0) return;
  for (int index = lua_gettop(thread); index > 0; index--) {  // not started yet: its function and arguments
    lua_pushvalue(thread, index);
    note_from(thread, L, count);
  }
}

static void look_into_table(lua_State *L, int table, lua_Integer *count) {
  bool keys = true, values = true;
  if (lua_getmetatable(L, table)) {
    lua_pushliteral(L, "__mode");
    if (lua_rawget(L, -2) == LUA_TSTRING) {
      keys = !strchr(lua_tostring(L, -1), 'k');
      values = !strchr(lua_tostring(L, -1), 'v');
    }
    rv_pop(L, 1);
    note(L, count);
  }
  lua_pushnil(L);
  while (lua_next(L, table)) {
    if (values) note(L, count); else rv_pop(L, 1);
    if (!keys) continue;
    lua_pushvalue(L, -1);
    note(L, count);
  }
}

static void look_into(lua_State *L, lua_Integer *count) {  // [..., value]
  int value = lua_gettop(L);
  switch (lua_type(L, value)) {
    case LUA_TTABLE: look_into_table(L, value, count); break;
    case LUA_TTHREAD: look_into_thread(L, lua_tothread(L, value), count); break;
    case LUA_TFUNCTION:
      for (int index = 1; lua_getupvalue(L, value, index); index++) note(L, count);
      break;
    default:
      if (lua_getmetatable(L, value)) note(L, count);
      for (int index = 1; lua_getiuservalue(L, value, index) != LUA_TNONE; index++) note(L, count);
      rv_pop(L, 1);
  }
  lua_settop(L, value - 1);
}

typedef struct question { const uint64_t *suspects; int32_t count; uint8_t *reachable; uint8_t *answer; lua_State *L; } question;

static void look_up(void *visitor, lua_State *blocked, int index) {
  question *question = visitor;
  if (lua_rawgetp(question->L, MET, lua_topointer(blocked, index)) != LUA_TNIL) *question->answer = 1;
  rv_pop(question->L, 1);
}

static int find(lua_State *L) {
  rv_isolate *isolate = rv_isolate_of(L);
  question *question = lua_touserdata(L, 1);
  lua_Integer count = 0;
  lua_settop(L, 0);
  lua_newtable(L);
  lua_newtable(L);
  for (int own = MET; own <= TODO; own++) {
    lua_pushboolean(L, 1);
    lua_rawsetp(L, MET, lua_topointer(L, own));
  }
  // The table that anchors all threads is no reason to be alive.
  lua_rawgeti(L, LUA_REGISTRYINDEX, isolate->anchors);
  lua_pushboolean(L, 1);
  lua_rawsetp(L, MET, lua_topointer(L, -2));
  rv_pop(L, 1);
  lua_pushvalue(L, LUA_REGISTRYINDEX);
  note(L, &count);
  for (uint32_t slot = 0; slot < isolate->slots; slot++) {
    rv_goroutine *goroutine = isolate->goroutines[slot];
    if (goroutine->state == RV_DEAD || goroutine->is_suspect || !goroutine->thread) continue;
    if (!lua_checkstack(goroutine->thread, 1)) rv_error(L, "not enough memory");
    lua_pushthread(goroutine->thread);
    note_from(goroutine->thread, L, &count);
  }
  while (count > 0) {
    lua_rawgeti(L, TODO, count--);
    look_into(L, &count);
  }
  for (int32_t i = 0; i < question->count; i++) {
    rv_goroutine *goroutine = rv_find(isolate, question->suspects[i]);
    question->answer = &question->reachable[i];
    *question->answer = goroutine == NULL;
    question->L = L;
    if (goroutine) rv_visit_subjects(goroutine, question, look_up);
  }
  return 0;
}

static void set_suspects(rv_isolate *isolate, const uint64_t *suspects, int32_t count, uint8_t flag) {
  for (int32_t i = 0; i < count; i++) {
    rv_goroutine *goroutine = rv_find(isolate, suspects[i]);
    if (goroutine) goroutine->is_suspect = flag;
  }
}

int32_t rv_find_reachable(rv_isolate *isolate, const uint64_t *suspects, int32_t count, uint8_t *reachable) {
  lua_State *L = isolate->main;
  question question = { .suspects = suspects, .count = count, .reachable = reachable };
  set_suspects(isolate, suspects, count, 1);
  lua_pushcfunction(L, find);
  lua_pushlightuserdata(L, &question);
  int status = lua_pcall(L, 1, 0, 0);
  set_suspects(isolate, suspects, count, 0);
  if (status == LUA_OK) return 1;
  rv_pop(L, 1);
  return 0;
}
