// How goroutines end: results for those who await, reports for errors nobody awaits.
#include "internal.h"
#include <stdio.h>
#include <stdlib.h>

char rv_key_failure;

// Instructions that a __close handler, or the __tostring of an error, may take.
enum { CLOSING_BUDGET = 1000000 };

void rv_format_site(rv_isolate *isolate, const rv_goroutine *goroutine, char *text, size_t capacity) {
  if (goroutine->spawn_line == 0) snprintf(text, capacity, "?");
  else snprintf(text, capacity, "%s:%d", isolate->sources[goroutine->spawn_source].text, goroutine->spawn_line);
}

// MARK: Errors

// (thread, error) -> message, traceback. The message is text whatever the error object is.
static int render(lua_State *L) {
  lua_State *thread = lua_touserdata(L, 1);
  lua_settop(L, 2);
  bool has_text = false;
  if (lua_type(L, 2) == LUA_TSTRING || lua_type(L, 2) == LUA_TNUMBER) {
    luaL_tolstring(L, 2, NULL);
    has_text = true;
  } else {
    // An error object carries no position: take the innermost line of Lua that ran.
    lua_Debug place;
    const char *prefix = "";
    for (int level = 0; lua_getstack(thread, level, &place); level++) {
      lua_getinfo(thread, "Sl", &place);
      if (place.currentline <= 0 || strncmp(place.short_src, "(revoada)", 9) == 0) continue;
      prefix = lua_pushfstring(L, "%s:%d: ", place.short_src, place.currentline);
      break;
    }
    if (luaL_getmetafield(L, 2, "__tostring") != LUA_TNIL) {
      const char *text = luaL_tolstring(L, 2, NULL);
      lua_pushfstring(L, "%s%s", prefix, text);
      has_text = true;
    } else if (lua_istable(L, 2) && (lua_pushliteral(L, "message"), lua_rawget(L, 2) == LUA_TSTRING)) {
      lua_pushfstring(L, "%s%s", prefix, lua_tostring(L, -1));
      has_text = true;
    } else if (lua_type(L, 2) == LUA_TBOOLEAN) {
      lua_pushfstring(L, "%s%s", prefix, lua_toboolean(L, 2) ? "true" : "false");
      has_text = true;
    }
    if (!has_text) lua_pushfstring(L, "%serror object is a %s value", prefix, luaL_typename(L, 2));
  }
  luaL_traceback(L, thread, NULL, 0);
  return 2;
}

// Leaves message and traceback on top of the main state. Error handlers of scripts run on a budget.
static void render_error(rv_isolate *isolate, lua_State *thread, int index) {
  lua_State *main = isolate->main;
  lua_pushcfunction(main, render);
  lua_pushlightuserdata(main, thread);
  lua_pushvalue(main, index);
  isolate->closing++;
  lua_sethook(main, rv_hook, LUA_MASKCOUNT, CLOSING_BUDGET);
  if (lua_pcall(main, 2, 2, 0) != LUA_OK) {
    rv_pop(main, 1);
    lua_pushliteral(main, "error object whose __tostring fails");
    lua_pushliteral(main, "");
  }
  lua_sethook(main, NULL, 0, 0);
  isolate->closing--;
}

static rv_failure failure_at(rv_isolate *isolate, const rv_goroutine *goroutine, int index, char *site,
                             size_t capacity) {
  rv_failure failure;
  failure.message = lua_tolstring(isolate->main, index, &failure.message_length);
  failure.traceback = lua_tolstring(isolate->main, index + 1, &failure.traceback_length);
  rv_format_site(isolate, goroutine, site, capacity);
  failure.site = site;
  return failure;
}

// MARK: Failures nobody has awaited yet

typedef struct unawaited { int32_t observed; char site[96]; } unawaited;

// (error, message, traceback, site): wraps the error so that losing the handle reports it.
static int wrap_failure(lua_State *L) {
  unawaited *failure = lua_newuserdatauv(L, sizeof *failure, 3);
  failure->observed = 0;
  strncpy(failure->site, lua_tostring(L, 4), sizeof failure->site - 1);
  failure->site[sizeof failure->site - 1] = 0;
  for (int i = 1; i <= 3; i++) {
    lua_pushvalue(L, i);
    lua_setiuservalue(L, -2, i);
  }
  lua_rawgetp(L, LUA_REGISTRYINDEX, &rv_key_failure);
  lua_setmetatable(L, -2);
  return 1;
}

