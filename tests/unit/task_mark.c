/* Checkpoints against a real MariaDB: whoever has lost a task neither begins, keeps nor drops one. */
#include "base/log.h"
#include "scaffolder/task_private.h"
#include "tests/unit/mariadb.h"
#include "tests/unit/tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem, .request_id = "" };
static const char id[] = "00000000-0000-4000-8000-000000000001", key[] = "v1.task.checkpoint.make.repository";

/* A worker that claims it now. */
static struct live claim(void)
{
	struct q_task_lock_out row = { 0 };

	OK(q_task_claim_exec(&cx, &(struct q_task_claim_in){ id }) == 0);
	OK(q_task_lock_one(&cx, &(struct q_task_lock_in){ id }, &row) == 1);
	return (struct live){ .cx = &cx, .id = id, .run = row.run };
}

/* What is known: "nothing", "begun", or what was kept. */
static const char *known(struct live *l)
{
	struct json *v = NULL;
	bool unsure = false;

	if (task_recall(&cx, l, key, &v, &unsure) < 0)
		return cx.err.text;
	return unsure ? "begun" : v ? json_text(v, "?") : "nothing";
}

static void alone(void)
{
	struct live l = claim();

	STR_EQ(known(&l), "nothing");
	OK(task_begin(&cx, &l, key) == 0);
	STR_EQ(known(&l), "begun");
	OK(task_begin(&cx, &l, key) == 0); /* nobody heard of the first commit */
	OK(task_keep(&cx, &l, key, NULL) == 0);
	STR_EQ(known(&l), "nothing");
	OK(task_begin(&cx, &l, key) == 0);
	OK(task_keep(&cx, &l, key, json_str(&mem, "made")) == 0);
	STR_EQ(known(&l), "made");
	OK(task_keep(&cx, &l, key, json_str(&mem, "made")) == 0);
	OK(task_keep(&cx, &l, key, NULL) == 0); /* only what was begun is dropped */
	STR_EQ(known(&l), "made");
}

static void lost(void)
{
	struct live old = claim(), now = claim();

	OK(task_begin(&cx, &now, key) == 0);
	OK(task_begin(&cx, &old, key) == ERR_CONFLICT);
	OK(old.broken == ERR_CONFLICT);
	old.broken = 0;
	OK(task_keep(&cx, &old, key, NULL) == ERR_CONFLICT);
	STR_EQ(known(&now), "begun");
	old.broken = 0;
	OK(task_keep(&cx, &old, key, json_str(&mem, "of the old one")) == ERR_CONFLICT);
	STR_EQ(known(&now), "begun");
	OK(task_keep(&cx, &now, key, json_str(&mem, "of the new one")) == 0);
	STR_EQ(known(&now), "of the new one");
}

int main(void)
{
	unsigned applied = 0;

	log_open("/dev/null", LOG_ERROR_);
	cx.conf = json_object(&mem);
	cx.db = db_new(mariadb_use(&mem, "unit"));
	OK(db_migrate(&cx, "sql/schema", &applied) == 0);
	OK(q_task_add_exec(&cx, &(struct q_task_add_in){ .id = id, .template_ref = "t", .actor = "null", .spec = "{}" }) == 0);
	alone();
	lost();
	db_free(cx.db);
	arena_release(&mem);
	return DONE();
}
