/* Values while a template runs: JSON's, and what JavaScript has beyond them. */
#ifndef TEMPLATE_VALUE_H
#define TEMPLATE_VALUE_H

#include "base/buf.h"
#include "base/json.h"
#include "base/regex.h"

struct run;
struct func;

enum val_type {
	VAL_UNDEF,
	VAL_NULL,
	VAL_BOOL,
	VAL_NUM,
	VAL_STR,
	VAL_SAFE, /* a string that needs no escaping */
	VAL_ARRAY,
	VAL_OBJECT,
	VAL_REGEX,
	VAL_FUNC,
};

/*
 * A string as JavaScript sees it: a row of UTF-16 units. It is kept as UTF-8, in which a lone surrogate takes the three bytes
 * its number would take; what leaves the engine has U+FFFD instead. units is counted on first use.
 */
struct text {
	const char *p;
	size_t n;
	size_t units;
};
enum { UNITS_UNKNOWN = -1 };

struct val {
	enum val_type t;
	union {
		bool b;
		double num;
		struct text *s; /* VAL_STR, VAL_SAFE */
		struct array *a;
		struct object *o;
		struct pattern *re;
		struct func *f;
	};
};

/* json: where the items come from, until somebody looks at them. */
struct array {
	const struct json *json;
	struct val *items;
	size_t n, cap;
};

/* A name with its hash, so that most comparisons are of one number. */
struct name {
	struct str s;
	uint32_t hash;
};

struct member {
	struct name key;
	struct val v;
};

/* Members in order of insertion; index is a hash table once there are many. */
struct object {
	const struct json *json;
	struct member *m;
	size_t n, cap;
	uint32_t *index;
	size_t index_cap;
	bool numeric; /* some key may be an array index; those come first, in order */
};

struct pattern {
	const struct regex *re;
	struct str source;
	const char *flags;
	bool global, sticky;
	size_t last; /* lastIndex, in bytes */
};

static inline struct val val_undef(void)
{
	return (struct val){ .t = VAL_UNDEF };
}
static inline struct val val_null(void)
{
	return (struct val){ .t = VAL_NULL };
}
static inline struct val val_bool(bool b)
{
	return (struct val){ .t = VAL_BOOL, .b = b };
}
static inline struct val val_num(double num)
{
	return (struct val){ .t = VAL_NUM, .num = num };
}
static inline bool val_none(struct val v)
{
	return v.t == VAL_UNDEF || v.t == VAL_NULL;
}
static inline bool val_is_text(struct val v)
{
	return v.t == VAL_STR || v.t == VAL_SAFE;
}

/* Of bytes that live as long as the rendering. */
struct val val_str(struct run *r, const char *p, size_t n);
struct val val_safe(struct run *r, const char *p, size_t n);
struct val val_lit(struct run *r, const char *literal);
struct val val_array(struct run *r);
struct val val_object(struct run *r);
/* A shallow view of v: what is below is converted when it is looked at. v must outlive the rendering. NULL: undefined. */
struct val val_of_json(struct run *r, const struct json *v);
/* A deep copy in mem. *out NULL: undefined. A function is an error. */
int val_to_json(struct run *r, struct arena *mem, struct val v, struct json **out);

struct name name_of(struct str s);
static inline bool name_eq(const struct name *a, const struct name *b)
{
	return a->hash == b->hash && str_eq(a->s, b->s);
}

/* Items are there after this (they may come from JSON). Returns the array. */
struct array *array_load(struct run *r, struct array *a);
void array_push(struct run *r, struct array *a, struct val v);
struct object *object_load(struct run *r, struct object *o);
/* NULL when it is not there. The pointer holds until the object changes. */
struct val *object_find(struct run *r, struct object *o, const struct name *key);
struct val object_get(struct run *r, struct object *o, const char *key);
void object_set(struct run *r, struct object *o, const struct name *key, struct val v);
struct object *object_clone(struct run *r, struct object *o); /* its members are shared */
void object_put(struct run *r, struct object *o, const char *key, struct val v);
/* Positions of the members in JavaScript's order: keys that are array indexes first. NULL: as they stand. */
const size_t *object_order(struct run *r, struct object *o);
/* "0", "17": the number; SIZE_MAX for all else. */
size_t array_index(struct str key);

/* JavaScript's conversions. Those that can meet a function, or a structure that is too deep, may fail. */
bool val_truthy(struct val v);
int val_text(struct run *r, struct val v, struct text **out);           /* String(v) */
int val_number(struct run *r, struct val v, double *out);               /* Number(v) */
int val_integer(struct run *r, struct val v, double dflt, double *out); /* truncated, NaN: 0; undefined: dflt */
int val_equal(struct run *r, struct val a, struct val b, bool *out);    /* == */
bool val_same(struct val a, struct val b);                              /* === */
/* -1, 0, 1; NAN when there is no order. */
int val_order(struct run *r, struct val a, struct val b, double *out);
int val_add(struct run *r, struct val a, struct val b, struct val *out);
const char *val_kind(struct val v);

/* Text, by UTF-16 units. */
size_t text_units(struct text *t);
/* Decodes one code point, surrogates included; *units 1 or 2. Returns bytes (0 only at the end). */
size_t text_next(const char *p, size_t n, uint32_t *cp, unsigned *units);
struct text *text_new(struct run *r, const char *p, size_t n);
/* Units from..to, clamped; half a pair becomes a lone surrogate. */
struct text *text_sub(struct run *r, struct text *t, size_t from, size_t to);
/* Unit position of a byte position, and the other way round (in the middle of a pair: the pair's start). */
size_t text_unit_of(struct text *t, size_t byte);
size_t text_byte_of(struct text *t, size_t unit);
/* Byte position of the first needle at or after byte from; SIZE_MAX. */
size_t text_find(const struct text *t, const struct text *needle, size_t from);
/* Orders by UTF-16 units. */
int text_compare(const struct text *a, const struct text *b);
/* Appends; two halves of a pair that meet become one character. */
void text_add(struct buf *out, const char *p, size_t n);
/* Replaces lone surrogates by U+FFFD, in place. */
void text_seal(char *p, size_t n);
bool text_space(uint32_t cp); /* JavaScript's \s */
struct str text_trim(struct str s, bool start, bool end);
struct text *text_lower(struct run *r, const struct text *t);
struct text *text_upper(struct run *r, const struct text *t);
/* First character in upper case, the rest in lower case. */
struct text *text_capital(struct run *r, const struct text *t);

/* Numbers and their texts. */
double number_parse(struct str s);         /* Number(s) */
double number_float(struct str s);         /* parseFloat(s) */
double number_int(struct str s, int base); /* parseInt(s, base) */
double number_power(double x, double y);   /* x ** y */
struct text *number_text(struct run *r, double num);
/* toFixed, toExponential, toPrecision, toString(radix): mode 'f', 'e', 'p', 'r'. */
int number_format(struct run *r, double num, char mode, int digits, struct val *out);

#endif
