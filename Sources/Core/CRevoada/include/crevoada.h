// What Swift cannot say itself: a thread-local worker, futex waits, and the runtime's executor hooks.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Small functions are compiled into their Swift callers. Not under the thread sanitizer, which does not see atomics
// that come from a header: there the manifest puts include-sanitizer first, whose header asks for prototypes, and
// crevoada.c has the bodies.
#if defined(CRV_OUT_OF_LINE)
#define CRV_FUNCTION
#if defined(CRV_IMPLEMENTATION)
#define CRV_BODY(...) { __VA_ARGS__ }
#else
#define CRV_BODY(...) ;
#endif
#else
#define CRV_FUNCTION static inline
#define CRV_BODY(...) { __VA_ARGS__ }
#endif

#if defined(CRV_OUT_OF_LINE)
void __tsan_acquire(void *address);
#define CRV_ACQUIRE_TASK __tsan_acquire(crv_current_task());
#else
#define CRV_ACQUIRE_TASK
#endif

#pragma clang assume_nonnull begin

// MARK: Thread-local state

/// The worker this thread runs, or null on a thread that is not a scheduler's.
extern _Thread_local void *_Nullable crv_tls_worker;
CRV_FUNCTION void *_Nullable crv_current_worker(void)
CRV_BODY(return crv_tls_worker;)
CRV_FUNCTION void crv_set_current_worker(void *_Nullable worker)
CRV_BODY(crv_tls_worker = worker;)

/// The cancellation cell of the goroutine that was last seen on this thread; to be checked against the current task.
extern _Thread_local void *_Nullable crv_tls_cell;
CRV_FUNCTION void *_Nullable crv_last_cell(void)
CRV_BODY(return crv_tls_cell;)
CRV_FUNCTION void crv_set_last_cell(void *_Nullable cell)
CRV_BODY(crv_tls_cell = cell;)

/// The timers of the scheduler that runs on this thread, or null.
extern _Thread_local void *_Nullable crv_tls_timers;
CRV_FUNCTION void *_Nullable crv_current_timers(void)
CRV_BODY(return crv_tls_timers;)
CRV_FUNCTION void crv_set_current_timers(void *_Nullable timers)
CRV_BODY(crv_tls_timers = timers;)

/// The hosted executor whose jobs run on this thread just now, or null.
extern _Thread_local void *_Nullable crv_tls_host;
CRV_FUNCTION void *_Nullable crv_current_host(void)
CRV_BODY(return crv_tls_host;)
CRV_FUNCTION void crv_set_current_host(void *_Nullable host)
CRV_BODY(crv_tls_host = host;)

/// The channels whose callbacks for what they dropped run on this thread, innermost first; or null.
extern _Thread_local void *_Nullable crv_tls_dropping;
CRV_FUNCTION void *_Nullable crv_dropping(void)
CRV_BODY(return crv_tls_dropping;)
CRV_FUNCTION void crv_set_dropping(void *_Nullable dropping)
CRV_BODY(crv_tls_dropping = dropping;)

/// How many watch goroutines just now, want to know who holds locks, and want to know when no worker has anything to do.
extern uint32_t crv_watchers[3];
CRV_FUNCTION bool crv_is_watched(int what)
CRV_BODY(return __atomic_load_n(&crv_watchers[what], __ATOMIC_RELAXED) != 0;)
CRV_FUNCTION void crv_watch(int what, int change)
CRV_BODY(__atomic_add_fetch(&crv_watchers[what], (uint32_t)change, __ATOMIC_ACQ_REL);)

// MARK: Pausing and clocks

/// Tells the core that this is a spin loop.
static inline void crv_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}
/// Lets another thread run.
void crv_yield_thread(void);
/// A pseudo-random number of this thread's own generator (xorshift64*), for choices that need no quality.
uint64_t crv_random(void);
/// Makes what ``crv_random`` gives on this thread repeatable.
void crv_seed_random(uint64_t seed);
/// Nanoseconds of the monotonic clock.
int64_t crv_now(void);

// MARK: Atomics on plain memory

CRV_FUNCTION uint8_t crv_exchange_byte(uint8_t *address, uint8_t value)
CRV_BODY(return __atomic_exchange_n(address, value, __ATOMIC_ACQ_REL);)
CRV_FUNCTION uint32_t crv_increment(uint32_t *address)
CRV_BODY(return __atomic_add_fetch(address, 1, __ATOMIC_ACQ_REL);)
/// Compare-and-swap of a byte.
CRV_FUNCTION bool crv_publish_byte(uint8_t *address, uint8_t expected, uint8_t value)
CRV_BODY(return __atomic_compare_exchange_n(address, &expected, value, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);)

