/* The index against a slow, obvious model: random documents that come, change and go, random questions. */
#include "index/index.h"
#include "index/kept.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/list.h"
#include "index/file.h"
#include "index/limits.h"
#include "index/request.h"
#include "tap.h"

enum { DOCS = 300, TERMS = 8, KEYS = 6, VALUES = 20, ROUNDS = 250, ASKED = 50 };

static struct arena mem;
static struct ctx cx = { .mem = &mem };
static struct index *ix;
static struct kept *kept; /* answers of ix */

/* The model: what each document says. value NULL: the key alone. */
static struct said {
	bool there, error;
	uint64_t tag;
	size_t n;
	struct {
		const char *key, *value;
	} terms[TERMS];
} model[DOCS];

static const char *const keys[KEYS + 1] = { "kind",       "metadata.name", "spec.type", "metadata.tags",
					    "spec.owner", "rare",          "unknown" };
static const char *const values[VALUES] = {
	"Service", "service", "SERVICE",      "web",           "website", "a",
	"B",       "b",       "z%",           "\xc3\xa9",      "team-a",  "team-b",
	"player",  "Player",  "play-layer-2", "payment-layer", "layers",  "aaaaaaaaaaaa",
	"aaaba",   "",
};
static uint64_t seed = 42;

static unsigned any(unsigned n)
{
	seed = seed * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(seed >> 33) % n;
}

static const char *lower(const char *s)
{
	return str_lower(&mem, s, strlen(s));
}

/* Another index from now on. */
static void use(struct index *other)
{
	index_free(ix);
	kept_free(kept);
	ix = other;
	kept = kept_new();
}

static int work_out(void *index, struct ctx *c, struct str request, struct buf *out)
{
	return index_answer(c, index, request, out);
}

/* What was answered before is answered again, unless something has changed. */
static int answer(struct str request, struct buf *out)
{
	struct buf again = { .mem = out->mem };
	uint64_t changes = index_changes(ix);
	int rc = kept_answer(kept, &cx, changes, request, work_out, ix, out);
	int same = kept_answer(kept, &cx, changes, request, work_out, ix, &again);

	if (rc == same && str_eq(buf_str(out), buf_str(&again)))
		return rc;
	printf("# another answer to the same question\n");
	return ERR_INTERNAL;
}

/* ---- documents ---- */

static void change(uint32_t id)
{
	struct said *d = &model[id];
	struct index_terms terms = { 0 };

	if (any(5) == 0) {
		d->there = false;
		index_remove(ix, id);
		return;
	}
	*d = (struct said){ .there = true, .error = any(7) == 0, .tag = any(1000) * 0x100000001ull, .n = any(TERMS) };
	for (size_t i = 0; i < d->n; i++) {
		d->terms[i].key = keys[any(4) ? any(KEYS - 1) : any(KEYS)];
		d->terms[i].value = any(12) ? values[any(VALUES)] : NULL;
		*list_add(&mem, &terms) = (struct index_term){ str_of(d->terms[i].key), str_of(d->terms[i].value) };
	}
	index_put(ix, &(struct index_doc){ id, d->tag, d->error }, &terms);
}

/* ---- sets: written for the index, and judged here ---- */

struct set {
	char op;
	const char *key, *text, *key2;
	struct set *sub[3];
	size_t n;
};

static struct set *random_set(unsigned depth)
{
	static const char ops[] = "=^E*#AN=^E&|!&|!";
	struct set *s = arena_new(&mem, struct set);

	s->op = ops[any(depth < 3 ? 16 : 10)];
	s->key = keys[any(KEYS + 1)];
	s->key2 = keys[any(KEYS + 1)];
	s->text = lower(values[any(VALUES)]);
	if (s->op == '*')
		s->text += any((unsigned)strlen(s->text) + 1);
	if (s->op == '^' || (s->op == '*' && any(2)))
		s->text = arena_strndup(&mem, s->text, any((unsigned)strlen(s->text) + 1));
	s->n = s->op == '!' ? 1 : s->op == '&' || s->op == '|' ? any(4) : 0;
	for (size_t i = 0; i < s->n; i++)
		s->sub[i] = random_set(depth + 1);
	return s;
}

