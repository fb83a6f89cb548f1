/* Hides secrets in whatever a run lets out: all of them are looked for at once (Aho and Corasick). */
#include "scaffolder/mask.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/list.h"

/* A state of the automaton: the longest end of what was read that a secret begins with. */
struct state {
	uint32_t suffix; /* the next shorter one */
	uint32_t ends;   /* bytes of the longest secret that ends here; 0: none does */
	uint32_t depth;  /* bytes of what was read */
};

enum { BEGINNING = 16 };

/* from --byte--> to; to 0 is a free slot, as nothing leads back to the root. */
struct edge {
	uint32_t from, to;
	unsigned char byte;
};

struct secrets {
	struct str *items;
	size_t n, cap;
	size_t bytes;
};

struct mask {
	struct secrets all;
	struct {
		struct state *items;
		size_t n, cap;
	} states;
	struct edge *edges;
	size_t cap; /* a power of two */
	struct json *added;
};

/* ---- the automaton ---- */

static struct edge *slot_of(const struct mask *m, uint32_t from, unsigned char byte)
{
	uint64_t key = (uint64_t)from << 8 | byte;
	size_t i = (size_t)hash64(&key, sizeof(key)) & (m->cap - 1);

	while (m->edges[i].to && (m->edges[i].from != from || m->edges[i].byte != byte))
		i = (i + 1) & (m->cap - 1);
	return &m->edges[i];
}

static uint32_t step(const struct mask *m, uint32_t at, unsigned char byte)
{
	uint32_t to;

	while ((to = slot_of(m, at, byte)->to) == 0 && at)
		at = m->states.items[at].suffix;
	return to;
}

static void grow(struct arena *mem, struct mask *m, size_t bytes)
{
	for (m->cap = 16; m->cap < bytes * 2;)
		m->cap *= 2;
	m->edges = arena_array(mem, struct edge, m->cap);
	*list_add(mem, &m->states) = (struct state){ 0 };
}

static void add_secret(struct arena *mem, struct mask *m, struct str secret)
{
	uint32_t at = 0;

	for (size_t i = 0; i < secret.n; i++) {
		struct edge *e = slot_of(m, at, (unsigned char)secret.p[i]);

		if (!e->to) {
			*e = (struct edge){ at, (uint32_t)m->states.n, (unsigned char)secret.p[i] };
			*list_add(mem, &m->states) = (struct state){ .depth = (uint32_t)i + 1 };
		}
		at = e->to;
	}
	m->states.items[at].ends = (uint32_t)secret.n;
}

static int by_depth(const void *a, const void *b, void *states)
{
	const struct state *s = states;
	uint32_t x = s[((const struct edge *)a)->to].depth, y = s[((const struct edge *)b)->to].depth;

	return (x > y) - (x < y);
}

/* Suffixes of states nearer to the root come first. */
static void link_suffixes(struct arena *mem, struct mask *m)
{
	struct edge *order = arena_array(mem, struct edge, m->states.n);

	for (size_t i = 0; i < m->cap; i++)
		if (m->edges[i].to)
			order[m->edges[i].to] = m->edges[i];
	qsort_r(order + 1, m->states.n - 1, sizeof(*order), by_depth, m->states.items);
	for (size_t i = 1; i < m->states.n; i++) {
		struct state *s = &m->states.items[order[i].to];

		if (order[i].from)
			s->suffix = step(m, m->states.items[order[i].from].suffix, order[i].byte);
		if (!s->ends)
			s->ends = m->states.items[s->suffix].ends;
	}
}

/* ---- what is secret ---- */

static void keep(struct arena *mem, struct secrets *all, struct str text)
{
	if (text.n < 2)
		return;
	*list_add(mem, all) = text;
	all->bytes += text.n;
}

/* A text with quotes or line breaks looks different within JSON. */
static void collect_text(struct arena *mem, struct secrets *all, struct str text)
{
	struct buf quoted = { .mem = mem };

	text = str_trim(text);
	keep(mem, all, text);
	json_write_text(&quoted, text);
	if (quoted.n != text.n + 2)
		keep(mem, all, (struct str){ quoted.p + 1, quoted.n - 2 });
}

