/* The durable queue against a real MariaDB: once each, leases, retries, repeats, and the cost of a claim. */
#include "jobs/jobs.h"

#include <sys/mman.h>

#include "base/clock.h"
#include "base/log.h"
#include "sql/job.h"
#include "tests/unit/mariadb.h"
#include "tests/unit/tap.h"

enum { MANY = 2000, WORKERS = 4, WAITING = 100000 };

/* Shared with the workers that are forked. */
static struct {
	unsigned runs[MANY];
	unsigned woken, deadlocks, attempt;
	int fail;       /* what the handler returns */
	int64_t again;  /* what it asks for, -1: nothing */
	bool hang;      /* it waits to be killed */
	char order[64]; /* keys in the order they ran */
	char payload[64];
	void (*during)(struct ctx *cx, struct job *j);
} * shared;

static int run_count(struct ctx *cx, struct job *j)
{
	(void)cx;
	__atomic_add_fetch(&shared->runs[strtoul(j->key, NULL, 10)], 1, __ATOMIC_SEQ_CST);
	return 0;
}

static int run_one(struct ctx *cx, struct job *j)
{
	shared->attempt = j->attempt;
	snprintf(shared->payload, sizeof(shared->payload), "%s", j->payload.p);
	strncat(shared->order, j->key, sizeof(shared->order) - strlen(shared->order) - 1);
	while (shared->hang)
		pause();
	if (shared->during)
		shared->during(cx, j);
	if (shared->again >= 0)
		job_again(j, shared->again);
	return shared->fail ? fail(cx, shared->fail, "it broke") : 0;
}

static const struct job_handler counting[] = { { .queue = "count", .run = run_count } };
static const struct job_handler single[] = { { .queue = "other", .run = run_one },
					     { .queue = "one", .run = run_one, .lease_ms = 200 } };
static const struct job_handler patient[] = { { .queue = "one", .run = run_one } };

static const struct db_query wipe = { .name = "wipe", .sql = "DELETE FROM job" };
/* Lets all rows be as they will be after an hour. */
static const struct db_query hour = {
	.name = "hour",
	.sql = "UPDATE job SET run_at = run_at - 3600000 WHERE run_at < 9223372036854775807",
};
struct look {
	uint64_t state;
	int64_t in_ms;
	const char *error;
	uint64_t attempt, priority;
};
static const struct db_query look = {
	.name = "look",
	.sql = "SELECT state, IF(state = 2, 0, run_at - CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)), last_error, attempt, "
	       "priority FROM job",
	.out = (const struct db_field[]){ { DB_U64, offsetof(struct look, state), DB_NOT_NULL },
					  { DB_I64, offsetof(struct look, in_ms), DB_NOT_NULL },
					  { DB_TEXT, offsetof(struct look, error), DB_NOT_NULL },
					  { DB_U64, offsetof(struct look, attempt), DB_NOT_NULL },
					  { DB_U64, offsetof(struct look, priority), DB_NOT_NULL } },
	.n_out = 5,
	.out_size = sizeof(struct look),
};

static void reset(struct ctx *cx)
{
	memset(shared, 0, sizeof(*shared));
	shared->again = -1;
	db_exec(cx, &wipe, NULL);
}

static int add(struct ctx *cx, const char *key, int64_t delay_ms)
{
	return job_add(cx, &(struct job_add){ .queue = "one", .key = key, .delay_ms = delay_ms, .priority = JOB_NORMAL });
}
static int run(struct ctx *cx)
{
	int rc = job_run_one(cx, patient, LEN(patient));

	if (rc < 0)
		printf("# %s\n", cx->err.text);
	return rc;
}
/* The only row there is; state 9: none. */
static struct look row(struct ctx *cx)
{
	struct look l = { 0 };

	return db_one(cx, &look, NULL, &l) == 1 ? l : (struct look){ .state = 9 };
}

static void on_wake(void)
{
	shared->woken++;
}

static int add_in_tx(struct ctx *cx, void *arg)
{
	int rc = add(cx, "tx", 0);

	OK(shared->woken == *(unsigned *)arg);
	return rc < 0 ? rc : shared->fail;
}