static void write_set(struct buf *b, const struct set *s)
{
	ask_u8(b, (unsigned char)s->op);
	if (strchr("=^E", s->op))
		ask_text(b, str_of(s->key));
	if (strchr("=^*", s->op))
		ask_text(b, str_of(s->text));
	if (s->op == '*') {
		ask_u8(b, 2);
		ask_text(b, str_of(s->key));
		ask_text(b, str_of(s->key2));
	}
	if (strchr("&|", s->op))
		ask_u16(b, (unsigned)s->n);
	for (size_t i = 0; i < s->n; i++)
		write_set(b, s->sub[i]);
}

static bool term_fits(const struct set *s, const char *key, const char *value)
{
	bool mine = streq(key, s->key) || (s->op == '*' && streq(key, s->key2));

	if (!mine || s->op == 'E' || !value)
		return mine && s->op == 'E';
	value = lower(value);
	return s->op == '='   ? streq(value, s->text)
	       : s->op == '^' ? str_starts(value, s->text)
			      : strstr(value, s->text) != NULL;
}

static bool fits(const struct set *s, const struct said *d)
{
	bool all = true, some = false;

	for (size_t i = 0; i < s->n; i++) {
		bool one = fits(s->sub[i], d);

		all &= one;
		some |= one;
	}
	switch (s->op) {
	case 'A':
		return true;
	case 'N':
		return false;
	case '#':
		return d->error;
	case '!':
		return !all;
	case '&':
		return all;
	case '|':
		return some;
	default:
		for (size_t i = 0; i < d->n; i++)
			some |= term_fits(s, d->terms[i].key, d->terms[i].value);
		return some;
	}
}

/* ---- pages ---- */

struct order {
	const char *key;
	bool down;
};
static struct order orders[2];
static unsigned n_orders;

static const char *least(const struct said *d, const char *key)
{
	const char *v = NULL;

	for (size_t i = 0; i < d->n; i++)
		if (streq(d->terms[i].key, key) && d->terms[i].value && (!v || strcmp(lower(d->terms[i].value), v) < 0))
			v = lower(d->terms[i].value);
	return v;
}

static int by_order(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	for (unsigned i = 0; i < n_orders; i++) {
		const char *v = least(&model[x], orders[i].key), *w = least(&model[y], orders[i].key);
		int c = !v || !w ? (w != NULL) - (v != NULL) : strcmp(v, w) * (orders[i].down ? -1 : 1);

		if (c)
			return c;
	}
	return (x > y) - (x < y);
}

static size_t expected(const struct set *s, bool lacking, uint32_t *ids)
{
	size_t n = 0;

	for (uint32_t i = 0; i < DOCS; i++)
		if (model[i].there && fits(s, &model[i]) && (!n_orders || lacking || least(&model[i], orders[0].key)))
			ids[n++] = i;
	qsort(ids, n, sizeof(*ids), by_order);
	return n;
}

struct got {
	uint64_t total;
	unsigned around;
	uint32_t n, ids[DOCS];
	bool tags_ok, has_value[2];
	struct str edge[2];
};

static struct got ask_page(const struct set *s, unsigned flags, uint32_t limit, uint64_t offset, const struct got *from,
			   bool last)
{
	struct buf b = { .mem = &mem }, out = { .mem = &mem };
	struct got g = { .tags_ok = true };

	ask_u8(&b, 'P');
	write_set(&b, s);
	ask_u8(&b, n_orders);
	for (unsigned i = 0; i < n_orders; i++) {
		ask_u8(&b, orders[i].down);
		ask_text(&b, str_of(orders[i].key));
	}
	ask_u8(&b, flags);
	ask_u32(&b, limit);
	ask_u64(&b, offset);
	if (flags & PAGE_EDGE) {
		ask_u8(&b, from->has_value[last]);
		ask_text(&b, from->edge[last]);
		ask_u32(&b, from->ids[last ? from->n - 1 : 0]);
	}
	if (answer(buf_str(&b), &out) < 0) {
		printf("# %s\n", cx.err.text);
		return g;
	}
	struct reader r = { out.p, out.p + out.n, false };

	g.total = read_u64(&r);
	g.around = read_u8(&r);
	g.n = read_u32(&r);
	for (uint32_t i = 0; i < g.n && i < DOCS; i++) {
		g.ids[i] = read_u32(&r);
		uint64_t tag = read_u64(&r);

		g.tags_ok &= g.ids[i] >= DOCS || tag == model[g.ids[i]].tag;
	}
	for (unsigned i = 0; i < 2 && g.n && n_orders; i++) {
		g.has_value[i] = read_u8(&r);
		g.edge[i] = read_text(&r);
	}
	g.tags_ok &= !r.bad && r.p == r.end;
	return g;
}

