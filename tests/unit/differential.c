/*
 * The catalog's door and the index against a slow, obvious reading of the stored entities (judge.h): random questions while
 * entities come, change and go.
 *
 * DIFFERENTIAL_QUERIES=100000 how many, DIFFERENTIAL_ENTITIES=400 among how many (a few among eight times as many),
 * DIFFERENTIAL_SEED=… as a failure printed it.
 */
#include <limits.h>
#include <time.h>
#include <unistd.h>

#include "catalog/body.h"
#include "catalog/query.h"
#include "catalog/terms.h"
#include "corpus.h"
#include "draw.h"
#include "ext/json.h"
#include "identity/identity.h"
#include "index/client.h"
#include "index/index.h"
#include "tap.h"

#ifdef __SANITIZE_ADDRESS__
enum { QUERIES = 10000 };
#else
enum { QUERIES = 100000 };
#endif
enum { ENTITIES = 400, MAX_PAGES = 12 };

static struct arena mem, corpus_mem; /* of one question; of the whole test */
static struct who who = { .kind = WHO_SERVICE, .ref = "tests", .name = "tests" };
static struct ctx cx = { .mem = &mem, .who = &who };
static struct crowd crowd;
static struct corpus corpus;
static struct kinds kinds;
static struct index *ix;
static const char *failed; /* what did not agree; NULL: all did */
static struct {
	size_t changes, pages, hits, facets;
} counted;

/* ---- entities come, change and go ---- */

static void random_relations(const struct json *e, struct arena *to, struct relations *out)
{
	struct ctx one = { .mem = to };
	const struct kind *kind = kind_find(&kinds, json_get_text(e, "kind", ""), json_get_text(e, "apiVersion", ""));
	struct faults faults = { 0 };

	if (kind && validate_entity(to, &kinds, e, &faults))
		relations_of(&one, kind, e, out);
	for (unsigned n = any(5); n; n--) {
		const char *type = draw_relations[any(LEN(draw_relations))];
		const char *target = any(2) ? "group:default/team-a" : arena_printf(to, "component:default/thing-%u", any(40));

		*list_add(to, out) = (struct relation){ type, type, target };
	}
}

/* Puts an entity as it would be stored both into the index and before the judge. */
static void store(struct thing *t, struct json *e)
{
	struct problem problem = { "InputError", draw_word() };
	struct problems problems = { .items = &problem, .n = any(10) == 0 };
	struct ctx one = { .mem = &t->mem };
	struct relations relations = { 0 };
	struct index_terms terms;
	struct body body;
	bool error;

	json_remove(json_get(e, "metadata"), "uid");
	json_remove(json_get(e, "metadata"), "etag");
	random_relations(e, &t->mem, &relations);
	body_make(&t->mem, e, arena_printf(&t->mem, "%08x-%04x-4000-8000-%012x", t->id * 2654435761u, any(9), t->id), "hash",
		  &relations, &problems, &body);
	t->tag = any(1u << 30);
	t->there = true;
	t->error = problems.n > 0;
	if (json_parse(&one, body.text, &t->entity) < 0 || terms_of(&one, body.text, &terms, &error) < 0) {
		failed = one.err.text[0] ? arena_strdup(&corpus_mem, one.err.text) : "a body cannot be read";
		return;
	}
	read_facts(t);
	index_put(ix, &(struct index_doc){ t->id, t->tag, error }, &terms);
}

/* The first one stays, so that there always is somebody to ask for. */
static void change(size_t place)
{
	struct thing *t = &crowd.items[place];
	struct arena old = t->mem;
	struct json *was = t->there ? t->entity : NULL, *e;

	*t = (struct thing){ .id = (uint32_t)place * 401 + 3 };
	counted.changes++;
	if (was && place && any(5) == 0) {
		index_remove(ix, t->id);
		arena_release(&old);
		return;
	}
	e = was && any(2)        ? json_copy(&t->mem, was)
	    : corpus.n && any(2) ? json_copy(&t->mem, corpus.items[any((unsigned)corpus.n)])
				 : draw_entity(&t->mem);
	json_remove(e, "relations");
	json_remove(e, "status");
	for (unsigned n = any(4); n; n--)
		draw_edit(&t->mem, e);
	store(t, e);
	arena_release(&old);
}