static void test_add(struct ctx *cx)
{
	unsigned before = 0;

	reset(cx);
	OK(run(cx) == 0);
	OK(add(cx, "a", 0) == 0 && add(cx, "a", 0) == 0);
	OK(run(cx) == 1 && run(cx) == 0);
	STR_EQ(shared->order, "a");
	STR_EQ(shared->payload, "");
	OK(row(cx).state == 9);
	/* The earlier of both times. */
	OK(add(cx, "a", 50000) == 0 && add(cx, "a", 20000) == 0 && add(cx, "a", 90000) == 0);
	OK(row(cx).in_ms > 15000 && row(cx).in_ms <= 20000);
	OK(run(cx) == 0);
	OK(add(cx, "a", 0) == 0 && run(cx) == 1);

	job_set_wake(on_wake);
	OK(add(cx, "a", 5000) == 0 && shared->woken == 0);
	OK(add(cx, "a", 0) == 0 && shared->woken == 1);
	before = 1;
	OK(db_transaction(cx, add_in_tx, &before) == 0 && shared->woken == 2);
	shared->fail = ERR_INPUT;
	before = 2;
	OK(db_transaction(cx, add_in_tx, &before) == ERR_INPUT && shared->woken == 2);
	job_set_wake(NULL);
	job_wake();
	OK(job_add(cx, &(struct job_add){ .queue = "one", .key = "p", .payload = "{\"x\":1}" }) == 0);
}

static void test_order(struct ctx *cx)
{
	const struct job_add jobs[] = {
		{ .queue = "one", .key = "i", .priority = JOB_IDLE },
		{ .queue = "one", .key = "n", .priority = JOB_NORMAL },
		{ .queue = "other", .key = "u", .priority = JOB_URGENT },
		{ .queue = "one", .key = "r", .priority = JOB_IDLE },
		{ .queue = "nobody", .key = "x", .priority = JOB_URGENT },
		{ .queue = "one", .key = "r", .priority = JOB_URGENT, .delay_ms = 1000 },
	};

	reset(cx);
	OK(job_add_many(cx, jobs, LEN(jobs)) == 0);
	OK(job_add_many(cx, jobs, 0) == 0);
	db_exec(cx, &hour, NULL);
	OK(job_is_due(cx, "one", JOB_URGENT) == 1 && job_is_due(cx, "none", JOB_IDLE) == 0);
	while (job_run_one(cx, single, LEN(single)) == 1)
		;
	OK(job_is_due(cx, "one", JOB_IDLE) == 0);
	OK(strcmp(shared->order, "runi") == 0 || strcmp(shared->order, "urni") == 0);
}

static void test_failing(struct ctx *cx)
{
	reset(cx);
	job_add(cx, &(struct job_add){ .queue = "one", .key = "f", .payload = "old", .max_attempts = 3 });
	shared->fail = ERR_UPSTREAM;
	OK(run(cx) == 1 && shared->attempt == 1);
	OK(row(cx).state == 0 && row(cx).in_ms > 500 && row(cx).in_ms <= 1300);
	STR_EQ(row(cx).error, "it broke");
	OK(run(cx) == 0);
	db_exec(cx, &hour, NULL);
	OK(run(cx) == 1 && shared->attempt == 2);
	OK(row(cx).in_ms > 1400 && row(cx).in_ms <= 2500);
	db_exec(cx, &hour, NULL);
	OK(run(cx) == 1 && shared->attempt == 3);
	OK(row(cx).state == 2);
	STR_EQ(row(cx).error, "given up after 3 attempts: it broke");
	db_exec(cx, &hour, NULL);
	OK(run(cx) == 0);
	/* Asked for again it lives again. */
	shared->fail = 0;
	OK(job_add(cx, &(struct job_add){ .queue = "one", .key = "f", .payload = "new" }) == 0);
	OK(run(cx) == 1 && shared->attempt == 1 && row(cx).state == 9);
	STR_EQ(shared->payload, "new");
}

