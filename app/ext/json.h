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
/*
 * The same for a text that may be made to cost: an empty object takes some 800 bytes while it is read. ERR_TOOLARGE when all
 * would take more than about most bytes; that is found out before they are taken.
 */
int json_parse_within(struct ctx *cx, struct str text, size_t most, struct json **out);

#endif
