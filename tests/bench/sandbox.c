/* What a plugin's Lua costs: a state, a call, values that cross, patterns. usage: sandbox [ROUNDS] */
#include "plugins/sandbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ext/json.h"

enum { ROUNDS = 20000 };

static const struct sandbox_limits limits = { .memory = 16 << 20, .instructions = 50000000, .us = 5000000 };
static struct arena mem, scratch;
static struct ctx cx = { .mem = &mem };

/* This process's own time, whatever else the machine does. */
static double cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void tell(const char *what, double us, int rounds)
{
	printf("%-52s %10.2f us\n", what, us / rounds);
}

static void states(int rounds)
{
	size_t bytes = 0;
	double begin = cpu_us();

	for (int i = 0; i < rounds; i++) {
		struct sandbox *s = sandbox_new(&limits, NULL, NULL);

		bytes = sandbox_memory(s, NULL);
		sandbox_free(s);
	}
	tell("a state with all libraries, made and freed", cpu_us() - begin, rounds);
	printf("%-52s %10.1f KB\n", "its memory", (double)bytes / 1000);
}

static void calls(const char *what, const char *body, const char *json, int rounds)
{
	const char *path[] = { "f", NULL };
	struct sandbox *s = sandbox_new(&limits, NULL, NULL);
	struct json *arg = NULL, *out;
	struct ctx call = { .mem = &scratch };

	if (json_parse(&cx, str_of(json), &arg) < 0 ||
	    sandbox_run(&cx, s, "bench.lua", str_of(arena_printf(&mem, "return { f = function(a) %s end }", body))) < 0) {
		fprintf(stderr, "%s\n", cx.err.text);
		exit(1);
	}
	double begin = cpu_us();

	for (int i = 0; i < rounds; i++) {
		if (sandbox_call(&call, s, path, &arg, 1, &out) < 0) {
			fprintf(stderr, "%s\n", call.err.text);
			exit(1);
		}
		arena_reset(&scratch);
	}
	tell(what, cpu_us() - begin, rounds);
	sandbox_free(s);
}

int main(int argc, char **argv)
{
	long rounds_asked = ROUNDS;
	static const char request[] = "{\"method\":\"GET\",\"path\":\"/\",\"params\":{},\"query\":{\"q\":\"x\"},"
				      "\"headers\":{\"accept\":\"text/html\"},\"user\":{\"ref\":\"user:default/ada\"}}";

	if (argc > 1 && !str_long(argv[1], 200, 100000000, &rounds_asked)) {
		fprintf(stderr, "usage: sandbox [ROUNDS], at least 200\n");
		return 2;
	}
	int rounds = (int)rounds_asked;

	states(rounds / 10);
	calls("a call that does nothing", "", "{}", rounds);
	calls("a call that does nothing, with a request", "", request, rounds);
	calls("the same, which gives its argument back", "return a", request, rounds);
	calls("a loop of a million instructions", "for i = 1, 250000 do local x = i % 7 + 1 end", "{}", rounds / 200);
	calls("gsub of 10 KB, 2,000 words", "return #(('word '):rep(2000):gsub('%w+', string.upper))", "{}", rounds / 200);
	calls("sort of 10,000 numbers",
	      "local t = {} for i = 1, 10000 do t[i] = i * 7919 % 10007 end table.sort(t) return t[1]", "{}", rounds / 200);
	return 0;
}
