/* Skeletons: trees of files, and names of files, that are rendered with values. */
#include "scaffolder/skeleton.h"

#include "base/utf8.h"
#include "scaffolder/extension.h"
#include "template/template.h"

enum { RENDERED_MOST = 10 << 20 };

struct job {
	struct ctx *cx;
	const struct skeleton *s;
	const struct workspace *from;
	struct workspace *to;
	size_t skip; /* bytes of an entry's path before the part that counts */
	const char *target;
	struct template_env *env;
	struct json *vars;
};

static void say(const struct skeleton *s, const char *line)
{
	if (s->say)
		s->say(s->say_arg, line);
}

/* ---- rendering ---- */

static unsigned flags_of(const struct skeleton *s)
{
	return (s->cookiecutter ? TEMPLATE_COOKIECUTTER : TEMPLATE_DOLLAR) | (s->trim_blocks ? TEMPLATE_TRIM_BLOCKS : 0) |
	       (s->lstrip_blocks ? TEMPLATE_LSTRIP_BLOCKS : 0);
}

static void job_begin(struct job *j)
{
	struct json *values =
		json_is(j->s->values, JSON_OBJECT) ? json_copy(j->cx->mem, j->s->values) : json_object(j->cx->mem);

	j->env = template_env_new(flags_of(j->s), NULL, NULL, NULL);
	template_extend_env(j->env);
	j->vars = json_object(j->cx->mem);
	json_set(j->cx->mem, j->vars, j->s->cookiecutter ? "cookiecutter" : "values", values);
	template_extension_values(j->cx->mem, j->vars);
}

/* The engine calls a text without a name "template": here it has one. */
static int name_error(struct ctx *cx, int rc, const char *path)
{
	const char *text = arena_strdup(cx->mem, cx->err.text);

	if (str_starts(text, "template:"))
		return fail(cx, rc, "%s:%s", path, text + strlen("template:"));
	return fail_in(cx, rc, "%s", path);
}

static int render(struct job *j, const char *path, struct str text, struct buf *out)
{
	int rc = template_render_text(j->cx, j->env, text, j->vars, out);

	return rc < 0 ? name_error(j->cx, rc, path) : 0;
}

/* ---- names ---- */

/* A folder whose name is empty is not wanted, nor what would be in it. */
static bool has_empty_part(const char *path)
{
	return !*path || *path == '/' || strstr(path, "//") || path[strlen(path) - 1] == '/';
}

/* *out NULL: the entry is left out. A name may hold several parts ("{{ a }}/{{ b }}"), but no way out. */
static int name_of(struct job *j, const struct workspace_entry *e, bool strip, const char **out)
{
	const char *path = e->path + j->skip;
	struct buf b = { .mem = j->cx->mem };

	*out = NULL;
	int rc = render(j, path, (struct str){ path, strlen(path) - (strip ? strlen(j->s->extension) : 0) }, &b);

	if (rc < 0)
		return fail_in(j->cx, rc, "the name of a file");
	const char *name = buf_text(&b);

	if (memchr(name, '\0', b.n))
		return fail(j->cx, ERR_INPUT, "%s: the name of a file has a NUL in it", path);
	if (has_empty_part(name))
		return 0;
	/* Clean by itself: it may leave the target no more than the workspace. */
	rc = workspace_path(j->cx, name, &name);
	if (rc == 0 && *name)
		*out = arena_printf(j->cx->mem, "%s%s%s", j->target, *j->target ? "/" : "", name);
	return rc < 0 ? fail_in(j->cx, rc, "%s", path) : 0;
}

/* ---- contents ---- */

static bool is_binary(struct str bytes)
{
	return memchr(bytes.p, '\0', bytes.n) || !utf8_valid(bytes.p, bytes.n);
}

static int copy_as_is(struct job *j, const struct workspace_entry *e, const char *target)
{
	return workspace_copy(j->cx, j->from, e->path, j->to, target, !j->s->replace);
}

/* The source's bytes and what becomes of them go with each file. */
static int render_file(struct job *j, const struct workspace_entry *e, const char *target)
{
	ARENA own = { 0 };
	struct arena *mem = j->cx->mem;
	struct buf out = { .mem = &own };
	struct str text;
	bool binary = false;

	j->cx->mem = &own;
	int rc = workspace_read(j->cx, j->from, e->path, RENDERED_MOST, &text);

	if (rc == 0)
		binary = is_binary(text);
	if (rc == 0 && !binary)
		rc = render(j, e->path + j->skip, text, &out);
	if (rc == 0 && !binary)
		rc = workspace_write(j->cx, j->to, target, buf_str(&out), e->mode);
	j->cx->mem = mem;
	return rc == 0 && binary ? copy_as_is(j, e, target) : rc;
}

