// Descriptions of what parked goroutines wait for, made when somebody asks: parking costs nothing more.
#include "internal.h"
#include <stdio.h>

static void append_place(rv_goroutine *goroutine, char *text, size_t capacity) {
  lua_Debug place;
  size_t length = strlen(text);
  for (int level = 0; lua_getstack(goroutine->blocked, level, &place); level++) {
    lua_getinfo(goroutine->blocked, "Sl", &place);
    if (place.currentline <= 0 || strncmp(place.short_src, "(revoada)", 9) == 0) continue;
    snprintf(text + length, capacity - length, " at %s:%d", place.short_src, place.currentline);
    return;
  }
}

static void describe(rv_isolate *isolate, rv_goroutine *goroutine, char *text, size_t capacity) {
  char subject[128] = "";
  lua_State *blocked = goroutine->blocked;
  switch ((enum rv_wait)goroutine->wait) {
    case RV_WAIT_SEND:
      rv_channel_text(blocked, 1, subject, sizeof subject);
      snprintf(text, capacity, "waits to send to %s", subject);
      break;
    case RV_WAIT_RECEIVE:
      rv_channel_text(blocked, 1, subject, sizeof subject);
      snprintf(text, capacity, "waits to receive from %s", subject);
      break;
    case RV_WAIT_OBJECT:
      isolate->callbacks.describe(isolate->context, goroutine->object, subject, sizeof subject);
      snprintf(text, capacity, "waits for %s", subject);
      break;
    case RV_WAIT_GOROUTINE: {
      rv_handle *handle = lua_touserdata(blocked, 1);
      if (handle->goroutine) rv_format_site(isolate, handle->goroutine, subject, sizeof subject);
      snprintf(text, capacity, "awaits goroutine %u, spawned at %s",
               handle->goroutine ? handle->goroutine->serial : 0, subject);
      break;
    }
    case RV_WAIT_SELECT: {
      size_t length = (size_t)snprintf(text, capacity, "waits in select");
      int shown = 0;
      for (int index = 4; index < lua_gettop(blocked) && shown < 4; index += 2) {
        rv_object *object = rv_to_object(blocked, index);
        if (object) isolate->callbacks.describe(isolate->context, object->pointer, subject, sizeof subject);
        else if (rv_to_channel(blocked, index)) rv_channel_text(blocked, index, subject, sizeof subject);
        else continue;
        length += (size_t)snprintf(text + length, capacity - length, "%s%s", shown++ ? ", " : " on ", subject);
      }
      break;
    }
    case RV_WAIT_SLEEP: snprintf(text, capacity, "sleeps"); break;
    case RV_WAIT_CALL: snprintf(text, capacity, "waits for a native call"); break;
    default: snprintf(text, capacity, "waits for ever");
  }
  append_place(goroutine, text, capacity);
}

void rv_visit_waits(rv_isolate *isolate, void *visitor,
                    void (*visit)(void *visitor, uint64_t goroutine, uint32_t serial, const char *text)) {
  char text[800];
  for (uint32_t i = 0; i < isolate->slots; i++) {
    rv_goroutine *goroutine = isolate->goroutines[i];
    if (goroutine->state != RV_PARKED) continue;
    describe(isolate, goroutine, text, sizeof text);
    visit(visitor, rv_identifier(goroutine), goroutine->serial, text);
  }
}
