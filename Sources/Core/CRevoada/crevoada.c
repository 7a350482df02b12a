#define _GNU_SOURCE
#define CRV_IMPLEMENTATION
#include "crevoada.h"

#include <errno.h>
#include <limits.h>
#include <time.h>

_Thread_local void *crv_tls_worker;
_Thread_local void *crv_tls_cell;
_Thread_local void *crv_tls_timers;
_Thread_local void *crv_tls_host;
_Thread_local void *crv_tls_dropping;
uint32_t crv_watchers[3];

static _Thread_local uint64_t random_state;

void crv_seed_random(uint64_t seed) { random_state = seed ^ 0x9E3779B97F4A7C15u ?: 1; }
uint64_t crv_random(void) {
  if (random_state == 0) crv_seed_random((uint64_t)(uintptr_t)&random_state ^ (uint64_t)crv_now());
  random_state ^= random_state >> 12;
  random_state ^= random_state << 25;
  random_state ^= random_state >> 27;
  return random_state * 0x2545F4914F6CDD1Du;
}
int64_t crv_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

// MARK: Futex

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

void crv_futex_wait(const uint32_t *address, uint32_t expected, int64_t timeout) {
  struct timespec t = {timeout / 1000000000, timeout % 1000000000};
  syscall(SYS_futex, address, FUTEX_WAIT_PRIVATE, expected, timeout < 0 ? NULL : &t, NULL, 0);
}
void crv_futex_wake(const uint32_t *address, int count) {
  syscall(SYS_futex, address, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}
#elif defined(__APPLE__)
#include <os/os_sync_wait_on_address.h>

void crv_futex_wait(const uint32_t *address, uint32_t expected, int64_t timeout) {
  if (timeout < 0)
    os_sync_wait_on_address((void *)address, expected, 4, OS_SYNC_WAIT_ON_ADDRESS_NONE);
  else
    os_sync_wait_on_address_with_timeout(
        (void *)address, expected, 4, OS_SYNC_WAIT_ON_ADDRESS_NONE, OS_CLOCK_MACH_ABSOLUTE_TIME, (uint64_t)timeout + 1);
}
void crv_futex_wake(const uint32_t *address, int count) {
  if (count == 1)
    os_sync_wake_by_address_any((void *)address, 4, OS_SYNC_WAKE_BY_ADDRESS_NONE);
  else
    os_sync_wake_by_address_all((void *)address, 4, OS_SYNC_WAKE_BY_ADDRESS_NONE);
}
#else
#error "Revoada needs a futex: Linux or macOS"
#endif

// MARK: Threads

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void crv_yield_thread(void) { sched_yield(); }
int crv_available_cores(void) {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return CPU_COUNT(&set);
#endif
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (int)online : 1;
}
struct thread_start {
  void (*body)(void *);
  void *context;
  char name[16];
};
static void *thread_main(void *argument) {
  struct thread_start start = *(struct thread_start *)argument;
  free(argument);
#if defined(__APPLE__)
  pthread_setname_np(start.name);
#else
  pthread_setname_np(pthread_self(), start.name);
#endif
  start.body(start.context);
  return NULL;
}
int crv_start_thread(const char *name, size_t stack_size, void (*body)(void *), void *context) {
  struct thread_start *start = calloc(1, sizeof *start);
  if (!start) return ENOMEM;
  start->body = body;
  start->context = context;
  strncpy(start->name, name, sizeof start->name - 1);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack_size);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  int error = pthread_create(&thread, &attributes, thread_main, start);
  pthread_attr_destroy(&attributes);
  if (error) free(start);
  return error;
}

// MARK: Lock

// About 4 µs of spinning in all: longer than any of our critical sections, shorter than a sleep and its wake-up.
enum { spin_rounds = 8, longest_pause = 64 };

void crv_lock_slow(crv_lock *lock) {
  int pauses = 4;
  for (int round = 0; round < spin_rounds; round++) {
    for (int i = 0; i < pauses; i++) crv_pause();
    if (pauses < longest_pause) pauses *= 2;
    if (__atomic_load_n(&lock->state, __ATOMIC_RELAXED) == 0 && crv_lock_try(lock)) return;
  }
  while (__atomic_exchange_n(&lock->state, 2, __ATOMIC_ACQUIRE) != 0) crv_futex_wait(&lock->state, 2, -1);
}
void crv_unlock_slow(crv_lock *lock) { crv_futex_wake(&lock->state, 1); }

// MARK: The Swift runtime

// Declared by the runtime's own header Executor.h/Task.h, which toolchains do not ship. Weak: another runtime may lack them.
#define SWIFTCALL __attribute__((swiftcall))
#define SWIFT_CONTEXT __attribute__((swift_context))