static void test_run_now(struct ctx *cx)
{
	struct job_row *rows = NULL;
	size_t n = 0;

	reset(cx);
	OK(job_run_now(cx, "one", "n") == ERR_NOTFOUND && row(cx).state == 9);
	OK(job_add(cx, &(struct job_add){
			       .queue = "one", .key = "n", .payload = "kept", .max_attempts = 1, .delay_ms = 50000 }) == 0);
	OK(run(cx) == 0);
	OK(job_run_now(cx, "two", "n") == ERR_NOTFOUND);
	shared->fail = ERR_UPSTREAM;
	OK(job_run_now(cx, "one", "n") == 0 && row(cx).priority == JOB_URGENT);
	OK(run(cx) == 1 && row(cx).state == 2);
	OK(job_list(cx, "two", 10, 0, &rows, &n) == 0 && n == 0);
	OK(job_list(cx, "one", 10, 0, &rows, &n) == 0 && n == 1 && rows[0].max_attempts == 1);
	OK(job_list(cx, NULL, 10, 0, &rows, &n) == 0 && n == 1);
	/* One that was given up: with what it carried, and with all its tries. */
	memset(shared->payload, 0, sizeof(shared->payload));
	OK(job_run_now(cx, "one", "n") == 0 && row(cx).state == 0 && row(cx).attempt == 0);
	OK(job_list(cx, "one", 10, 0, &rows, &n) == 0 && n == 1 && rows[0].max_attempts == 1);
	STR_EQ(row(cx).error, "");
	shared->fail = 0;
	OK(run(cx) == 1 && shared->attempt == 1 && row(cx).state == 9);
	STR_EQ(shared->payload, "kept");
}

static void add_during(struct ctx *cx, struct job *j)
{
	shared->during = NULL;
	OK(job_add(cx, &(struct job_add){ .queue = "one", .key = j->key, .priority = JOB_URGENT }) == 0);
	/* Nobody else gets it meanwhile. */
	OK(run(cx) == 0);
}
static void cancel_during(struct ctx *cx, struct job *j)
{
	OK(job_cancel(cx, j->queue, j->key) == 0);
}
static void cancel_and_add_during(struct ctx *cx, struct job *j)
{
	shared->during = NULL;
	OK(job_cancel(cx, j->queue, j->key) == 0);
	OK(add(cx, j->key, 0) == 0);
}

static void test_again(struct ctx *cx)
{
	reset(cx);
	add(cx, "a", 0);
	shared->during = add_during;
	OK(run(cx) == 1);
	OK(row(cx).state == 0 && row(cx).in_ms <= 0 && row(cx).attempt == 0 && row(cx).priority == JOB_URGENT);
	shared->again = 30000;
	OK(run(cx) == 1);
	OK(row(cx).state == 0 && row(cx).in_ms > 25000 && row(cx).in_ms <= 30000);
	OK(row(cx).priority == JOB_NORMAL);
	/* Earlier from outside than the handler asks for; also when the run fails. */
	add(cx, "a", 0);
	shared->during = add_during;
	OK(run(cx) == 1 && row(cx).in_ms <= 0);
	shared->during = add_during;
	shared->fail = ERR_UPSTREAM;
	OK(run(cx) == 1 && row(cx).in_ms <= 0 && row(cx).attempt == 0);
	db_exec(cx, &wipe, NULL);
	add(cx, "n", 0);
	OK(job_is_due(cx, "one", JOB_NORMAL) == 1 && job_is_due(cx, "one", JOB_URGENT) == 0);
}

static void test_cancel(struct ctx *cx)
{
	reset(cx);
	add(cx, "a", 0);
	OK(job_cancel(cx, "one", "a") == 0 && row(cx).state == 9);
	OK(job_cancel(cx, "one", "a") == 0);
	add(cx, "a", 0);
	shared->during = cancel_during;
	shared->again = 1000;
	OK(run(cx) == 1 && row(cx).state == 9);
	add(cx, "a", 0);
	shared->fail = ERR_UPSTREAM;
	OK(run(cx) == 1 && row(cx).state == 9);
	add(cx, "a", 0);
	shared->during = cancel_and_add_during;
	OK(run(cx) == 1 && row(cx).state == 0);
}

