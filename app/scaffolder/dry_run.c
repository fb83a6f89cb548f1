/* Dry runs: a template runs to its end, what it would change elsewhere is left out, and its files are shown. */
#include "scaffolder/dry_run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "base/fd.h"
#include "base/folder.h"
#include "ext/crypto.h"
#include "scaffolder/template.h"

enum { SHOWN_MOST = 32 << 20, LINES_MOST = 20000, LEFT_S = 3600 };

const char *scaffold_folder(const struct ctx *cx)
{
	const char *state = json_get_text(json_get(cx->conf, "server"), "state", NULL), *tmp = getenv("TMPDIR");

	if (state)
		return arena_printf(cx->mem, "%s/scaffolder", state);
	return arena_printf(cx->mem, "%s/callboard", tmp ? tmp : "/tmp");
}

/* ---- the log ---- */

/* cx->mem may go while the run goes on: what is kept has the memory of the whole. */
struct listener {
	struct arena *mem;
	struct json *log;
};

static void listen(struct ctx *cx, void *arg, const struct scaffold_event *e)
{
	struct listener *l = arg;
	struct json *line, *body;

	(void)cx;
	if (l->log->a.n >= LINES_MOST)
		return;
	line = json_object(l->mem);
	body = json_object(l->mem);
	if (e->step)
		json_set(l->mem, body, "stepId", json_str(l->mem, e->step));
	if (e->status)
		json_set(l->mem, body, "status", json_str(l->mem, e->status));
	json_set(l->mem, body, "message", json_str(l->mem, e->message));
	json_set(l->mem, line, "body", body);
	json_push(l->mem, l->log, line);
}

/* ---- files ---- */

/* The folder that the template came with, as the client sent it. */
static int unpack(struct ctx *cx, const struct json *files, struct workspace *w)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < json_len(files); i++) {
		const char *path = json_get_text(files->a.items[i], "path", NULL);
		const struct json *content = json_get(files->a.items[i], "base64Content");
		struct str bytes;

		if (!path || !json_is(content, JSON_STRING))
			return fail(cx, ERR_INPUT, "request/body/directoryContents/%zu must have path and base64Content", i);
		if (!crypto_base64_decode(cx->mem, content->s, &bytes))
			return fail(cx, ERR_INPUT, "request/body/directoryContents/%zu/base64Content is not base64", i);
		rc = workspace_write(cx, w, path, bytes, 0);
	}
	return rc;
}

static int show_file(struct ctx *cx, const struct workspace *w, const struct workspace_entry *e, struct json *out)
{
	struct json *v = json_object(cx->mem);
	struct str bytes;
	int rc = workspace_read(cx, w, e->path, SHOWN_MOST, &bytes);

	if (rc < 0)
		return rc;
	json_set(cx->mem, v, "path", json_str(cx->mem, e->path));
	json_set(cx->mem, v, "executable", json_bool(cx->mem, e->mode & 0111));
	json_set(cx->mem, v, "base64Content", json_str(cx->mem, crypto_base64(cx->mem, bytes)));
	json_push(cx->mem, out, v);
	return 0;
}

static int show_files(struct ctx *cx, const struct workspace *w, struct json *out)
{
	struct workspace_entries all = { 0 };
	uint64_t bytes = 0;
	int rc = workspace_list(cx, w, "", true, &all);

	for (size_t i = 0; rc == 0 && i < all.n; i++) {
		bytes += all.items[i].bytes;
		if (bytes > SHOWN_MOST)
			return fail(cx, ERR_TOOLARGE, "%s: the files are more than the %d MiB that a dry run shows",
				    all.items[i].path, SHOWN_MOST >> 20);
		if (all.items[i].kind == WORKSPACE_FILE)
			rc = show_file(cx, w, &all.items[i], out);
	}
	return rc;
}

/* ---- the run ---- */

/* The three folders of a run, below one that goes with it. */
struct folders {
	struct workspace all, content, workspace;
	const char *scratch;
};

