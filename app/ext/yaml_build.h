/* Builds JSON values from the nodes of one YAML document. Only for ext/yaml.c, which feeds it libyaml's events. */
#ifndef EXT_YAML_BUILD_H
#define EXT_YAML_BUILD_H

#include "base/ctx.h"
#include "base/json.h"

/* Where a node begins, 1-based. */
struct yaml_spot {
	unsigned line, column;
};

struct yaml_anchor {
	const char *name;
	struct json *value;   /* NULL while the node is still open */
	size_t nodes, height; /* of the value: what an alias costs */
	size_t serial;        /* which definition of the name this is */
};

/* A member of an open map, or an item of an open list (no key). */
struct yaml_entry {
	struct str key;
	struct json *value;
	struct yaml_spot spot;
};

/* An open map or list. */
struct yaml_frame {
	bool map, has_key;
	struct str key; /* of the value that comes next */
	struct yaml_spot key_spot, spot;
	size_t first;  /* its first entry */
	size_t nodes;  /* counted before it */
	size_t height; /* of its tallest child */
	struct yaml_anchor *anchor;
	size_t serial;
	const char *tag; /* for b->tag(); NULL: none */
};

/* Zero-initialise, then set cx, scratch and the limits. */
struct yaml_build {
	struct ctx *cx;
	struct arena *scratch; /* reset by yaml_build_end() */
	size_t max_depth, max_nodes, nodes;
	struct json *(*tag)(struct arena *mem, const char *tag, struct json *v); /* as in struct yaml_limits */
	struct {
		struct yaml_frame *items;
		size_t n, cap;
	} frames;
	struct {
		struct yaml_entry *items;
		size_t n, cap;
	} entries;
	void *anchors; /* tree of struct yaml_anchor by name */
	size_t serial;
	struct json *root;
	const char *error; /* the document's first fault; what follows is ignored */
};

struct yaml_node {
	struct yaml_spot spot;
	const char *anchor, *tag; /* NULL: none */
};

/* All return 0, or an error when a limit is passed. Faults of the document go to b->error. The text is kept, not copied. */
int yaml_build_scalar(struct yaml_build *b, const struct yaml_node *node, struct str text, bool plain);
int yaml_build_alias(struct yaml_build *b, const struct yaml_node *node);
int yaml_build_open(struct yaml_build *b, const struct yaml_node *node, bool map);
void yaml_build_close(struct yaml_build *b);
/* Forgets the document. */
void yaml_build_end(struct yaml_build *b);
/* Words a fault: "YAML: … (line 1, column 2)". */
const char *yaml_fault(struct arena *mem, struct yaml_spot spot, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), nonnull(3), returns_nonnull));

#endif