/* Forks a worker that hangs in its job, waits until it does, and ends it without a word. */
static void kill_worker(struct ctx *cx)
{
	pid_t pid;

	shared->hang = true;
	shared->attempt = 0;
	pid = fork();
	if (pid == 0)
		_exit(job_run_one(cx, single, LEN(single)));
	while (*(volatile unsigned *)&shared->attempt == 0)
		usleep(1000);
	OK(job_run_one(cx, single, LEN(single)) == 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	shared->hang = false;
}

static void test_dead_worker(struct ctx *cx)
{
	uint64_t start = clock_mono_us();
	int rc;

	reset(cx);
	job_add(cx, &(struct job_add){ .queue = "one", .key = "k", .max_attempts = 2 });
	kill_worker(cx);
	OK(row(cx).state == 1);
	while ((rc = job_run_one(cx, single, LEN(single))) == 0 && clock_mono_us() - start < 5000000)
		usleep(10000);
	OK(rc == 1 && shared->attempt == 2 && row(cx).state == 9);
	/* One that kills its worker each time is given up as well. */
	job_add(cx, &(struct job_add){ .queue = "one", .key = "k", .max_attempts = 1 });
	kill_worker(cx);
	db_exec(cx, &hour, NULL);
	OK(job_run_one(cx, single, LEN(single)) == 0 && row(cx).state == 2);
	STR_EQ(row(cx).error, "given up: the worker ended in each of 1 attempts");
	/* Cancelled while its worker was dead. */
	add(cx, "k", 0);
	kill_worker(cx);
	job_cancel(cx, "one", "k");
	db_exec(cx, &hour, NULL);
	OK(job_run_one(cx, single, LEN(single)) == 0 && row(cx).state == 9);
}

/* What a dead worker left is taken up at once by the next that starts, the third time after a pause; never what a live one
 * does. */
static void test_return(struct ctx *cx)
{
	struct ctx other = *cx;

	reset(cx);
	add(cx, "k", 0);
	shared->hang = true;
	pid_t pid = fork();

	if (pid == 0)
		_exit(job_run_one(cx, patient, LEN(patient)));
	while (*(volatile unsigned *)&shared->attempt == 0)
		usleep(1000);
	OK(job_return_lost(&other) == 0 && row(cx).state == 1 && row(cx).in_ms > 30000);
	kill(pid, SIGKILL);
	/* Not waited for yet: it counts as dead all the same. */
	while (job_return_lost(cx) == 0 && row(cx).in_ms > 0 && !shared->woken)
		usleep(1000);
	OK(row(cx).in_ms <= 0);
	waitpid(pid, NULL, 0);
	for (unsigned i = 2; i <= 3; i++) {
		OK(row(cx).in_ms <= 0);
		shared->attempt = 0;
		pid = fork();
		if (pid == 0)
			_exit(job_run_one(cx, patient, LEN(patient)));
		while (*(volatile unsigned *)&shared->attempt == 0)
			usleep(1000);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		OK(row(cx).in_ms > 30000 && job_return_lost(cx) == 0);
	}
	OK(row(cx).in_ms > 0 && row(cx).in_ms <= 1000 && row(cx).attempt == 3);
	shared->hang = false;
}

/* The connection is lost while a job runs: what became of it cannot be written, and it is this process that takes it up. */
static void lose_connection(struct ctx *cx, struct job *j)
{
	(void)cx;
	(void)j;
	shared->during = NULL;
	mariadb_stop(1);
}

static void test_lost_connection(struct ctx *cx)
{
	reset(cx);
	add(cx, "k", 0);
	shared->during = lose_connection;
	OK(job_run_one(cx, patient, LEN(patient)) < 0);
	mariadb_start();
	OK(row(cx).state == 1 && row(cx).in_ms > 30000);
	OK(job_return_lost(cx) == 0 && row(cx).in_ms <= 0);
	OK(job_run_one(cx, patient, LEN(patient)) == 1 && row(cx).state == 9);
}

static void overtake(struct ctx *cx, struct job *j)
{
	OK(job_renew(cx, j) == 0);
	shared->during = NULL;
	usleep(60000);
	OK(job_renew(cx, j) == 0);
	db_exec(cx, &hour, NULL);
	usleep(60000);
	shared->fail = ERR_UPSTREAM;
	OK(job_run_one(cx, single, LEN(single)) == 1);
	OK(job_renew(cx, j) == ERR_CONFLICT);
	shared->fail = 0;
}

/* A worker that lost its lease does not touch what the other one has written. */
static void test_lost_lease(struct ctx *cx)
{
	reset(cx);
	add(cx, "k", 0);
	shared->during = overtake;
	OK(job_run_one(cx, single, LEN(single)) == 1);
	OK(row(cx).state == 0 && row(cx).attempt == 2);
	STR_EQ(row(cx).error, "it broke");
}

static void test_workers(struct ctx *cx)
{
	struct job_add *jobs = arena_array(cx->mem, struct job_add, MANY);
	pid_t pids[WORKERS];
	unsigned wrong = 0;

	reset(cx);
	for (unsigned i = 0; i < MANY; i++)
		jobs[i] = (struct job_add){ .queue = "count", .key = arena_printf(cx->mem, "%u", i), .priority = i % 3 * 10 };
	OK(job_add_many(cx, jobs, MANY) == 0);
	for (unsigned w = 0; w < WORKERS; w++) {
		pids[w] = fork();
		if (pids[w] != 0)
			continue;
		int rc;

		while ((rc = job_run_one(cx, counting, 1)) == 1)
			;
		__atomic_add_fetch(&shared->deadlocks, (unsigned)db_counters().deadlocks, __ATOMIC_SEQ_CST);
		_exit(rc == 0 ? 0 : 1);
	}
	for (unsigned w = 0; w < WORKERS; w++) {
		int status = -1;

		waitpid(pids[w], &status, 0);
		OK(status == 0);
	}
	for (unsigned i = 0; i < MANY; i++)
		wrong += shared->runs[i] != 1;
	OK(wrong == 0);
	OK(row(cx).state == 9);
	OK(shared->deadlocks == 0);
}

static uint64_t rows_read(struct ctx *cx)
{
	static const struct db_field total = { DB_U64, 0, DB_NOT_NULL };
	static const struct db_query q = {
		.name = "rows_read",
		.sql = "SELECT CAST(SUM(variable_value) AS UNSIGNED) FROM information_schema.session_status "
		       "WHERE variable_name LIKE 'Handler_read%' OR variable_name = 'Innodb_rows_read'",
		.out = &total,
		.n_out = 1,
		.out_size = sizeof(uint64_t),
	};
	uint64_t n = 0;

	return db_one(cx, &q, NULL, &n) == 1 ? n : UINT64_MAX;
}

/* A claim must not read what waits behind the first ones, due or not, of this queue or another. */
static void test_crowd(struct ctx *cx)
{
	struct job_add *jobs = arena_array(cx->mem, struct job_add, WAITING);
	struct job_stat *stats = NULL;
	size_t n = 0;
	uint64_t before, after, start;

	reset(cx);
	for (unsigned i = 0; i < WAITING; i++)
		jobs[i] = (struct job_add){ .queue = i % 2 ? "count" : "one",
					    .key = arena_printf(cx->mem, "%u", i),
					    .priority = JOB_NORMAL,
					    .delay_ms = i % 2 ? 0 : 3600000 };
	OK(job_add_many(cx, jobs, WAITING) == 0);
	before = rows_read(cx);
	OK(run(cx) == 0);
	after = rows_read(cx);
	printf("# rows read when nothing is due: %llu\n", (unsigned long long)(after - before));
	OK(after - before < 400);
	before = rows_read(cx);
	OK(job_run_one(cx, single, LEN(single)) == 0);
	start = clock_mono_us();
	for (unsigned i = 0; i < 10; i++)
		OK(job_run_one(cx, (const struct job_handler[]){ { "count", run_one, 0, 0 } }, 1) == 1);
	after = rows_read(cx);
	printf("# rows read by ten jobs: %llu, %llu us each\n", (unsigned long long)(after - before),
	       (unsigned long long)(clock_mono_us() - start) / 10);
	OK(after - before < 5000);
	start = clock_mono_us();
	OK(job_stats(cx, &stats, &n) == 0 && n == 2);
	printf("# stats: %llu us\n", (unsigned long long)(clock_mono_us() - start));
	STR_EQ(stats[0].queue, "count");
	STR_EQ(stats[0].state, "due");
	OK(stats[0].count == WAITING / 2 - 10 && stats[0].oldest_ms >= 0);
	STR_EQ(stats[1].state, "waiting");
	OK(stats[1].count == WAITING / 2 && stats[1].oldest_ms == 0);
}

int main(void)
{
	ARENA mem = { 0 };
	unsigned applied = 0;
	struct ctx cx = { .mem = &mem, .request_id = "" };

	log_open("/dev/null", LOG_ERROR_);
	setvbuf(stdout, NULL, _IOLBF, 0);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cx.db = db_new(mariadb_use(&mem, "unit"));
	OK(db_migrate(&cx, "sql/schema", &applied) == 0 && applied >= 1);
	STR_EQ(cx.err.text, "");
	test_add(&cx);
	test_order(&cx);
	test_failing(&cx);
	test_run_now(&cx);
	test_again(&cx);
	test_cancel(&cx);
	test_dead_worker(&cx);
	test_return(&cx);
	test_lost_connection(&cx);
	test_lost_lease(&cx);
	test_workers(&cx);
	test_crowd(&cx);
	db_free(cx.db);
	return DONE();
}
