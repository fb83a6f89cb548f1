/* An index that follows the sequence of changes, against a real MariaDB. */
#include "catalog/feed.h"

#include "base/log.h"
#include "catalog/change.h"
#include "index/client.h"
#include "tests/unit/mariadb.h"
#include "tests/unit/follows.h"
#include "tests/unit/tap.h"

/* Prepared statements are kept by the address of their query. */
static int run(struct ctx *cx, const char *sql)
{
	struct db_query *q = arena_new(cx->mem, struct db_query);

	*q = (struct db_query){ .name = "sql", .sql = sql };
	return db_exec(cx, q, NULL);
}

struct edit {
	uint64_t from, to;
	bool remove, fail;
};
struct head {
	uint64_t id;
	const char *ref, *uid, *name, *etag, *body;
};
static const struct db_query put = {
	.name = "put",
	.sql = "REPLACE INTO entity (id, ref, uid, kind, namespace, name, source_id, hash, etag, etag_at, tail_at, body) "
	       "VALUES (?, ?, ?, 'component', 'default', ?, 1, '', ?, 0, 0, ?)",
	.in =
		(const struct db_field[]){
			{ DB_U64, offsetof(struct head, id), DB_NOT_NULL },
			{ DB_TEXT, offsetof(struct head, ref), DB_NOT_NULL },
			{ DB_TEXT, offsetof(struct head, uid), DB_NOT_NULL },
			{ DB_TEXT, offsetof(struct head, name), DB_NOT_NULL },
			{ DB_TEXT, offsetof(struct head, etag), DB_NOT_NULL },
			{ DB_TEXT, offsetof(struct head, body), DB_NOT_NULL },
		},
	.n_in = 6,
	.in_size = sizeof(struct head),
};

static int make_edit(struct ctx *cx, void *arg)
{
	static unsigned version;
	const struct edit *e = arg;
	int rc = 0;

	version++;
	for (uint64_t id = e->from; rc == 0 && id <= e->to; id++) {
		char *name = arena_printf(cx->mem, "c%lu", (unsigned long)id);

		change_note(cx, id);
		if (e->remove)
			rc = run(cx, arena_printf(cx->mem, "DELETE FROM entity WHERE id = %lu", (unsigned long)id));
		else
			rc = db_exec(
				cx, &put,
				&(struct head){ id, arena_printf(cx->mem, "component:default/%s", name),
						arena_printf(cx->mem, "%036lu", (unsigned long)id), name,
						arena_printf(cx->mem, "%08x%032lu", version, (unsigned long)id),
						arena_printf(cx->mem, "{\"kind\":\"Component\",\"metadata\":{\"name\":\"%s\"}}",
							     name) });
	}
	return rc < 0 ? rc : e->fail ? ERR_INPUT : 0;
}

static int edit(struct ctx *cx, struct edit e)
{
	return db_transaction(cx, make_edit, &e);
}

/* Several notes of one transaction are one number; what is rolled back leaves none; a fresh number is never lower. */
static void test_sequence(struct ctx *cx, struct feed *f, struct index *ix)
{
	OK(edit(cx, (struct edit){ .from = 1, .to = 1300 }) == 0);
	OK(follow_all(f) == 0);
	OK(index_seq(ix) == 1 && same_as_database(cx, ix));
	OK(edit(cx, (struct edit){ .from = 1, .to = 2, .fail = true }) == ERR_INPUT);
	OK(follow_all(f) == 0 && index_seq(ix) == 1);
	OK(edit(cx, (struct edit){ .from = 100, .to = 260 }) == 0 && edit(cx, (struct edit){ .from = 250, .to = 400 }) == 0);
	OK(edit(cx, (struct edit){ .from = 5, .to = 7, .remove = true }) == 0);
	OK(edit(cx, (struct edit){ .from = 400, .to = 400, .remove = true }) == 0);
	OK(follow_all(f) == 0 && index_seq(ix) == 5 && same_as_database(cx, ix));
	OK(edit(cx, (struct edit){ .from = 6, .to = 6 }) == 0 && follow_all(f) == 0 && same_as_database(cx, ix));
}

