/* How fast skeletons are rendered, in a process of its own. usage: templates check CASES: prints what each text becomes, as
 * JSON; templates run CASES [SECONDS]: milliseconds of the first round and of one later, of the corpus and of the large
 * skeleton. CASES is what tests/bench/templates/cases.mjs makes. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "ext/json.h"
#include "template/template.h"

enum { MOST_ROUNDS = 100000 };

static struct arena mem;
static struct ctx cx = { .mem = &mem, .request_id = "" };
static size_t rendered;

static void stop(const char *why)
{
	fprintf(stderr, "templates: %s\n", why);
	exit(1);
}

static const struct json *read_cases(const char *path)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	struct buf b = { .mem = &mem };
	struct json *v;
	char part[65536];

	for (ssize_t n; fd >= 0 && (n = read(fd, part, sizeof(part))) > 0;)
		buf_add(&b, part, (size_t)n);
	if (json_parse(&cx, buf_str(&b), &v) < 0)
		stop(cx.err.text);
	return v;
}

/* One skeleton as fetch:template renders it: an engine for all, the memory of a text goes with it. out NULL: nobody reads it.
 */
static void render(const struct json *skeleton, struct json *out)
{
	const struct json *texts = json_get(skeleton, "texts");
	struct template_env *env = template_env_new(TEMPLATE_DOLLAR, NULL, NULL, NULL);
	struct json *vars = json_object(&mem);
	ARENA own = { 0 };

	json_set(&mem, vars, "values", json_copy(&mem, json_get(skeleton, "values")));
	for (size_t i = 0; i < texts->a.n; i++) {
		struct ctx of_one = { .mem = &own, .request_id = "" };
		struct buf b = { .mem = &own };
		int rc = template_render_text(&of_one, env, texts->a.items[i]->s, vars, &b);

		if (out)
			json_push(&mem, out, rc < 0 ? json_null(&mem) : json_strn(&mem, buf_text(&b), b.n));
		else if (rc < 0)
			stop(of_one.err.text);
		rendered += b.n;
		arena_reset(&own);
	}
	template_env_free(env);
}

static void check(const struct json *cases)
{
	struct json *all = json_array(&mem);
	struct buf b = { .mem = &mem };

	for (size_t i = 0; i < cases->a.n; i++) {
		struct json *one = json_array(&mem);

		render(cases->a.items[i], one);
		json_push(&mem, all, one);
	}
	json_write(&b, all);
	puts(buf_text(&b));
}

static double round_of(const struct json *cases, bool large)
{
	uint64_t before = clock_mono_us();

	for (size_t i = 0; i < cases->a.n; i++)
		if (streq(json_get_text(cases->a.items[i], "name", ""), "large") == large)
			render(cases->a.items[i], NULL);
	return (double)(clock_mono_us() - before) / 1000;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double warm(const struct json *cases, bool large, double seconds)
{
	uint64_t end = clock_mono_us() + (uint64_t)(seconds * 1e6);
	double *times = arena_array(&mem, double, MOST_ROUNDS);
	size_t n = 0;

	while (n < MOST_ROUNDS && (clock_mono_us() < end || n < 5))
		times[n++] = round_of(cases, large);
	qsort(times + n / 2, n - n / 2, sizeof(double), by_size);
	return times[n / 2 + (n - n / 2) / 2];
}

int main(int argc, char **argv)
{
	if (argc < 3)
		stop("usage: templates check|run CASES [SECONDS]");
	const struct json *cases = read_cases(argv[2]);

	if (streq(argv[1], "check")) {
		check(cases);
		return 0;
	}
	double seconds = argc > 3 ? atof(argv[3]) : 2, cold[2] = { round_of(cases, false), round_of(cases, true) };

	printf("%.3f %.3f %.3f %.3f\n", cold[0], warm(cases, false, seconds), cold[1], warm(cases, true, seconds));
	return rendered ? 0 : 1;
}