/* Whether the first or the last of a page comes with what it is ordered by. */
static bool edge_is_right(const struct got *g, bool last)
{
	const char *v = n_orders && g->n ? least(&model[g->ids[last ? g->n - 1 : 0]], orders[0].key) : NULL;

	return !n_orders || !g->n || (g->has_value[last] == (v != NULL) && str_is(g->edge[last], v ? v : ""));
}

static bool is_part(const struct got *g, const uint32_t *want, size_t n, size_t from, size_t to)
{
	return g->tags_ok && g->total == n && g->n == to - from &&
	       memcmp(g->ids, want + from, (to - from) * sizeof(*want)) == 0 && edge_is_right(g, false) &&
	       edge_is_right(g, true) &&
	       (g->n == 0 || (!!(g->around & PAGE_BEFORE) == (from > 0) && !!(g->around & PAGE_AFTER) == (to < n)));
}

/* All pages forth to the end by the last of each, then back to the start by the first of each. */
static bool walk(const struct set *s, unsigned flags, const uint32_t *want, size_t n)
{
	uint32_t limit = 1 + any(20);
	struct got g = ask_page(s, flags, limit, 0, NULL, false), next;
	size_t at = 0;
	bool ok = is_part(&g, want, n, 0, n < limit ? n : limit);

	while (ok && g.around & PAGE_AFTER) {
		at += g.n;
		next = ask_page(s, flags | PAGE_EDGE, limit, 0, &g, true);
		g = next;
		ok = is_part(&g, want, n, at, at + limit < n ? at + limit : n);
	}
	while (ok && g.around & PAGE_BEFORE) {
		size_t to = at;

		at = at > limit ? at - limit : 0;
		next = ask_page(s, flags | PAGE_EDGE | PAGE_BACKWARDS, limit, 0, &g, false);
		g = next;
		ok = is_part(&g, want, n, at, to);
	}
	return ok;
}

static bool question(void)
{
	struct set *s = random_set(0);
	bool lacking = any(2);
	uint32_t want[DOCS];
	size_t n;

	n_orders = any(3);
	for (unsigned i = 0; i < n_orders; i++)
		orders[i] = (struct order){ keys[any(KEYS + 1)], any(2) };
	unsigned flags = lacking ? PAGE_LACKING_LAST : 0;

	n = expected(s, lacking, want);
	size_t from = any(20) < n ? any(20) : n;

	from = from < n ? from : n;
	size_t to = from + 5 < n ? from + 5 : n;
	struct got some = ask_page(s, flags, 5, from, NULL, false), count = ask_page(s, flags, 0, 0, NULL, false);

	/* an edge knows only the first order, so a walk along two would stumble over equal firsts */
	return is_part(&some, want, n, from, to) && count.total == n && count.n == 0 &&
	       (n_orders > 1 || walk(s, flags, want, n));
}

/* ---- facets ---- */

static uint32_t expected_count(const struct set *s, const char *key, const char *value)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < DOCS; i++) {
		bool has = false;

		for (size_t k = 0; model[i].there && k < model[i].n; k++)
			has |= streq(model[i].terms[k].key, key) && model[i].terms[k].value &&
			       streq(model[i].terms[k].value, value);
		n += has && fits(s, &model[i]);
	}
	return n;
}

static bool facet(void)
{
	struct buf b = { .mem = &mem }, out = { .mem = &mem };
	struct set *s = random_set(0);
	const char *key = keys[any(KEYS + 1)], *before = "";
	uint32_t kinds = 0;
	bool ok;

	ask_u8(&b, 'F');
	write_set(&b, s);
	ask_u16(&b, 1);
	ask_text(&b, str_of(key));
	ok = answer(buf_str(&b), &out) == 0;
	struct reader r = { out.p, out.p + out.n, false };
	uint32_t n = read_u32(&r);

	for (size_t i = 0; i < VALUES; i++)
		kinds += expected_count(s, key, values[i]) > 0;
	ok &= n == kinds;
	for (uint32_t i = 0; ok && i < n; i++) {
		uint32_t count = read_u32(&r);
		struct str text = read_text(&r);
		const char *value = arena_strndup(&mem, text.p, text.n);

		ok = count == expected_count(s, key, value) && strcmp(before, lower(value)) <= 0;
		before = lower(value);
	}
	return ok && !r.bad && r.p == r.end;
}

