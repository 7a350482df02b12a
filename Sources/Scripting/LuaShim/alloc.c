// The allocator of an isolate: malloc with a limit.
#include "internal.h"
#include <stdlib.h>

// Each failed allocation makes Lua run a full collection and try again, so a script that keeps
// catching "not enough memory" would crawl for ever. After this many failures the isolate is stopped.
enum { MOST_FAILURES = 256 };

void *rv_allocate(void *data, void *pointer, size_t old_size, size_t new_size) {
  rv_isolate *isolate = data;
  if (!pointer) old_size = 0;  // Lua passes the kind of object there
  if (new_size == 0) {
    isolate->memory -= old_size;
    free(pointer);
    return NULL;
  }
  if (new_size > old_size && isolate->memory_limit
      && isolate->memory - old_size + new_size > isolate->memory_limit) {
    if (++isolate->memory_failures > MOST_FAILURES && !isolate->doomed) {
      isolate->doomed = 1;
      if (isolate->current && isolate->running) {
        isolate->current->killed = RV_OUT_OF_MEMORY;
        lua_sethook(isolate->running, rv_hook, LUA_MASKCOUNT, 1);
      }
    }
    return NULL;
  }
  void *moved = realloc(pointer, new_size);
  if (moved) {
    isolate->memory += new_size - old_size;
    if (isolate->memory > isolate->memory_peak) isolate->memory_peak = isolate->memory;
  }
  return moved;
}