/* ---- asking ---- */

/* Stands in for the process (the linker puts it in the place of index_ask()). */
int __wrap_index_ask(struct ctx *c, struct str request, struct str *answer);

int __wrap_index_ask(struct ctx *c, struct str request, struct str *answer)
{
	struct buf b = { .mem = c->mem };
	int rc = index_answer(c, ix, request, &b);

	if (rc == 0)
		*answer = buf_str(&b);
	return rc;
}

/* The same question as the door is asked. */
static bool put_question(const struct question *q, struct query *out)
{
	*out = (struct query){ .lacking_last = q->lacking_last, .with_errors = q->with_errors };
	for (size_t i = 0; q->filter && i < q->filter->n; i++)
		if (filter_add(&cx, &out->filter, filter_text(&mem, q->filter->sub[i])) < 0)
			return false;
	if (q->predicate) {
		out->predicate = predicate_json(&mem, q->predicate);
		if (predicate_check(&cx, out->predicate, "query") < 0)
			return false;
	}
	who.reads = q->condition ? condition_json(&mem, q->condition) : NULL;
	if (q->text)
		out->text = draw_case(&mem, q->text);
	for (size_t i = 0; !q->text_default && i < q->n_text_keys; i++)
		*list_add(&mem, &out->text_fields) = draw_case(&mem, q->text_keys[i]);
	for (size_t i = 0; i < q->n_by; i++)
		out->orders[out->n_orders++] = (struct query_order){ draw_case(&mem, q->by[i].key), q->by[i].down };
	return true;
}

/* A question that was answered wrongly, for the reader of the test's output. */
static void tell(const struct query *ask)
{
	struct buf b = { .mem = &mem };

	for (size_t i = 0; i < ask->filter.n; i++)
		for (size_t k = 0; k < ask->filter.items[i].n; k++) {
			const struct condition *c = &ask->filter.items[i].items[k];

			buf_addf(&b, "%s %s", k ? " and" : "\n#   filter", c->key);
			for (size_t v = 0; v < c->values.n; v++)
				buf_addf(&b, "%s'%s'", v ? " or " : " = ", c->values.items[v]);
		}
	buf_adds(&b, ask->predicate ? "\n#   predicate " : "");
	if (ask->predicate)
		json_write(&b, ask->predicate);
	buf_adds(&b, who.reads ? "\n#   may read " : "");
	if (who.reads)
		json_write(&b, who.reads);
	buf_addf(&b, "\n#   text '%s' in", ask->text ? ask->text : "");
	for (size_t i = 0; i < ask->text_fields.n; i++)
		buf_addf(&b, " %s", ask->text_fields.items[i]);
	buf_addf(&b, "\n#   limit %u offset %lu%s%s%s%s order", ask->limit, (unsigned long)ask->offset,
		 ask->edge ? " edge" : "", ask->backwards ? " backwards" : "", ask->lacking_last ? " lacking last" : "",
		 ask->with_errors ? " errors" : "");
	for (size_t i = 0; i < ask->n_orders; i++)
		buf_addf(&b, " %s%s", ask->orders[i].field, ask->orders[i].down ? " down" : "");
	printf("#%s\n", buf_text(&b));
}

static bool same_edge(const struct question *q, const struct query_edge *got, const struct thing *want)
{
	const char *value = q->n_by ? least(want, q->by[0].key) : NULL;

	return got->id == want->id && (got->value && value ? streq(got->value, value) : got->value == value);
}

/* Whether a page is want[from..to). */
static bool same_page(const struct question *q, const struct query_page *got, const struct thing **want, size_t n, size_t from,
		      size_t to)
{
	bool same = got->total == n && got->n == to - from && got->before == (from > 0) && got->after == (to < n);

	for (size_t i = 0; same && i < got->n; i++)
		same = got->hits[i].id == want[from + i]->id && got->hits[i].tag == want[from + i]->tag;
	if (same && got->n)
		same = same_edge(q, &got->first, want[from]) && same_edge(q, &got->last, want[to - 1]);
	if (!same)
		failed = arena_printf(&corpus_mem,
				      "a page: got %zu of %lu (before %d, after %d), want %zu of %zu from place %zu", got->n,
				      (unsigned long)got->total, got->before, got->after, to - from, n, from);
	return same;
}

