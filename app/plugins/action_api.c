/* What an action has in its context: workspace, fetch, template. */
#include "base/str.h"
#include "base/utf8.h"
#include "plugins/action.h"
#include "plugins/api.h"
#include "scaffolder/skeleton.h"
#include "scaffolder/source.h"
#include "scaffolder/run.h"

enum { TEXT_MOST = 4 << 20 };

/* ---- the context ---- */

static int call(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	sandbox_fn *const *fn = arg;
	int rc = action_current() ? (*fn)(cx, NULL, args, n, out)
				  : fail(cx, ERR_INPUT, "this cannot be called outside of an action");

	if (rc < 0)
		action_raised(cx, rc);
	return rc;
}

static const struct api_row {
	const char *group, *name;
	sandbox_fn *fn;
} rows[] = {
#define ACTION_API(group, name, fn, about) { group, name, fn },
#include "plugins/action.def"
#undef ACTION_API
};

/* Groups have names that no group of a plugin's has, and are put into one table. What about() gives is there as it is asked
 * for. */
static const char context[] =
	"local c = ...\n"
	"local about, setmetatable = c.action.about, setmetatable\n"
	"for _, group in ipairs { 'workspace', 'fetch', 'template', 'catalog', 'json', 'yaml', 'http', 'scm', 'git' } do\n"
	"  c.action[group] = c['action_' .. group]\n"
	"end\n"
	"setmetatable(c.action, { __index = function(_, key) return about()[key] end })\n";

int action_context(struct ctx *cx, struct sandbox *s)
{
	for (size_t i = 0; i < LEN(rows); i++)
		sandbox_add(s, *rows[i].group ? arena_printf(cx->mem, "action_%s", rows[i].group) : "action", rows[i].name,
			    call, (void *)(uintptr_t)&rows[i].fn);
	sandbox_add_value(s, "action_workspace", "path", json_str(cx->mem, WORKSPACE_SHOWN));
	return sandbox_add_lua(cx, s, "context.lua", STR(context));
}

struct json *action_context_value(struct arena *mem)
{
	return sandbox_group(mem, "action");
}

/* ---- arguments ---- */

static struct workspace *here(void)
{
	return action_current()->run->workspace;
}

static bool flag(struct json *const *args, size_t n, size_t i)
{
	return i < n && scaffold_truth(args[i]);
}

/* "0755", or the number itself; 0: not said. */
static int read_mode(struct ctx *cx, struct json *const *args, size_t n, size_t i, mode_t *out)
{
	const struct json *v = i < n ? args[i] : NULL;

	*out = 0;
	if (!v)
		return 0;
	if (!json_is(v, JSON_NUMBER) || !(v->num >= 1 && v->num <= 0777))
		return fail(cx, ERR_INPUT, "argument %zu, mode, must be a number up to 511 (0777)", i + 1);
	*out = (mode_t)v->num;
	return 0;
}

/* ---- workspace ---- */

int action_workspace_read(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const char *path;
	struct str text;
	int rc = api_text(cx, args, n, 0, "path", &path);

	(void)arg;
	if (rc == 0)
		rc = workspace_read(cx, here(), path, TEXT_MOST, &text);
	if (rc == 0 && !utf8_valid(text.p, text.n))
		rc = fail(cx, ERR_INPUT, "%s: is no text", path);
	if (rc == 0)
		*out = json_str_ref(cx->mem, text);
	return rc;
}

int action_workspace_write(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const char *path, *text;
	mode_t mode;
	int rc = api_text(cx, args, n, 0, "path", &path);

	(void)arg, (void)out;
	if (rc == 0)
		rc = api_text(cx, args, n, 1, "text", &text);
	if (rc == 0)
		rc = read_mode(cx, args, n, 2, &mode);
	return rc < 0 ? rc : workspace_write(cx, here(), path, args[1]->s, mode);
}

static struct json *entry_json(struct arena *mem, const struct workspace_entry *e)
{
	static const char *const kinds[] = { "file", "folder", "link" };
	const char *slash = strrchr(e->path, '/');
	struct json *v = json_object(mem);

	json_set(mem, v, "name", json_str(mem, slash ? slash + 1 : e->path));
	json_set(mem, v, "path", json_str(mem, e->path));
	json_set(mem, v, "kind", json_str(mem, kinds[e->kind]));
	json_set(mem, v, "mode", json_num(mem, e->mode));
	json_set(mem, v, "bytes", json_num(mem, (double)e->bytes));
	return v;
}