/* ---- snapshots ---- */

static char path[64];

static int load(const char *owner, struct index **out)
{
	*out = NULL;
	return index_load(&cx, path, owner, out);
}

/* What comes back from a file goes on as what was written. */
static bool save_and_load(void)
{
	struct index *back;
	struct index_stats a, b;

	index_set_seq(ix, any(1000000));
	if (index_save(&cx, ix, path, "me") < 0 || load("me", &back) < 0)
		return false;
	index_stats(ix, &a);
	index_stats(back, &b);
	use(back);
	return a.seq == b.seq && a.documents == b.documents && a.keys == b.keys && a.values == b.values;
}

static bool of_no_use(const char *owner)
{
	struct index *back;

	return load(owner, &back) == ERR_CONFLICT && !back;
}

static void write_file(const char *p, size_t n)
{
	FILE *f = fopen(path, "w");

	if (!f || fwrite(p, 1, n, f) != n || fclose(f) != 0)
		abort();
}

/* No part of a file and no file with a changed byte is taken for good. */
static void damaged(void)
{
	static char bytes[1 << 20];
	FILE *f;
	size_t n, refused = 0;

	OK(save_and_load() && of_no_use("you"));
	f = fopen(path, "r");
	n = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	OK(n > 1000 && n < sizeof(bytes));
	for (size_t i = 0; i < 100; i++) {
		write_file(bytes, n * i / 100);
		refused += of_no_use("me");
	}
	for (size_t i = 0; i < 400; i++) {
		size_t at = i < 64 ? i : any((unsigned)n);
		char was = bytes[at];

		bytes[at] ^= (char)(1 << any(8));
		write_file(bytes, n);
		refused += of_no_use("me");
		bytes[at] = was;
	}
	bytes[n] = 'x';
	write_file(bytes, n + 1);
	OK(refused == 500 && of_no_use("me"));
	write_file(bytes, n);
}

/* A file that is whole, but of another version; and ones that say what cannot be. */
struct told {
	uint32_t version, docs[2][4], n_values; /* of documents: id, tag, with an error, terms */
	const char *keys[2], *values[2];
	uint32_t ids[2];
};

static bool refused(const struct told *t)
{
	struct file f;

	if (file_create(&cx, path, &f) < 0)
		abort();
	file_put_text(&f, STR("callboard index"));
	file_put_u32(&f, t->version);
	file_put_text(&f, STR("me"));
	file_put_u64(&f, 1);
	file_put_u64(&f, 2);
	file_put_u64(&f, 2);
	file_put_u64(&f, 2);
	for (size_t i = 0; i < 2; i++) {
		file_put_u64(&f, t->docs[i][1]);
		file_put_u32(&f, t->docs[i][0]);
		file_put_u32(&f, t->docs[i][3]);
		file_put_u64(&f, t->docs[i][2]);
	}
	for (size_t k = 0; k < 2; k++) {
		file_put_text(&f, str_of(t->keys[k]));
		file_put_u32(&f, 0);
		file_put_u32(&f, t->n_values);
		for (uint32_t i = 0; i < t->n_values; i++) {
			file_put_text(&f, str_of(t->values[i]));
			file_put_u32(&f, 1);
			file_put_u32(&f, t->ids[i]);
		}
	}
	if (file_finish(&cx, path, &f) < 0)
		abort();
	struct index *back;
	int rc = load("me", &back);

	index_free(back);
	return rc == ERR_CONFLICT && !back;
}

