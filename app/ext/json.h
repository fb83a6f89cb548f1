/* Reads JSON texts (json-c) into values. */
#ifndef EXT_JSON_H
#define EXT_JSON_H

#include "base/ctx.h"
#include "base/json.h"

/*
 * Strict JSON (RFC 8259), at most 128 levels, one value with nothing behind it, UTF-8 checked. A key that stands
 * twice keeps its last value. ERR_INPUT names the byte offset and what is wrong ("JSON: unexpected end at byte 12").
 */
int json_parse(struct ctx *cx, struct str text, struct json **out);

#endif
