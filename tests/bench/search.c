/* What the search engine costs: pages as JSON lines on standard input (tests/fixtures/pages.mjs). */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "ext/json.h"
#include "search/engine.h"

enum { ROUNDS = 20 };

static struct engine_doc doc_of(const struct json *v)
{
	uint64_t id = (uint64_t)json_get_num(v, "id", 0);

	return (struct engine_doc){ .key = id | ENGINE_PAGE,
				    .type = STR("techdocs"),
				    .weight = 1,
				    .title = str_of(json_get_text(v, "title", "")),
				    .text = str_of(json_get_text(v, "text", "")) };
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void measure(struct engine *e, const char *name, const char *const *terms)
{
	uint64_t us[64 * ROUNDS], total = 0;
	size_t n = 0;

	for (size_t round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; terms[i]; i++) {
			ARENA mem = { 0 };
			struct ctx cx = { .mem = &mem };
			struct str types[] = { STR("techdocs") };
			struct engine_question q = {
				.term = str_of(terms[i]), .types = types, .n_types = 1, .limit = 25, .facets = true
			};
			struct engine_answer a;
			uint64_t begun = clock_mono_us();

			if (engine_answer(&cx, e, &q, &a) < 0)
				exit(1);
			us[n++] = clock_mono_us() - begun;
			total += round ? 0 : a.total;
		}
	}
	qsort(us, n, sizeof(*us), compare);
	printf("%-8s median %6.2f ms, slowest %6.2f ms, %llu documents\n", name, (double)us[n / 2] / 1e3,
	       (double)us[n - 1] / 1e3, (unsigned long long)total);
}

int main(void)
{
	struct engine *e = engine_new();
	struct engine_stats stats;
	char *line = NULL;
	size_t cap = 0, n = 0;
	uint64_t spent = 0;
	struct engine_doc last = { 0 };
	ARENA kept = { 0 };

	while (getline(&line, &cap, stdin) > 0) {
		ARENA mem = { 0 };
		struct ctx cx = { .mem = &mem };
		struct json *v;

		if (json_parse(&cx, str_of(line), &v) < 0)
			return 1;
		struct engine_doc d = doc_of(v);
		uint64_t begun = clock_mono_us();

		engine_put(e, &d);
		spent += clock_mono_us() - begun;
		if (!n++) {
			last = d;
			last.text = str_of(arena_strdup(&kept, d.text.p));
			last.title = str_of(arena_strdup(&kept, d.title.p));
		}
	}
	engine_stats(e, &stats);
	printf("%zu documents in %.2f s, %.0f MiB, %llu words\n", n, (double)spent / 1e6, (double)stats.bytes / 1048576,
	       (unsigned long long)stats.words);
	measure(e, "term",
		(const char *const[]){ "kafka rollback", "payment gateway", "deploy cluster config", "retry circuit", NULL });
	measure(e, "prefix", (const char *const[]){ "deplo gatew", "kub names", "cert", "de", NULL });
	measure(e, "infix", (const char *const[]){ "eploy", "ateway kaf", NULL });
	measure(e, "typo", (const char *const[]){ "kuberntes", "gatewya rolback", "certifcate", NULL });
	measure(e, "phrase", (const char *const[]){ "\"payment gateway\"", "\"the service\"", NULL });
	uint64_t begun = clock_mono_us();

	for (size_t i = 0; i < 20000; i++) {
		last.key = (i * 7 % n) | ENGINE_PAGE;
		engine_put(e, &last);
		while (engine_work(e))
			;
	}
	printf("%.0f changes/s\n", 20000 / ((double)(clock_mono_us() - begun) / 1e6));
	engine_free(e);
	free(line);
	return 0;
}