static struct json *entries_json(struct arena *mem, const struct workspace_entries *all)
{
	struct json *v = json_array(mem);

	for (size_t i = 0; i < all->n; i++)
		json_push(mem, v, entry_json(mem, &all->items[i]));
	return v;
}

int action_workspace_list(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	struct workspace_entries all = { 0 };
	const char *folder;
	int rc = api_text(cx, args, n, 0, "folder", &folder);

	(void)arg;
	if (rc == 0)
		rc = workspace_list(cx, here(), folder, flag(args, n, 1), &all);
	if (rc == 0)
		*out = entries_json(cx->mem, &all);
	return rc;
}

int action_workspace_glob(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	struct workspace_entries all = { 0 };
	const char *glob;
	int rc = api_text(cx, args, n, 0, "glob", &glob);

	(void)arg;
	if (rc == 0)
		rc = workspace_glob(cx, here(), glob, &all);
	if (rc == 0)
		*out = entries_json(cx->mem, &all);
	return rc;
}

int action_workspace_exists(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const char *path, *clean;
	int rc = api_text(cx, args, n, 0, "path", &path);

	(void)arg;
	if (rc == 0)
		rc = workspace_path(cx, path, &clean);
	if (rc == 0)
		*out = json_bool(cx->mem, workspace_has(cx, here(), clean));
	return rc;
}

static int two_paths(struct ctx *cx, struct json *const *args, size_t n, const char **from, const char **to)
{
	int rc = api_text(cx, args, n, 0, "from", from);

	return rc < 0 ? rc : api_text(cx, args, n, 1, "to", to);
}

int action_workspace_copy(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const char *from, *to;
	int rc = two_paths(cx, args, n, &from, &to);

	(void)arg, (void)out;
	return rc < 0 ? rc : workspace_copy(cx, here(), from, here(), to, false);
}

int action_workspace_rename(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const char *from, *to;
	int rc = two_paths(cx, args, n, &from, &to);

	(void)arg, (void)out;
	return rc < 0 ? rc : workspace_rename(cx, here(), from, to, flag(args, n, 2));
}

int action_workspace_delete(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const char *path;
	int rc = api_text(cx, args, n, 0, "path", &path);

	(void)arg, (void)out;
	return rc < 0 ? rc : workspace_delete(cx, here(), path);
}

int action_workspace_folder(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const char *path;
	int rc = api_text(cx, args, n, 0, "path", &path);

	(void)arg, (void)out;
	return rc < 0 ? rc : workspace_folder(cx, here(), path);
}

int action_workspace_mode(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const char *path;
	mode_t mode;
	int rc = api_text(cx, args, n, 0, "path", &path);

	(void)arg, (void)out;
	if (rc == 0)
		rc = read_mode(cx, args, n, 1, &mode);
	return rc < 0 ? rc : workspace_mode(cx, here(), path, mode);
}

/* ---- fetch ---- */

static const char *token_of(struct json *const *args, size_t n, size_t i)
{
	const char *token = i < n ? json_text(args[i], NULL) : NULL;

	return token && *token ? token : NULL;
}

/* token: as ctx.fetch is given it, NULL: none. */
static int fetched(struct ctx *cx, const char *url, const char *token, struct workspace *from, const char **folder)
{
	const struct scaffold *run = action_current()->run;

	return source_tree(cx, &run->source, url, token, run->scratch, from, folder);
}

int action_fetch_tree(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	struct workspace from;
	const char *url, *target, *folder;
	int rc = api_text(cx, args, n, 0, "url", &url);

	(void)arg, (void)out;
	if (rc == 0)
		rc = api_text(cx, args, n, 1, "target", &target);
	if (rc == 0)
		rc = workspace_path(cx, target, &target);
	if (rc == 0)
		rc = fetched(cx, url, token_of(args, n, 2), &from, &folder);
	return rc < 0 ? rc : workspace_copy(cx, &from, folder, here(), target, false);
}

int action_fetch_file(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const char *url, *target;
	struct str bytes;
	int rc = api_text(cx, args, n, 0, "url", &url);

	(void)arg, (void)out;
	if (rc == 0)
		rc = api_text(cx, args, n, 1, "target", &target);
	if (rc == 0)
		rc = workspace_path(cx, target, &target);
	if (rc == 0)
		rc = source_file(cx, &action_current()->run->source, url, token_of(args, n, 2), &bytes);
	return rc < 0 ? rc : workspace_write(cx, here(), target, bytes, 0);
}

