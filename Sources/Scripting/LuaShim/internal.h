// Shared by the shim's own files.
#pragma once
#include "luashim.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <signal.h>
#include <string.h>

#pragma clang assume_nonnull begin

typedef struct rv_goroutine rv_goroutine;
typedef struct rv_channel rv_channel;
typedef struct rv_handle rv_handle;
typedef struct rv_select rv_select;
typedef struct rv_profiler rv_profiler;

// MARK: Waiting

/// One place in a queue of waiters. A select has one per case, everything else one in its goroutine.
typedef struct rv_waiter {
  struct rv_waiter *_Nullable next, *_Nullable previous;
  struct rv_waiters *_Nullable queue;  ///< the queue it is in
  rv_goroutine *goroutine;
  int32_t value_index;  ///< what to send, as an index into the stack of the blocked state
  int32_t case_index;
} rv_waiter;

typedef struct rv_waiters {
  rv_waiter *_Nullable head, *_Nullable tail;
} rv_waiters;

static inline void rv_enqueue(rv_waiters *queue, rv_waiter *waiter) {
  waiter->queue = queue;
  waiter->next = NULL;
  waiter->previous = queue->tail;
  if (queue->tail) queue->tail->next = waiter; else queue->head = waiter;
  queue->tail = waiter;
}

static inline void rv_dequeue(rv_waiter *waiter) {
  rv_waiters *queue = waiter->queue;
  if (!queue) return;
  if (waiter->previous) waiter->previous->next = waiter->next; else queue->head = waiter->next;
  if (waiter->next) waiter->next->previous = waiter->previous; else queue->tail = waiter->previous;
  waiter->queue = NULL;
}

static inline int rv_queue_length(const rv_waiters *queue) {
  int count = 0;
  for (rv_waiter *waiter = queue->head; waiter; waiter = waiter->next) count++;
  return count;
}

// MARK: Timers

enum rv_timer_kind { RV_TIMER_WAKE, RV_TIMER_KILL, RV_TIMER_ACTION };

typedef struct rv_timer {
  uint64_t deadline, order;  ///< ties fire in the order of creation
  uint64_t identifier;       ///< of an action
  rv_goroutine *_Nullable goroutine;
  int32_t index;  ///< in the heap, -1 when not armed
  uint8_t kind;
} rv_timer;

void rv_timer_arm(rv_isolate *isolate, rv_timer *timer, uint64_t deadline);
void rv_timer_disarm(rv_isolate *isolate, rv_timer *timer);

// MARK: Goroutines

enum rv_state { RV_DEAD, RV_RUNNABLE, RV_ACTIVE, RV_PARKED };
enum rv_wait {
  RV_WAIT_NONE,
  RV_WAIT_SEND,
  RV_WAIT_RECEIVE,
  RV_WAIT_SELECT,
  RV_WAIT_SLEEP,
  RV_WAIT_GOROUTINE,
  RV_WAIT_OBJECT,
  RV_WAIT_CALL,
  RV_WAIT_EVER,
};

struct rv_goroutine {
  rv_goroutine *_Nullable next, *_Nullable previous;  ///< run queue, or free list by `next`
  lua_State *_Nullable thread;
  lua_State *blocked;  ///< the state inside a wait: `thread`, or a coroutine nested in it
  rv_handle *_Nullable handle;  ///< anchored beside the thread, see rv_push_handle
  rv_waiter waiter;
  rv_select *_Nullable select;    ///< while parked in a select
  rv_channel *_Nullable channel;  ///< while parked on, or just served by, a local channel
  void *_Nullable object;         ///< while parked on, or just served by, a Swift object
  rv_buffer *_Nullable value;
  int64_t integer, grant;
  rv_timer timer;
  rv_timer *_Nullable deadline;  ///< kills it
  uint64_t born;  ///< when, if a profiler counts it
  uint32_t slot, generation, serial;
  uint32_t waits;      ///< how often it has waited
  int32_t results;     ///< values on `blocked`'s stack for the resume
  int32_t case_index;  ///< of the select case that was served
  int32_t spawn_line;
  uint16_t spawn_source;
  uint8_t state, wait, killed /* an rv_status */, outcome;
  uint8_t is_spoiled;  ///< the thread ended by an error and is not used again
  uint8_t is_suspect;  ///< while rv_find_reachable looks
  uint8_t is_host;  ///< 1: somebody outside of the isolate waits for its end
  uint8_t result_mode;  ///< how results are written then, an rv_mode
};

