/* Reads and writes YAML texts (libyaml). Read as Backstage reads them: YAML 1.2 core schema, merge keys off. */
#ifndef EXT_YAML_H
#define EXT_YAML_H

#include "base/ctx.h"
#include "base/json.h"

/* What hostile input may cost. Zero means the default in brackets. */
struct yaml_limits {
	size_t bytes;     /* of the text [10 MiB] */
	size_t depth;     /* of nesting [64] */
	size_t nodes;     /* of all documents, aliases counted as often as they are expanded [1,000,000] */
	size_t documents; /* [10,000] */
	/*
	 * What a node with a tag that is not of the core schema ("!ENV", "tag:yaml.org,2002:python/name:x") means; v: what it
	 * is without the tag. Keys are left as they are. NULL: such a tag is an error.
	 */
	struct json *(*tag)(struct arena *mem, const char *tag, struct json *v);
};

struct yaml_doc {
	struct json *value; /* NULL when the document is empty or bad */
	unsigned line;      /* where it starts, 1-based */
	const char *error;  /* NULL, or "YAML: did not find expected ',' or ']' (line 3, column 1)" */
};
struct yaml_docs {
	struct yaml_doc *items;
	size_t n, cap;
};

/*
 * All documents of text, in order; empty ones have value NULL and no error. A syntax error ends the reading of its
 * document; reading goes on at the next line that is exactly "---" (optionally followed by white space or a comment),
 * so that one bad document does not lose the others. Every json value carries its source line.
 * Scalars: plain ones by the core schema (null ~ true false, decimal, 0x, 0o, floats, .inf, .nan); quoted ones,
 * !!str and time stamps are text. Keys must be scalars and stand once in a map (a repeated key is an error, as in
 * Backstage). Tags other than the core ones are errors. NUL or bytes that are not UTF-8 are errors; a BOM is skipped.
 * Returns 0 also when documents are bad; ERR_TOOLARGE or ERR_INPUT when a limit is passed (nothing is returned then).
 */
int yaml_read(struct ctx *cx, struct str text, const struct yaml_limits *limits, struct yaml_docs *out);
/* Exactly one document, else ERR_INPUT ("expected one document, found 2"). An empty text gives a null value. */
int yaml_read_one(struct ctx *cx, struct str text, const struct yaml_limits *limits, struct json **out);
/* Appends v as one document in block style, which yaml_read() reads as the same value. ERR_INTERNAL for what is not UTF-8. */
int yaml_write(struct ctx *cx, const struct json *v, struct buf *out);
/* The same laid out for people: lists indented below their key. ERR_INPUT when it is nested too deeply. */
int yaml_write_file(struct ctx *cx, const struct json *v, struct buf *out);

#endif
