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

// What lies among the cases of a select: a channel, another object, or neither.
static bool subject_text(rv_isolate *isolate, lua_State *L, int index, char *text, size_t capacity) {
  rv_object *object = rv_to_object(L, index);
  if (object) isolate->callbacks.describe(isolate->context, object->pointer, text, capacity);
  else if (rv_to_channel(L, index)) rv_channel_text(L, index, text, capacity);
  else return false;
  return true;
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
      for (int index = 4; index < lua_gettop(blocked) && shown < 4; index += 2)
        if (subject_text(isolate, blocked, index, subject, sizeof subject))
          length += (size_t)snprintf(text + length, capacity - length, "%s%s", shown++ ? ", " : " on ", subject);
      break;
    }
    case RV_WAIT_SLEEP: snprintf(text, capacity, "sleeps"); break;
    case RV_WAIT_CALL: snprintf(text, capacity, "waits for a native call"); break;
    default: snprintf(text, capacity, "waits for ever");
  }
  append_place(goroutine, text, capacity);
}

// MARK: What can end a wait

void rv_visit_subjects(rv_goroutine *goroutine, void *visitor, void (*visit)(void *visitor, lua_State *L, int index)) {
  lua_State *blocked = goroutine->blocked;
  if (goroutine->wait == RV_WAIT_SEND || goroutine->wait == RV_WAIT_RECEIVE || goroutine->wait == RV_WAIT_OBJECT) {
    visit(visitor, blocked, 1);
  } else if (goroutine->wait == RV_WAIT_SELECT) {
    for (int index = 4; index < lua_gettop(blocked); index += 2)
      if (rv_to_channel(blocked, index) || rv_to_object(blocked, index)) visit(visitor, blocked, index);
  }
}

static void find_shared(void *visitor, lua_State *L, int index) {
  rv_channel *channel = rv_to_channel(L, index);
  if (channel && channel->shared) *(bool *)visitor = true;
}

static rv_ending ending_of_select(rv_goroutine *goroutine) {
  lua_State *blocked = goroutine->blocked;
  int subjects = 0;
  for (int index = 4; index < lua_gettop(blocked); index += 2) {
    if (lua_isnil(blocked, index)) continue;
    if (!rv_to_channel(blocked, index) && !rv_to_object(blocked, index)) return RV_BY_ANYBODY;  // a goroutine
    subjects++;
  }
  return subjects ? RV_BY_CHANNEL : RV_BY_NOTHING;
}

static rv_ending ending(rv_goroutine *goroutine) {
  if (goroutine->deadline || goroutine->timer.index >= 0) return RV_BY_TIME;
  rv_ending ending = RV_BY_CHANNEL;
  switch ((enum rv_wait)goroutine->wait) {
    case RV_WAIT_SEND:
    case RV_WAIT_RECEIVE: break;
    case RV_WAIT_SELECT: ending = ending_of_select(goroutine); break;
    case RV_WAIT_OBJECT: return RV_BY_OBJECT;
    case RV_WAIT_GOROUTINE: return RV_BY_GOROUTINE;
    case RV_WAIT_EVER: return RV_BY_NOTHING;
    default: return RV_BY_TIME;
  }
  bool shared = false;
  rv_visit_subjects(goroutine, &shared, find_shared);
  return shared ? RV_BY_ANYBODY : ending;
}

// MARK: Visiting

typedef struct names { char text[512]; size_t length; } names;

static void append_name(void *visitor, lua_State *L, int index) {
  names *list = visitor;
  if (!rv_to_channel(L, index)) return;
  char text[128];
  rv_channel_text(L, index, text, sizeof text);
  size_t room = sizeof list->text - list->length;
  int length = snprintf(list->text + list->length, room, "%s%s", list->length ? "\n" : "", text);
  if (length > 0 && (size_t)length < room) list->length += (size_t)length;
  else list->text[list->length] = 0;
}

typedef struct objects { void *pointers[32]; int32_t count; } objects;

static void append_object(void *visitor, lua_State *L, int index) {
  objects *list = visitor;
  rv_object *object = rv_to_object(L, index);
  if (!object) return;
  if (list->count < (int32_t)(sizeof list->pointers / sizeof *list->pointers)) list->pointers[list->count] = object->pointer;
  list->count++;
}

void rv_visit_waits(rv_isolate *isolate, void *visitor, void (*visit)(void *visitor, const rv_wait_info *wait)) {
  char text[800], site[96];
  for (uint32_t i = 0; i < isolate->slots; i++) {
    rv_goroutine *goroutine = isolate->goroutines[i];
    if (goroutine->state != RV_PARKED) continue;
    names channels = { .length = 0 };
    objects objects = { .count = 0 };
    describe(isolate, goroutine, text, sizeof text);
    rv_format_site(isolate, goroutine, site, sizeof site);
    rv_visit_subjects(goroutine, &channels, append_name);
    rv_visit_subjects(goroutine, &objects, append_object);
    rv_wait_info wait = {
      .goroutine = rv_identifier(goroutine), .serial = goroutine->serial, .number = goroutine->waits,
      .text = text, .site = site, .channels = channels.text, .objects = objects.pointers, .object_count = objects.count,
      .ending = ending(goroutine) };
    if (objects.count > (int32_t)(sizeof objects.pointers / sizeof *objects.pointers)) {  // too many to judge
      if (wait.ending != RV_BY_TIME) wait.ending = RV_BY_ANYBODY;
      wait.object_count = 0;
    }
    if (wait.ending == RV_BY_OBJECT) wait.object = goroutine->object;
    if (wait.ending == RV_BY_GOROUTINE) {
      rv_handle *handle = lua_touserdata(goroutine->blocked, 1);
      if (handle->goroutine) wait.awaited = rv_identifier(handle->goroutine);
    }
    visit(visitor, &wait);
  }
}
