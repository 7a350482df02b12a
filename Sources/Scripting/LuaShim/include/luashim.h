// The C side of the Lua runtime: what must raise Lua errors, yield, or run in hooks and signal
// handlers, and what is too hot to cross a language border. Everything else is Swift.
//
// Lua errors are long jumps, so no Swift frame may ever lie between a raise and its catch: callbacks
// return outcomes, and C raises them afterwards.
#pragma once
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct rv_isolate rv_isolate;
typedef struct rv_claim rv_claim;

// MARK: Encoded values

/// A growable byte buffer holding encoded Lua values. Whoever holds it frees it.
typedef struct rv_buffer {
  uint8_t *_Nullable bytes;
  size_t length, capacity, position;
  int32_t count;        ///< values at the top level
  int32_t has_globals;  ///< copied globals inside: decode into an environment of its own
} rv_buffer;

typedef enum rv_tag : uint8_t {
  RV_TAG_NIL,
  RV_TAG_FALSE,
  RV_TAG_TRUE,
  RV_TAG_INTEGER,   ///< int64
  RV_TAG_NUMBER,    ///< double
  RV_TAG_STRING,    ///< uint32 length, bytes
  RV_TAG_TABLE,     ///< uint32 array length, (key, value)*, END, metatable
  RV_TAG_SEEN,      ///< uint32 index of a table or function met before
  RV_TAG_FUNCTION,  ///< uint32 length, bytecode, (UPVALUE value | JOIN | GLOBAL value)*, END
  RV_TAG_UPVALUE,   ///< uint32 number, its value
  RV_TAG_JOIN,      ///< uint32 number of an upvalue met before
  RV_TAG_GLOBAL,    ///< uint32 length, name, its value
  RV_TAG_KNOWN,     ///< a library value, by name
  RV_TAG_GLOBALS,   ///< the environment
  RV_TAG_OBJECT,    ///< uint8 class, uint8 flags, pointer with one reference
  RV_TAG_REFERENCE, ///< uint8 type, int32 registry reference of the isolate, pointer to who holds it or null
  RV_TAG_NESTED,    ///< uint8 has_globals, one value that was encoded on its own
  RV_TAG_END
} rv_tag;

rv_buffer *rv_buffer_new(void);
void rv_buffer_free(rv_buffer *_Nullable buffer);
/// Frees the buffer and releases the objects inside that were never decoded.
void rv_buffer_discard(rv_buffer *_Nullable buffer, void (*release)(void *object));
rv_buffer *rv_buffer_copy(const rv_buffer *buffer, void (*retain)(void *object));
void rv_buffer_put(rv_buffer *buffer, const void *bytes, size_t length);
void rv_buffer_put_tag(rv_buffer *buffer, rv_tag tag);
void rv_buffer_put_string(rv_buffer *buffer, const void *_Nullable bytes, size_t length);
/// Appends a copy of the one value in `inner`.
void rv_buffer_put_nested(rv_buffer *buffer, const rv_buffer *inner, void (*retain)(void *object));

/// How values are written for their reader.
typedef enum rv_mode : uint8_t {
  RV_COPY,    ///< for another isolate: everything is copied
  RV_HOST,    ///< for Swift: tables are copied, functions are references
  RV_OPAQUE,  ///< for Swift to keep and give back: what is neither scalar, string nor handle is a reference
} rv_mode;

// MARK: Outcomes of calls into Swift

typedef enum rv_outcome : int32_t {
  RV_PENDING,  ///< the goroutine parks until rv_complete
  RV_VALUES,   ///< the values of the buffer (none when there is no buffer)
  RV_ERROR,    ///< raise the string in the buffer, with the caller's position
  RV_RAISE,    ///< raise the value in the buffer as it is
  RV_NONE,     ///< no values
  RV_TRUE,
  RV_FALSE,
  RV_INTEGER,
  RV_RECEIVED, ///< the value of the buffer, then true
  RV_CLOSED,   ///< a channel was closed: an error for a sender, nil and false for a receiver
  RV_EXPIRED,  ///< the timer of a wait fired
  RV_LOCAL,    ///< values already lie on the goroutine's stack
} rv_outcome;

