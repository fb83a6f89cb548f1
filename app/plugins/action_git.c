/* What an action has in its context: git, which publishes files of the workspace. */
#include "base/clock.h"
#include "catalog/scm.h"
#include "ext/git_publish.h"
#include "plugins/action.h"
#include "plugins/api.h"
#include "scaffolder/run.h"

/* What is not given has scaffolder.defaultAuthor. */
static struct git_signature_of author_of(const struct ctx *cx, const struct json *given)
{
	const struct json *set = json_path(cx->conf, "scaffolder", "defaultAuthor", NULL);
	const char *name = json_get_text(given, "name", ""), *email = json_get_text(given, "email", "");

	return (struct git_signature_of){
		.name = *name ? name : json_get_text(set, "name", "Scaffolder"),
		.email = *email ? email : json_get_text(set, "email", "scaffolder@backstage.io"),
	};
}

static int read_put(struct ctx *cx, const char *name, enum git_put *out)
{
	static const char *const names[] = { "auto", "create", "update", "delete" };

	for (size_t i = 0; i < LEN(names); i++)
		if (streq(name, names[i])) {
			*out = (enum git_put)i;
			return 0;
		}
	return fail(cx, ERR_INPUT, "put can be auto, create, update or delete, not '%.100s'", name);
}

static int read_gone(struct ctx *cx, const struct json *list, struct git_publish *p)
{
	const char **paths = arena_array(cx->mem, const char *, json_len(list) + 1);

	for (size_t i = 0; i < json_len(list); i++) {
		paths[i] = json_text(list->a.items[i], NULL);
		if (!paths[i])
			return fail(cx, ERR_INPUT, "gone must be a list of paths");
	}
	p->gone = paths;
	p->n_gone = json_len(list);
	return 0;
}

/* A path of the workspace as a folder of this machine: links on the way stay within. */
static int read_folder(struct ctx *cx, const char *path, struct git_publish *p)
{
	const struct workspace *w = action_current()->run->workspace;
	struct workspace_entry e;
	int rc = workspace_path(cx, path, &path);

	p->folder = *path ? arena_printf(cx->mem, "%s/%s", w->path, path) : w->path;
	if (rc < 0 || !*path)
		return rc;
	for (const char *slash = path; slash; slash = strchr(slash + 1, '/')) {
		const char *end = strchr(slash + 1, '/');

		rc = workspace_stat(cx, w, end ? arena_strndup(cx->mem, path, (size_t)(end - path)) : path, &e);
		if (rc == 0 && e.kind != WORKSPACE_FOLDER)
			rc = fail(cx, ERR_INPUT, "sourcePath: %s is not a folder", e.path);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* The commit has the time of the first try: after a crash it is the same commit, which is there or is not. */
static int read_time(struct ctx *cx, struct git_publish *p)
{
	const char *key = arena_printf(cx->mem, "git.time.%s", p->branch);
	struct json *kept = NULL;
	int rc = action_checkpoint(cx, action_current(), key, &kept, NULL);

	if (rc < 0)
		return rc;
	if (json_is(kept, JSON_NUMBER)) {
		p->at_s = (int64_t)kept->num;
		return 0;
	}
	p->at_s = clock_wall_ms() / 1000;
	return action_keep(cx, action_current(), key, json_num(cx->mem, (double)p->at_s));
}

static int read_options(struct ctx *cx, const struct json *o, struct git_publish *p)
{
	static const char *const known[] = { "url",  "base_url", "token", "folder",  "branch", "on_base", "base", "update",
					     "into", "put",      "gone",  "message", "author", "empty",   "sign", NULL };
	int rc = api_only(cx, o, known);

	*p = (struct git_publish){ .branch = json_get_text(o, "branch", ""),
				   .on_base = json_get_bool(o, "on_base", false),
				   .base = json_get_text(o, "base", NULL),
				   .update = json_get_bool(o, "update", false),
				   .into = json_get_text(o, "into", NULL),
				   .message = json_get_text(o, "message", ""),
				   .author = author_of(cx, json_get(o, "author")),
				   .committer = author_of(cx, json_get(o, "author")),
				   .empty = json_get_bool(o, "empty", false),
				   .scratch = action_current()->run->scratch,
				   .stop = action_stopped };
	if (!*p->message)
		p->message = json_text(json_path(cx->conf, "scaffolder", "defaultCommitMessage", NULL), "initial commit");
	if (rc == 0 && (!*json_get_text(o, "url", "") || !*p->branch))
		rc = fail(cx, ERR_INPUT, "url and branch must be said");
	if (rc == 0)
		rc = read_put(cx, json_get_text(o, "put", "auto"), &p->put);
	if (rc == 0)
		rc = read_gone(cx, json_get(o, "gone"), p);
	if (rc == 0)
		rc = read_folder(cx, json_get_text(o, "folder", "."), p);
	return rc;
}

/* What the portal may do at a host is lent to a plugin that says that it wants it. */
static int check_plugin(struct ctx *cx, const char *url)
{
	const struct plugin *p = action_plugin();
	const struct scm *s;
	struct url u;
	int rc = p ? url_parse(cx, url, &u) : 0;

	if (!p || rc < 0)
		return rc;
	s = scm_git_of(cx, url) ? NULL : scm_at(cx, NULL, &u);
	const char *entry = arena_printf(cx->mem, "integrations.%s", s ? scm_kind_name(s->kind) : "git");

	if (api_declares_http(p, entry))
		return 0;
	return fail(cx, ERR_DENIED, "git.publish to %s needs capabilities.http = {\"%s\"} in plugin.lua", u.authority, entry);
}

/* publish{url, branch, ...}: {commit, base, changed} */
int action_git_publish(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const struct json *o;
	struct git_publish p;
	struct git_published done;
	int rc = api_table(cx, args, n, 0, "options", true, &o);

	(void)arg;
	if (rc == 0 && action_current()->run->dry_run)
		rc = fail(cx, ERR_DENIED, "a dry run changes nothing elsewhere: it publishes nothing");
	if (rc == 0)
		rc = read_options(cx, o, &p);
	if (rc == 0)
		rc = check_plugin(cx, json_get_text(o, "url", ""));
	if (rc == 0)
		rc = scm_git_source(cx, json_get_text(o, "url", ""), json_get_text(o, "token", NULL), &p.to);
	if (rc == 0 && json_get(o, "base_url"))
		rc = check_plugin(cx, json_get_text(o, "base_url", ""));
	if (rc == 0 && json_get(o, "base_url"))
		rc = scm_git_source(cx, json_get_text(o, "base_url", ""), json_get_text(o, "token", NULL), &p.from);
	if (rc == 0 && json_get_bool(o, "sign", false))
		rc = scm_signing_key(cx, json_get_text(o, "url", ""), &p.signing_key);
	if (rc == 0)
		rc = read_time(cx, &p);
	if (rc == 0)
		rc = git_publish(cx, &p, &done);
	if (action_stopped(NULL))
		return action_cancelled(cx, action_current());
	if (rc < 0)
		return rc;
	*out = json_object(cx->mem);
	json_set(cx->mem, *out, "commit", json_str(cx->mem, done.commit));
	json_set(cx->mem, *out, "changed", json_bool(cx->mem, done.changed));
	if (done.base)
		json_set(cx->mem, *out, "base", json_str(cx->mem, done.base));
	return 0;
}