static inline uint64_t rv_identifier(const rv_goroutine *goroutine) {
  return ((uint64_t)goroutine->generation << 32) | goroutine->slot;
}

/// What `spawn` gives to scripts.
struct rv_handle {
  uint64_t magic;
  rv_goroutine *_Nullable goroutine;  ///< while it lives
  rv_waiters waiters;
  int32_t status;  ///< an rv_status
  int32_t count;   ///< results: 1 in the user value itself, more in a table there
};

// MARK: Channels

struct rv_channel {
  uint64_t magic;
  rv_isolate *isolate;
  void *_Nullable shared;  ///< the Swift channel, once it crossed to another isolate
  rv_waiters receivers, senders;
  int64_t capacity;
  int32_t size, count, head;  ///< ring of elements in the first user value
  uint8_t closed, direction, overflow;
  uint64_t sent, received, dropped;
};
enum { RV_BOTH_WAYS, RV_SEND_ONLY, RV_RECEIVE_ONLY };

// MARK: Isolates

#define RV_CLASSES 64
#define RV_SOURCES 64

struct rv_isolate {
  lua_State *main;
  void *context;
  rv_callbacks callbacks;

  rv_goroutine *_Nullable run_head, *_Nullable run_tail;
  rv_goroutine *_Nullable *_Nullable goroutines;
  rv_goroutine *_Nullable free_list;
  rv_goroutine *_Nullable current;
  uint32_t slots, slot_capacity, live, runnable, parked, pooled, next_serial;
  int anchors;  ///< registry reference of the table that keeps the threads and handles

  lua_State *_Nullable volatile running;  ///< innermost running state, read by the signal handler
  volatile int system_yield;              ///< the yield under way is the runtime's, not the script's
  int unyieldable;                        ///< an outer frame of a nested coroutine cannot yield
  int count_hook;                         ///< instructions between static hooks; 0 with signals
  volatile int closing;                   ///< running __close or __tostring on a budget
  _Atomic uint64_t progress;              ///< one more with every slice
  _Atomic int attention;
  volatile int line_events;               ///< since the line hook was armed
  int look_at_timers;
  int stopped, doomed;

  rv_timer *_Nullable *_Nullable heap;
  uint32_t heap_count, heap_capacity;
  uint64_t timer_order;

  size_t memory, memory_peak, memory_limit;
  uint32_t memory_failures;

  int class_metatables[RV_CLASSES];
  const char *_Nullable class_names[RV_CLASSES];
  struct { const char *_Nullable key; char text[60]; } sources[RV_SOURCES];

  rv_profiler *_Nullable profilers;  ///< those that run
  rv_buffer scratch;
  uint32_t unreported, unreported_seen;
  uint64_t slices, preemptions, random;
};

#define RV_CHANNEL_MAGIC 0x52564348414e4e4cULL
#define RV_HANDLE_MAGIC 0x525648414e444c45ULL
#define RV_OBJECT_MAGIC 0x52564f424a454354ULL
#define RV_CHANNEL_CLASS 0

/// Userdata of a Swift object.
typedef struct rv_object {
  uint64_t magic;
  void *_Nullable pointer;
  int32_t object_class;
} rv_object;

// The extra space of each state holds its isolate; the lowest bit marks a coroutine of the script that
// is suspended by the runtime, not by `coroutine.yield`.
static inline rv_isolate *rv_isolate_of(lua_State *L) {
  return (rv_isolate *)(*(uintptr_t *)lua_getextraspace(L) & ~(uintptr_t)1);
}
static inline void rv_mark_waiting(lua_State *L, bool waiting) {
  uintptr_t *space = (uintptr_t *)lua_getextraspace(L);
  *space = waiting ? (*space | 1) : (*space & ~(uintptr_t)1);
}
static inline bool rv_is_waiting(lua_State *L) { return *(uintptr_t *)lua_getextraspace(L) & 1; }