/* What this process wrote is known before it goes on. */
static void test_wrote(struct ctx *cx, const struct index *ix)
{
	struct index_shared shared = { 0 };

	index_client_setup("/nowhere", &shared, true);
	edit(cx, (struct edit){ .from = 1, .to = 1 });
	OK(shared.must_seq == index_seq(ix) + 1 && shared.want_seq == shared.must_seq);
	index_client_setup("/nowhere", &shared, false);
	edit(cx, (struct edit){ .from = 1, .to = 1 });
	OK(shared.must_seq == index_seq(ix) + 1 && shared.want_seq == shared.must_seq + 1);
	index_client_setup(NULL, NULL, true);
}

/* Changes while the first load goes on are taken in after it. */
static void test_while_loading(struct ctx *cx)
{
	struct index *ix = index_new();
	const struct feed_to to = follows_to(ix);
	struct feed *f = feed_new(cx, &to, 0);

	OK(feed_step(f) == 1 && index_seq(ix) == 0);
	OK(edit(cx, (struct edit){ .from = 1, .to = 3 }) == 0 &&
	   edit(cx, (struct edit){ .from = 10, .to = 20, .remove = true }) == 0);
	OK(edit(cx, (struct edit){ .from = 390, .to = 900 }) == 0);
	OK(follow_all(f) == 0 && same_as_database(cx, ix));
	feed_free(f);
	index_free(ix);
}

static void test_too_late(struct ctx *cx, struct feed *f)
{
	OK(edit(cx, (struct edit){ .from = 1, .to = 1 }) == 0 && edit(cx, (struct edit){ .from = 2, .to = 2 }) == 0);
	run(cx, "DELETE FROM `change` ORDER BY seq DESC LIMIT 2");
	OK(feed_step(f) == ERR_CONFLICT && strstr(cx->err.text, "is not kept any more"));
	OK(edit(cx, (struct edit){ .from = 3, .to = 3 }) == 0);
	OK(feed_step(f) == ERR_CONFLICT && strstr(cx->err.text, "is not kept any more"));
	run(cx, "UPDATE id_block SET next_id = 2 WHERE name = 'change'");
	OK(feed_step(f) == ERR_CONFLICT && strstr(cx->err.text, "the index at"));
}

static const struct db_query count = {
	.name = "count",
	.sql = "SELECT COUNT(*) FROM `change`",
	.out = (const struct db_field[]){ { DB_U64, 0, DB_NOT_NULL } },
	.n_out = 1,
	.out_size = sizeof(uint64_t),
};

/* What is old goes, by number and by time; what is left has no gap. */
static void test_sweep(struct ctx *cx)
{
	uint64_t n = 0;

	run(cx, "DELETE FROM `change`");
	run(cx, "INSERT INTO `change` (seq, at, ids) SELECT seq, UNIX_TIMESTAMP() * 1000, '[]' FROM seq_1_to_22500");
	run(cx, "UPDATE id_block SET next_id = 22501 WHERE name = 'change'");
	OK(change_sweep(cx) == 0 && db_one(cx, &count, NULL, &n) == 1 && n == 20000);
	run(cx, "UPDATE `change` SET at = 0 WHERE seq < 22001");
	OK(change_sweep(cx) == 0 && db_one(cx, &count, NULL, &n) == 1 && n == 500);
}

int main(void)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem, .request_id = "" };
	const char *owner = NULL, *again = NULL;
	struct index *ix = index_new();
	const struct feed_to to = follows_to(ix);
	struct feed *f = feed_new(&cx, &to, 0);
	unsigned applied = 0;

	log_open("/dev/null", LOG_ERROR_);
	setvbuf(stdout, NULL, _IOLBF, 0);
	cx.conf = json_object(&mem);
	cx.db = db_new(mariadb_use(&mem, "unit"));
	OK(feed_step(f) < 0); /* no schema yet: tried again later */
	OK(db_migrate(&cx, "sql/schema", &applied) == 0);
	OK(feed_owner(&cx, &owner) == 0 && feed_owner(&cx, &again) == 0);
	STR_EQ(owner, again);
	test_sequence(&cx, f, ix);
	test_wrote(&cx, ix);
	OK(follow_all(f) == 0 && same_as_database(&cx, ix));
	test_while_loading(&cx);
	OK(follow_all(f) == 0 && same_as_database(&cx, ix));
	test_too_late(&cx, f);
	test_sweep(&cx);
	feed_free(f);
	index_free(ix);
	db_free(cx.db);
	return DONE();
}
