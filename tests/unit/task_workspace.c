/* Workspaces of tasks in a real MariaDB: only whoever has the task writes, and only the very copy that a state names comes
 * back. */
#include <stdlib.h>

#include "base/log.h"
#include "ext/crypto.h"
#include "ext/json.h"
#include "scaffolder/task_private.h"
#include "tests/unit/mariadb.h"
#include "tests/unit/tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem, .request_id = "" };
static char base[] = "/tmp/task-workspace-XXXXXX";
static const char id[] = "00000000-0000-4000-8000-000000000001", other[] = "00000000-0000-4000-8000-000000000002";

/* A worker that claims it now, with an empty workspace. */
static struct live claim(const char *task)
{
	struct q_task_lock_out row = { 0 };
	struct live l = { .cx = &cx, .id = task };

	OK(q_task_claim_exec(&cx, &(struct q_task_claim_in){ task }) == 0);
	OK(q_task_lock_one(&cx, &(struct q_task_lock_in){ task }, &row) == 1);
	l.run = row.run;
	OK(workspace_make(&cx, base, NULL, &l.files.workspace) == 0);
	return l;
}

static void fill(struct live *l, const char *text, size_t noise)
{
	char *bytes = arena_raw(&mem, noise + 1);

	crypto_random((unsigned char *)bytes, noise);
	OK(workspace_write(&cx, &l->files.workspace, "text", str_of(text), 0) == 0);
	OK(workspace_write(&cx, &l->files.workspace, "noise", (struct str){ bytes, noise }, 0) == 0);
}

/* What another worker finds of a copy: the text, or what is wrong. */
static const char *found(const char *task, const struct task_copy *copy)
{
	struct live l = claim(task);
	struct str text;

	if (task_workspace_load(&l, copy) < 0)
		return arena_strdup(&mem, cx.err.text);
	return workspace_read(&cx, &l.files.workspace, "text", 100, &text) < 0 ? cx.err.text : text.p;
}

static int64_t count(const char *where)
{
	struct db_text t = { 0 };

	OK(db_text(&cx, arena_printf(&mem, "SELECT COUNT(*) AS n FROM task_workspace WHERE %s", where), NULL, &t) == 0);
	return (int64_t)json_get_num(t.rows->a.items[0], "n", -1);
}

static void sql(const char *text)
{
	struct db_text t = { 0 };

	OK(db_text(&cx, text, NULL, &t) == 0);
}

#define BROKEN "the files of this task, which are in the database: they are not whole any more, or their key is not there"

static void copies(void)
{
	struct live l = claim(id);
	struct task_copy first, second, alone;

	fill(&l, "first", 1500000);
	OK(task_workspace_save(&l, &cx, 1, &first) == 0);
	OK(first.n == 1 && first.run == l.run && first.pieces == 3);
	OK(count("LENGTH(bytes) > 1 << 20") == 0);
	fill(&l, "second", 1500000);
	OK(task_workspace_save(&l, &cx, 2, &second) == 0);
	OK(task_workspace_save(&l, &cx, 2, &second) == 0); /* nobody heard of the first commit */
	OK(count("1") == 6);
	STR_EQ(found(id, &first), "first");
	STR_EQ(found(id, &second), "second");
	task_workspace_outdated(&cx, id, &second);
	STR_EQ(found(id, &first), BROKEN);
	STR_EQ(found(id, &second), "second");

	struct live now = claim(id);

	OK(task_workspace_save(&l, &cx, 3, &alone) == ERR_CONFLICT && l.broken == ERR_CONFLICT);
	OK(count("copy = 3") == 0);
	fill(&now, "third", 10);
	OK(task_workspace_save(&now, &cx, 3, &alone) == 0 && alone.pieces == 1);
	/* One that has lost the task takes nothing from whoever has it. */
	task_workspace_outdated(&cx, id, &second);
	STR_EQ(found(id, &alone), "third");
	task_workspace_outdated(&cx, id, &alone);
	OK(count("1") == 1);
}

