// A binary heap of timers in deadline order; each knows its place, so that disarming is exact.
#include "internal.h"
#include <stdlib.h>

static inline bool before(const rv_timer *a, const rv_timer *b) {
  return a->deadline != b->deadline ? a->deadline < b->deadline : a->order < b->order;
}

static void place(rv_isolate *isolate, rv_timer *timer, uint32_t index) {
  isolate->heap[index] = timer;
  timer->index = (int32_t)index;
}

static void sift_up(rv_isolate *isolate, rv_timer *timer, uint32_t index) {
  while (index > 0) {
    uint32_t parent = (index - 1) / 2;
    if (!before(timer, isolate->heap[parent])) break;
    place(isolate, isolate->heap[parent], index);
    index = parent;
  }
  place(isolate, timer, index);
}

static void sift_down(rv_isolate *isolate, rv_timer *timer, uint32_t index) {
  for (;;) {
    uint32_t child = 2 * index + 1;
    if (child >= isolate->heap_count) break;
    if (child + 1 < isolate->heap_count && before(isolate->heap[child + 1], isolate->heap[child])) child++;
    if (!before(isolate->heap[child], timer)) break;
    place(isolate, isolate->heap[child], index);
    index = child;
  }
  place(isolate, timer, index);
}

void rv_timer_arm(rv_isolate *isolate, rv_timer *timer, uint64_t deadline) {
  if (timer->index >= 0) rv_timer_disarm(isolate, timer);
  if (isolate->heap_count == isolate->heap_capacity) {
    uint32_t capacity = isolate->heap_capacity ? isolate->heap_capacity * 2 : 64;
    rv_timer **moved = realloc(isolate->heap, capacity * sizeof *moved);
    if (!moved) abort();
    isolate->heap = moved;
    isolate->heap_capacity = capacity;
  }
  timer->deadline = deadline;
  timer->order = isolate->timer_order++;
  sift_up(isolate, timer, isolate->heap_count++);
}

void rv_timer_disarm(rv_isolate *isolate, rv_timer *timer) {
  if (timer->index < 0) return;
  uint32_t index = (uint32_t)timer->index;
  timer->index = -1;
  rv_timer *last = isolate->heap[--isolate->heap_count];
  if (last == timer) return;
  if (index > 0 && before(last, isolate->heap[(index - 1) / 2])) sift_up(isolate, last, index);
  else sift_down(isolate, last, index);
}

uint64_t rv_next_deadline(rv_isolate *isolate) {
  return isolate->heap_count ? isolate->heap[0]->deadline : UINT64_MAX;
}

static void fire(rv_isolate *isolate, rv_timer *timer) {
  rv_goroutine *goroutine = timer->goroutine;
  switch (timer->kind) {
    case RV_TIMER_WAKE:
      if (goroutine->select && !rv_select_claim(goroutine)) break;  // served elsewhere at this moment
      if (goroutine->select) rv_select_leave(isolate, goroutine);
      rv_wake(isolate, goroutine, RV_EXPIRED, 0);
      break;
    case RV_TIMER_KILL: rv_kill_goroutine(isolate, goroutine, RV_TIMED_OUT); break;
    default: {
      uint64_t identifier = timer->identifier;
      free(timer);
      isolate->callbacks.timer(isolate->context, identifier);
    }
  }
}

void rv_fire_timers(rv_isolate *isolate) {
  isolate->look_at_timers = 0;
  if (!isolate->heap_count) return;
  uint64_t now = isolate->callbacks.now(isolate->context);
  while (isolate->heap_count && isolate->heap[0]->deadline <= now) {
    rv_timer *timer = isolate->heap[0];
    rv_timer_disarm(isolate, timer);
    fire(isolate, timer);
  }
}

void rv_timer_schedule(rv_isolate *isolate, uint64_t deadline, uint64_t identifier) {
  rv_timer *timer = calloc(1, sizeof *timer);
  if (!timer) abort();
  timer->kind = RV_TIMER_ACTION;
  timer->identifier = identifier;
  timer->index = -1;
  rv_timer_arm(isolate, timer, deadline);
}

void rv_timer_cancel(rv_isolate *isolate, uint64_t identifier) {
  for (uint32_t i = 0; i < isolate->heap_count; i++) {
    rv_timer *timer = isolate->heap[i];
    if (timer->kind != RV_TIMER_ACTION || timer->identifier != identifier) continue;
    rv_timer_disarm(isolate, timer);
    free(timer);
    return;
  }
}

void rv_heap_free(rv_isolate *isolate) {
  for (uint32_t i = 0; i < isolate->heap_count; i++)
    if (isolate->heap[i]->kind == RV_TIMER_ACTION) free(isolate->heap[i]);
  free(isolate->heap);
}