static void impossible(void)
{
	static const struct told good = {
		1, { { 3, 0, 0, 2 }, { 5, 0, 1, 2 } }, 2, { "a", "b" }, { "x", "y" }, { 3, 5 },
	};
	struct told t[9];

	OK(!refused(&good));
	for (size_t i = 0; i < LEN(t); i++)
		t[i] = good;
	t[0].version = 2;
	t[1].docs[1][0] = 3; /* twice the same document */
	t[2].docs[1][2] = 2; /* neither with nor without an error */
	t[3].docs[1][3] = 3; /* has more terms than there are */
	t[4].docs[1][3] = 1; /* fewer */
	t[5].keys[1] = "a";
	t[6].values[1] = "x";
	t[7].values[1] = "w"; /* out of order */
	t[8].ids[1] = 4;      /* nobody */
	for (size_t i = 0; i < LEN(t); i++)
		OK(refused(&t[i]));
}

/* What stands there stays when a new one cannot be written. */
static void full(void)
{
	struct rlimit was, small = { 1000, RLIM_INFINITY };
	struct index *back = NULL;

	getrlimit(RLIMIT_FSIZE, &was);
	small.rlim_max = was.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	OK(index_save(&cx, ix, path, "me") == 0);
	setrlimit(RLIMIT_FSIZE, &small);
	OK(index_save(&cx, ix, path, "me") == ERR_UNAVAILABLE);
	setrlimit(RLIMIT_FSIZE, &was);
	OK(access(arena_printf(&mem, "%s.new", path), F_OK) < 0 && load("me", &back) == 0);
	index_free(back);
	unlink(path);
	OK(load("me", &back) == ERR_NOTFOUND && !back);
	OK(index_save(&cx, ix, "/nowhere/at/all", "me") == ERR_UNAVAILABLE);
}

/* ---- everything together ---- */

/* Limits so low that a few hundred documents go all the ways that hundreds of thousands go. */
static const struct index_limits limits[] = {
	{ .list_most = 256,
	  .block_most = 255,
	  .scan_most = 8192,
	  .gram_step = 16384,
	  .gather = 12,
	  .known = 4096,
	  .spread = 512 },
	{ .list_most = 1, .block_most = 2, .scan_most = 0, .gram_step = 1, .gather = 0, .known = 0, .spread = 1 },
	{ .list_most = 2, .block_most = 3, .scan_most = 0, .gram_step = 20, .gather = 1000000, .known = 0, .spread = 1 },
	{ .list_most = 5, .block_most = 4, .scan_most = 0, .gram_step = 1000, .gather = 1, .known = 1, .spread = 2 },
	{ .list_most = 3, .block_most = 3, .scan_most = 0, .gram_step = 16, .gather = 2, .known = 2, .spread = 3 },
	{ .list_most = 3, .block_most = 3, .scan_most = 0, .gram_step = 16, .gather = 4, .known = 10, .spread = 3 },
	{ .list_most = 40, .block_most = 5, .scan_most = 8, .gram_step = 50, .gather = 1000000, .known = 0, .spread = 3 },
	{ .list_most = 256, .block_most = 255, .scan_most = 0, .gram_step = 1000, .gather = 0, .known = 3, .spread = 1 },
};

static void random_rounds(void)
{
	bool pages = true, facets = true, saved = true;

	for (unsigned round = 0; round < ROUNDS && pages && facets; round++) {
		for (unsigned i = 0; i < ASKED; i++)
			change(any(DOCS));
		for (unsigned i = 0; i < ASKED / 10; i++) {
			if (any(3) == 0)
				index_expect(ix, str_of(keys[any(KEYS)]));
			if (any(3) == 0)
				index_work(ix);
			pages &= question();
			facets &= facet();
		}
		if (round % 16 == 0)
			saved &= save_and_load();
		arena_reset(&mem);
	}
	OK(pages);
	OK(facets);
	OK(saved);
}