/* One page, judged. The edge is NULL or where the page before it ended. */
static bool try_page(const struct question *q, struct query *ask, struct query_page *got)
{
	const struct thing **want = arena_array(&mem, const struct thing *, crowd.n);
	size_t n = judge(q, &crowd, want), low = 0, high = n;

	for (size_t i = 0; ask->edge && i < n; i++) {
		int c = beside(q, want[i], ask->edge->value, ask->edge->id);

		low += !ask->backwards && c <= 0;
		high -= ask->backwards && c >= 0;
	}
	size_t left = high - low, skip = ask->offset < left ? (size_t)ask->offset : left;

	left -= skip;
	if (left > ask->limit)
		left = ask->limit;
	low = ask->backwards ? high - skip - left : low + skip;
	*got = (struct query_page){ 0 };
	if (query_page(&cx, ask, got) < 0) {
		failed = arena_printf(&corpus_mem, "refused: %s", cx.err.text);
		return false;
	}
	counted.pages++;
	counted.hits += got->n;
	return same_page(q, got, want, n, low, low + left);
}

/* To the end and back to the start, while entities change. */
static bool walk(const struct question *q, struct query *ask, uint32_t limit)
{
	struct query_page got;
	struct query_edge edge = { 0 };

	ask->limit = limit;
	ask->offset = 0;
	for (unsigned pages = 0; pages < MAX_PAGES; pages++) {
		if (!try_page(q, ask, &got))
			return false;
		if (!got.n || (!got.after && pages))
			break;
		edge = got.last;
		ask->edge = &edge;
		if (any(20) == 0)
			change(any((unsigned)crowd.n));
	}
	edge = got.n ? got.first : edge;
	ask->backwards = true;
	for (unsigned pages = 0; ask->edge && pages < 2 * MAX_PAGES; pages++) {
		if (!try_page(q, ask, &got))
			return false;
		if (!got.n)
			break;
		edge = got.first;
		if (any(20) == 0)
			change(any((unsigned)crowd.n));
	}
	ask->edge = NULL;
	ask->backwards = false;
	return true;
}

/* ---- facets ---- */

static int by_text(const void *a, const void *b)
{
	const struct fact *x = a, *y = b;
	int c = strcmp(x->lower, y->lower);

	return c ? c : strcmp(x->text, y->text);
}

/* What the things that fit say under a key, each thing once. */
static void collect(const struct question *q, const char *key, struct facts *out)
{
	for (size_t i = 0; i < crowd.n; i++) {
		const struct facts *all = &crowd.items[i].facts;
		size_t first = out->n;

		if (!question_fits(q, &crowd.items[i]))
			continue;
		for (size_t k = 0; k < all->n; k++) {
			bool known = all->items[k].key != key || !all->items[k].text;

			for (size_t m = first; !known && m < out->n; m++)
				known = streq(out->items[m].text, all->items[k].text);
			if (!known)
				*list_add(&mem, out) = all->items[k];
		}
	}
	if (out->n)
		qsort(out->items, out->n, sizeof(*out->items), by_text);
}

static bool same_facet(const struct question *q, const char *key, const struct facet *got)
{
	struct facts want = { 0 };
	size_t i = 0, place = 0;

	collect(q, key, &want);
	counted.facets += want.n > 0;
	for (; i < want.n && place < got->n; place++) {
		size_t count = 1;

		while (i + count < want.n && streq(want.items[i].text, want.items[i + count].text))
			count++;
		if (!streq(got->items[place].value, want.items[i].text) || got->items[place].count != count)
			break;
		i += count;
	}
	if (i == want.n && place == got->n)
		return true;
	failed = arena_printf(&corpus_mem, "facet %s at value %zu of %zu", key, place, got->n);
	return false;
}

static bool try_facets(struct question q, const struct query *ask)
{
	struct text_list keys = { 0 };
	const char *names_of[3];
	struct facet got[3] = { 0 };

	q.n_by = 0; /* an order leaves nothing out of a facet */
	for (size_t i = 0; i < LEN(names_of); i++) {
		names_of[i] = draw_fact(draw_thing(&crowd))->key;
		*list_add(&mem, &keys) = draw_case(&mem, names_of[i]);
	}
	if (query_facets(&cx, ask, &keys, got) < 0) {
		failed = arena_printf(&corpus_mem, "refused: %s", cx.err.text);
		return false;
	}
	for (size_t i = 0; i < keys.n; i++)
		if (!same_facet(&q, names_of[i], &got[i]))
			return false;
	return true;
}