static int failure_lost(lua_State *L) {
  unawaited *lost = lua_touserdata(L, 1);
  rv_isolate *isolate = rv_isolate_of(L);
  if (lost->observed) return 0;
  lost->observed = 1;
  isolate->unreported--;
  rv_failure failure;
  lua_getiuservalue(L, 1, 2);
  failure.message = lua_tolstring(L, -1, &failure.message_length);
  lua_getiuservalue(L, 1, 3);
  failure.traceback = lua_tolstring(L, -1, &failure.traceback_length);
  failure.site = lost->site;
  isolate->callbacks.report(isolate->context, &failure);
  return 0;
}

void rv_open_failures(lua_State *L) {
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, failure_lost);
  lua_setfield(L, -2, "__gc");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &rv_key_failure);
}

void rv_report_failures(rv_isolate *isolate, int32_t force) {
  if (isolate->unreported == 0 || (!force && isolate->unreported == isolate->unreported_seen)) return;
  lua_gc(isolate->main, LUA_GCCOLLECT);
  isolate->unreported_seen = isolate->unreported;
}

// MARK: Results

static int pack(lua_State *L) {
  int count = lua_gettop(L);
  lua_createtable(L, count, 0);
  lua_insert(L, 1);
  for (int i = count; i >= 1; i--) lua_rawseti(L, 1, i);
  return 1;
}

// Keeps the results, which are all there is on the thread's stack, in the handle.
static int keep_results(lua_State *thread, rv_goroutine *goroutine) {
  int count = lua_gettop(thread);
  if (count == 0) return LUA_OK;
  if (count > 1) {
    if (!lua_checkstack(thread, 4)) return LUA_ERRMEM;
    lua_pushcfunction(thread, pack);
    lua_insert(thread, 1);
    if (lua_pcall(thread, count, 1, 0) != LUA_OK) return LUA_ERRMEM;
  }
  goroutine->handle->count = count;
  rv_push_handle(thread, goroutine);
  lua_insert(thread, 1);
  lua_setiuservalue(thread, 1, 1);
  return LUA_OK;
}

int rv_push_results(lua_State *L, int index) {
  rv_handle *handle = lua_touserdata(L, index);
  switch (handle->status) {
    case RV_SUCCEEDED:
      lua_pushboolean(L, 1);
      if (handle->count == 0) return 1;
      lua_getiuservalue(L, index, 1);
      if (handle->count == 1) return 2;
      luaL_checkstack(L, handle->count + 1, "results");
      for (int i = 1; i <= handle->count; i++) lua_rawgeti(L, -i, i);
      lua_remove(L, -handle->count - 1);
      return handle->count + 1;
    case RV_KILLED:
      lua_pushboolean(L, 0);
      lua_pushliteral(L, "goroutine was cancelled");
      return 2;
    case RV_TIMED_OUT:
      lua_pushboolean(L, 0);
      lua_pushliteral(L, "timeout exceeded");
      return 2;
    default: {
      lua_pushboolean(L, 0);
      lua_getiuservalue(L, index, 1);
      unawaited *failure = lua_touserdata(L, -1);
      if (handle->count == -1 && failure) {
        if (!failure->observed) rv_isolate_of(L)->unreported--;
        failure->observed = 1;
        lua_getiuservalue(L, -1, 1);
        lua_remove(L, -2);
      }
      return 2;
    }
  }
}

static void wake_waiters(rv_isolate *isolate, rv_handle *handle) {
  rv_waiter *waiter;
  while ((waiter = handle->waiters.head)) {
    rv_goroutine *goroutine = waiter->goroutine;
    rv_dequeue(waiter);
    if (goroutine->select) {
      if (!rv_select_claim(goroutine)) continue;
      goroutine->case_index = waiter->case_index;
      rv_select_leave(isolate, goroutine);
    }
    rv_wake(isolate, goroutine, RV_NONE, 0);
  }
}

typedef struct encoding { rv_buffer *buffer; int count; rv_mode mode; } encoding;
static int encode_results(lua_State *L) {
  encoding *job = lua_touserdata(L, lua_gettop(L));
  rv_pop(L, 1);
  rv_encode(L, rv_isolate_of(L), job->buffer, 1, lua_gettop(L), job->mode);
  return 0;
}

static void finish_host(rv_isolate *isolate, rv_goroutine *goroutine) {
  lua_State *thread = goroutine->thread;
  encoding job = { rv_buffer_new(), lua_gettop(thread), (rv_mode)goroutine->result_mode };
  lua_pushcfunction(thread, encode_results);
  lua_insert(thread, 1);
  lua_pushlightuserdata(thread, &job);
  if (lua_pcall(thread, job.count + 1, 0, 0) == LUA_OK) {
    isolate->callbacks.finished(isolate->context, rv_identifier(goroutine), RV_SUCCEEDED, job.buffer, NULL);
    return;
  }
  rv_buffer_discard(job.buffer, isolate->callbacks.release);
  size_t length;
  const char *message = lua_tolstring(thread, -1, &length);
  rv_failure failure = { message ? message : "results cannot be copied", message ? length : 24, NULL, 0, "?" };
  isolate->callbacks.finished(isolate->context, rv_identifier(goroutine), RV_FAILED, NULL, &failure);
}