/* ---- template ---- */

/* A skeleton's lines go to the step's log. */
struct listener {
	struct ctx *cx;
};

static void say(void *arg, const char *line)
{
	struct listener *l = arg;

	action_log(l->cx, action_current(), line);
}

/* ".njk" for true, a dot before what has none. */
static const char *extension_of(struct arena *mem, const struct json *v)
{
	if (json_is(v, JSON_BOOL))
		return v->b ? ".njk" : NULL;
	if (!json_is(v, JSON_STRING) || !v->s.n)
		return NULL;
	return *v->s.p == '.' ? v->s.p : arena_printf(mem, ".%s", v->s.p);
}

/* What fetch:template and its like have in common, as their inputs name it. */
static struct skeleton skeleton_of(struct ctx *cx, const struct json *o, struct listener *l)
{
	*l = (struct listener){ cx };
	return (struct skeleton){ .values = json_get(o, "values"),
				  .copy_without = json_get(o, "copyWithoutTemplating"),
				  .extension = extension_of(cx->mem, json_get(o, "templateFileExtension")),
				  .cookiecutter = json_get_bool(o, "cookiecutterCompat", false),
				  .replace = json_get_bool(o, "replace", false),
				  .trim_blocks = json_get_bool(o, "trimBlocks", false),
				  .lstrip_blocks = json_get_bool(o, "lstripBlocks", false),
				  .say = say,
				  .say_arg = l };
}

static int check_extension(struct ctx *cx, const struct json *o)
{
	if (!scaffold_truth(json_get(o, "templateFileExtension")))
		return 0;
	if (!json_get(o, "copyWithoutTemplating") && !json_get_bool(o, "cookiecutterCompat", false))
		return 0;
	return fail(cx, ERR_INPUT, "templateFileExtension goes neither with copyWithoutTemplating nor with cookiecutterCompat");
}

/* {url} from the template, or {sourcePath} of the workspace; {targetPath, values, ...} */
int action_template_tree(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const char *target, *folder = "";
	const struct json *o;
	struct listener l;
	struct workspace from;
	int rc = api_table(cx, args, n, 0, "options", true, &o);

	(void)arg, (void)out;
	if (rc == 0)
		rc = check_extension(cx, o);
	if (rc == 0)
		rc = workspace_path(cx, json_get_text(o, "targetPath", "."), &target);
	if (rc < 0)
		return rc;
	struct skeleton s = skeleton_of(cx, o, &l);

	if (json_get(o, "sourcePath"))
		return skeleton_tree(cx, &s, here(), json_get_text(o, "sourcePath", ""), here(), target);
	rc = fetched(cx, json_get_text(o, "url", "."), token_of(&(struct json *const){ json_get(o, "token") }, 1, 0), &from,
		     &folder);
	return rc < 0 ? rc : skeleton_tree(cx, &s, &from, folder, here(), target);
}

/* A file from an address is kept in a folder of its own, so that it can be rendered like others. */
static int fetched_file(struct ctx *cx, const char *url, const char *token, struct workspace *from)
{
	const struct scaffold *run = action_current()->run;
	struct str bytes;
	int rc = source_file(cx, &run->source, url, token, &bytes);

	if (rc == 0)
		rc = workspace_make(cx, run->scratch, NULL, from);
	return rc < 0 ? rc : workspace_write(cx, from, "file", bytes, 0);
}

int action_template_file(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const char *target;
	const struct json *o;
	struct listener l;
	struct workspace from;
	int rc = api_table(cx, args, n, 0, "options", true, &o);

	(void)arg, (void)out;
	if (rc == 0)
		rc = workspace_path(cx, json_get_text(o, "targetPath", ""), &target);
	if (rc < 0)
		return rc;
	struct skeleton s = skeleton_of(cx, o, &l);

	if (json_get(o, "sourcePath"))
		return skeleton_file(cx, &s, here(), json_get_text(o, "sourcePath", ""), here(), target);
	rc = fetched_file(cx, json_get_text(o, "url", ""), token_of(&(struct json *const){ json_get(o, "token") }, 1, 0),
			  &from);
	return rc < 0 ? rc : skeleton_file(cx, &s, &from, "file", here(), target);
}