static int make_folder(struct ctx *cx, struct workspace *in, const char *name, struct workspace *out)
{
	int rc = workspace_folder(cx, in, name);

	return rc < 0 ? rc : workspace_open(cx, arena_printf(cx->mem, "%s/%s", in->path, name), NULL, out);
}

void scaffold_sweep(struct ctx *cx, const char *folder)
{
	AUTO_DIR dir = opendir(folder);
	time_t now = time(NULL);
	struct stat st;

	for (const struct dirent *e; dir && (e = readdir(dir));)
		if (*e->d_name != '.' && fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    now - st.st_mtime > LEFT_S)
			folder_remove(arena_printf(cx->mem, "%s/%s", folder, e->d_name));
}

static int make_folders(struct ctx *cx, struct folders *f)
{
	const char *folder = arena_printf(cx->mem, "%s/dry-run", scaffold_folder(cx));

	scaffold_sweep(cx, folder);
	int rc = workspace_make(cx, folder, NULL, &f->all);

	if (rc == 0)
		rc = make_folder(cx, &f->all, "content", &f->content);
	if (rc == 0)
		rc = make_folder(cx, &f->all, "workspace", &f->workspace);
	f->scratch = arena_printf(cx->mem, "%s/scratch", f->all.path);
	return rc;
}

/*
 * Who tries a template sees all its files: the secrets of the environment, which are not theirs, are stars from the beginning.
 */
static struct json *environment(struct ctx *cx)
{
	const struct json *set = json_path(cx->conf, "scaffolder", "defaultEnvironment", NULL);
	const struct json *secrets = json_get(set, "secrets");
	struct json *out = set ? json_copy(cx->mem, set) : json_object(cx->mem), *stars = json_object(cx->mem);

	for (size_t i = 0; json_is(secrets, JSON_OBJECT) && i < secrets->o.n; i++)
		json_setn(cx->mem, stars, secrets->o.m[i].key, json_str(cx->mem, "***"));
	json_set(cx->mem, out, "secrets", stars);
	return out;
}

static int copy_out(struct ctx *cx, const struct workspace *w, const char *path)
{
	struct workspace out;

	if (!folder_make(cx->mem, path, 0777))
		return fail(cx, ERR_INTERNAL, "%s: %s", path, strerrordesc_np(errno));
	int rc = workspace_open(cx, path, NULL, &out);

	return rc < 0 ? rc : workspace_copy(cx, w, "", &out, "", false);
}

static struct json *answer(struct arena *mem, struct json *log, struct json *files, struct json *output,
			   const struct json *steps)
{
	struct json *v = json_object(mem);

	json_set(mem, v, "log", log);
	json_set(mem, v, "directoryContents", files);
	json_set(mem, v, "output", output);
	json_set(mem, v, "steps", json_copy(mem, steps));
	return v;
}

int dry_run(struct ctx *cx, const struct dry_run *d, struct json **result)
{
	struct listener l = { cx->mem, d->log ? d->log : json_array(cx->mem) };
	struct json *output = NULL, *files = json_array(cx->mem);
	struct folders f;
	char id[37];
	int rc = make_folders(cx, &f);

	if (rc == 0 && d->files)
		rc = unpack(cx, d->files, &f.content);
	if (rc < 0)
		return rc;
	crypto_uuid(id);
	struct scaffold s = {
		.id = id,
		.template_ref = "template:default/dry-run",
		.steps = template_steps(cx->mem, d->entity),
		.parameters = d->values,
		.output = json_path(d->entity, "spec", "output", NULL),
		.user = d->user,
		.secrets = d->secrets,
		.environment = environment(cx),
		.dry_run = true,
		.source = d->files ? (struct template_source){ .folder = f.content.path } : d->source,
		.workspace = &f.workspace,
		.scratch = f.scratch,
		.host = d->host,
		.hooks = { .event = listen, .allow = d->allow, .arg = &l },
	};

	rc = scaffold_run(cx, &s, &output);
	if (rc == 0 && d->out)
		rc = copy_out(cx, &f.workspace, d->out);
	if (rc == 0)
		rc = show_files(cx, &f.workspace, files);
	if (rc == 0)
		*result = answer(cx->mem, l.log, files, output, s.steps);
	return rc;
}
