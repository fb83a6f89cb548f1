/* JSON Schema draft 7: does a value fit, and if not, where and why. */
#ifndef BASE_SCHEMA_H
#define BASE_SCHEMA_H

#include "base/json.h"

struct schema_error {
	const char *path;         /* JSON pointer of the value: "/spec/owner", "" for the root */
	const char *message;      /* in the words of ajv: "must have required property 'owner'", "must be string" */
	const char *keyword;      /* "required" */
	const char *params;       /* as Backstage appends them: "missingProperty: owner", "type: string", "" */
	const struct json *value; /* the value at fault (its line says where); for "required" the object */
};
struct schema_errors {
	struct schema_error *items;
	size_t n, cap;
};

/*
 * Appends every fault (the first 100) to out; true when there is none. All of draft 7 but remote references:
 * $ref resolves within root ("#", "#/definitions/x", ids). Patterns: ECMAScript-like regular expressions of a bounded
 * matcher; format: date-time, date, time, email, hostname, ipv4, ipv6, uri, uri-reference, regex, json-pointer, uuid. Depth and
 * work are bounded: a schema that recurses without end gives an error, not a crash.
 */
bool schema_check(struct arena *mem, const struct json *root, const struct json *value, struct schema_errors *out);
/* Is this a schema at all? Faults of the schema itself (unknown type names, wrong keyword types, bad patterns, unresolvable
 * $ref). */
bool schema_valid(struct arena *mem, const struct json *root, struct schema_errors *out);

#endif
