/*
 * An index as a file: documents without their terms, then each key with its values in order, each value with its documents.
 * What is sorted, counted and deduplicated need not be so again, and documents get their terms back from the values.
 */
#include <string.h>

#include "base/list.h"
#include "index/file.h"
#include "index/private.h"

enum { FORMAT = 1, HAS_BARE = 1, HAS_GRAMS = 2, PIECE = 256 };
static const char magic[] = "callboard index";

/* A document without its terms. */
struct record {
	uint64_t tag;
	uint32_t id, n;
	uint64_t error;
};

/* ---- writing ---- */

static void put_docs(struct file *f, const struct index *ix)
{
	uint32_t ids[PIECE];
	uint64_t n;

	for (uint64_t at = 0; (n = bitmap_list(ix->all, at, PIECE, ids)) > 0; at += n) {
		for (uint64_t i = 0; i < n; i++) {
			const struct doc *d = doc_of(ix, ids[i]);
			struct record r = { d->tag, ids[i], d->n, bitmap_has(ix->errors, ids[i]) };

			file_put(f, &r, sizeof(r));
		}
	}
}

static void put_posting(struct file *f, const struct index *ix, const struct posting *p)
{
	struct set docs = set_of(ix, p);
	uint32_t ids[PIECE];
	uint64_t n;

	file_put_u32(f, p->n);
	for (uint64_t at = 0; (n = set_ids(&docs, at, PIECE, ids)) > 0; at += n)
		file_put(f, ids, n * sizeof(*ids));
}

static void put_key(struct file *f, const struct index *ix, const struct key *k)
{
	struct walk w = walk_all(ix, k, true);
	const struct value *v;

	file_put_text(f, key_name(k));
	file_put_u32(f, (k->bare ? HAS_BARE : 0U) | (k->grams ? HAS_GRAMS : 0U));
	file_put_u32(f, k->n_values);
	if (k->bare)
		put_posting(f, ix, &value_of(ix, k->bare)->docs);
	while ((v = walk_next(&w))) {
		file_put_text(f, value_text(v));
		put_posting(f, ix, &v->docs);
	}
}

int index_save(struct ctx *cx, const struct index *ix, const char *path, const char *owner)
{
	struct file f;
	int rc = file_create(cx, path, &f);

	if (rc < 0)
		return rc;
	file_put_text(&f, STR(magic));
	file_put_u32(&f, FORMAT);
	file_put_text(&f, str_of(owner));
	file_put_u64(&f, ix->seq);
	file_put_u64(&f, bitmap_count(ix->all));
	file_put_u64(&f, ix->keys.n);
	file_put_u64(&f, ix->values.n);
	put_docs(&f, ix);
	for (size_t i = 0; i < ix->keys.buckets; i++)
		for (spot s = ix->keys.parts[i / TABLE_PART][i % TABLE_PART]; s; s = key_of(ix, s)->next)
			put_key(&f, ix, key_of(ix, s));
	return file_finish(cx, path, &f);
}

/* ---- reading: nothing is believed that could not be so ---- */

/* Memory is slow where it is not asked for in time, so what belongs to one place waits until that has come. */
struct waiting {
	uint32_t hash;
	spot value;
	struct doc *doc; /* NULL: the value is to be linked */
};

struct loading {
	struct file f;
	struct index *ix;
	uint64_t terms; /* that documents still lack */
	struct waiting waiting[32];
	size_t n_waiting; /* in all */
	struct {
		spot *items;
		size_t n, cap;
	} grams; /* keys whose parts are wanted */
	struct arena *mem;
};

static void get_docs(struct loading *l, uint64_t n)
{
	uint64_t next = 0;

	for (; n && !l->f.bad; n--) {
		const void *p = file_get(&l->f, sizeof(struct record));
		struct record r;

		if (!p)
			return;
		memcpy(&r, p, sizeof(r));
		l->terms += r.n;
		/* Each term is a number of four bytes further on. */
		if (r.id < next || r.error > 1 || l->terms > l->f.size / sizeof(uint32_t)) {
			l->f.bad = true;
			return;
		}
		next = r.id + 1ULL;
		index_restore(l->ix, &(struct index_doc){ r.id, r.tag, r.error }, r.n);
	}
}

/* A document gets one term more; terms come in the order of their spots, which is the documents' own. */
static bool give_term(struct loading *l, struct doc *d, spot value)
{
	uint32_t low = 0, high = d->n;

	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (d->terms[mid])
			low = mid + 1;
		else
			high = mid;
	}
	if (low == d->n || (low && d->terms[low - 1] >= value))
		return false;
	d->terms[low] = value;
	l->terms--;
	return true;
}

static void end_waiting(struct loading *l, const struct waiting *w)
{
	if (w->doc)
		l->f.bad |= !give_term(l, w->doc, w->value);
	else if (w->value)
		value_link(l->ix, w->value, w->hash);
}

static void wait_for(struct loading *l, struct waiting w)
{
	struct waiting *place = &l->waiting[l->n_waiting++ % LEN(l->waiting)];

	end_waiting(l, place);
	*place = w;
}

