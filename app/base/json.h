/* JSON values in an arena: what entities, template contexts, request bodies and configuration are made of. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_member {
	struct str key;
	struct json *value;
};

/*
 * A value and everything below it live in one arena. Numbers are doubles, as in JavaScript, so that texts made
 * from them are the ones Backstage shows. Objects keep the order of insertion; a key stands once. line is the
 * source line of a value read from a file (1-based), 0 when there is none.
 */
struct json {
	enum json_type type;
	uint32_t line;
	union {
		bool b;
		double num;
		struct str s; /* NUL-terminated as well; may hold NULs */
		struct {
			struct json **items;
			size_t n, cap;
		} a;
		struct {
			struct json_member *m;
			size_t n, cap;
		} o;
	};
};

/*
 * Reads plain JSON several times as quickly as ext/json.h does, for large answers of other servers. NULL: it is not JSON, has
 * something unusual in it (an escaped NUL or half a pair, a key twice, a thousand members, much nesting), or would take more
 * than most bytes: then json_parse() says what is wrong, or reads it all the same. What it does read is what json_parse() would
 * give, without lines.
 */
struct json *json_read(struct arena *mem, struct str text, size_t most);

struct json *json_null(struct arena *mem);
struct json *json_bool(struct arena *mem, bool b);
struct json *json_num(struct arena *mem, double num);
/* Copies s. */
struct json *json_str(struct arena *mem, const char *s);
struct json *json_strn(struct arena *mem, const char *s, size_t n);
/* Keeps the pointer: s must live in mem or longer, and be NUL-terminated. */
struct json *json_str_ref(struct arena *mem, struct str s);
struct json *json_fmt(struct arena *mem, const char *fmt, ...) __attribute__((format(printf, 2, 3), nonnull(2)));
struct json *json_array(struct arena *mem);
struct json *json_object(struct arena *mem);

void json_push(struct arena *mem, struct json *array, struct json *item);
/* Replaces the value of key in place, or appends it. Copies the key. Returns value. */
struct json *json_set(struct arena *mem, struct json *object, const char *key, struct json *value);
struct json *json_setn(struct arena *mem, struct json *object, struct str key, struct json *value);
/* Appends without looking for the key: the caller knows that it is new. Keeps the key's pointer. */
void json_append(struct arena *mem, struct json *object, struct str key, struct json *value);
/* Takes key out; true when it was there. */
bool json_remove(struct json *object, const char *key);

/* All getters accept NULL and values of another type, and then find nothing. */
struct json *json_get(const struct json *object, const char *key);
struct json *json_getn(const struct json *object, struct str key);
/* Walks keys: json_path(v, "metadata", "name", NULL). */
struct json *json_path(const struct json *v, ...) __attribute__((sentinel));
/* Text of a string value, else dflt. */
const char *json_text(const struct json *v, const char *dflt);
/* json_text(json_get(object, key), dflt). */
const char *json_get_text(const struct json *object, const char *key, const char *dflt);
double json_get_num(const struct json *object, const char *key, double dflt);
bool json_get_bool(const struct json *object, const char *key, bool dflt);
size_t json_len(const struct json *v); /* items or members; 0 for all else */
/* Whether a list has this text; what is no list has none. */
bool json_has_text(const struct json *list, struct str text);
static inline bool json_is(const struct json *v, enum json_type t)
{
	return v && v->type == t;
}
const char *json_type_name(const struct json *v); /* "string", "array", …; "undefined" for NULL */

bool json_equal(const struct json *a, const struct json *b); /* deep; members in any order */
struct json *json_copy(struct arena *mem, const struct json *v);

/* Compact, members in their order. Bytes that are not UTF-8 come out as U+FFFD. */
void json_write(struct buf *out, const struct json *v);
/* As JSON.stringify(v, null, indent) writes it. */
void json_write_pretty(struct buf *out, const struct json *v, int indent);
/* Compact with the keys of every object sorted by code point: equal values give equal bytes. */
void json_write_stable(struct buf *out, const struct json *v);
/* One JSON string with its quotes. */
void json_write_text(struct buf *out, struct str s);
/* As JavaScript turns a number into text: shortest form that reads back, 1e+21 style above 1e21, "NaN", "Infinity". */
void json_write_number(struct buf *out, double num);

#endif
