/* The files of a task's workspace, looked at while they are there. */
#include "scaffolder/task_browse.h"

#include "scaffolder/dry_run.h"
#include "scaffolder/task_private.h"
#include "sql/task_view.h"

/* What the run itself hides, beside what its actions made. */
static int open_mask(struct ctx *cx, const char *id, struct str sealed, struct mask **out)
{
	const struct json *hidden[2] = { NULL, json_path(cx->conf, "scaffolder", "defaultEnvironment", "secrets", NULL) };
	struct json *secrets = NULL;
	int rc = sealed.p ? task_open(cx, id, "secrets", sealed, &secrets) : 0;

	hidden[0] = secrets;
	if (rc == 0)
		*out = mask_new(cx->mem, hidden, LEN(hidden));
	return rc;
}

int task_browse(struct ctx *cx, const char *id, struct task_browse *out)
{
	const char *path = arena_printf(cx->mem, "%s/tasks/%s/workspace", scaffold_folder(cx), id);
	struct q_task_view_files_out row;
	int rc = q_task_view_files_one(cx, &(struct q_task_view_files_in){ id }, &row);

	if (rc == 0 || (rc > 0 && row.ended_at))
		return fail(cx, ERR_NOTFOUND, "This task has ended, and its files went with it.");
	if (rc > 0)
		rc = open_mask(cx, id, row.secrets, &out->mask);
	if (rc < 0)
		return rc;
	rc = workspace_source(cx, path, &out->files);
	return rc == ERR_NOTFOUND ? fail(cx, rc, "There are no files yet: the task has not begun, or runs on another host.")
				  : rc;
}
