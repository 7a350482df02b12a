// The run loop: one goroutine after the other, in the order in which they became ready.
#include "internal.h"

enum { TIMER_SLICES = 64 };  // slices between looks at the clock

static __thread rv_isolate *turning;

void rv_begin_turn(rv_isolate *isolate) {
  turning = isolate;
  atomic_store_explicit(&isolate->attention, 0, memory_order_relaxed);
}
void rv_end_turn(void) { turning = NULL; }
int32_t rv_is_turning(rv_isolate *isolate) { return turning == isolate; }
void rv_attention(rv_isolate *isolate) { atomic_store_explicit(&isolate->attention, 1, memory_order_relaxed); }
int32_t rv_is_doomed(rv_isolate *isolate) { return isolate->doomed; }
void rv_stop(rv_isolate *isolate) { isolate->stopped = 1; }

static void run_slice(rv_isolate *isolate, rv_goroutine *goroutine) {
  lua_State *thread = goroutine->thread;
  int results;
  rv_unqueue(isolate, goroutine);
  goroutine->state = RV_ACTIVE;
  goroutine->channel = NULL;
  goroutine->object = NULL;
  goroutine->grant = 0;
  isolate->current = goroutine;
  isolate->system_yield = isolate->unyieldable = 0;
  isolate->slices++;
  atomic_store_explicit(&isolate->progress, isolate->slices, memory_order_relaxed);
  isolate->running = thread;
  // When a nested coroutine is what waits, its results wait on its own stack.
  int status = lua_resume(thread, NULL, goroutine->blocked == thread ? goroutine->results : 0, &results);
  isolate->running = NULL;
  if (status != LUA_YIELD) {
    rv_finish(isolate, goroutine, status);
  } else if (!isolate->system_yield) {  // a yield by some C library: treat it as giving way
    rv_pop(thread, results);
    goroutine->blocked = thread;
    goroutine->results = 0;
    rv_make_runnable(isolate, goroutine);
  }
  isolate->current = NULL;
}

int32_t rv_run(rv_isolate *isolate, int32_t slices) {
  if (isolate->stopped || isolate->doomed) return -1;
  int slot = rv_enter(isolate);
  rv_fire_timers(isolate);
  for (int32_t slice = 1; slice <= slices; slice++) {
    if (isolate->look_at_timers || slice % TIMER_SLICES == 0) rv_fire_timers(isolate);
    rv_goroutine *goroutine = isolate->run_head;
    if (!goroutine || isolate->stopped || isolate->doomed) break;
    if (goroutine->killed) rv_kill_goroutine(isolate, goroutine, goroutine->killed);
    else run_slice(isolate, goroutine);
    if (atomic_load_explicit(&isolate->attention, memory_order_relaxed)) break;
  }
  rv_leave(slot);
  return isolate->stopped || isolate->doomed ? -1 : (int32_t)isolate->runnable;
}
