/* Builds JSON values from the nodes of one YAML document. */
#include "ext/yaml_build.h"

#include <search.h>
#include <stdlib.h>

#include "base/list.h"
#include "ext/yaml_scalar.h"

enum { FEW = 12, SHOWN = 80 };

const char *yaml_fault(struct arena *mem, struct yaml_spot spot, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	const char *what = arena_vprintf(mem, fmt, ap);

	va_end(ap);
	return arena_printf(mem, "YAML: %s (line %u, column %u)", what, spot.line, spot.column);
}

static void set_error(struct yaml_build *b, struct yaml_spot spot, const char *what, const char *name)
{
	size_t n = strlen(name);

	/* Cut at a whole character. */
	if (n > SHOWN)
		for (n = SHOWN; n && ((unsigned char)name[n] & 0xc0) == 0x80;)
			n--;
	if (!b->error)
		b->error = yaml_fault(b->cx->mem, spot, "%s%s'%.*s'", what, *what ? " " : "", (int)n, name);
}

static int count(struct yaml_build *b, size_t nodes, size_t height, struct yaml_spot spot)
{
	b->nodes += nodes;
	if (b->nodes > b->max_nodes)
		return fail(b->cx, ERR_TOOLARGE, "YAML: more than %zu nodes (line %u, column %u)", b->max_nodes, spot.line,
			    spot.column);
	if (b->frames.n + height > b->max_depth)
		return fail(b->cx, ERR_INPUT, "YAML: more than %zu levels deep (line %u, column %u)", b->max_depth, spot.line,
			    spot.column);
	return 0;
}

static struct yaml_frame *top(const struct yaml_build *b)
{
	return b->frames.n ? &b->frames.items[b->frames.n - 1] : NULL;
}

static bool wants_key(const struct yaml_build *b)
{
	const struct yaml_frame *f = top(b);

	return f && f->map && !f->has_key;
}

