/* callboard template run --apply: a template really runs, without a server and without a database. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/folder.h"
#include "cmd_template.h"
#include "ext/crypto.h"
#include "ext/json.h"
#include "ext/yaml.h"
#include "plugins/action.h"
#include "scaffolder/dry_run.h"
#include "scaffolder/run.h"
#include "scaffolder/template.h"

enum { NOTES_MOST = 64 << 20 };

/* What is kept of a run, so that it can be taken up again: a line of JSON for each checkpoint that was begun or has ended, and
 * for each step that has. */
struct notes {
	struct arena *mem;
	int fd; /* negative: nothing is kept */
	struct json *checkpoints, *begun;
	const struct json *state; /* {next, steps, hidden} */
};

static volatile sig_atomic_t ended;

static void on_signal(int number)
{
	ended = number;
}

static bool cancelled(void *arg)
{
	(void)arg;
	return ended != 0;
}

/* ---- notes ---- */

static int note(struct ctx *cx, struct notes *n, const char *name, struct json *value)
{
	struct json *line = json_object(cx->mem);
	struct buf b = { .mem = cx->mem };

	if (n->fd < 0)
		return 0;
	json_set(cx->mem, line, name, value);
	json_write(&b, line);
	buf_addc(&b, '\n');
	if (write(n->fd, b.p, b.n) != (ssize_t)b.n || fdatasync(n->fd) < 0)
		return fail(cx, ERR_UNAVAILABLE, "the checkpoints cannot be written: %s", strerrordesc_np(errno));
	return 0;
}

static int recall(struct ctx *cx, void *arg, const char *key, struct json **out, bool *unsure)
{
	const struct notes *n = arg;

	*out = json_get(n->checkpoints, key);
	if (*out || !json_get(n->begun, key))
		return 0;
	if (!unsure)
		return fail(cx, ERR_CONFLICT, "it is not known whether '%s' was done: the run was ended in the middle of it",
			    key);
	*unsure = true;
	return 0;
}

static int begin(struct ctx *cx, void *arg, const char *key)
{
	struct notes *n = arg;

	json_set(n->mem, n->begun, key, json_bool(n->mem, true));
	return note(cx, n, "begun", json_str(cx->mem, key));
}

/* value NULL: it failed, and may be done again. */
static int keep(struct ctx *cx, void *arg, const char *key, const struct json *value)
{
	struct notes *n = arg;
	struct json *one = json_object(cx->mem);

	json_remove(n->begun, key);
	if (!value)
		return note(cx, n, "failed", json_str(cx->mem, key));
	json_set(n->mem, n->checkpoints, key, json_copy(n->mem, value));
	json_set(cx->mem, one, key, json_copy(cx->mem, value));
	return note(cx, n, "checkpoint", one);
}

/* What failed is tried again when the run is taken up: only steps that ended well are noted. */
static int step_ended(struct ctx *cx, void *arg, const struct scaffold_state *now)
{
	struct json *state = json_object(cx->mem);

	if (now->failed)
		return 0;
	json_set(cx->mem, state, "next", json_num(cx->mem, (double)now->next));
	json_set(cx->mem, state, "steps", json_copy(cx->mem, now->steps));
	json_set(cx->mem, state, "hidden", json_copy(cx->mem, now->hidden));
	return note(cx, arg, "state", state);
}

static void take_line(struct notes *n, const struct json *v)
{
	const struct json *one = json_get(v, "checkpoint");
	const char *begun = json_get_text(v, "begun", NULL), *failed = json_get_text(v, "failed", NULL);

	if (json_is(one, JSON_OBJECT) && one->o.n) {
		json_remove(n->begun, one->o.m[0].key.p);
		json_setn(n->mem, n->checkpoints, one->o.m[0].key, one->o.m[0].value);
	}
	if (begun)
		json_set(n->mem, n->begun, begun, json_bool(n->mem, true));
	if (failed)
		json_remove(n->begun, failed);
	if (json_get(v, "state"))
		n->state = json_get(v, "state");
}

/* The last line may be torn: whoever wrote it died. What comes next must not become a part of it. */
static int end_torn(struct ctx *cx, struct notes *n, const char *path, struct str text)
{
	if (!text.n || text.p[text.n - 1] == '\n' || write(n->fd, "\n", 1) == 1)
		return 0;
	return fail(cx, ERR_UNAVAILABLE, "%s: %s", path, strerrordesc_np(errno));
}