static void touched(void)
{
	struct live l = claim(id), of_other = claim(other);
	struct task_copy copy, before, theirs, longer;

	fill(&l, "before", 1500000);
	OK(task_workspace_save(&l, &cx, 1, &before) == 0);
	fill(&l, "now", 1500000);
	OK(task_workspace_save(&l, &cx, 2, &copy) == 0);
	fill(&of_other, "theirs", 1500000);
	OK(task_workspace_save(&of_other, &cx, 2, &theirs) == 0);
	STR_EQ(found(id, &copy), "now");
	sql("CREATE TABLE as_it_was AS SELECT * FROM task_workspace");
#define RESTORE "REPLACE INTO task_workspace SELECT * FROM as_it_was"
	static const char *const harm[] = {
		"UPDATE task_workspace SET bytes = CONCAT(LEFT(bytes, 100), 'x', SUBSTRING(bytes, 102)) WHERE copy = 2 AND "
		"piece = 1",
		"UPDATE task_workspace SET bytes = '' WHERE copy = 2 AND piece = 0",
		"DELETE FROM task_workspace WHERE copy = 2 AND piece = 2",
		"UPDATE task_workspace a JOIN as_it_was b ON b.task_id = a.task_id AND b.copy = a.copy AND a.piece = 0 AND "
		"b.piece = 1 "
		"SET a.bytes = b.bytes",
		"UPDATE task_workspace a JOIN as_it_was b ON b.task_id = a.task_id AND b.piece = a.piece AND a.copy = 2 AND "
		"b.copy = 1 "
		"SET a.bytes = b.bytes",
		"UPDATE task_workspace a JOIN as_it_was b ON b.piece = a.piece AND b.copy = a.copy AND a.task_id <> b.task_id "
		"SET a.bytes = b.bytes",
	};
	for (size_t i = 0; i < LEN(harm); i++) {
		sql(harm[i]);
		STR_EQ(found(id, &copy), BROKEN);
		sql(RESTORE);
	}
	STR_EQ(found(id, &copy), "now");
	longer = copy;
	longer.pieces--;
	OK(strstr(found(id, &longer), "the files of this task, which are in the database: ") != NULL);
	longer.pieces += 2;
	OK(streq(found(id, &longer), BROKEN) || streq(found(id, &longer), "now"));
	sql("DROP TABLE as_it_was");
}

#define SETTINGS "{\"scaffolder\": {\"taskRecovery\": {\"workspaceLimit\": 1, \"workspaceProvider\": \"database\"}}}"

static void limit(void)
{
	struct live l = claim(id);
	struct task_copy copy;
	struct json *conf;

	OK(json_parse(&cx, STR(SETTINGS), &conf) == 0);
	cx.conf = conf;
	OK(task_workspace_wanted(&cx) && task_workspace_prepare(&cx) == 0);
	fill(&l, "text", 1000000);
	OK(task_workspace_save(&l, &cx, 1, &copy) == 0);
	fill(&l, "text", 1100000);
	OK(task_workspace_save(&l, &cx, 2, &copy) == ERR_TOOLARGE);
	OK(strstr(cx.err.text,
		  "more than 1 MiB, compressed: no more is kept in the database (scaffolder.taskRecovery.workspaceLimit)") !=
	   NULL);
	cx.conf = json_object(&mem);
	OK(!task_workspace_wanted(&cx) && task_workspace_prepare(&cx) == 0);
}

static int wipe(struct ctx *of, void *arg)
{
	return task_workspace_wipe(of, arg);
}

static void ends(void)
{
	char gone[] = "00000000-0000-4000-8000-000000000009", *mine = arena_strdup(&mem, id);

	OK(db_transaction(&cx, wipe, mine) == 0);
	OK(count("1") == 3);
	OK(q_task_workspace_put_exec(&cx, &(struct q_task_workspace_put_in){ gone, 1, 1, 0, STR("x") }) == 0);
	OK(task_workspace_sweep(&cx) == 0);
	OK(count("1") == 3 && count("task_id = '00000000-0000-4000-8000-000000000002'") == 3);
	sql("UPDATE task SET status = 'failed'");
	OK(task_workspace_sweep(&cx) == 0);
	OK(count("1") == 0);
}

int main(void)
{
	unsigned applied = 0;

	log_open("/dev/null", LOG_ERROR_);
	cx.conf = json_object(&mem);
	cx.db = db_new(mariadb_use(&mem, "unit"));
	OK(mkdtemp(base) != NULL);
	OK(db_migrate(&cx, "sql/schema", &applied) == 0);
	OK(q_task_add_exec(&cx, &(struct q_task_add_in){ .id = id, .template_ref = "t", .actor = "null", .spec = "{}" }) == 0);
	OK(q_task_add_exec(&cx, &(struct q_task_add_in){ .id = other, .template_ref = "t", .actor = "null", .spec = "{}" }) ==
	   0);
	copies();
	touched();
	limit();
	ends();
	db_free(cx.db);
	arena_release(&mem);
	OK(rmdir(base) == 0);
	return DONE();
}
