/* callboard status: what every worker is doing, from the scoreboard. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/str.h"
#include "server/scoreboard.h"
#include "server/serve.h"

static const char *const states[] = { "free", "starting", "idle", "reading", "busy", "ending" };
static const char *const board_states[] = { "starting", "running", "stopping" };

static const char *state_name(unsigned state)
{
	return state < LEN(states) ? states[state] : "?";
}

static void print_slot(const struct slot *s)
{
	struct slot copy = *s;
	uint64_t now = clock_mono_us();
	double age = (double)(now - copy.born_us) / 1e6;
	double busy = copy.since_us && copy.since_us < now ? (double)(now - copy.since_us) / 1e6 : 0;

	copy.method[sizeof(copy.method) - 1] = copy.what[sizeof(copy.what) - 1] = '\0';
	printf("%-7s %7d %4u %-8s %9.0f %8llu %8.1f %8.1f  %s %s", copy.pool < N_POOLS ? pool_name(copy.pool) : "?",
	       (int)copy.pid, copy.generation, state_name(copy.state), age, (unsigned long long)copy.served,
	       (double)copy.rss_kb / 1024, busy, copy.method, copy.what);
	if (copy.pool == POOL_WAIT)
		printf("%s%u waiting", *copy.what ? ", " : "", copy.held);
	putchar('\n');
}

static uint64_t total_requests(const struct board *b)
{
	uint64_t n = 0;

	for (size_t r = 0; r <= b->n_routes; r++)
		for (size_t s = 0; s < N_STATUS; s++)
			n += b->routes[r].status[s];
	return n;
}

static void print_follower(const char *name, const char *things, const struct index_shared *ix)
{
	static const char *const names[] = { "away", "loading", "ready", "out of memory: raise its limit" };
	uint64_t state = ix->state;

	printf("%s %s, %llu %s at change %llu, %.1f MiB\n", name, state < LEN(names) ? names[state] : "?",
	       (unsigned long long)ix->documents, things, (unsigned long long)ix->seq, (double)ix->bytes / (1 << 20));
}

int cmd_status(struct ctx *cx, int argc, char **argv)
{
	const struct board *b;
	char since[25];

	if (argc > 1)
		return fail(cx, ERR_INPUT, "status takes no argument, not even '%s'", argv[1]);
	int rc = scoreboard_look(cx, settings_state(cx), &b);

	if (rc < 0)
		return rc;
	if (b->master <= 0 || (kill(b->master, 0) < 0 && errno != EPERM))
		return fail(cx, ERR_UNAVAILABLE, "the server is not running");
	clock_format(b->started_ms, since);
	printf("master %d, %s since %s, %llu requests\n", (int)b->master,
	       b->state < LEN(board_states) ? board_states[b->state] : "?", since, (unsigned long long)total_requests(b));
	print_follower("index", "entities", &b->index);
	print_follower("search", "documents", &b->search);
	putchar('\n');
	printf("%-7s %7s %4s %-8s %9s %8s %8s %8s  %s\n", "pool", "pid", "gen", "state", "age s", "served", "own MiB", "busy s",
	       "doing");
	for (size_t i = 0; i < MAX_WORKERS; i++)
		if (b->slots[i].pid)
			print_slot(&b->slots[i]);
	return 0;
}
