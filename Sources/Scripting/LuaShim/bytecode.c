// Finds the globals a function's code names, by reading its bytecode as lua_dump writes it (Lua 5.4,
// ldump.c). A global access is GETTABUP or SETTABUP on the upvalue _ENV with a constant key.
#include "internal.h"
#include <stdlib.h>

enum { HEADER_SIZE = 4 + 1 + 1 + 6 + 3 + 8 + 8 };
enum { OP_GETUPVAL = 9, OP_GETTABUP = 11 };
enum { CONSTANT_FLOAT = 0x13, CONSTANT_INTEGER = 0x03, CONSTANT_SHORT = 0x04, CONSTANT_LONG = 0x14 };

typedef struct reader {
  const uint8_t *at, *end;
  void *context;
  void (*visit)(void *context, const char *name, size_t length);
} reader;

typedef struct text { const char *bytes; size_t length; } text;

static size_t read_size(reader *r) {  // seven bits a byte, the last one marked
  size_t value = 0;
  while (r->at < r->end) {
    uint8_t byte = *r->at++;
    value = (value << 7) | (byte & 0x7f);
    if (byte & 0x80) break;
  }
  return value;
}

static text read_text(reader *r) {
  size_t size = read_size(r);
  if (size == 0) return (text){ NULL, 0 };
  text result = { (const char *)r->at, size - 1 };
  r->at += size - 1;
  return result;
}

static void scan_code(reader *r, const uint8_t *code, size_t instructions, const text *constants, size_t count,
                      int environment) {
  bool by_register = false;
  for (size_t i = 0; i < instructions; i++) {
    uint32_t instruction;
    memcpy(&instruction, code + i * 4, 4);
    uint32_t b = (instruction >> 16) & 0xff, c = instruction >> 24;
    switch (instruction & 0x7f) {
      case OP_GETTABUP:
        if (b == (uint32_t)environment && c < count && constants[c].bytes)
          r->visit(r->context, constants[c].bytes, constants[c].length);
        break;
      case OP_GETUPVAL: by_register |= b == (uint32_t)environment; break;
      default: break;
    }
  }
  // With very many constants, _ENV is loaded into a register first: then any string may be a name.
  if (by_register)
    for (size_t i = 0; i < count; i++)
      if (constants[i].bytes) r->visit(r->context, constants[i].bytes, constants[i].length);
}

static void scan_function(reader *r) {
  read_text(r);
  read_size(r);
  read_size(r);
  r->at += 3;
  size_t instructions = read_size(r);
  const uint8_t *code = r->at;
  r->at += instructions * 4;
  size_t count = read_size(r);
  text *constants = calloc(count + 1, sizeof *constants);
  if (!constants) return;
  for (size_t i = 0; i < count; i++) {
    switch (*r->at++) {
      case CONSTANT_FLOAT:
      case CONSTANT_INTEGER: r->at += 8; break;
      case CONSTANT_SHORT:
      case CONSTANT_LONG: constants[i] = read_text(r); break;
      default: break;
    }
  }
  r->at += read_size(r) * 3;
  size_t functions = read_size(r);
  for (size_t i = 0; i < functions && r->at < r->end; i++) scan_function(r);
  size_t lines = read_size(r);
  r->at += lines;
  for (size_t i = read_size(r); i > 0; i--) {
    read_size(r);
    read_size(r);
  }
  for (size_t i = read_size(r); i > 0; i--) {
    read_text(r);
    read_size(r);
    read_size(r);
  }
  int environment = -1;
  size_t names = read_size(r);
  for (size_t i = 0; i < names; i++) {
    text name = read_text(r);
    if (name.length == 4 && memcmp(name.bytes, "_ENV", 4) == 0) environment = (int)i;
  }
  if (environment >= 0) scan_code(r, code, instructions, constants, count, environment);
  free(constants);
}

void rv_scan_globals(const uint8_t *dump, size_t length, void *context,
                     void (*visit)(void *context, const char *name, size_t length)) {
  if (length <= HEADER_SIZE + 1) return;
  reader r = { dump + HEADER_SIZE + 1, dump + length, context, visit };
  scan_function(&r);
}