/* Many documents with one value, and many values of one key: the larger forms of both, and back. */
static uint64_t fill_and_empty(void)
{
	enum { MANY = 5000 };
	struct index_terms terms = { 0 };
	struct index_stats s;
	char name[20];

	for (uint32_t i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "n%u", (i * 7919) % MANY);
		terms.n = 0;
		*list_add(&mem, &terms) = (struct index_term){ STR("kind"), STR("component") };
		*list_add(&mem, &terms) = (struct index_term){ STR("name"), str_of(name) };
		index_put(ix, &(struct index_doc){ .id = i }, &terms);
	}
	/* For a while a key has two values. */
	terms.n = 0;
	*list_add(&mem, &terms) = (struct index_term){ STR("kind"), STR("api") };
	index_put(ix, &(struct index_doc){ .id = MANY }, &terms);
	index_remove(ix, MANY);
	index_stats(ix, &s);
	OK(s.documents == MANY && s.keys == 2 && s.values == MANY + 1);
	memset(model, 0, sizeof(model));
	n_orders = 1;
	orders[0] = (struct order){ "name", true };
	struct got g = ask_page(&(struct set){ .op = '=', .key = "kind", .text = "component" }, 0, 3, 0, NULL, false);

	OK(g.total == MANY && g.n == 3 && str_is(g.edge[0], "n999") && str_is(g.edge[1], "n997"));
	for (uint32_t i = 0; i < MANY; i++)
		index_remove(ix, i);
	index_stats(ix, &s);
	OK(s.documents == 0 && s.keys == 0 && s.values == 0);
	return s.bytes;
}

static void many(void)
{
	uint64_t bytes = fill_and_empty();

	/* What was given back is used again. */
	OK(fill_and_empty() == bytes);
}

/* One document with more values than a chunk of memory holds, beside a small one. */
static void large(void)
{
	enum { LARGE = 300000 };
	struct index_terms terms = { 0 };
	struct index_stats s;
	bool ok;

	use(index_new());
	for (uint32_t i = 0; i < LARGE; i++)
		*list_add(&mem, &terms) =
			(struct index_term){ STR("tags"), str_of(arena_printf(&mem, "t%u", (i * 7919) % LARGE)) };
	index_put(ix, &(struct index_doc){ .id = 1 }, &terms);
	terms.n = 2;
	index_put(ix, &(struct index_doc){ .id = UINT32_MAX }, &terms);
	index_stats(ix, &s);
	OK(s.values == LARGE && s.bytes > LARGE * 30 && save_and_load());
	index_put(ix, &(struct index_doc){ .id = 1 }, &terms);
	index_stats(ix, &s);
	ok = s.values == 2;
	index_remove(ix, 1);
	index_remove(ix, UINT32_MAX);
	index_stats(ix, &s);
	OK(ok && s.values == 0 && s.keys == 0 && s.documents == 0);
}

/* Every cut and every changed byte of a good request is refused or answered, never more. */
static void malformed(void)
{
	struct buf b = { .mem = &mem };
	unsigned refused = 0;

	for (uint32_t i = 0; i < DOCS; i++)
		change(i);
	ask_u8(&b, 'P');
	write_set(&b, &(struct set){ .op = '*', .key = "kind", .key2 = "rare", .text = "a" });
	ask_u8(&b, 1);
	ask_u8(&b, 1);
	ask_text(&b, STR("kind"));
	ask_u8(&b, 0);
	ask_u32(&b, 5);
	ask_u64(&b, 0);
	for (size_t n = 0; n < b.n; n++) {
		struct buf out = { .mem = &mem };

		refused += index_answer(&cx, ix, (struct str){ b.p, n }, &out) == ERR_INPUT;
	}
	OK(refused == b.n);
	for (size_t i = 0; i < 20000; i++) {
		struct buf out = { .mem = &mem };
		char *copy = arena_strndup(&mem, b.p, b.n);

		copy[any((unsigned)b.n)] = (char)any(256);
		(void)index_answer(&cx, ix, (struct str){ copy, b.n }, &out);
	}
	struct buf deep = { .mem = &mem }, out = { .mem = &mem };

	ask_u8(&deep, 'F');
	for (size_t i = 0; i < 100000; i++)
		ask_u8(&deep, '!');
	OK(index_answer(&cx, ix, buf_str(&deep), &out) == ERR_INPUT);
}

int main(void)
{
	snprintf(path, sizeof(path), "/tmp/callboard-index-%ld", (long)getpid());
	for (size_t i = 0; i < LEN(limits); i++) {
		use(NULL); /* as it was made, so it is freed */
		index_limits = limits[i];
		memset(model, 0, sizeof(model));
		use(index_new());
		random_rounds();
	}
	use(NULL);
	index_limits = limits[0];
	use(index_new());
	many();
	large();
	malformed();
	damaged();
	impossible();
	full();
	index_free(NULL);
	index_free(ix);
	kept_free(kept);
	arena_release(&mem);
	return DONE();
}