/* Large files are hardly meant to be rendered, but if one is, it must not come out unrendered. */
static int too_large(struct job *j, const struct workspace_entry *e)
{
	return fail(j->cx, ERR_TOOLARGE,
		    "%s: has %llu bytes, of a file that is rendered %d are the most; copyWithoutTemplating copies it as it is",
		    e->path + j->skip, (unsigned long long)e->bytes, RENDERED_MOST);
}

/* A file beyond the limit may be binary, which its first bytes show. */
static int is_large_binary(struct job *j, const struct workspace_entry *e, bool *binary)
{
	struct str head;
	int rc = workspace_head(j->cx, j->from, e->path, &head);

	*binary = rc == 0 && memchr(head.p, '\0', head.n);
	return rc;
}

static int put_file(struct job *j, const struct workspace_entry *e, bool rendered, const char *target)
{
	bool binary = false;
	int rc = 0;

	if (!j->s->replace && workspace_has(j->cx, j->to, target))
		return 0;
	if (e->kind == WORKSPACE_LINK || !rendered)
		return copy_as_is(j, e, target);
	if (e->bytes > RENDERED_MOST)
		rc = is_large_binary(j, e, &binary);
	if (rc < 0 || (e->bytes > RENDERED_MOST && !binary))
		return rc < 0 ? rc : too_large(j, e);
	return binary ? copy_as_is(j, e, target) : render_file(j, e, target);
}

/* ---- a tree ---- */

static bool is_copied(const struct job *j, const struct workspace_entry *e)
{
	const struct json *globs = j->s->copy_without;

	for (size_t i = 0; json_is(globs, JSON_ARRAY) && i < globs->a.n; i++) {
		const char *glob = json_text(globs->a.items[i], "");

		while (str_starts(glob, "./"))
			glob += 2;
		if (glob_match(glob, e->path + j->skip, false))
			return true;
		/* A folder's name stands for all that is in it. */
		if (glob_match(arena_printf(j->cx->mem, "%s/**", glob), e->path + j->skip, false))
			return true;
	}
	return false;
}

static int put_entry(struct job *j, const struct workspace_entry *e)
{
	bool strip = j->s->extension && e->kind == WORKSPACE_FILE && str_ends(e->path, j->s->extension);
	bool rendered = j->s->extension ? strip : !is_copied(j, e);
	const char *target;
	int rc = name_of(j, e, strip, &target);

	if (rc < 0 || !target)
		return rc;
	if (e->kind == WORKSPACE_FOLDER)
		return workspace_folder(j->cx, j->to, target);
	return put_file(j, e, rendered, target);
}

int skeleton_tree(struct ctx *cx, const struct skeleton *s, const struct workspace *from, const char *source,
		  struct workspace *to, const char *target)
{
	struct workspace_entries all = { 0 };
	struct job j = { .cx = cx, .s = s, .from = from, .to = to };
	const char *clean = "";
	int rc = workspace_path(cx, source, &clean);

	j.skip = *clean ? strlen(clean) + 1 : 0;
	if (rc == 0)
		rc = workspace_path(cx, target, &j.target);
	say(s, "Listing files and directories in template");
	if (rc == 0)
		rc = workspace_list(cx, from, clean, true, &all);
	if (rc < 0)
		return rc;
	job_begin(&j);
	say(s, arena_printf(cx->mem, "Processing %zu template files/directories with input values", all.n));
	for (size_t i = 0; rc == 0 && i < all.n; i++)
		rc = put_entry(&j, &all.items[i]);
	template_env_free(j.env);
	return rc;
}

int skeleton_file(struct ctx *cx, const struct skeleton *s, const struct workspace *from, const char *source,
		  struct workspace *to, const char *target)
{
	struct job j = { .cx = cx, .s = s, .from = from, .to = to };
	struct workspace_entry e;
	const char *clean;
	int rc = workspace_stat(cx, from, source, &e);

	if (rc == 0 && e.kind == WORKSPACE_FOLDER)
		rc = fail(cx, ERR_INPUT, "%s: is a folder", e.path);
	if (rc == 0)
		rc = workspace_path(cx, target, &clean);
	if (rc < 0)
		return rc;
	if (!s->replace && workspace_has(cx, to, clean)) {
		say(s, arena_printf(cx->mem, "File %s already exists in workspace, not replacing.", target));
		return 0;
	}
	job_begin(&j);
	rc = put_file(&j, &e, true, clean);
	template_env_free(j.env);
	return rc;
}
