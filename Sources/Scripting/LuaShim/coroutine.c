// The script's own coroutines. A goroutine that blocks inside one suspends as a whole: the block must not
// surface as a yield at `coroutine.resume`, so resume passes the runtime's yields on.
#include "internal.h"

static int k_resume(lua_State *L, int status, lua_KContext wrapped);

static int resume(lua_State *L, lua_State *coroutine, int arguments, lua_KContext wrapped) {
  rv_isolate *isolate = rv_isolate_of(L);
  int saved = isolate->unyieldable, results;
  if (!lua_isyieldable(L)) isolate->unyieldable = 1;
  isolate->running = coroutine;
  int status = lua_resume(coroutine, L, arguments, &results);
  isolate->running = L;
  isolate->unyieldable = saved;
  if (status == LUA_YIELD && isolate->system_yield) {
    rv_mark_waiting(coroutine, true);
    return lua_yieldk(L, 0, wrapped, k_resume);
  }
  if (status == LUA_OK || status == LUA_YIELD) {
    if (!lua_checkstack(L, results + 1)) {
      rv_pop(coroutine, results);
      return luaL_error(L, "too many results to resume");
    }
    if (!wrapped) lua_pushboolean(L, 1);
    lua_xmove(coroutine, L, results);
    return results + !wrapped;
  }
  if (wrapped) {
    if (status != LUA_ERRMEM) lua_resetthread(coroutine);  // runs its __close handlers
    lua_xmove(coroutine, L, 1);
    return lua_error(L);
  }
  lua_pushboolean(L, 0);
  lua_xmove(coroutine, L, 1);
  return 2;
}

static lua_State *subject(lua_State *L, lua_KContext wrapped) {
  return lua_tothread(L, wrapped ? lua_upvalueindex(1) : 1);
}

static int k_resume(lua_State *L, int status, lua_KContext wrapped) {
  (void)status;
  lua_State *coroutine = subject(L, wrapped);
  rv_mark_waiting(coroutine, false);
  rv_goroutine *goroutine = rv_isolate_of(L)->current;
  return resume(L, coroutine, goroutine->blocked == coroutine ? goroutine->results : 0, wrapped);
}

static int start(lua_State *L, lua_State *coroutine, int arguments, lua_KContext wrapped) {
  const char *problem = NULL;
  lua_Debug frame;
  int status = lua_status(coroutine);
  if (coroutine == L || rv_is_waiting(coroutine) || (status == LUA_OK && lua_getstack(coroutine, 0, &frame)))
    problem = "cannot resume non-suspended coroutine";
  else if (status != LUA_YIELD && (status != LUA_OK || lua_gettop(coroutine) == 0))
    problem = "cannot resume dead coroutine";
  if (problem) {
    if (wrapped) return luaL_error(L, "%s", problem);
    lua_pushboolean(L, 0);
    lua_pushstring(L, problem);
    return 2;
  }
  if (!lua_checkstack(coroutine, arguments)) return luaL_error(L, "too many arguments to resume");
  lua_xmove(L, coroutine, arguments);
  return resume(L, coroutine, arguments, wrapped);
}

static int coroutine_resume(lua_State *L) {
  lua_State *coroutine = lua_tothread(L, 1);
  luaL_argexpected(L, coroutine, 1, "coroutine");
  return start(L, coroutine, lua_gettop(L) - 1, 0);
}

static int wrapped_call(lua_State *L) { return start(L, subject(L, 1), lua_gettop(L), 1); }

static int coroutine_wrap(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_State *coroutine = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, coroutine, 1);
  lua_pushcclosure(L, wrapped_call, 1);
  return 1;
}

static int coroutine_yield(lua_State *L) {
  rv_isolate *isolate = rv_isolate_of(L);
  if (!isolate->current || isolate->current->thread == L)
    return luaL_error(L, "attempt to yield from outside a coroutine");
  return lua_yield(L, lua_gettop(L));
}

// Closing one that the runtime suspended would pull the stack from under a wait.
static int coroutine_close(lua_State *L) {
  lua_State *coroutine = lua_tothread(L, 1);
  luaL_argexpected(L, coroutine, 1, "coroutine");
  if (rv_is_waiting(coroutine)) return luaL_error(L, "cannot close a coroutine that waits in a goroutine");
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, 1, LUA_MULTRET);
  return lua_gettop(L);
}

void rv_open_coroutines(lua_State *L) {
  static const luaL_Reg replaced[] = {
    { "resume", coroutine_resume }, { "wrap", coroutine_wrap }, { "yield", coroutine_yield }, { NULL, NULL }
  };
  lua_getglobal(L, LUA_COLIBNAME);
  luaL_setfuncs(L, replaced, 0);
  lua_getfield(L, -1, "close");
  lua_pushcclosure(L, coroutine_close, 1);
  lua_setfield(L, -2, "close");
  rv_pop(L, 1);
}
