/*
 * Asks the index process of a running stack: scale SOCKET ask ROUNDS | watch CHANGE | stats
 *
 * ask: the questions of tests/bench-scale.sh, "name median p99" in microseconds a line. watch: one question again and again
 * while changes are taken in, up to that one, then "count median p99 longest". stats: what the index says of itself.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/list.h"
#include "catalog/query.h"
#include "ext/json.h"
#include "index/client.h"
#include "index/request.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem, .request_id = "" };

struct times {
	uint64_t *items;
	size_t n, cap;
};

struct question {
	const char *name, *filters[3], *order, *text, *facet;
	uint32_t limit;
};
static const struct question questions[] = {
	{ "components-page", { "kind=component" }, .order = "metadata.name", .limit = 20 },
	{ "components-count", { "kind=component" }, .limit = 0 },
	{ "page", { 0 }, .limit = 20 },
	{ "rare-facets", { "kind=template" }, .facet = "spec.type" },
	{ "components-facets", { "kind=component" }, .facet = "spec.type" },
	{ "text", { 0 }, .text = "player", .limit = 20 },
	{ "incoming", { "relations.dependson=resource:default/amber-auth-res-000000" }, .limit = 20 },
	{ "count", { 0 }, .limit = 0 },
	{ "orphans", { "metadata.annotations.backstage.io/orphan=true" }, .limit = 20 },
	{ "or-2000",
	  { "kind=component,spec.type=service", "kind=api,spec.type=grpc", "kind=template" },
	  .order = "metadata.name",
	  .limit = 2000 },
};

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t part(const struct times *t, double share)
{
	size_t i = (size_t)((double)t->n * share);

	return t->n ? t->items[i < t->n ? i : t->n - 1] : 0;
}

/* How long one answer took. */
static int ask(const struct question *what, uint64_t *took)
{
	struct query q = { .text = what->text, .limit = what->limit };
	struct text_list facets = { 0 };
	struct query_page page;
	struct facet facet;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < LEN(what->filters) && what->filters[i]; i++)
		rc = filter_add(&cx, &q.filter, what->filters[i]);
	if (what->text) {
		*list_add(&mem, &q.text_fields) = "metadata.name";
		*list_add(&mem, &q.text_fields) = "metadata.title";
	}
	if (what->order)
		q.orders[q.n_orders++].field = what->order;
	if (what->facet)
		*list_add(&mem, &facets) = what->facet;
	uint64_t begun = clock_mono_us();

	if (rc == 0)
		rc = what->facet ? query_facets(&cx, &q, &facets, &facet) : query_page(&cx, &q, &page);
	*took = clock_mono_us() - begun;
	arena_reset(&mem);
	return rc;
}

static int ask_all(long rounds)
{
	ARENA kept = { 0 };

	for (size_t i = 0; i < LEN(questions); i++) {
		struct times t = { 0 };

		for (long k = 0; k < rounds; k++) {
			int rc = ask(&questions[i], list_add(&kept, &t));

			if (rc < 0)
				return rc;
		}
		qsort(t.items, t.n, sizeof(*t.items), by_size);
		printf("%s %lu %lu\n", questions[i].name, (unsigned long)part(&t, 0.5), (unsigned long)part(&t, 0.99));
	}
	return 0;
}

/* The change that the index has taken in last. */
static int seq_now(uint64_t *out)
{
	struct str answer;
	struct json *v;
	int rc = index_ask(&cx, STR("S"), &answer);

	if (rc == 0)
		rc = json_parse(&cx, answer, &v);
	if (rc == 0)
		*out = (uint64_t)json_get_num(v, "seq", 0);
	arena_reset(&mem);
	return rc;
}

/* One question again and again, counted from when the index begins to take in changes until it has taken in the last. */
static int watch(uint64_t last)
{
	ARENA kept = { 0 };
	struct times t = { 0 };
	uint64_t first, seq;
	int rc = seq_now(&first);

	seq = first;
	while (rc == 0 && seq < last) {
		if (seq == first)
			t.n = 0;
		for (unsigned i = 0; rc == 0 && i < 5; i++)
			rc = ask(&questions[0], list_add(&kept, &t));
		if (rc == 0)
			rc = seq_now(&seq);
	}
	if (rc < 0)
		return rc;
	qsort(t.items, t.n, sizeof(*t.items), by_size);
	printf("%zu %lu %lu %lu\n", t.n, (unsigned long)part(&t, 0.5), (unsigned long)part(&t, 0.99),
	       (unsigned long)part(&t, 1));
	return 0;
}

static int stats(void)
{
	struct str answer;
	int rc = index_ask(&cx, STR("S"), &answer);

	if (rc == 0)
		printf("%.*s\n", (int)answer.n, answer.p);
	return rc;
}

int main(int argc, char **argv)
{
	long number = 0;
	int rc;

	if (argc < 3 || (argc > 3 && !str_long(argv[3], 1, INT_MAX, &number)))
		return 2;
	index_client_setup(argv[1], NULL, false);
	index_client_anew();
	rc = streq(argv[2], "ask") ? ask_all(number) : streq(argv[2], "watch") ? watch((uint64_t)number) : stats();
	if (rc < 0)
		fprintf(stderr, "scale: %s\n", cx.err.text);
	return rc < 0;
}
