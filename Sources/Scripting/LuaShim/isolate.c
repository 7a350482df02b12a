// Making and freeing isolates, and what Swift asks of them.
#include "internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int open_isolate(lua_State *L) {
  rv_isolate *isolate = rv_isolate_of(L);
  luaL_openlibs(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "goroutine");
  lua_pushvalue(L, -1);
  lua_setglobal(L, "goroutine");
  lua_remove(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &rv_key_internals);
  lua_newtable(L);
  isolate->anchors = luaL_ref(L, LUA_REGISTRYINDEX);
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "k");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &rv_key_dumps);
  // [goroutine, internals]
  rv_open_objects(L);
  rv_open_goroutines(L);
  rv_open_channels(L);
  rv_open_select(L);
  rv_open_coroutines(L);
  rv_open_failures(L);
  rv_open_profilers(L);
  rv_open_library(L);
  return 0;
}

rv_isolate *rv_isolate_new(void *context, const rv_callbacks *callbacks, size_t memory_limit) {
  rv_isolate *isolate = calloc(1, sizeof *isolate);
  if (!isolate) return NULL;
  isolate->context = context;
  isolate->callbacks = *callbacks;
  isolate->main = lua_newstate(rv_allocate, isolate);
  if (!isolate->main) {
    free(isolate);
    return NULL;
  }
  struct timespec seed;
  clock_gettime(CLOCK_MONOTONIC, &seed);
  isolate->random = (((uint64_t)seed.tv_nsec << 20) ^ (uint64_t)(uintptr_t)isolate) | 1;
  *(uintptr_t *)lua_getextraspace(isolate->main) = (uintptr_t)isolate;
  rv_open_preemption(isolate);
  lua_pushcfunction(isolate->main, open_isolate);
  if (lua_pcall(isolate->main, 0, 0, 0) != LUA_OK) {
    lua_close(isolate->main);
    free(isolate);
    return NULL;
  }
  isolate->memory_limit = memory_limit;
  return isolate;
}

void rv_isolate_free(rv_isolate *isolate) {
  isolate->memory_limit = 0;  // closing must not fail
  for (uint32_t i = 0; i < isolate->slots; i++) rv_buffer_discard(isolate->goroutines[i]->value, isolate->callbacks.release);
  lua_close(isolate->main);
  rv_heap_free(isolate);
  for (uint32_t i = 0; i < isolate->slots; i++) {
    free(isolate->goroutines[i]->deadline);
    free(isolate->goroutines[i]);
  }
  for (int i = 0; i < RV_CLASSES; i++) free((void *)isolate->class_names[i]);
  free(isolate->goroutines);
  free(isolate->scratch.bytes);
  free(isolate);
}

rv_statistics rv_isolate_statistics(rv_isolate *isolate) {
  return (rv_statistics){
    .memory = isolate->memory, .memory_peak = isolate->memory_peak, .memory_limit = isolate->memory_limit,
    .slices = isolate->slices, .preemptions = isolate->preemptions,
    .live = isolate->live, .runnable = isolate->runnable, .parked = isolate->parked, .pooled = isolate->pooled };
}

// MARK: Loading and spawning from Swift

static void copy_message(lua_State *L, char *message, size_t capacity) {
  const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "error object is not a string";
  snprintf(message, capacity, "%s", text);
  rv_pop(L, 1);
}

typedef struct chunk { const char *source; size_t length; const char *name, *module; } chunk;

static int run_prelude(lua_State *L) {
  chunk *job = lua_touserdata(L, 1);
  lua_settop(L, 0);
  if (luaL_loadbufferx(L, job->source, job->length, job->name, "t") != LUA_OK) return lua_error(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  luaL_getsubtable(L, -1, job->module ? job->module : "goroutine");
  lua_remove(L, -2);
  if (job->module) {
    lua_pushvalue(L, -1);
    lua_setglobal(L, job->module);
  } else {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &rv_key_internals);
  }
  lua_call(L, lua_gettop(L) - 1, 0);
  return 0;
}

