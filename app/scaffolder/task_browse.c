/* The files of a task's workspace, looked at while they are there. */
#include "scaffolder/task_browse.h"

#include "scaffolder/dry_run.h"
#include "scaffolder/task_private.h"
#include "sql/task_view.h"

/* What the run itself hides: also what its actions have called secret, in the steps that have ended. */
static int open_mask(struct ctx *cx, const char *id, const struct q_task_view_files_out *row, struct mask **out)
{
	struct json *secrets = NULL, *state = NULL;
	int rc = row->secrets.p ? task_open(cx, id, "secrets", row->secrets, &secrets) : 0;

	if (rc == 0 && row->state.p)
		rc = task_open(cx, id, "state", row->state, &state);
	const struct json *hidden[] = { secrets, json_path(cx->conf, "scaffolder", "defaultEnvironment", "secrets", NULL),
					json_get(state, "hidden") };

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
		rc = open_mask(cx, id, &row, &out->mask);
	if (rc < 0)
		return rc;
	rc = workspace_source(cx, path, &out->files);
	return rc == ERR_NOTFOUND ? fail(cx, rc, "There are no files yet: the task has not begun, or runs on another host.")
				  : rc;
}
