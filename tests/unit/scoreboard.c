/* The scoreboard: shared between processes, kept over a reload, waking job workers. */
#include "server/scoreboard.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/unit/tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem, .request_id = "" };
static char dir[] = "/tmp/scoreboard-XXXXXX";

static void works_without(void)
{
	scoreboard_jobs_wake();
	slot_begin(SLOT_BUSY, 1);
	slot_what("GET", "/", "x");
	slot_end();
	scoreboard_count(NULL, 200, 1);
	counter_add(COUNTER_PROCESSED, 2);
	OK(counter_get(COUNTER_PROCESSED) == 2);
	OK(scoreboard() == NULL && scoreboard_self() == NULL);
}

static void opens(void)
{
	const struct board *seen;

	OK(scoreboard_look(&cx, dir, &seen) == ERR_UNAVAILABLE);
	OK(scoreboard_create(&cx, "/no/such/dir", false) == ERR_INTERNAL);
	OK(scoreboard_create(&cx, dir, false) == 0);
	OK(scoreboard()->generation == 1);
	OK(scoreboard_look(&cx, dir, &seen) == 0);
	OK(seen->n_routes == n_routes);
	OK(counter_get(COUNTER_PROCESSED) == 0);
	counter_add(COUNTER_PROCESSED, 3);
	OK(seen->counters[COUNTER_PROCESSED] == 3);
}

static void keeps_over_a_reload(void)
{
	OK(scoreboard_create(&cx, dir, true) == 0);
	OK(scoreboard()->generation == 2);
	OK(counter_get(COUNTER_PROCESSED) == 3);
	OK(scoreboard_create(&cx, dir, false) == 0);
	OK(scoreboard()->generation == 1);
	OK(counter_get(COUNTER_PROCESSED) == 0);
}

static void refuses_others(void)
{
	const char *path = arena_printf(&mem, "%s/scoreboard", dir);
	const struct board *seen;
	uint64_t right = scoreboard()->layout;

	scoreboard()->layout++;
	OK(scoreboard_look(&cx, dir, &seen) == ERR_CONFLICT);
	scoreboard()->layout = right;
	OK(scoreboard_look(&cx, dir, &seen) == 0);
	/* Cut short by another program: neither looked at nor kept. */
	OK(truncate(path, 100) == 0);
	OK(scoreboard_look(&cx, dir, &seen) == ERR_CONFLICT);
	OK(scoreboard_create(&cx, dir, true) == 0);
	OK(scoreboard()->generation == 1);
}

static void counts_requests(void)
{
	const struct route_stat *first = &scoreboard()->routes[0], *none = &scoreboard()->routes[n_routes];

	scoreboard_count(&routes[0], 200, 500);
	scoreboard_count(&routes[0], 404, 501);
	scoreboard_count(&routes[0], 299, 99000000);
	scoreboard_count(NULL, 404, 1);
	OK(first->status[0] == 1);
	OK(first->status[N_STATUS - 1] == 1);
	OK(first->latency[0] == 1 && first->latency[1] == 1 && first->latency[N_LATENCY] == 1);
	OK(first->us == 99001001);
	uint64_t n = 0;

	for (size_t i = 0; i < N_STATUS; i++)
		n += none->status[i] * (status_at(i) == 404);
	OK(n == 1);
}

static void shows_a_worker(void)
{
	struct slot *s = &scoreboard()->slots[3];
	char text[300];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	scoreboard_set_self(s);
	slot_what(text, text, text);
	OK(strlen(s->method) == sizeof(s->method) - 1 && strlen(s->what) == sizeof(s->what) - 1);
	OK(strlen(s->request_id) == sizeof(s->request_id) - 1);
	slot_begin(SLOT_BUSY, 77);
	OK(s->state == SLOT_BUSY && s->limit_us == 77 && s->since_us > 0);
	scoreboard_count(NULL, 200, 1);
	OK(s->served == 1);
	slot_end();
	OK(s->state == SLOT_IDLE && s->since_us == 0 && s->what[0] == '\0');
	scoreboard_set_self(NULL);
}

static void wakes_across_processes(void)
{
	scoreboard_jobs_wake();
	scoreboard_jobs_wait(60000); /* it was woken before it waited: nothing is lost */
	uint64_t start = clock_mono_us();

	scoreboard_jobs_wait(20); /* and once woken, it waits again */
	OK(clock_mono_us() - start >= 20000);
	pid_t pid = fork();

	if (pid == 0) {
		scoreboard_jobs_wake();
		_exit(0);
	}
	start = clock_mono_us();
	scoreboard_jobs_wait(60000);
	OK(clock_mono_us() - start < 30000000);
	OK(waitpid(pid, NULL, 0) == pid);
}

int main(void)
{
	if (!mkdtemp(dir))
		return 1;
	works_without();
	opens();
	keeps_over_a_reload();
	refuses_others();
	counts_requests();
	shows_a_worker();
	wakes_across_processes();
	unlink(arena_printf(&mem, "%s/scoreboard", dir));
	rmdir(dir);
	arena_release(&mem);
	return DONE();
}
