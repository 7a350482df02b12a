// Pre-emption: how a goroutine that computes is made to give way.
//
// A static count hook would slow every loop by half, whatever its interval. Instead a watchdog sends
// SIGURG to a thread whose isolate has not changed goroutines for a tick; the handler arms a hook, and
// the hook yields. Lua allows setting a hook from a signal handler (lua.c does it for SIGINT). Under the
// thread sanitizer, which delays signals, and on systems other than Linux, a static hook does the work.
#include "internal.h"
#include <errno.h>
#include <pthread.h>
#include <time.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define STATIC_HOOK 1
#endif
#endif
#if !defined(__linux__)
#define STATIC_HOOK 1
#endif

enum {
  TICK_MILLISECONDS = 5,
  IDLE_TICKS = 20,          // then the watchdog sleeps until an isolate runs
  STATIC_INTERVAL = 10000,  // instructions between static hooks
  RETRY_INTERVAL = 1000,    // instructions until a frame that could not yield is asked again
};

// MARK: The hook

static void rearm(rv_isolate *isolate, lua_State *L) { lua_sethook(L, rv_hook, LUA_MASKCOUNT, isolate->count_hook); }

void rv_install_hook(rv_isolate *isolate, lua_State *L) {
  // A reused thread may still carry a hook that a late signal armed.
  if (isolate->count_hook) rearm(isolate, L);
  else if (lua_gethook(L)) lua_sethook(L, NULL, 0, 0);
}

// A goroutine gives way where a line begins or a loop turns, never in mid-statement: `n = n + 1` on a
// shared variable loses no update.
static void arm_for_line(rv_isolate *isolate, lua_State *L) {
  isolate->line_events = 0;
  lua_sethook(L, rv_hook, LUA_MASKLINE, 0);
}

void rv_hook(lua_State *L, lua_Debug *event) {
  rv_isolate *isolate = rv_isolate_of(L);
  rv_goroutine *goroutine = isolate->current;
  if (isolate->closing && !goroutine) {  // a __close handler used up its budget: fail at every instruction
    lua_sethook(L, rv_hook, LUA_MASKCOUNT, 1);
    luaL_error(L, "goroutine was cancelled");
  }
  if (!goroutine) return;
  bool must_end = goroutine->killed || isolate->stopped;
  if (!must_end && event->event == LUA_HOOKCOUNT && rv_can_block(isolate, L)) {
    arm_for_line(isolate, L);
    return;
  }
  // Just armed, Lua compares with a line of long ago, so that the first event may come in mid-statement.
  if (!must_end && event->event == LUA_HOOKLINE && isolate->line_events++ == 0) return;
  if (rv_can_block(isolate, L)) {
    if (isolate->count_hook) rearm(isolate, L);
    else lua_sethook(L, NULL, 0, 0);
    isolate->preemptions++;
    isolate->look_at_timers = 1;
    atomic_store_explicit(&isolate->attention, 1, memory_order_relaxed);
    goroutine->blocked = L;
    goroutine->results = 0;
    isolate->system_yield = 1;
    rv_make_runnable(isolate, goroutine);
    lua_yield(L, 0);
    return;
  }
  // Below a C function that cannot yield: the pump will not run, so timers and kills are seen to here.
  if (!goroutine->killed) {
    isolate->callbacks.interrupt(isolate->context);
    rv_fire_timers(isolate);
  }
  if (goroutine->killed || isolate->stopped) {
    // Raise at every instruction until a frame is reached that can yield; no pcall outlasts that.
    lua_sethook(L, rv_hook, LUA_MASKCOUNT, 1);
    luaL_error(L, goroutine->killed == RV_TIMED_OUT ? "timeout exceeded" : "goroutine was cancelled");
  }
  lua_sethook(L, rv_hook, LUA_MASKCOUNT, RETRY_INTERVAL);
}

// MARK: The watchdog

#ifdef STATIC_HOOK

void rv_open_preemption(rv_isolate *isolate) { isolate->count_hook = STATIC_INTERVAL; }
int rv_enter(rv_isolate *isolate) { return (void)isolate, -1; }
void rv_leave(int slot) { (void)slot; }

#else

enum { SLOTS = 256 };

void rv_open_preemption(rv_isolate *isolate) { (void)isolate; }

static struct { pthread_t thread; rv_isolate *isolate; uint64_t last; } slots[SLOTS];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static int occupied, asleep, started;
static __thread rv_isolate *here __attribute__((tls_model("initial-exec")));
static __thread int signal_ready;

static void on_signal(int number) {
  (void)number;
  int saved = errno;
  rv_isolate *isolate = here;
  lua_State *L = isolate ? isolate->running : NULL;
  // What closes has a budget of its own: arming its hook would cut it short.
  // One that was killed has a hook for its next instruction already.
  // One hook at a time: arming walks the whole call stack, which for a deep one takes longer than a tick, so that signals would
  // follow each other and nothing else would run.
  if (L && !lua_gethookmask(L) && !isolate->closing && isolate->current && !isolate->current->killed)
    arm_for_line(isolate, L);
  errno = saved;
}

static void *watch(void *unused) {
  (void)unused;
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  int idle = 0;
  for (;;) {
    struct timespec tick = { 0, TICK_MILLISECONDS * 1000000L };
    nanosleep(&tick, NULL);
    pthread_mutex_lock(&mutex);
    idle = occupied ? 0 : idle + 1;
    while (idle >= IDLE_TICKS && !occupied) {
      asleep = 1;
      pthread_cond_wait(&work, &mutex);
      idle = 0;
    }
    asleep = 0;
    for (int i = 0; i < SLOTS; i++) {
      if (!slots[i].isolate) continue;
      uint64_t progress = atomic_load_explicit(&slots[i].isolate->progress, memory_order_relaxed);
      if (progress == slots[i].last) pthread_kill(slots[i].thread, SIGURG);
      slots[i].last = progress;
    }
    pthread_mutex_unlock(&mutex);
  }
  return NULL;
}

static void start_watchdog(void) {  // under the mutex
  struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
  sigemptyset(&action.sa_mask);
  sigaction(SIGURG, &action, NULL);
  pthread_t thread;
  if (pthread_create(&thread, NULL, watch, NULL) == 0) {
    pthread_detach(thread);
    started = 1;
  }
}

int rv_enter(rv_isolate *isolate) {
  if (!signal_ready) {  // threads of some pools start with every signal blocked
    sigset_t urgent;
    sigemptyset(&urgent);
    sigaddset(&urgent, SIGURG);
    pthread_sigmask(SIG_UNBLOCK, &urgent, NULL);
    signal_ready = 1;
  }
  here = isolate;
  int slot = -1;
  pthread_mutex_lock(&mutex);
  if (!started) start_watchdog();
  for (int i = 0; i < SLOTS; i++) {
    if (slots[i].isolate) continue;
    slots[i].thread = pthread_self();
    slots[i].last = UINT64_MAX;
    slots[i].isolate = isolate;
    occupied++;
    slot = i;
    break;
  }
  if (asleep) pthread_cond_signal(&work);
  pthread_mutex_unlock(&mutex);
  return slot;
}

void rv_leave(int slot) {
  here = NULL;
  if (slot < 0) return;
  pthread_mutex_lock(&mutex);
  slots[slot].isolate = NULL;
  occupied--;
  pthread_mutex_unlock(&mutex);
}

#endif
