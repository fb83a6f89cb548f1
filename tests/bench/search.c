/*
 * What the search engine costs by itself, in CPU time: pages as JSON lines on standard input (tests/fixtures/pages.mjs), and as
 * many entities with names like those of tests/fixtures/scale.awk; then the questions of tests/bench/search.mjs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/json.h"
#include "ext/json.h"
#include "search/engine.h"

enum { ROUNDS = 20, TERMS = 16, CHANGES = 120000, KEPT = 2000 };

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static struct engine_doc page_of(const struct json *v)
{
	uint64_t id = (uint64_t)json_get_num(v, "id", 0);

	return (struct engine_doc){ .key = id | ENGINE_PAGE,
				    .type = STR("techdocs"),
				    .weight = 0.9F,
				    .title = str_of(json_get_text(v, "title", "")),
				    .text = str_of(json_get_text(v, "text", "")) };
}

/* An entity for each page, so that both are as many. */
static struct engine_doc entity_of(struct arena *mem, unsigned i)
{
	static const char *const first[] = { "brisk", "amber", "calm", "deft", "eager", "fair", "grand" };
	static const char *const second[] = { "auth", "ledger", "player", "cart", "search", "mail", "video", "stock" };
	static const char *const kinds[] = { "comp", "api", "res", "sub" };
	static const char *const named[] = { "Component", "API", "Resource", "Subcomponent" };
	const char *name = arena_printf(mem, "%s-%s-%s-%06u", first[i % 7], second[i / 3 % 8], kinds[i % 4], i);
	const char *owner = arena_printf(mem, "%s-%s-team-%06u", first[i % 5], second[i % 6], i % 300);
	struct engine_pair *pair = arena_array(mem, struct engine_pair, 2);

	pair[0] = (struct engine_pair){ STR("kind"), str_of(named[i % 4]) };
	pair[1] = (struct engine_pair){ STR("owner"), str_of(owner) };
	return (struct engine_doc){ .key = i,
				    .entity = i,
				    .type = STR("software-catalog"),
				    .weight = 1,
				    .name = str_of(name),
				    .title = str_of(arena_printf(mem, "%s of the %s %s", name, first[i % 6], second[i % 5])),
				    .tags = i % 3 ? STR("java") : STR("go"),
				    .other = str_of(arena_printf(mem, "%s default service production %s", named[i % 4], owner)),
				    .text = str_of(arena_printf(mem, "The %s %s that keeps %ss and %ss for the %s %s",
								first[i % 7], second[i % 3], second[i % 7], second[i % 8],
								first[i % 3], second[i % 4])),
				    .ref = str_of(arena_printf(mem, "component:default/%s", name)),
				    .pairs = pair,
				    .n_pairs = 2 };
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static uint64_t ask(struct engine *e, const char *term, double *us)
{
	static struct arena mem;
	struct ctx cx = { .mem = &mem };
	struct str types[] = { STR("software-catalog"), STR("techdocs") };
	struct engine_question q = { .term = str_of(term), .types = types, .n_types = 2, .limit = 25 };
	struct engine_answer a;
	double begun = now_us();

	if (engine_answer(&cx, e, &q, &a) < 0)
		exit(1);
	*us = now_us() - begun;
	arena_reset(&mem);
	return a.total;
}

static void measure(struct engine *e, const char *name, const char *const *terms)
{
	double us[TERMS * ROUNDS];
	uint64_t total = 0;
	size_t n = 0;

	for (size_t round = 0; round < ROUNDS; round++)
		for (size_t i = 0; terms[i]; i++) {
			uint64_t found = ask(e, terms[i], &us[n++]);

			total += round ? 0 : found;
		}
	qsort(us, n, sizeof(*us), compare);
	printf("%-8s median %8.0f us, slowest %8.0f us, %llu documents\n", name, us[n / 2], us[n - 1],
	       (unsigned long long)total);
}

static void measure_all(struct engine *e)
{
	measure(e, "word", (const char *const[]){ "deploy", "kafka", "rollback", "certificate", NULL });
	measure(e, "words",
		(const char *const[]){ "kafka rollback", "payment gateway", "retry circuit", "deploy cluster config", NULL });
	measure(e, "name", (const char *const[]){ "brisk-auth-comp-000001", "amber-auth-res-000000", "brisk auth", NULL });
	measure(e, "typed", (const char *const[]){ "de", "dep", "depl", "deplo", "kub", "kube", "gat", "amb", NULL });
	measure(e, "part", (const char *const[]){ "eploy", "ateway", "00012", NULL });
	measure(e, "error", (const char *const[]){ "kuberntes", "gatewya", "certifcate rotaton", NULL });
	measure(e, "phrase", (const char *const[]){ "\"payment gateway\"", "\"circuit breaker\"", "\"the service\"", NULL });
	measure(e, "filter", (const char *const[]){ "kind:component auth", "kind:api amber", "kind:api", NULL });
	measure(e, "nothing", (const char *const[]){ "", NULL });
}

/* Pages that change, and what is put off by that; the longest single step counts, for questions wait for it. */
static void measure_changes(struct engine *e, const struct engine_doc *pages, size_t n)
{
	ARENA mem = { 0 };
	double begun = now_us(), put = 0, work = 0;

	for (size_t i = 0; i < CHANGES; i++) {
		double at = now_us(), then;
		struct engine_doc page = pages[i % (n < KEPT ? n : KEPT)];

		page.key = (i * 7919 % n) | ENGINE_PAGE;
		page.title = str_of(arena_printf(&mem, "changed%zu in many ways", i));
		engine_put(e, &page);
		arena_reset(&mem);
		then = now_us();
		put = then - at > put ? then - at : put;
		for (bool more = true; more;) {
			at = now_us();
			more = engine_work(e);
			then = now_us();
			work = then - at > work ? then - at : work;
		}
	}
	printf("%d changes, each %.1f us; longest %.0f us to take one in, %.0f us to do what was put off\n", CHANGES,
	       (now_us() - begun) / CHANGES, put, work);
}

int main(void)
{
	struct engine *e = engine_new();
	struct engine_stats stats;
	char *line = NULL;
	size_t cap = 0, n = 0;
	double spent = 0;
	static struct engine_doc pages[KEPT];
	ARENA kept = { 0 };

	while (getline(&line, &cap, stdin) > 0) {
		ARENA mem = { 0 };
		struct ctx cx = { .mem = &mem };
		struct json *v;

		if (json_parse(&cx, str_of(line), &v) < 0)
			return 1;
		struct engine_doc page = page_of(v), entity = entity_of(&mem, (unsigned)++n);
		double begun = now_us();

		engine_put(e, &page);
		engine_put(e, &entity);
		spent += now_us() - begun;
		if (n <= KEPT) {
			pages[n - 1] = page;
			pages[n - 1].text = str_of(arena_strdup(&kept, page.text.p));
		}
	}
	while (engine_work(e))
		;
	engine_stats(e, &stats);
	printf("%llu documents in %.2f s, %.0f MiB, %llu words\n", (unsigned long long)stats.documents, spent / 1e6,
	       (double)stats.bytes / 1048576, (unsigned long long)stats.words);
	measure_all(e);
	measure_changes(e, pages, n);
	engine_free(e);
	free(line);
	return 0;
}