/// Methods of a shared channel that C itself calls.
enum rv_channel_method : int32_t {
  RV_CHANNEL_SEND = 1,
  RV_CHANNEL_RECEIVE,
  RV_CHANNEL_TRY_SEND,
  RV_CHANNEL_TRY_RECEIVE,
  RV_CHANNEL_CLOSE,
  RV_CHANNEL_COUNT,
  RV_CHANNEL_IS_CLOSED,
  RV_CHANNEL_CAPACITY,
  RV_CHANNEL_INSPECT,
};

/// What a channel does with an element that does not fit.
enum rv_overflow : uint8_t { RV_BLOCK, RV_DROP_OLDEST, RV_DROP_NEWEST, RV_FAIL };

/// What a local channel hands to the shared one that takes its place.
typedef struct rv_channel_state {
  int64_t capacity;
  uint64_t sent, received, dropped;
  const char *_Nullable name;
  int32_t undelivered;  ///< registry reference of the function that dropped elements go to, or 0
  uint8_t closed, overflow;
} rv_channel_state;


/// One method call on an object. Checked by C against the method's signature.
typedef struct rv_invocation {
  int64_t first, second;
  double number;
  int32_t count;                  ///< arguments present
  rv_buffer *_Nullable value;     ///< in: encoded argument; out: encoded results or error text
  int64_t result;                 ///< out, with RV_INTEGER
} rv_invocation;

/// What a case of a select does with its object: what the method of that name does.
typedef enum rv_operation : uint8_t { RV_RECEIVE, RV_SEND, RV_LOCK, RV_RLOCK, RV_ACQUIRE, RV_WAIT } rv_operation;

/// Where a case of a select waits.
typedef enum rv_place : int32_t {
  RV_NOWHERE,   ///< the object cannot do that
  RV_IN_QUEUE,  ///< in the object's own queue, by `park_select`
  RV_IN_SWIFT,  ///< in a select of Swift, by `select_objects`
} rv_place;

/// One Swift object among the cases of a select.
typedef struct rv_object_case {
  void *object;
  rv_buffer *_Nullable value;  ///< to send
  int64_t amount;              ///< permits, or a priority
  int32_t index;
  rv_operation operation;
} rv_object_case;

/// How a goroutine ended.
typedef enum rv_status : int32_t {
  RV_RUNNING,
  RV_SUCCEEDED,
  RV_FAILED,
  RV_KILLED,
  RV_TIMED_OUT,
  RV_OUT_OF_MEMORY,
} rv_status;

typedef struct rv_failure {
  const char *message;
  size_t message_length;
  const char *_Nullable traceback;
  size_t traceback_length;
  const char *site;  ///< where the goroutine was spawned
} rv_failure;

/// Swift's side. None of these raises; all run on the isolate's task.
typedef struct rv_callbacks {
  uint64_t (*now)(void *context);
  rv_outcome (*call)(void *context, uint64_t goroutine, int32_t function, rv_buffer *arguments,
                     rv_buffer *_Nullable *_Nonnull results);
  rv_outcome (*invoke)(void *context, uint64_t goroutine, void *object, int32_t method, rv_invocation *call);
  /// The goroutine no longer waits for the object (null: for its native call).
  void (*cancel)(void *context, uint64_t goroutine, void *_Nullable object);
  /// A grant reached a goroutine that was killed before it ran; `value` passes over.
  void (*refund)(void *context, void *object, int64_t grant, rv_buffer *_Nullable value);
  void *_Nonnull (*_Nonnull make_channel)(void *context, const rv_channel_state *state);
  /// Moves a buffered element (`goroutine` 0) or a parked goroutine into a channel that was just made.
  void (*adopt)(void *context, void *channel, uint64_t goroutine, int32_t receives, rv_buffer *_Nullable value,
                rv_claim *_Nullable claim, int32_t index);
  /// Where the case would wait; why it cannot, in `text`.
  rv_place (*place_case)(const rv_object_case *object_case, char *text, size_t capacity);
  /// Serves one of the cases that wait in queues and answers its index; else answers 0 and, with the claim, parks the select on all of
  /// them at once.
  int32_t (*park_select)(void *context, uint64_t goroutine, rv_object_case *cases, int32_t count,
                         rv_claim *_Nullable claim, rv_invocation *result, rv_outcome *outcome);
  /// A claim for a select that waits in one of Swift, too.
  rv_claim *_Nonnull (*_Nonnull make_claim)(void);
  /// The same as `park_select` for cases that wait in Swift.
  int32_t (*select_objects)(void *context, uint64_t goroutine, const rv_object_case *cases, int32_t count,
                            rv_claim *_Nullable claim, rv_invocation *result, rv_outcome *outcome);
  void (*retain)(void *object);
  void (*release)(void *object);
  void (*describe)(void *context, void *object, char *text, size_t capacity);
  void (*finished)(void *context, uint64_t goroutine, rv_status status, rv_buffer *_Nullable results,
                   const rv_failure *_Nullable failure);
  void (*report)(void *context, const rv_failure *failure);
  void (*output)(void *context, const char *bytes, size_t length);
  void (*timer)(void *context, uint64_t identifier);
  /// Asked from a hook that cannot yield: apply what must not wait, such as kills.
  void (*interrupt)(void *context);
  void (*exit)(void *context, int32_t code);
} rv_callbacks;