static inline rv_goroutine *_Nullable rv_find(rv_isolate *isolate, uint64_t identifier) {
  uint32_t slot = (uint32_t)identifier;
  if (slot >= isolate->slots) return NULL;
  rv_goroutine *goroutine = isolate->goroutines[slot];
  return goroutine->generation == (uint32_t)(identifier >> 32) && goroutine->state != RV_DEAD ? goroutine : NULL;
}

static inline void rv_make_runnable(rv_isolate *isolate, rv_goroutine *goroutine) {
  goroutine->state = RV_RUNNABLE;
  goroutine->next = NULL;
  goroutine->previous = isolate->run_tail;
  if (isolate->run_tail) isolate->run_tail->next = goroutine; else isolate->run_head = goroutine;
  isolate->run_tail = goroutine;
  isolate->runnable++;
}

static inline void rv_unqueue(rv_isolate *isolate, rv_goroutine *goroutine) {
  if (goroutine->previous) goroutine->previous->next = goroutine->next; else isolate->run_head = goroutine->next;
  if (goroutine->next) goroutine->next->previous = goroutine->previous; else isolate->run_tail = goroutine->previous;
  isolate->runnable--;
}

// Registry keys: the address is what counts.
extern char rv_key_names, rv_key_values, rv_key_dumps, rv_key_objects, rv_key_environment, rv_key_handle,
    rv_key_channel, rv_key_shared_channel, rv_key_failure, rv_key_internals, rv_key_profiler;

// alloc.c
void *_Nullable rv_allocate(void *isolate, void *_Nullable pointer, size_t old_size, size_t new_size);

// goroutine.c
/// Parks the running goroutine; the continuation runs when it is served.
int rv_park(lua_State *L, enum rv_wait wait, lua_KFunction _Nullable continuation, lua_KContext context);
/// Raises unless the running code may block.
void rv_check_block(rv_isolate *isolate, lua_State *L, const char *what);
static inline bool rv_can_block(rv_isolate *isolate, lua_State *L) {
  return !isolate->unyieldable && isolate->current && lua_isyieldable(L);
}
/// Makes a parked goroutine runnable, with that many results on the stack of its blocked state.
void rv_wake(rv_isolate *isolate, rv_goroutine *goroutine, rv_outcome outcome, int results);
/// Spawns the function and arguments on the stack of L from `function` on; leaves the handle there.
rv_goroutine *rv_spawn(lua_State *L, rv_isolate *isolate, int function);
void rv_release_goroutine(rv_isolate *isolate, rv_goroutine *goroutine);
void rv_kill_goroutine(rv_isolate *isolate, rv_goroutine *goroutine, rv_status reason);
rv_handle *_Nullable rv_to_handle(lua_State *L, int index);
rv_handle *rv_check_handle(lua_State *L, int index);
void rv_push_handle(lua_State *L, const rv_goroutine *goroutine);
void rv_open_goroutines(lua_State *L);

// finish.c
void rv_finish(rv_isolate *isolate, rv_goroutine *goroutine, int status);
void rv_finish_killed(rv_isolate *isolate, rv_goroutine *goroutine);
void rv_open_failures(lua_State *L);
/// Pushes `ok, values…` of an ended goroutine, whose handle is at `index`.
int rv_push_results(lua_State *L, int index);
void rv_format_site(rv_isolate *isolate, const rv_goroutine *goroutine, char *text, size_t capacity);

// channel.c
rv_channel *_Nullable rv_to_channel(lua_State *L, int index);
rv_channel *rv_check_channel(lua_State *L, int index);
void rv_channel_text(lua_State *L, int index, char *text, size_t capacity);
void rv_open_channels(lua_State *L);