typedef SWIFTCALL void (*enqueue_original)(void *job);
typedef SWIFTCALL void (*delay_original)(unsigned long long delay, void *job);
typedef SWIFTCALL void (*deadline_original)(
    long long, long long, long long, long long, int, void *);

extern SWIFTCALL void (*swift_task_enqueueGlobal_hook)(void *, enqueue_original) __attribute__((weak));
extern SWIFTCALL void (*swift_task_enqueueGlobalWithDelay_hook)(
    unsigned long long, void *, delay_original) __attribute__((weak));
extern SWIFTCALL void (*swift_task_enqueueGlobalWithDeadline_hook)(
    long long, long long, long long, long long, int, void *, deadline_original) __attribute__((weak));
extern SWIFTCALL void swift_job_run(void *job, uintptr_t executor, uintptr_t implementation);
extern SWIFTCALL void *swift_task_addCancellationHandler(
    SWIFTCALL void (*handler)(SWIFT_CONTEXT void *), void *context);
extern SWIFTCALL void swift_task_removeCancellationHandler(void *record);

extern SWIFTCALL void *swift_task_getCurrent(void);
extern SWIFTCALL bool swift_task_isCancelled(void *task);

void *crv_current_task(void) { return swift_task_getCurrent(); }

#if defined(__linux__)
#include <sys/uio.h>

bool crv_peek(uintptr_t address, uintptr_t *word) {
  struct iovec here = {word, sizeof *word}, there = {(void *)address, sizeof *word};
  return process_vm_readv(getpid(), &here, 1, &there, 1, 0) == sizeof *word;
}
#else
bool crv_peek(uintptr_t address, uintptr_t *word) { return (void)address, (void)word, false; }
#endif
bool crv_task_is_cancelled(void *task) { return swift_task_isCancelled(task); }

// Written once, while other threads may run jobs already: acquired by each use, so that what was set up before is seen.
static crv_enqueue installed_enqueue;
static crv_enqueue_after installed_enqueue_after;
#define INSTALLED(function) __atomic_load_n(&function, __ATOMIC_ACQUIRE)

static SWIFTCALL void on_enqueue(void *job, enqueue_original original) {
  (void)original;
  INSTALLED(installed_enqueue)(job);
}
static SWIFTCALL void on_enqueue_after(unsigned long long delay, void *job, delay_original original) {
  (void)original;
  INSTALLED(installed_enqueue_after)(job, delay);
}
static SWIFTCALL void on_enqueue_at(
    long long sec, long long nsec, long long tsec, long long tnsec, int clock, void *job,
    deadline_original original) {
  (void)tsec, (void)tnsec, (void)original;
  // The runtime's clock ids: 1 continuous, 2 suspending, 3 wall.
  struct timespec now;
  clock_gettime(clock == 3 ? CLOCK_REALTIME : clock == 1 ?
#if defined(CLOCK_BOOTTIME)
    CLOCK_BOOTTIME
#else
    CLOCK_MONOTONIC_RAW
#endif
    : CLOCK_MONOTONIC, &now);
  long long delay = (sec - now.tv_sec) * 1000000000LL + (nsec - now.tv_nsec);
  INSTALLED(installed_enqueue_after)(job, delay > 0 ? (uint64_t)delay : 0);
}

bool crv_install_hooks(crv_enqueue enqueue, crv_enqueue_after enqueue_after) {
  if (!&swift_task_enqueueGlobal_hook || !&swift_task_enqueueGlobalWithDelay_hook ||
      !&swift_task_enqueueGlobalWithDeadline_hook)
    return false;
  __atomic_store_n(&installed_enqueue, enqueue, __ATOMIC_SEQ_CST);
  __atomic_store_n(&installed_enqueue_after, enqueue_after, __ATOMIC_SEQ_CST);
  __atomic_store_n(&swift_task_enqueueGlobalWithDelay_hook, on_enqueue_after, __ATOMIC_SEQ_CST);
  __atomic_store_n(&swift_task_enqueueGlobalWithDeadline_hook, on_enqueue_at, __ATOMIC_SEQ_CST);
  __atomic_store_n(&swift_task_enqueueGlobal_hook, on_enqueue, __ATOMIC_SEQ_CST);
  return true;
}
void crv_run_job(void *job) { swift_job_run(job, 0, 0); }

// The runtime calls handlers in the convention of Swift closures: the context comes in a register of its own.
static SWIFTCALL void on_cancel(SWIFT_CONTEXT void *context) {
  void (*handler)(void *) = *(void (**)(void *))context;
  handler(context);
}
void *crv_add_cancellation_handler(void *context) {
  return swift_task_addCancellationHandler(on_cancel, context);
}
void crv_remove_cancellation_handler(void *record) { swift_task_removeCancellationHandler(record); }