CRV_FUNCTION uintptr_t crv_load_word(const uintptr_t *address)
CRV_BODY(return __atomic_load_n(address, __ATOMIC_ACQUIRE);)
CRV_FUNCTION void crv_store_word(uintptr_t *address, uintptr_t value)
CRV_BODY(__atomic_store_n(address, value, __ATOMIC_RELEASE);)
CRV_FUNCTION bool crv_replace_word(uintptr_t *address, uintptr_t expected, uintptr_t value)
CRV_BODY(return __atomic_compare_exchange_n(address, &expected, value, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);)

// MARK: Futex

CRV_FUNCTION uint32_t crv_load(const uint32_t *address)
CRV_BODY(return __atomic_load_n(address, __ATOMIC_ACQUIRE);)
CRV_FUNCTION void crv_store(uint32_t *address, uint32_t value)
CRV_BODY(__atomic_store_n(address, value, __ATOMIC_RELEASE);)

/// Sleeps while `*address == expected`, at most `timeout` nanoseconds (negative: for ever). May wake spuriously.
void crv_futex_wait(const uint32_t *address, uint32_t expected, int64_t timeout);
/// Wakes up to `count` threads that sleep on `address`.
void crv_futex_wake(const uint32_t *address, int count);

// MARK: Threads

/// The number of cores this process may use: its CPU affinity counts, so that containers pinned to cores are right.
int crv_available_cores(void);
/// Starts a detached thread; of its name the kernel keeps 15 characters. Returns an errno, 0 on success.
int crv_start_thread(const char *name, size_t stack_size, void (*body)(void *), void *context);

// MARK: Lock

/// A futex lock for short critical sections: 0 free, 1 held, 2 held with sleepers. It spins briefly with
/// growing pauses, so that the holder's core finishes a run of operations, and then sleeps: a preempted holder
/// costs the others no CPU. Design: Drepper, "Futexes Are Tricky", mutex 3.
typedef struct crv_lock {
  uint32_t state;
} crv_lock;

void crv_lock_slow(crv_lock *lock);
void crv_unlock_slow(crv_lock *lock);

CRV_FUNCTION bool crv_lock_try(crv_lock *lock)
CRV_BODY(uint32_t expected = 0;
  return __atomic_compare_exchange_n(
      &lock->state, &expected, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);)
CRV_FUNCTION void crv_lock_acquire(crv_lock *lock)
CRV_BODY(if (!crv_lock_try(lock)) crv_lock_slow(lock);)
CRV_FUNCTION void crv_lock_release(crv_lock *lock)
CRV_BODY(if (__atomic_exchange_n(&lock->state, 0, __ATOMIC_RELEASE) == 2) crv_unlock_slow(lock);)

// MARK: The Swift runtime

/// Receives every job that the runtime would hand to its global executor.
typedef void (*crv_enqueue)(void *job);
/// Receives jobs to be run `delay` nanoseconds from now.
typedef void (*crv_enqueue_after)(void *job, uint64_t delay);

/// Routes the runtime's global executor to the given functions; false where this runtime has no such hook.
bool crv_install_hooks(crv_enqueue enqueue, crv_enqueue_after enqueue_after);
/// Runs a job with the identity of the global executor.
void crv_run_job(void *job);

/// The current task, or null outside of one.
void *_Nullable crv_current_task(void);
/// Reads a word at an address that may not be mapped; false then, or where the system has no way to ask.
bool crv_peek(uintptr_t address, uintptr_t *word);
bool crv_task_is_cancelled(void *task);
/// Called right after the await of a continuation: what came before its resume has happened. Nothing to do but under the
/// thread sanitizer, which the runtime does not tell so when the resume came before the task had suspended.
CRV_FUNCTION void crv_awaited(void)
CRV_BODY(CRV_ACQUIRE_TASK)

/// Calls the function that the first word of `context` points to, with `context`, when the current task is cancelled
/// (at once if it is already). The record must be removed before `context` goes; removal waits for a handler that runs.
/// Cheaper than `withTaskCancellationHandler`: no closure, no context to allocate.
void *crv_add_cancellation_handler(void *context);
void crv_remove_cancellation_handler(void *record);

#pragma clang assume_nonnull end
