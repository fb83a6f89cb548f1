/* callboard template: what its parts share. */
#include "cmd_template.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/list.h"
#include "ext/yaml.h"
#include "plugins/action.h"
#include "scaffolder/workspace.h"
#include "server/endpoint.h"

enum { FILE_MOST = 10 << 20 };

int cmd_template(struct ctx *cx, int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(struct ctx *cx, int argc, char **argv);
		bool plugins; /* looks at what plugins have; none of it runs */
	} parts[] = { { "lint", cmd_template_lint, true },
		      { "run", cmd_template_run, false },
		      { "test", cmd_template_test, false } };

	for (size_t i = 0; argc > 1 && i < LEN(parts); i++)
		if (streq(argv[1], parts[i].name)) {
			int rc = parts[i].plugins ? plugins_prepare(cx) : 0;

			if (rc == 0)
				rc = actions_prepare(cx);
			actions_proxy(endpoint_aim);
			return rc < 0 ? rc : parts[i].run(cx, argc - 1, argv + 1);
		}
	return cmd_template_cases(cx, argc, argv);
}

/* ---- files ---- */

static int read_yaml(struct ctx *cx, const char *path, struct yaml_docs *docs)
{
	const char *slash = strrchr(path, '/');
	const char *folder = slash ? arena_strndup(cx->mem, path, (size_t)(slash - path) + 1) : ".";
	struct workspace w;
	struct str text;
	int rc = workspace_source(cx, folder, &w);

	if (rc == 0)
		rc = workspace_read(cx, &w, slash ? slash + 1 : path, FILE_MOST, &text);
	if (rc == 0)
		rc = yaml_read(cx, text, NULL, docs);
	return rc < 0 ? fail_in(cx, rc, "%s", path) : 0;
}

static const char *file_of(struct ctx *cx, const char *path)
{
	static const char *const names[] = { "template.yaml", "template.yml" };
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return path;
	for (size_t i = 0; i < LEN(names); i++) {
		const char *file = arena_printf(cx->mem, "%s/%s", path, names[i]);

		if (access(file, F_OK) == 0)
			return file;
	}
	return arena_printf(cx->mem, "%s/%s", path, names[0]);
}

/* The folder with its real path, so that what is beside the template is found wherever this is run. */
static const char *folder_of(struct ctx *cx, const char *file)
{
	char *real = realpath(file, NULL);
	char *path = arena_strdup(cx->mem, real ? real : file), *slash = strrchr(path, '/');

	free(real);
	if (slash)
		*slash = '\0';
	return *path ? path : "/";
}

/*
 * A repository's template may name what is elsewhere in the repository: so it may here, where the folder is in one.
 */
static struct template_source source_of(struct ctx *cx, const char *folder)
{
	char *root = arena_strdup(cx->mem, folder);

	for (char *slash; (slash = strrchr(root, '/')) && slash > root; *slash = '\0')
		if (access(arena_printf(cx->mem, "%s/.git", root), F_OK) == 0)
			return (struct template_source){ .folder = root,
							 .below = folder[strlen(root)] ? folder + strlen(root) + 1 : NULL };
	return (struct template_source){ .folder = folder };
}

int template_file_read(struct ctx *cx, const char *path, struct template_file *out)
{
	struct yaml_docs docs = { 0 };
	int rc;

	*out = (struct template_file){ .path = file_of(cx, path) };
	rc = read_yaml(cx, out->path, &docs);
	for (size_t i = 0; rc == 0 && i < docs.n; i++) {
		if (docs.items[i].error)
			return fail(cx, ERR_INPUT, "%s:%u: %s", out->path, docs.items[i].line, docs.items[i].error);
		if (!out->entity && streq(json_get_text(docs.items[i].value, "kind", ""), "Template"))
			out->entity = docs.items[i].value;
	}
	if (rc == 0 && !out->entity)
		rc = fail(cx, ERR_INPUT, "%s: there is no Template in it", out->path);
	if (rc < 0)
		return rc;
	out->folder = folder_of(cx, out->path);
	out->source = source_of(cx, out->folder);
	return 0;
}

int template_values_read(struct ctx *cx, const char *path, struct json **out)
{
	struct yaml_docs docs = { 0 };
	int rc = read_yaml(cx, path, &docs);

	if (rc < 0)
		return rc;
	*out = docs.n ? docs.items[0].value : json_object(cx->mem);
	if (docs.n && docs.items[0].error)
		return fail(cx, ERR_INPUT, "%s: %s", path, docs.items[0].error);
	return json_is(*out, JSON_OBJECT) ? 0 : fail(cx, ERR_INPUT, "%s: must be an object", path);
}

/* ---- actions without a portal ---- */

struct offline {
	struct ctx *cx;
	struct text_list *unknown;
};

static const struct action *find(void *arg, const char *id)
{
	const struct offline *o = arg;
	const struct action *a = action_lua_host()->find(action_lua_host()->arg, id);
	struct action *idle;

	if ((a && !a->needs_catalog) || (!a && !o->unknown))
		return a;
	idle = arena_new(o->cx->mem, struct action);
	*idle = a ? *a : (struct action){ .id = arena_strdup(o->cx->mem, id), .description = "" };
	idle->dry_run = false;
	if (!a)
		*list_add(o->cx->mem, o->unknown) = idle->id;
	return idle;
}

static int run(struct ctx *cx, void *arg, struct action_call *call)
{
	(void)arg;
	return action_lua_host()->run(cx, action_lua_host()->arg, call);
}

const struct action_host *template_offline_host(struct ctx *cx, struct text_list *unknown)
{
	struct action_host *host = arena_new(cx->mem, struct action_host);
	struct offline *o = arena_new(cx->mem, struct offline);

	*o = (struct offline){ cx, unknown };
	*host = (struct action_host){ find, run, o };
	return host;
}