// MARK: Isolates

rv_isolate *_Nullable rv_isolate_new(void *context, const rv_callbacks *callbacks, size_t memory_limit);
void rv_isolate_free(rv_isolate *isolate);

typedef struct rv_statistics {
  size_t memory, memory_peak, memory_limit;
  uint64_t slices, preemptions;
  uint32_t live, runnable, parked, pooled;
} rv_statistics;
rv_statistics rv_isolate_statistics(rv_isolate *isolate);

/// Defines a class of objects; methods follow by rv_class_method.
void rv_class_define(rv_isolate *isolate, int32_t identifier, const char *name);
/// `signature`: "" none, "i" integer, "I" optional integer, "ii" two integers, "n" milliseconds,
/// "N" optional milliseconds, "o" any values, opaque ones as references,
/// "h" any values, tables as copies.
void rv_class_method(rv_isolate *isolate, int32_t identifier, const char *name, int32_t method,
                     const char *signature);
/// Defines a native function in a library (a global table that `require` finds too); a null module
/// stands for the internals that preludes get. `isolated`: arguments are copied for another isolate.
void rv_function_define(rv_isolate *isolate, const char *_Nullable module, const char *name, int32_t function,
                        int32_t isolated);
/// Runs library source with (goroutine, internals) or (module) as `...`; 0, or an error in `message`.
int32_t rv_prelude(rv_isolate *isolate, const char *source, size_t length, const char *name,
                   const char *_Nullable module, char *message, size_t capacity);
/// Fixes which values are library values that travel by name. Call after the preludes.
void rv_seal(rv_isolate *isolate);

/// Goroutines that Swift waits for: their end is told by `finished`. 0 on error.
uint64_t rv_spawn_chunk(rv_isolate *isolate, const char *source, size_t length, const char *name,
                        rv_buffer *_Nullable arguments, char *message, size_t capacity);
/// `results` says how its results are written.
uint64_t rv_spawn_reference(rv_isolate *isolate, int32_t reference, rv_buffer *arguments, rv_mode results,
                            char *message, size_t capacity);
/// Spawns a function that nobody waits for. Takes the arguments.
void rv_spawn_detached(rv_isolate *isolate, int32_t reference, rv_buffer *arguments);
/// Spawns the function that is the buffer's first value with the rest as arguments. `isolated`: a copy.
uint64_t rv_spawn_buffer(rv_isolate *isolate, rv_buffer *values, char *message, size_t capacity);
void rv_unreference(rv_isolate *isolate, int32_t reference);
/// A copy, for other isolates, of the value that a reference stands for; null and a message when it has none.
rv_buffer *_Nullable rv_copy_reference(rv_isolate *isolate, int32_t reference, char *message, size_t capacity);