/* ---- one entity by itself: what by-refs and changed bodies are judged by ---- */

static bool try_fits(struct question q, const struct query *ask)
{
	const struct thing *t = draw_thing(&crowd);

	q.n_by = 0; /* an order leaves nothing out of it */
	if (query_fits(&cx, ask, t->entity) == question_fits(&q, t))
		return true;
	failed = arena_printf(&corpus_mem, "entity %u by itself", t->id);
	return false;
}

static bool try_all(const struct question *q, struct query *ask)
{
	struct query_page got;

	if (!try_page(q, ask, &got) || !try_fits(*q, ask))
		return false;
	/* an edge is a value of the first order */
	if (q->n_by < 2 && any(2) && !walk(q, ask, 1 + (uint32_t)got.total / (1 + any(8))))
		return false;
	return any(3) || try_facets(*q, ask);
}

static void try_question(void)
{
	struct question q = draw_question(&mem, &crowd);
	struct query ask;

	if (!put_question(&q, &ask)) {
		failed = arena_printf(&corpus_mem, "refused: %s", cx.err.text);
		return;
	}
	ask.limit = any(4) ? any(30) : 0;
	ask.offset = any(3) ? 0 : any(40);
	if (!try_all(&q, &ask))
		tell(&ask);
}

static long from_environment(const char *name, long dflt)
{
	const char *text = getenv(name);
	long v = dflt;

	return text && str_long(text, 1, INT_MAX, &v) ? v : dflt;
}

/* The index as it is after a restart. */
static void save_and_load(void)
{
	const char *folder = getenv("TMPDIR"), *path;
	struct index *again = NULL;

	path = arena_printf(&mem, "%s/callboard-differential-%d", folder ? folder : "/tmp", (int)getpid());
	if (index_save(&cx, ix, path, "tests") < 0 || index_load(&cx, path, "tests", &again) < 0)
		failed = arena_printf(&corpus_mem, "snapshot: %s", cx.err.text);
	unlink(path);
	if (!again)
		return;
	index_free(ix);
	ix = again;
}

static long ask_many(long queries, size_t entities)
{
	long done = 0;

	crowd = (struct crowd){ arena_array(&corpus_mem, struct thing, entities), entities };
	ix = index_new();
	for (size_t i = 0; i < crowd.n; i++)
		change(i);
	for (; done < queries && !failed; done++) {
		if (any(1000) == 0)
			save_and_load();
		try_question();
		arena_reset(&mem);
		if (any(4) == 0)
			change(any((unsigned)crowd.n));
	}
	if (failed)
		printf("# question %ld: %s\n", done, failed);
	for (size_t i = 0; i < crowd.n; i++)
		arena_release(&crowd.items[i].mem);
	index_free(ix);
	return done;
}

int main(void)
{
	long seed = from_environment("DIFFERENTIAL_SEED", time(NULL)),
	     entities = from_environment("DIFFERENTIAL_ENTITIES", ENTITIES);
	long queries = from_environment("DIFFERENTIAL_QUERIES", QUERIES), many = queries / 50;
	struct ctx whole = { .mem = &corpus_mem };

	printf("# DIFFERENTIAL_SEED=%ld DIFFERENTIAL_QUERIES=%ld DIFFERENTIAL_ENTITIES=%ld\n", seed, queries, entities);
	draw_state = (uint64_t)seed;
	OK(kinds_load(&whole, &corpus_mem, &kinds) == 0);
	corpus_read(&whole, CORPUS, &corpus);
	/* few that change often; and so many that other ways of finding them pay */
	OK(ask_many(queries - many, (size_t)entities) == queries - many && !failed);
	OK(!failed && ask_many(many, 8 * (size_t)entities) == many && !failed);
	printf("# %zu pages with %zu entities, %zu facets, %zu changes\n", counted.pages, counted.hits, counted.facets,
	       counted.changes);
	return DONE();
}
