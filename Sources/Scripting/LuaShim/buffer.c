// Byte buffers for encoded values. They live outside of Lua's heap, so that they can wait in inboxes.
#include "internal.h"
#include <stdlib.h>

rv_buffer *rv_buffer_new(void) {
  rv_buffer *buffer = calloc(1, sizeof *buffer);
  if (!buffer) abort();
  return buffer;
}

void rv_buffer_free(rv_buffer *buffer) {
  if (!buffer) return;
  free(buffer->bytes);
  free(buffer);
}

void rv_buffer_reset(rv_buffer *buffer) {
  buffer->length = buffer->position = 0;
  buffer->count = buffer->has_globals = 0;
}

void rv_buffer_put(rv_buffer *buffer, const void *bytes, size_t length) {
  if (buffer->length + length > buffer->capacity) {
    size_t capacity = buffer->capacity ? buffer->capacity * 2 : 64;
    while (capacity < buffer->length + length) capacity *= 2;
    uint8_t *moved = realloc(buffer->bytes, capacity);
    if (!moved) abort();
    buffer->bytes = moved;
    buffer->capacity = capacity;
  }
  if (length) memcpy(buffer->bytes + buffer->length, bytes, length);
  buffer->length += length;
}

void rv_buffer_put_tag(rv_buffer *buffer, rv_tag tag) { rv_buffer_put(buffer, &tag, 1); }

void rv_buffer_put_string(rv_buffer *buffer, const void *bytes, size_t length) {
  uint32_t size = (uint32_t)length;
  rv_buffer_put_tag(buffer, RV_TAG_STRING);
  rv_buffer_put(buffer, &size, sizeof size);
  rv_buffer_put(buffer, bytes, length);
}

void rv_buffer_put_nested(rv_buffer *buffer, const rv_buffer *inner, void (*retain)(void *object)) {
  rv_buffer *copy = rv_buffer_copy(inner, retain);
  uint8_t has_globals = (uint8_t)inner->has_globals;
  rv_buffer_put_tag(buffer, RV_TAG_NESTED);
  rv_buffer_put(buffer, &has_globals, 1);
  rv_buffer_put(buffer, copy->bytes, copy->length);
  rv_buffer_free(copy);
}

// Walks what has not been decoded yet and hands each object's pointer to `visit`.
static void visit_objects(const rv_buffer *buffer, size_t from, void (*visit)(void *object)) {
  size_t at = from;
  while (at < buffer->length) {
    uint32_t size;
    switch ((rv_tag)buffer->bytes[at++]) {
      case RV_TAG_INTEGER:
      case RV_TAG_NUMBER: at += 8; break;
      case RV_TAG_STRING:
      case RV_TAG_KNOWN:
      case RV_TAG_FUNCTION:
      case RV_TAG_GLOBAL:
        memcpy(&size, buffer->bytes + at, sizeof size);
        at += sizeof size + size;
        break;
      case RV_TAG_TABLE:
      case RV_TAG_SEEN:
      case RV_TAG_UPVALUE:
      case RV_TAG_JOIN: at += 4; break;
      case RV_TAG_NESTED: at += 1; break;
      case RV_TAG_OBJECT:
      case RV_TAG_REFERENCE: {
        size_t header = buffer->bytes[at - 1] == RV_TAG_OBJECT ? 2 : 5;
        void *object;
        memcpy(&object, buffer->bytes + at + header, sizeof object);
        if (object) visit(object);
        at += header + sizeof object;
        break;
      }
      default: break;
    }
  }
}

void rv_buffer_discard(rv_buffer *buffer, void (*release)(void *object)) {
  if (!buffer) return;
  visit_objects(buffer, buffer->position, release);
  rv_buffer_free(buffer);
}

rv_buffer *rv_buffer_copy(const rv_buffer *buffer, void (*retain)(void *object)) {
  rv_buffer *copy = rv_buffer_new();
  rv_buffer_put(copy, buffer->bytes, buffer->length);
  copy->count = buffer->count;
  copy->has_globals = buffer->has_globals;
  visit_objects(copy, 0, retain);
  return copy;
}