int32_t rv_prelude(rv_isolate *isolate, const char *source, size_t length, const char *name, const char *module,
                   char *message, size_t capacity) {
  lua_State *L = isolate->main;
  chunk job = { source, length, name, module };
  lua_pushcfunction(L, run_prelude);
  lua_pushlightuserdata(L, &job);
  if (lua_pcall(L, 1, 0, 0) == LUA_OK) return 0;
  copy_message(L, message, capacity);
  return 1;
}

typedef struct launch {
  const chunk *source;
  int32_t reference;
  rv_buffer *arguments;
  rv_mode results;
  rv_goroutine *goroutine;
} launch;

static int spawn_from_swift(lua_State *L) {
  launch *job = lua_touserdata(L, 1);
  lua_settop(L, 0);
  if (job->source) {
    if (luaL_loadbufferx(L, job->source->source, job->source->length, job->source->name, "t") != LUA_OK)
      return lua_error(L);
  } else if (job->reference) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, job->reference);
  }
  if (job->arguments) rv_decode(L, job->arguments, job->results == RV_COPY);
  job->goroutine = rv_spawn(L, rv_isolate_of(L), 1);
  job->goroutine->is_host = 1;
  job->goroutine->result_mode = (uint8_t)job->results;
  return 0;
}

static uint64_t launch_goroutine(rv_isolate *isolate, launch *job, char *message, size_t capacity) {
  lua_State *L = isolate->main;
  lua_pushcfunction(L, spawn_from_swift);
  lua_pushlightuserdata(L, job);
  int status = lua_pcall(L, 1, 0, 0);
  if (job->arguments) rv_buffer_discard(job->arguments, isolate->callbacks.release);
  if (status != LUA_OK) {
    copy_message(L, message, capacity);
    return 0;
  }
  return rv_identifier(job->goroutine);
}

uint64_t rv_spawn_chunk(rv_isolate *isolate, const char *source, size_t length, const char *name, rv_buffer *arguments,
                        char *message, size_t capacity) {
  chunk text = { source, length, name, NULL };
  launch job = { .source = &text, .arguments = arguments, .results = RV_HOST };
  return launch_goroutine(isolate, &job, message, capacity);
}

uint64_t rv_spawn_reference(rv_isolate *isolate, int32_t reference, rv_buffer *arguments, rv_mode results, char *message,
                            size_t capacity) {
  launch job = { .reference = reference, .arguments = arguments, .results = results };
  return launch_goroutine(isolate, &job, message, capacity);
}

void rv_spawn_detached(rv_isolate *isolate, int32_t reference, rv_buffer *arguments) {
  char message[256];
  launch job = { .reference = reference, .arguments = arguments, .results = RV_OPAQUE };
  if (launch_goroutine(isolate, &job, message, sizeof message)) job.goroutine->is_host = 0;
}

uint64_t rv_spawn_buffer(rv_isolate *isolate, rv_buffer *values, char *message, size_t capacity) {
  launch job = { .arguments = values, .results = RV_COPY };
  return launch_goroutine(isolate, &job, message, capacity);
}

void rv_unreference(rv_isolate *isolate, int32_t reference) {
  luaL_unref(isolate->main, LUA_REGISTRYINDEX, reference);
}

static int copy_reference(lua_State *L) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, lua_tointeger(L, 1));
  rv_encode(L, rv_isolate_of(L), lua_touserdata(L, 2), 3, 1, RV_COPY);
  return 0;
}

rv_buffer *rv_copy_reference(rv_isolate *isolate, int32_t reference, char *message, size_t capacity) {
  lua_State *L = isolate->main;
  rv_buffer *buffer = rv_buffer_new();
  lua_pushcfunction(L, copy_reference);
  lua_pushinteger(L, reference);
  lua_pushlightuserdata(L, buffer);
  if (lua_pcall(L, 2, 0, 0) == LUA_OK) return buffer;
  rv_buffer_discard(buffer, isolate->callbacks.release);
  copy_message(L, message, capacity);
  return NULL;
}