// transfer.c
/// 1: done (a receive pushed its value), 0: would block, or full for a channel that does not wait, -1: closed.
int rv_local_send(lua_State *L, rv_channel *channel, int channel_index, int value_index);
int rv_local_receive(lua_State *L, rv_channel *channel, int channel_index);
void rv_local_close(rv_channel *channel);
/// The element of a receiver that was killed before it saw it goes to the next one, or back to the front.
void rv_put_back(rv_isolate *isolate, rv_goroutine *goroutine);

// promote.c
/// Turns the channel at `index` into a shared one. Raises when an element inside cannot be copied.
void rv_promote(lua_State *L, int index, rv_channel *channel);
/// Pushes the channel object as a userdata of this isolate. Takes the reference over.
void rv_push_shared_channel(lua_State *L, void *channel, int direction);

// select.c
/// Whether the waiting select was not served by another isolate meanwhile, and is ours to serve now.
bool rv_select_claim(rv_goroutine *goroutine);
void rv_select_leave(rv_isolate *isolate, rv_goroutine *goroutine);
/// A case of a waiting select whose channel was just promoted: from now on Swift's queue holds it.
rv_claim *rv_select_convert(rv_goroutine *goroutine, rv_waiter *waiter);
void rv_open_select(lua_State *L);

// waits.c
/// Calls `visit` with the index, on the stack of the blocked state, of each channel or object that a parked goroutine waits for.
void rv_visit_subjects(rv_goroutine *goroutine, void *visitor, void (*visit)(void *visitor, lua_State *L, int index));

// profile.c
void rv_profile_spawn(rv_isolate *isolate, rv_goroutine *goroutine);
void rv_profile_end(rv_isolate *isolate, const rv_goroutine *goroutine);
void rv_open_profilers(lua_State *L);

// object.c
/// Pushes what an outcome stands for, or raises it. Frees the buffer.
int rv_push_outcome(lua_State *L, rv_outcome outcome, rv_invocation *call);
/// The same for the outcome that the running goroutine was woken with.
int rv_push_completion(lua_State *L);
/// Pushes a Swift object as userdata, the same one as long as it lives. Takes the reference over.
void rv_push_object(lua_State *L, void *pointer, int object_class, int flags);
rv_object *_Nullable rv_to_object(lua_State *L, int index);
void rv_open_objects(lua_State *L);
rv_outcome rv_invoke(rv_isolate *isolate, lua_State *L, void *object, int32_t method, rv_invocation *call);
int rv_park_object(lua_State *L, void *_Nullable object, enum rv_wait wait, lua_KFunction continuation,
                   lua_KContext context);
/// A buffer with one value. May raise.
rv_buffer *rv_encode_value(lua_State *L, rv_isolate *isolate, int index, rv_mode mode);

// encode.c, decode.c, bytecode.c
/// Appends `count` values from `first` on. May raise.
void rv_encode(lua_State *L, rv_isolate *isolate, rv_buffer *buffer, int first, int count, rv_mode mode);
/// Pushes the values and gives their number. `isolated`: an environment of its own. May raise.
int rv_decode(lua_State *L, rv_buffer *buffer, bool isolated);
/// Adds the names of the globals that bytecode uses, as keys, to the table on top of the stack.
void rv_scan_globals(lua_State *L, const uint8_t *dump, size_t length);
void rv_buffer_reset(rv_buffer *buffer);

// coroutine.c, preempt.c, library.c, timer.c
void rv_open_coroutines(lua_State *L);
void rv_hook(lua_State *L, lua_Debug *event);
void rv_install_hook(rv_isolate *isolate, lua_State *L);
void rv_open_preemption(rv_isolate *isolate);
/// Brackets a turn on this thread; the answer of one is the argument of the other.
int rv_enter(rv_isolate *isolate);
void rv_leave(int slot);
void rv_open_library(lua_State *L);
/// Raises a message with the position of the script's own line, whatever library code lies above it.
int rv_error(lua_State *L, const char *format, ...) __attribute__((format(printf, 2, 3)));
void rv_where(lua_State *L);
void rv_heap_free(rv_isolate *isolate);

static inline void rv_pop(lua_State *L, int count) { lua_settop(L, -count - 1); }

#pragma clang assume_nonnull end
