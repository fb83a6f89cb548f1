/* Reading configuration files: text, ${VAR}, $env, $file and $include, by Backstage's rules. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "ext/json.h"
#include "ext/yaml.h"
#include "server/config_parts.h"

#define MAX_FILE ((size_t)10 << 20)
#define MAX_INCLUDES 16

/* Where the walk is: for messages, relative paths and against includes in circles. */
struct place {
	const char *file, *dir;
	const char *path; /* ".backend.database" */
	unsigned includes;
	unsigned line; /* of the $include that brought this in; 0: lines are the file's own */
};

int config_read_file(struct ctx *cx, const char *path, struct str *out)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	size_t n = 0;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(cx, ERR_INPUT, "cannot read '%s': %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail(cx, ERR_INPUT, "cannot read '%s': not a file", path);
	if (st.st_size > (off_t)MAX_FILE)
		return fail(cx, ERR_INPUT, "cannot read '%s': larger than %zu MiB", path, MAX_FILE >> 20);

	char *p = arena_raw(cx->mem, (size_t)st.st_size + 1);

	while (n < (size_t)st.st_size) {
		ssize_t got = read(fd, p + n, (size_t)st.st_size - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(cx, ERR_INPUT, "cannot read '%s': %s", path, strerror(errno));
		if (got == 0)
			break;
		n += (size_t)got;
	}
	p[n] = '\0';
	*out = (struct str){ p, n };
	return 0;
}

int config_parse(struct ctx *cx, const char *path, struct str text, struct json **out)
{
	int rc;

	if (str_ends(path, ".json"))
		rc = json_parse(cx, text, out);
	else if (str_ends(path, ".yaml") || str_ends(path, ".yml"))
		rc = yaml_read_one(cx, text, NULL, out);
	else
		return fail(cx, ERR_INPUT, "cannot read '%s': its name must end in .yaml, .yml or .json", path);
	if (rc < 0)
		return fail_in(cx, rc, "%s", path);
	if (json_is(*out, JSON_NULL))
		*out = json_object(cx->mem);
	return 0;
}

static const char *in_dir(struct arena *mem, const char *dir, const char *path)
{
	return *path == '/' ? path : arena_printf(mem, "%s/%s", dir, path);
}

static const char *dir_of(struct arena *mem, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return ".";
	return slash == path ? "/" : arena_strndup(mem, path, (size_t)(slash - path));
}

/* Value of an environment variable without white space around it; p NULL when it is not set. */
static struct str env(struct arena *mem, struct str name)
{
	const char *value = getenv(arena_strndup(mem, name.p, name.n));

	return value ? str_trim(str_of(value)) : (struct str){ 0 };
}

/* Length of "${…}" or "$${…}" at s, 0 when neither stands there; *name: what is between the braces. */
static size_t reference_at(struct str s, struct str *name)
{
	size_t open = s.n > 1 && s.p[1] == '$' ? 2 : 1, i = open + 1;

	if (s.n < 3 || s.p[0] != '$' || open >= s.n || s.p[open] != '{')
		return 0;
	while (i < s.n && s.p[i] != '{' && s.p[i] != '}')
		i++;
	if (i >= s.n || s.p[i] != '}')
		return 0;
	*name = str_trim((struct str){ s.p + open + 1, i - open - 1 });
	return i + 1;
}

/* Replaces the references in s. False: one of them is not set, so that the whole text is undefined. */
static bool substitute(struct arena *mem, struct str s, struct str *out)
{
	struct buf b = { .mem = mem };
	bool defined = true;

	if (!memchr(s.p, '$', s.n)) {
		*out = s;
		return true;
	}
	while (s.n > 0) {
		struct str name, value;
		size_t n = reference_at(s, &name);

		if (n == 0) {
			buf_addc(&b, *s.p);
			n = 1;
		} else if (s.p[1] == '$') {
			buf_add(&b, s.p + 1, n - 1);
		} else {
			value = env(mem, name);
			defined &= value.p != NULL;
			buf_add(&b, value.p ? value.p : "", value.n);
		}
		s = (struct str){ s.p + n, s.n - n };
	}
	*out = (struct str){ buf_text(&b), b.n };
	return defined;
}

static int at(struct ctx *cx, const struct place *pl, const struct json *v, int rc)
{
	return fail_in(cx, rc, "%s:%u: %s", pl->file, pl->line ? pl->line : v->line, *pl->path ? pl->path + 1 : "(root)");
}

static int expand(struct ctx *cx, const struct place *pl, struct json *v, struct json **out);

/* Walks "#a.b" into an included file. */
static int pick(struct ctx *cx, const char *file, const char *path, struct json **v)
{
	struct str rest = str_of(path);

	while (rest.p && rest.n) {
		struct str part = str_cut(&rest, '.');

		if (!json_is(*v, JSON_OBJECT))
			return fail(cx, ERR_INPUT, "value above '%.*s' in included file %s is not an object", (int)part.n,
				    part.p, file);
		*v = json_getn(*v, part);
		if (!*v)
			return 0;
	}
	return 0;
}

static int include(struct ctx *cx, const struct place *pl, const struct json *by, const char *target, struct json **out)
{
	const char *hash = strchr(target, '#');
	const char *name = hash ? arena_strndup(cx->mem, target, (size_t)(hash - target)) : target;
	const char *path = in_dir(cx->mem, pl->dir, name);
	struct place inner = { .file = pl->file,
			       .dir = dir_of(cx->mem, path),
			       .path = pl->path,
			       .includes = pl->includes + 1,
			       .line = pl->line ? pl->line : by->line };
	struct json *v;
	struct str text;
	int rc;

	if (inner.includes > MAX_INCLUDES)
		return fail(cx, ERR_INPUT, "$include goes deeper than %d files; do they include each other?", MAX_INCLUDES);
	if ((rc = config_read_file(cx, path, &text)) < 0 || (rc = config_parse(cx, path, text, &v)) < 0 ||
	    (rc = pick(cx, name, hash ? hash + 1 : "", &v)) < 0)
		return rc;
	*out = NULL;
	return v ? expand(cx, &inner, v, out) : 0;
}

/* {$env: NAME}, {$file: path} or {$include: path#a.b}. */
static int directive(struct ctx *cx, const struct place *pl, const struct json *v, struct str key, struct json **out)
{
	const struct json *raw = json_getn(v, key);
	struct str arg, text;
	int rc;

	if (v->o.n != 1)
		return fail(cx, ERR_INPUT, "%.*s must stand alone, without keys beside it", (int)key.n, key.p);
	if (!json_is(raw, JSON_STRING))
		return fail(cx, ERR_INPUT, "%.*s needs a text", (int)key.n, key.p);
	if (!substitute(cx->mem, raw->s, &arg))
		return fail(cx, ERR_INPUT, "%.*s names a variable that is not set: %.*s", (int)key.n, key.p, (int)raw->s.n,
			    raw->s.p);

	const char *target = arena_strndup(cx->mem, arg.p, arg.n);

	if (str_is(key, "$include"))
		return include(cx, pl, v, target, out);
	if (str_is(key, "$env")) {
		text = env(cx->mem, arg);
	} else {
		if ((rc = config_read_file(cx, in_dir(cx->mem, pl->dir, target), &text)) < 0)
			return rc;
		while (text.n && strchr(" \t\r\n", text.p[text.n - 1]))
			text.n--;
	}
	*out = text.p ? json_strn(cx->mem, text.p, text.n) : NULL;
	if (*out)
		(*out)->line = pl->line ? pl->line : v->line;
	return 0;
}

static bool is_directive(struct str key)
{
	return str_is(key, "$env") || str_is(key, "$file") || str_is(key, "$include");
}

static int expand_object(struct ctx *cx, const struct place *pl, struct json *v, struct json **out)
{
	size_t kept = 0;

	for (size_t i = 0; i < v->o.n; i++) {
		if (is_directive(v->o.m[i].key)) {
			int rc = directive(cx, pl, v, v->o.m[i].key, out);

			/* Words where it is once, in the file that a person edits first. */
			return rc < 0 && pl->includes == 0 ? at(cx, pl, v, rc) : rc;
		}
	}
	for (size_t i = 0; i < v->o.n; i++) {
		struct json_member m = v->o.m[i];
		struct place below = *pl;

		below.path = arena_printf(cx->mem, "%s.%.*s", pl->path, (int)m.key.n, m.key.p);
		if (expand(cx, &below, m.value, &m.value) < 0)
			return cx->err.code;
		if (m.value)
			v->o.m[kept++] = m;
	}
	v->o.n = kept;
	*out = v;
	return 0;
}

static int expand_array(struct ctx *cx, const struct place *pl, struct json *v, struct json **out)
{
	size_t kept = 0;

	for (size_t i = 0; i < v->a.n; i++) {
		struct json *item;
		struct place below = *pl;

		below.path = arena_printf(cx->mem, "%s[%zu]", pl->path, i);
		if (expand(cx, &below, v->a.items[i], &item) < 0)
			return cx->err.code;
		if (item)
			v->a.items[kept++] = item;
	}
	v->a.n = kept;
	*out = v;
	return 0;
}

static int expand(struct ctx *cx, const struct place *pl, struct json *v, struct json **out)
{
	struct str text;

	if (pl->line)
		v->line = pl->line;
	*out = v;
	if (v->type == JSON_OBJECT)
		return expand_object(cx, pl, v, out);
	if (v->type == JSON_ARRAY)
		return expand_array(cx, pl, v, out);
	if (v->type != JSON_STRING)
		return 0;
	if (!substitute(cx->mem, v->s, &text))
		*out = NULL;
	else
		v->s = text;
	return 0;
}

int config_expand(struct ctx *cx, const char *file, struct json *v, struct json **out)
{
	return expand(cx, &(struct place){ .file = file, .dir = dir_of(cx->mem, file), .path = "" }, v, out);
}
