// Claims and locks: the only state that several isolates touch at once.
#include "internal.h"
#include <pthread.h>
#include <stdlib.h>

struct rv_claim {
  _Atomic int references;
  _Atomic int taken;
  void *context;
  int32_t (*take)(void *context);
  void (*release)(void *context);
};

rv_claim *rv_claim_new(void) {
  rv_claim *claim = calloc(1, sizeof *claim);
  if (!claim) abort();
  atomic_init(&claim->references, 1);
  return claim;
}

rv_claim *rv_claim_delegated(void *context, int32_t (*take)(void *context), void (*release)(void *context)) {
  rv_claim *claim = rv_claim_new();
  claim->context = context;
  claim->take = take;
  claim->release = release;
  return claim;
}

void *rv_claim_context(rv_claim *claim) { return claim->context; }

rv_claim *rv_claim_retain(rv_claim *claim) {
  atomic_fetch_add_explicit(&claim->references, 1, memory_order_relaxed);
  return claim;
}

void rv_claim_release(rv_claim *claim) {
  if (atomic_fetch_sub_explicit(&claim->references, 1, memory_order_acq_rel) != 1) return;
  if (claim->release) claim->release(claim->context);
  free(claim);
}

int32_t rv_claim_take(rv_claim *claim) {
  if (claim->take) return claim->take(claim->context);
  int expected = 0;
  return atomic_compare_exchange_strong_explicit(
    &claim->taken, &expected, 1, memory_order_acq_rel, memory_order_relaxed);
}

struct rv_lock { pthread_mutex_t mutex; };

rv_lock *rv_lock_new(void) {
  rv_lock *lock = malloc(sizeof *lock);
  if (!lock || pthread_mutex_init(&lock->mutex, NULL) != 0) abort();
  return lock;
}

void rv_lock_free(rv_lock *lock) {
  pthread_mutex_destroy(&lock->mutex);
  free(lock);
}

void rv_lock_acquire(rv_lock *lock) { pthread_mutex_lock(&lock->mutex); }
void rv_lock_release(rv_lock *lock) { pthread_mutex_unlock(&lock->mutex); }