static void collect(struct arena *mem, struct secrets *all, const struct json *v)
{
	for (size_t i = 0; i < json_len(v); i++)
		collect(mem, all, v->type == JSON_ARRAY ? v->a.items[i] : v->o.m[i].value);
	if (json_is(v, JSON_STRING))
		collect_text(mem, all, v->s);
}

static void build(struct arena *mem, struct mask *m)
{
	m->states.n = 0;
	grow(mem, m, m->all.bytes);
	for (size_t i = 0; i < m->all.n; i++)
		add_secret(mem, m, m->all.items[i]);
	link_suffixes(mem, m);
}

struct mask *mask_new(struct arena *mem, const struct json *const *secrets, size_t n)
{
	struct mask *m = arena_new(mem, struct mask);

	for (size_t i = 0; i < n; i++)
		collect(mem, &m->all, secrets[i]);
	m->added = json_array(mem);
	build(mem, m);
	return m;
}

void mask_also(struct mask *m, struct arena *mem, struct str text)
{
	struct json *copy = json_strn(mem, text.p, text.n);

	json_push(mem, m->added, copy);
	collect_text(mem, &m->all, copy->s);
	build(mem, m);
}

const struct json *mask_added(const struct mask *m)
{
	return m->added;
}

/* ---- hiding ---- */

struct span {
	size_t from, to;
};
struct spans {
	struct span *items;
	size_t n, cap;
};

/* Spans come in the order of their ends; one that begins before others end takes them in. */
static void add_span(struct arena *mem, struct spans *spans, struct span s)
{
	while (spans->n && spans->items[spans->n - 1].to > s.from) {
		spans->n--;
		if (spans->items[spans->n].from < s.from)
			s.from = spans->items[spans->n].from;
	}
	*list_add(mem, spans) = s;
}

/* beginning: of so many bytes what a secret begins with is taken for it. */
static struct spans find_spans(const struct mask *m, struct arena *mem, struct str text, size_t beginning)
{
	struct spans spans = { 0 };

	for (size_t i = 0, at = 0; m && m->states.n > 1 && i < text.n; i++) {
		at = step(m, (uint32_t)at, (unsigned char)text.p[i]);

		const struct state *s = &m->states.items[at];
		size_t n = s->depth >= beginning ? s->depth : s->ends;

		if (n)
			add_span(mem, &spans, (struct span){ i + 1 - n, i + 1 });
	}
	return spans;
}

static struct str hide(struct arena *mem, struct str text, const struct spans *spans)
{
	struct buf out = { .mem = mem };
	size_t done = 0;

	if (!spans->n)
		return text;
	for (size_t i = 0; i < spans->n; i++) {
		buf_add(&out, text.p + done, spans->items[i].from - done);
		buf_adds(&out, "***");
		done = spans->items[i].to;
	}
	buf_add(&out, text.p + done, text.n - done);
	return buf_str(&out);
}

struct str mask_text(const struct mask *m, struct arena *mem, struct str text)
{
	const struct spans spans = find_spans(m, mem, text, SIZE_MAX);

	return hide(mem, text, &spans);
}

const char *mask_line(const struct mask *m, struct arena *mem, const char *text)
{
	return mask_text(m, mem, str_of(text)).p;
}

const char *mask_error(const struct mask *m, struct arena *mem, const char *text)
{
	const struct spans spans = find_spans(m, mem, str_of(text), BEGINNING);

	return hide(mem, str_of(text), &spans).p;
}

struct json *mask_value(const struct mask *m, struct arena *mem, const struct json *v)
{
	struct json *out;

	if (!v)
		return NULL;
	switch (v->type) {
	case JSON_STRING:
		return json_str_ref(mem, mask_text(m, mem, v->s));
	case JSON_ARRAY:
		out = json_array(mem);
		for (size_t i = 0; i < v->a.n; i++)
			json_push(mem, out, mask_value(m, mem, v->a.items[i]));
		return out;
	case JSON_OBJECT:
		out = json_object(mem);
		for (size_t i = 0; i < v->o.n; i++)
			json_setn(mem, out, mask_text(m, mem, v->o.m[i].key), mask_value(m, mem, v->o.m[i].value));
		return out;
	default:
		return json_copy(mem, v);
	}
}