static int read_notes(struct ctx *cx, const char *path, struct notes *n)
{
	struct stat st;
	ssize_t bytes;
	char *text;

	n->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (n->fd < 0 || fstat(n->fd, &st) < 0)
		return fail(cx, ERR_INPUT, "%s: %s", path, strerrordesc_np(errno));
	if (st.st_size > NOTES_MOST)
		return fail(cx, ERR_TOOLARGE, "%s: is no file of checkpoints", path);
	text = arena_raw(cx->mem, (size_t)st.st_size + 1);
	bytes = read(n->fd, text, (size_t)st.st_size);
	const struct str all = { text, bytes > 0 ? (size_t)bytes : 0 };

	for (struct str rest = all; rest.p && rest.n;) {
		struct str line = str_cut(&rest, '\n');
		struct json *v = NULL;

		if (line.n && json_parse(cx, line, &v) == 0)
			take_line(n, v);
	}
	return end_torn(cx, n, path, all);
}

/* ---- the run ---- */

static const struct action *find(void *arg, const char *id)
{
	(void)arg;
	return action_lua_host()->find(action_lua_host()->arg, id);
}

static int run(struct ctx *cx, void *arg, struct action_call *call)
{
	(void)arg;
	if (call->action->needs_catalog)
		return fail(cx, ERR_UNAVAILABLE, "%s needs a portal's catalog, which is not here", call->action->id);
	return action_lua_host()->run(cx, action_lua_host()->arg, call);
}

static void print(struct ctx *cx, void *arg, const struct scaffold_event *e)
{
	(void)cx, (void)arg;
	printf("%s%s%s\n", e->step ? e->step : "", e->step ? ": " : "", e->message);
	fflush(stdout);
}

static int open_folders(struct ctx *cx, const char *out, struct workspace *w, struct workspace *scratch)
{
	const char *folder = arena_printf(cx->mem, "%s/apply", scaffold_folder(cx));
	int rc = out && !folder_make(cx->mem, out, 0777) ? fail(cx, ERR_INPUT, "%s: %s", out, strerrordesc_np(errno)) : 0;

	scaffold_sweep(cx, folder);
	if (rc == 0)
		rc = out ? workspace_open(cx, out, NULL, w) : workspace_make(cx, folder, NULL, w);
	return rc < 0 ? rc : workspace_make(cx, folder, NULL, scratch);
}

static void listen_for_signals(void)
{
	const struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

static int run_noted(struct ctx *cx, const struct template_apply *a, struct notes *n, struct workspace *w, const char *scratch,
		     struct json **output)
{
	const struct scaffold_state resumed = { .next = (size_t)json_get_num(n->state, "next", 0),
						.steps = json_get(n->state, "steps"),
						.hidden = json_get(n->state, "hidden") };
	static const struct action_host host = { find, run, NULL };
	char id[37];

	crypto_uuid(id);
	const struct scaffold s = {
		.id = id,
		.template_ref = "template:default/apply",
		.steps = template_steps(cx->mem, a->entity),
		.parameters = a->values,
		.output = json_path(a->entity, "spec", "output", NULL),
		.user = json_object(cx->mem),
		.secrets = a->secrets,
		.environment = json_path(cx->conf, "scaffolder", "defaultEnvironment", NULL),
		.resumed = n->state ? &resumed : NULL,
		.source = a->source,
		.workspace = w,
		.scratch = scratch,
		.host = &host,
		.hooks = { .event = print,
			   .cancelled = cancelled,
			   .ended = step_ended,
			   .recall = recall,
			   .begin = begin,
			   .keep = keep,
			   .arg = n },
	};

	return scaffold_run(cx, &s, output);
}

int template_apply(struct ctx *cx, const struct template_apply *a)
{
	struct notes notes = { cx->mem, -1, json_object(cx->mem), json_object(cx->mem), NULL };
	struct workspace workspace, scratch;
	struct json *output = NULL;
	struct buf b = { .mem = cx->mem };
	int rc = a->checkpoints ? read_notes(cx, a->checkpoints, &notes) : 0;

	if (rc == 0)
		rc = open_folders(cx, a->out, &workspace, &scratch);
	if (rc == 0) {
		listen_for_signals();
		rc = run_noted(cx, a, &notes, &workspace, scratch.path, &output);
	}
	if (rc == 0)
		rc = yaml_write_file(cx, output, &b);
	if (rc == 0)
		printf("output:\n%s", buf_text(&b));
	if (notes.fd >= 0)
		close(notes.fd);
	return rc;
}
