/* What the parts of the JSON Schema checker share. Only schema*.c includes this. */
#ifndef BASE_SCHEMA_PRIVATE_H
#define BASE_SCHEMA_PRIVATE_H

#include "base/regex.h"
#include "base/schema.h"

/* Where a value stands in its document: a chain up to the root. */
struct schema_at {
	const struct schema_at *up;
	struct str key; /* p NULL: index */
	size_t index;
};

/* A schema that says its own name: full URI, with "#anchor" when it is one; base is the URI around it. */
struct schema_id {
	const char *uri, *base;
	const struct json *schema;
};

struct schema_pattern {
	const char *text;
	const struct regex *re; /* NULL: it is none */
};

struct schema_run {
	struct arena *mem;
	const struct json *root;
	struct schema_errors *out;
	size_t steps;
	int depth, mute; /* mute: faults are counted by nobody */
	bool gave_up;    /* said once that the limits were reached */
	bool indexed;
	struct {
		struct schema_id *items;
		size_t n, cap;
	} ids;
	struct {
		struct schema_pattern *items;
		size_t n, cap;
	} patterns;
};

/* A part of a schema that is a schema. */
struct schema_part {
	struct str key, name; /* name.p NULL unless it is a member of an object */
	size_t index;         /* SIZE_MAX unless it is an item of an array */
	const struct json *schema;
};
struct schema_parts {
	struct schema_part *items;
	size_t n, cap;
};

/* Stands for the schema of schemas. */
extern const struct json schema_meta;

/* Notes a fault (false, always). Texts live in r->mem or longer. */
bool schema_fault(struct schema_run *r, const struct schema_at *at, const struct json *value, const char *keyword,
		  const char *message, const char *params);
/* Whether value fits schema, whose base URI is base. */
bool schema_fits(struct schema_run *r, const struct json *schema, const char *base, const struct json *value,
		 const struct schema_at *at);
/* The same without noting faults. */
bool schema_fits_quietly(struct schema_run *r, const struct json *schema, const char *base, const struct json *value,
			 const struct schema_at *at);
/* What JavaScript's String(v) gives. */
const char *schema_text(struct arena *mem, const struct json *v);
/* Compiled once; NULL when it is no regular expression. */
const struct regex *schema_regex(struct schema_run *r, const struct json *pattern);
bool schema_regex_fits(const struct regex *re, struct str text);

bool schema_number(struct schema_run *r, const struct json *schema, const struct json *value, const struct schema_at *at);
bool schema_string(struct schema_run *r, const struct json *schema, const struct json *value, const struct schema_at *at);
bool schema_array(struct schema_run *r, const struct json *schema, const char *base, const struct json *value,
		  const struct schema_at *at);
bool schema_object(struct schema_run *r, const struct json *schema, const char *base, const struct json *value,
		   const struct schema_at *at);
/* Unknown formats fit everything. */
bool schema_format(struct arena *mem, const char *format, struct str text);

/* The schema that a $ref names and the base around it; NULL when there is none within the root. */
const struct json *schema_resolve(struct schema_run *r, const char *base, const char *ref, const char **new_base);
/* The base URI inside of schema. */
const char *schema_base(struct schema_run *r, const struct json *schema, const char *base);
/* The schemas directly within schema. */
void schema_parts(struct arena *mem, const struct json *schema, struct schema_parts *out);
/* Whether value is a schema; strict: its patterns and references work, too. */
bool schema_is_one(struct schema_run *r, const struct json *value, const char *base, const struct schema_at *at, bool strict);

#endif