/// Opens a turn on this thread and forgets earlier calls for attention: look for what was posted, then
/// rv_run, then rv_end_turn.
void rv_begin_turn(rv_isolate *isolate);
void rv_end_turn(void);
/// Whether the isolate's turn is under way on this very thread, so that rv_complete may be called.
int32_t rv_is_turning(rv_isolate *isolate);
/// Runs up to `slices` turns of goroutines; gives how many are runnable, or -1 once the isolate is stopped.
int32_t rv_run(rv_isolate *isolate, int32_t slices);
/// Asks rv_run to come back soon. From any thread.
void rv_attention(rv_isolate *isolate);
/// Whether the isolate was stopped because it kept running out of memory.
int32_t rv_is_doomed(rv_isolate *isolate);
/// Stops the isolate: rv_run does nothing any more.
void rv_stop(rv_isolate *isolate);

/// Ends the wait of a goroutine. 0 when it does not wait any more: then the caller refunds.
/// Takes the buffer over when it answers 1.
int32_t rv_complete(rv_isolate *isolate, uint64_t goroutine, rv_outcome outcome, int64_t integer,
                    rv_buffer *_Nullable value, void *_Nullable object, int64_t grant, int32_t index);
int32_t rv_kill(rv_isolate *isolate, uint64_t goroutine);
void rv_kill_all(rv_isolate *isolate);

/// Nanoseconds of the next timer, UINT64_MAX without one.
uint64_t rv_next_deadline(rv_isolate *isolate);
void rv_fire_timers(rv_isolate *isolate);
void rv_timer_schedule(rv_isolate *isolate, uint64_t deadline, uint64_t identifier);
void rv_timer_cancel(rv_isolate *isolate, uint64_t identifier);

/// Reports errors that can no longer be awaited; `force` looks for them at any cost.
void rv_report_failures(rv_isolate *isolate, int32_t force);

/// What can end a wait.
typedef enum rv_ending : int32_t {
  RV_BY_TIME,       ///< a timer or a native call
  RV_BY_CHANNEL,    ///< a goroutine with one of these channels, which are all of this isolate, or objects
  RV_BY_ANYBODY,    ///< a goroutine of any isolate, or something else
  RV_BY_OBJECT,     ///< a method of the object
  RV_BY_GOROUTINE,  ///< the end of the awaited goroutine
  RV_BY_NOTHING,
} rv_ending;

/// A parked goroutine.
typedef struct rv_wait_info {
  uint64_t goroutine;
  uint32_t serial;
  uint32_t number;              ///< of this wait among the goroutine's
  const char *text;             ///< such as `waits to receive from channel "jobs" at script.lua:3`
  const char *site;             ///< where it was spawned
  const char *channels;         ///< the channels it waits for, one a line
  void *_Nonnull const *objects;  ///< the objects it waits for
  int32_t object_count;
  rv_ending ending;
  void *_Nullable object;
  uint64_t awaited;
} rv_wait_info;

/// Calls `visit` for every parked goroutine.
void rv_visit_waits(rv_isolate *isolate, void *visitor, void (*visit)(void *visitor, const rv_wait_info *wait));

/// For each suspect, which waits for channels or objects of this isolate: whether one of these can be reached from anything but the suspects.
/// 0 when that cannot be found out for want of memory.
int32_t rv_find_reachable(rv_isolate *isolate, const uint64_t *suspects, int32_t count, uint8_t *reachable);

// MARK: Claims

/// Lets exactly one of several parties serve a parked select.
rv_claim *rv_claim_new(void);
/// One that somebody else decides: `take` answers 1 to whoever may serve the select. Frees the context by `release`.
rv_claim *rv_claim_delegated(void *context, int32_t (*take)(void *context), void (*release)(void *context));
void *_Nullable rv_claim_context(rv_claim *claim);
rv_claim *rv_claim_retain(rv_claim *claim);
void rv_claim_release(rv_claim *claim);
int32_t rv_claim_take(rv_claim *claim);

// MARK: Locks

/// A mutex at a fixed address: several are held at once, in address order, by a select.
typedef struct rv_lock rv_lock;
rv_lock *rv_lock_new(void);
void rv_lock_free(rv_lock *lock);
void rv_lock_acquire(rv_lock *lock);
void rv_lock_release(rv_lock *lock);

#pragma clang assume_nonnull end