static int by_name(const void *a, const void *b)
{
	const struct yaml_anchor *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static struct yaml_anchor *find_anchor(struct yaml_build *b, const char *name)
{
	const struct yaml_anchor key = { .name = name };
	struct yaml_anchor **found = tfind(&key, &b->anchors, by_name);

	return found ? *found : NULL;
}

/* A name may be given again; an alias means the latest node that begins before it. */
static struct yaml_anchor *define_anchor(struct yaml_build *b, const char *name)
{
	struct yaml_anchor *a = find_anchor(b, name);

	if (!a) {
		a = arena_new(b->scratch, struct yaml_anchor);
		a->name = arena_strdup(b->scratch, name);
		if (!tsearch(a, &b->anchors, by_name))
			abort();
	}
	a->value = NULL;
	a->serial = ++b->serial;
	return a;
}

/* Keys become the text that JavaScript makes of their value. */
static struct str key_text(struct arena *mem, const struct json *v)
{
	struct buf out = { .mem = mem };

	if (v->type == JSON_STRING)
		return v->s;
	if (v->type == JSON_NULL)
		return STR("");
	if (v->type == JSON_BOOL)
		return v->b ? STR("true") : STR("false");
	/* An alias of a tagged scalar may be any value. */
	if (v->type == JSON_NUMBER)
		json_write_number(&out, v->num);
	return (struct str){ buf_text(&out), out.n };
}

static void put_key(struct yaml_build *b, const struct json *v, struct yaml_spot spot)
{
	struct yaml_frame *f = top(b);

	f->has_key = true;
	f->key = key_text(b->cx->mem, v);
	f->key_spot = spot;
}

static void put_value(struct yaml_build *b, struct json *v, size_t height)
{
	struct yaml_frame *f = top(b);

	if (!f) {
		b->root = v;
		return;
	}
	if (height > f->height)
		f->height = height;
	*list_add(b->scratch, &b->entries) = (struct yaml_entry){ f->key, v, f->key_spot };
	f->has_key = false;
}

int yaml_build_scalar(struct yaml_build *b, const struct yaml_node *node, struct str text, bool plain)
{
	int rc = count(b, 1, 0, node->spot);

	if (rc < 0 || b->error)
		return rc;

	struct json *v = arena_raw(b->cx->mem, sizeof(*v));

	*v = (struct json){ .type = JSON_STRING, .line = node->spot.line, .s = text };
	if (node->tag && !yaml_resolve_tag(node->tag, text, v)) {
		if (!b->tag) {
			set_error(b, node->spot, "unknown tag", node->tag);
			return 0;
		}
		/* A key is the text it is written as. */
		if (!wants_key(b))
			v = b->tag(b->cx->mem, node->tag, v);
	}
	if (!node->tag && plain)
		yaml_resolve(text, v);
	if (node->anchor) {
		struct yaml_anchor *a = define_anchor(b, node->anchor);

		a->value = v;
		a->nodes = 1;
		a->height = 0;
	}
	if (wants_key(b))
		put_key(b, v, node->spot);
	else
		put_value(b, v, 0);
	return 0;
}

/* Values may be changed later, each on its own; the bytes of texts never are, so they are shared. */
static struct json *expand(struct arena *mem, const struct json *v)
{
	struct json *c = arena_raw(mem, sizeof(*c));

	*c = *v;
	if (v->type == JSON_ARRAY) {
		c->a.items = arena_array(mem, struct json *, v->a.n);
		c->a.cap = v->a.n;
		for (size_t i = 0; i < v->a.n; i++)
			c->a.items[i] = expand(mem, v->a.items[i]);
	} else if (v->type == JSON_OBJECT) {
		c->o.m = arena_array(mem, struct json_member, v->o.n);
		c->o.cap = v->o.n;
		for (size_t i = 0; i < v->o.n; i++)
			c->o.m[i] = (struct json_member){ v->o.m[i].key, expand(mem, v->o.m[i].value) };
	}
	return c;
}

int yaml_build_alias(struct yaml_build *b, const struct yaml_node *node)
{
	if (b->error)
		return 0;

	const struct yaml_anchor *a = find_anchor(b, node->anchor);

	if (!a || !a->value) {
		set_error(b, node->spot, a ? "alias inside of its own node" : "unknown alias", node->anchor);
		return 0;
	}

	int rc = count(b, a->nodes, a->height, node->spot);

	if (rc < 0)
		return rc;
	if (!wants_key(b)) {
		struct json *v = expand(b->cx->mem, a->value);

		v->line = node->spot.line;
		put_value(b, v, a->height);
	} else if (a->height) {
		set_error(b, node->spot, "a key must be a scalar, not", node->anchor);
	} else {
		put_key(b, a->value, node->spot);
	}
	return 0;
}

int yaml_build_open(struct yaml_build *b, const struct yaml_node *node, bool map)
{
	static const char *const tags[] = { "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map" };

	if (b->error)
		return 0;

	int rc = count(b, 1, 1, node->spot);

	if (rc < 0)
		return rc;
	if (wants_key(b)) {
		set_error(b, node->spot, "a key must be a scalar, not", map ? "map" : "list");
		return 0;
	}
	bool tagged = node->tag && !streq(node->tag, "!") && !streq(node->tag, tags[map]);

	if (tagged && !b->tag) {
		set_error(b, node->spot, "unknown tag", node->tag);
		return 0;
	}

	struct yaml_frame *f = list_add(b->scratch, &b->frames);

	*f = (struct yaml_frame){ .map = map, .spot = node->spot, .first = b->entries.n, .nodes = b->nodes - 1 };
	if (tagged)
		f->tag = arena_strdup(b->scratch, node->tag);
	if (node->anchor) {
		f->anchor = define_anchor(b, node->anchor);
		f->serial = f->anchor->serial;
	}
	return 0;
}

static int by_key(const void *a, const void *b)
{
	const struct yaml_entry *const *p = a, *const *q = b;
	const struct yaml_entry *x = *p, *y = *q;

	if (x->key.n != y->key.n)
		return x->key.n < y->key.n ? -1 : 1;

	int order = x->key.n ? memcmp(x->key.p, y->key.p, x->key.n) : 0;

	return order ? order : (x > y) - (x < y);
}

/* The first entry that repeats a key. Sorting, not hashing: no keys make it slow. */
static const struct yaml_entry *repeated(struct yaml_build *b, const struct yaml_entry *e, size_t n)
{
	const struct yaml_entry *found = NULL;

	if (n <= FEW) {
		for (size_t i = 1; i < n; i++)
			for (size_t k = 0; k < i; k++)
				if (str_eq(e[i].key, e[k].key))
					return &e[i];
		return NULL;
	}

	const struct yaml_entry **sorted = arena_array(b->scratch, const struct yaml_entry *, n);

	for (size_t i = 0; i < n; i++)
		sorted[i] = &e[i];
	qsort(sorted, n, sizeof(const struct yaml_entry *), by_key);
	for (size_t i = 1; i < n; i++)
		if (str_eq(sorted[i]->key, sorted[i - 1]->key) && (!found || sorted[i] < found))
			found = sorted[i];
	return found;
}

static struct json *collect(struct yaml_build *b, const struct yaml_frame *f)
{
	struct arena *mem = b->cx->mem;
	const struct yaml_entry *e = b->entries.items ? b->entries.items + f->first : NULL;
	size_t n = b->entries.n - f->first;
	struct json *v = f->map ? json_object(mem) : json_array(mem);

	v->line = f->spot.line;
	if (f->map) {
		const struct yaml_entry *twice = repeated(b, e, n);

		if (twice)
			set_error(b, twice->spot, "map keys must be unique:", twice->key.p);
		v->o.m = arena_array(mem, struct json_member, n);
		v->o.n = v->o.cap = n;
		for (size_t i = 0; i < n; i++)
			v->o.m[i] = (struct json_member){ e[i].key, e[i].value };
	} else {
		v->a.items = arena_array(mem, struct json *, n);
		v->a.n = v->a.cap = n;
		for (size_t i = 0; i < n; i++)
			v->a.items[i] = e[i].value;
	}
	return v;
}

void yaml_build_close(struct yaml_build *b)
{
	if (b->error)
		return;

	const struct yaml_frame f = *top(b);
	struct json *v = collect(b, &f);

	if (f.tag)
		v = b->tag(b->cx->mem, f.tag, v);
	b->entries.n = f.first;
	b->frames.n--;
	if (f.anchor && f.anchor->serial == f.serial) {
		f.anchor->value = v;
		f.anchor->nodes = b->nodes - f.nodes;
		f.anchor->height = f.height + 1;
	}
	put_value(b, v, f.height + 1);
}

static void keep(void *node)
{
	(void)node; /* the scratch arena owns it */
}

void yaml_build_end(struct yaml_build *b)
{
	tdestroy(b->anchors, keep);
	b->anchors = NULL;
	b->frames.n = b->frames.cap = 0;
	b->frames.items = NULL;
	b->entries.n = b->entries.cap = 0;
	b->entries.items = NULL;
	b->root = NULL;
	b->error = NULL;
	arena_reset(b->scratch);
}
