/* Storing and stitching at the same time: whoever comes in between, no content and no relation is lost. */
#include "catalog/store.h"

#include "base/list.h"
#include "base/log.h"
#include "catalog/ref.h"
#include "catalog/settings.h"
#include "catalog/source.h"
#include "catalog/stitch.h"
#include "ext/json.h"
#include "jobs/jobs.h"
#include "tests/unit/mariadb.h"
#include "tests/unit/follows.h"
#include "tests/unit/tap.h"

enum { WRITERS = 2, ENTITIES = 200, GAMES = 40, ROUNDS = 2 };

static const struct job_handler stitching[] = { { .queue = "catalog.stitch", .run = stitch_job } };

struct text {
	const char *text;
};
static const struct db_query bodies = {
	.name = "bodies",
	.sql = "SELECT body FROM entity ORDER BY ref",
	.out = (const struct db_field[]){ { DB_TEXT, offsetof(struct text, text), DB_NOT_NULL } },
	.n_out = 1,
	.out_size = sizeof(struct text),
};
struct count {
	uint64_t n;
};
static const struct db_query dirty = {
	.name = "dirty",
	.sql = "SELECT COUNT(*) FROM dirty",
	.out = (const struct db_field[]){ { DB_U64, offsetof(struct count, n), DB_NOT_NULL } },
	.n_out = 1,
	.out_size = sizeof(struct count),
};
static const struct db_query dirty_all = {
	.name = "dirty_all",
	.sql = "INSERT INTO dirty (since, ref) SELECT 0, ref FROM entity",
};

static unsigned mix(unsigned a, unsigned b, unsigned c)
{
	unsigned x = a * 2654435761u ^ b * 2246822519u ^ c * 3266489917u;

	x ^= x >> 15;
	x *= 2246822519u;
	return x ^ x >> 13;
}

/* The file of one writer in one round: each entity is there in two of three rounds and names others of both writers. */
static struct str file(struct arena *mem, unsigned writer, unsigned round)
{
	struct buf b = { .mem = mem };

	for (unsigned i = 0; i < ENTITIES; i++) {
		unsigned x = mix(writer, round, i);

		if (i % 2 && x % 3 == 0)
			continue;
		buf_addf(&b,
			 "---\napiVersion: backstage.io/v1alpha1\nkind: Component\n"
			 "metadata: {name: c%u-%u, description: round %u}\n"
			 "spec: {type: service, lifecycle: production, owner: o, dependsOn: [component:c%u-%u, "
			 "component:c%u-%u]}\n",
			 writer, i, round, 1 - writer, x / 3 % ENTITIES, writer, x / 200 % ENTITIES);
	}
	return buf_str(&b);
}

static int write_file(struct ctx *cx, unsigned writer, unsigned round)
{
	const struct catalog_settings *s = catalog_settings(cx);
	struct origin_of from = { .at = { "file", arena_printf(cx->mem, "/w%u.yaml", writer) } };
	struct store_result stored = { 0 };
	struct read_files files = { 0 };
	struct documents docs = { 0 };
	int rc;

	from.origin = from.at;
	rc = source_documents(cx, s, &from, file(cx->mem, writer, round), &files, &docs);
	if (rc >= 0)
		rc = store_documents(cx, s, writer + 1, docs.items, docs.n, true, &stored);
	store_wake(cx, &stored);
	return rc;
}

static void writer_main(struct ctx *cx, unsigned writer, unsigned from)
{
	for (unsigned round = from; round < from + ROUNDS; round++) {
		ARENA mem = { 0 };
		struct ctx one = *cx;

		one.mem = &mem;
		for (int rc = ERR_DEADLOCK; rc == ERR_DEADLOCK;)
			if ((rc = write_file(&one, writer, round)) < 0 && rc != ERR_DEADLOCK) {
				printf("# writer %u: %s\n", writer, one.err.text);
				_exit(1);
			}
	}
	_exit(0);
}

static void stitch(struct ctx *cx)
{
	struct count n = { 0 };

	do {
		ARENA mem = { 0 };
		struct ctx one = *cx;

		one.mem = &mem;
		job_add(&one, &(struct job_add){ .queue = "catalog.stitch", .key = "all" });
		if (job_run_one(&one, stitching, 1) < 0 || db_one(&one, &dirty, NULL, &n) != 1) {
			OK(!"stitching failed");
			return;
		}
	} while (n.n);
}