static void succeed(rv_isolate *isolate, rv_goroutine *goroutine) {
  rv_handle *handle = goroutine->handle;
  lua_State *thread = goroutine->thread;
  handle->status = RV_SUCCEEDED;
  if (goroutine->is_host) finish_host(isolate, goroutine);
  else if (keep_results(thread, goroutine) != LUA_OK) handle->status = RV_OUT_OF_MEMORY;
}

static void fail(rv_isolate *isolate, rv_goroutine *goroutine, int status) {
  rv_handle *handle = goroutine->handle;
  lua_State *thread = goroutine->thread, *main = isolate->main;
  int base = lua_gettop(main);
  char site[96];
  handle->status = status == LUA_ERRMEM ? RV_OUT_OF_MEMORY : RV_FAILED;
  rv_push_handle(main, goroutine);
  lua_pushvalue(thread, -1);  // there is room: Lua keeps some for errors
  lua_xmove(thread, main, 1);
  if (status == LUA_ERRMEM) {  // with no memory left, ask for none
    lua_pushvalue(main, base + 2);
    lua_pushnil(main);
  } else {
    render_error(isolate, thread, base + 2);
  }
  lua_resetthread(thread);
  rv_failure failure = failure_at(isolate, goroutine, base + 3, site, sizeof site);
  if (!failure.message) failure.message = "not enough memory", failure.message_length = 17;
  if (goroutine->is_host) {
    isolate->callbacks.finished(isolate->context, rv_identifier(goroutine), handle->status, NULL, &failure);
  } else if (handle->waiters.head) {
    lua_pushvalue(main, base + 2);
    lua_setiuservalue(main, base + 1, 1);
  } else {
    lua_pushcfunction(main, wrap_failure);
    lua_pushvalue(main, base + 2);
    lua_pushvalue(main, base + 3);
    lua_pushvalue(main, base + 4);
    lua_pushstring(main, site);
    if (lua_pcall(main, 4, 1, 0) == LUA_OK) {
      handle->count = -1;
      isolate->unreported++;
      lua_setiuservalue(main, base + 1, 1);
    } else {
      isolate->callbacks.report(isolate->context, &failure);
    }
  }
  lua_settop(main, base);
}

static void end(rv_isolate *isolate, rv_goroutine *goroutine) {
  if (goroutine->born) rv_profile_end(isolate, goroutine);
  wake_waiters(isolate, goroutine->handle);
  lua_settop(goroutine->thread, 0);
  rv_release_goroutine(isolate, goroutine);
}

void rv_finish(rv_isolate *isolate, rv_goroutine *goroutine, int status) {
  if (status == LUA_OK) {
    succeed(isolate, goroutine);
    end(isolate, goroutine);
    return;
  }
  // An error raised by a hook leaves the thread with its hooks off: Lua offers no way to turn them on again.
  goroutine->is_spoiled = 1;
  if (goroutine->killed) {
    rv_finish_killed(isolate, goroutine);
    return;
  }
  isolate->current = NULL;
  fail(isolate, goroutine, status);
  end(isolate, goroutine);
}

// Runs to-be-closed variables, never handlers of pcall: a kill cannot be caught.
void rv_finish_killed(rv_isolate *isolate, rv_goroutine *goroutine) {
  lua_State *thread = goroutine->thread;
  rv_goroutine *current = isolate->current;
  lua_State *running = isolate->running;
  rv_status status = goroutine->killed;
  isolate->current = NULL;  // what closes cannot block
  isolate->running = thread;
  isolate->closing++;
  lua_sethook(thread, rv_hook, LUA_MASKCOUNT, CLOSING_BUDGET);
  lua_resetthread(thread);
  lua_sethook(thread, NULL, 0, 0);
  isolate->closing--;
  isolate->running = running;
  isolate->current = current;
  goroutine->handle->status = status;
  if (goroutine->is_host) {
    char site[96];
    rv_format_site(isolate, goroutine, site, sizeof site);
    rv_failure failure = { "killed", 6, NULL, 0, site };
    isolate->callbacks.finished(isolate->context, rv_identifier(goroutine), status, NULL, &failure);
  }
  end(isolate, goroutine);
}