static bool expect_term(struct loading *l, uint32_t id, spot value)
{
	spot s = ids_get(&l->ix->docs, id);
	struct doc *d;

	if (!s)
		return false;
	d = memory_at(l->ix->mem, s);
	__builtin_prefetch(d);
	__builtin_prefetch((char *)d + 64);
	wait_for(l, (struct waiting){ .doc = d, .value = value });
	return true;
}

static void get_posting(struct loading *l, spot value)
{
	struct value *v = value_of(l->ix, value);
	struct key *k = key_of(l->ix, v->key);
	struct memory *m = l->ix->mem;
	uint32_t all = file_get_u32(&l->f), ids[PIECE];
	uint64_t next = 0;

	l->f.bad |= all == 0;
	for (uint32_t left = all, n; left && !l->f.bad; left -= n) {
		n = left < PIECE ? left : PIECE;
		const void *p = file_get(&l->f, n * sizeof(*ids));

		if (!p)
			return;
		memcpy(ids, p, n * sizeof(*ids));
		for (uint32_t i = 0; i < n && !l->f.bad; i++) {
			l->f.bad = ids[i] < next || !expect_term(l, ids[i], value);
			next = ids[i] + 1ULL;
			if (!v->bare && k->n_values > 1)
				posting_add(m, &k->valued, ids[i]);
		}
		if (left == all)
			posting_start(m, &v->docs, all, ids, n);
		else
			posting_more(m, &v->docs, ids, n);
	}
	if (!v->bare)
		k->n_said += all;
}

static void get_values(struct loading *l, spot key, uint32_t n, bool bare)
{
	if (bare)
		get_posting(l, value_make(l->ix, key, (struct str){ NULL, 0 }));
	for (; n && !l->f.bad; n--) {
		struct str text = file_get_text(&l->f);
		struct waiting w = { 0 };

		if (!l->f.bad && text.n <= UINT16_MAX)
			w.value = value_append(l->ix, key, text, &w.hash);
		if (w.value) {
			wait_for(l, w);
			get_posting(l, w.value);
		} else {
			l->f.bad = true;
		}
	}
}

static void get_key(struct loading *l)
{
	struct str name = file_get_text(&l->f);
	spot key;

	if (l->f.bad || name.n > UINT16_MAX || key_find(l->ix, name)) {
		l->f.bad = true;
		return;
	}
	key = key_make(l->ix, name);
	uint32_t flags = file_get_u32(&l->f), n = file_get_u32(&l->f);

	l->f.bad |= (!n && !(flags & HAS_BARE)) || flags > (HAS_BARE | HAS_GRAMS);
	if (!l->f.bad)
		get_values(l, key, n, flags & HAS_BARE);
	if (flags & HAS_GRAMS)
		*list_add(l->mem, &l->grams) = key;
}

static void get_all(struct loading *l)
{
	uint64_t docs, keys, values;

	l->ix->seq = file_get_u64(&l->f);
	docs = file_get_u64(&l->f);
	keys = file_get_u64(&l->f);
	values = file_get_u64(&l->f);
	/* Each takes at least a length and a document. */
	l->f.bad |= values > l->f.size / 12;
	if (l->f.bad)
		return;
	table_reserve(l->ix->mem, &l->ix->values, values);
	l->ix->mem->rising = true;
	get_docs(l, docs);
	for (; keys && !l->f.bad; keys--)
		get_key(l);
	for (size_t i = 0; i < LEN(l->waiting); i++)
		wait_for(l, (struct waiting){ 0 });
	l->ix->mem->rising = false;
}

static int check_head(struct ctx *cx, struct file *f, const char *owner)
{
	if (!str_is(file_get_text(f), magic) || f->bad)
		return fail(cx, ERR_CONFLICT, "it is no snapshot of an index, or a damaged one");
	if (file_get_u32(f) != FORMAT)
		return fail(cx, ERR_CONFLICT, "it was written by another version");
	if (!str_is(file_get_text(f), owner))
		return fail(cx, ERR_CONFLICT, "it is of another database");
	return 0;
}

static int load(struct ctx *cx, struct loading *l, const char *owner)
{
	int rc = check_head(cx, &l->f, owner);

	if (rc < 0)
		return rc;
	get_all(l);
	if (!file_is_read(&l->f) || l->terms)
		return fail(cx, ERR_CONFLICT, "it is damaged");
	for (size_t i = 0; i < l->grams.n; i++)
		grams_build(l->ix, l->grams.items[i]);
	return 0;
}

int index_load(struct ctx *cx, const char *path, const char *owner, struct index **out)
{
	ARENA mem = { 0 };
	struct loading l = { .mem = &mem };
	int rc = file_open(cx, path, &l.f);

	if (rc < 0)
		return rc;
	l.ix = index_new();
	rc = load(cx, &l, owner);
	file_close(&l.f);
	if (rc == 0)
		*out = l.ix;
	else
		index_free(l.ix);
	return rc < 0 ? fail_in(cx, rc, "%s", path) : 0;
}