static const char *all_bodies(struct ctx *cx, size_t *n)
{
	struct buf b = { .mem = cx->mem };
	struct text row;
	DB_ROWS rows = { 0 };

	*n = 0;
	db_open(cx, &bodies, NULL, &rows);
	while (db_next(&rows, &row) == 1) {
		buf_addf(&b, "%s\n", row.text);
		++*n;
	}
	return buf_text(&b);
}

static size_t texts_in(const char *in, const char *what)
{
	size_t n = 0;

	for (const char *at = in; (at = strstr(at, what)); at++)
		n++;
	return n;
}

static size_t line_breaks(const char *in, size_t from, size_t to)
{
	size_t n = 0;

	for (size_t i = from; i < to; i++)
		n += in[i] == '\n';
	return n;
}

/* Where two texts begin to differ, for whoever reads the report. */
static void show_difference(const char *a, const char *b)
{
	size_t i = 0;

	while (a[i] && a[i] == b[i])
		i++;
	if (a[i] != b[i])
		printf("# entity %zu: stored %.160s\n# but is      %.160s\n", line_breaks(a, 0, i), a + i, b + i);
}

/* Writers and a stitcher at the same time; then everything must be as the last files say. */
static bool play(struct ctx *cx, unsigned round)
{
	unsigned last = round + ROUNDS - 1;
	size_t n, again, want = 0, left = WRITERS;
	bool ok = true;

	for (unsigned w = 0; w < WRITERS; w++)
		if (fork() == 0)
			writer_main(cx, w, round);
	while (left) {
		int status;

		stitch(cx);
		while (left && waitpid(-1, &status, WNOHANG) > 0) {
			ok &= status == 0;
			left--;
		}
	}
	stitch(cx);
	const char *stored = all_bodies(cx, &n);

	for (unsigned w = 0; w < WRITERS; w++)
		want += texts_in(file(cx->mem, w, last).p, "kind: Component");
	ok &= n == want && texts_in(stored, arena_printf(cx->mem, "\"description\":\"round %u\"", last)) == want;
	/* A body that is put together once more is the same. */
	db_exec(cx, &dirty_all, NULL);
	stitch(cx);
	const char *right = all_bodies(cx, &again);

	show_difference(stored, right);
	return ok && again == n && streq(stored, right);
}

/* A source that claimed an entity in the moment in which it was taken away gets its turn. */
static void test_lost_claim(struct ctx *cx)
{
	static const struct job_handler sweeping[] = { { .queue = "catalog.sweep", .run = sweep_job } };
	static const struct db_query claim = {
		.name = "claim", .sql = "INSERT INTO claim (source_id, ref) VALUES (7, 'component:default/gone')"
	};

	OK(db_exec(cx, &claim, NULL) == 0);
	job_add(cx, &(struct job_add){ .queue = "catalog.sweep", .key = "all" });
	OK(job_is_due(cx, "catalog.source", JOB_URGENT) == 0);
	OK(job_run_one(cx, sweeping, 1) == 1);
	OK(job_is_due(cx, "catalog.source", JOB_URGENT) == 1);
}

int main(void)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem, .request_id = "" };
	unsigned applied = 0;

	log_open("/dev/null", LOG_ERROR_);
	setvbuf(stdout, NULL, _IOLBF, 0);
	cx.conf = json_object(&mem);
	cx.db = db_new(mariadb_use(&mem, "unit"));
	OK(db_migrate(&cx, "sql/schema", &applied) == 0);
	struct index *ix = index_new();
	const struct feed_to to = follows_to(ix);
	struct feed *follower = feed_new(&cx, &to, 0);

	for (unsigned game = 0; game < GAMES; game++) {
		ARENA own = { 0 };
		struct ctx one = cx;

		one.mem = &own;
		OK(play(&one, game * ROUNDS));
		OK(follow_all(follower) == 0 && same_as_database(&one, ix));
	}
	feed_free(follower);
	index_free(ix);
	test_lost_claim(&cx);
	db_free(cx.db);
	return DONE();
}
