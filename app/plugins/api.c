/* Hands the functions of `callboard` to a plugin's state, each guarded by what its manifest declares. */
#include "plugins/api.h"

#include "base/str.h"
#include "ext/json.h"

enum { JSON_MAX = 4 << 20, JSON_MEMORY = 64 << 20 };

struct api_row {
	const char *group, *name, *capability;
	api_fn *fn;
};
static const struct api_row rows[] = {
#define API(group, name, capability, fn, about) { group, name, capability, fn },
#include "plugins/api.def"
#undef API
};

/* What a function of a state is called with: lives as long as the process, as plugins do. */
struct bound {
	const struct plugin *plugin;
	const struct api_row *row;
};

/* "catalog:write" asks for the capability with that value. */
static int check_capability(struct ctx *cx, const struct bound *b)
{
	const char *colon = strchr(b->row->capability, ':');
	const char *name =
		colon ? arena_strndup(cx->mem, b->row->capability, (size_t)(colon - b->row->capability)) : b->row->capability;

	/* Which host it is that may be asked is checked where the host is known. */
	if (!*name || streq(name, "http") || streq(name, "ldap") || plugin_may(b->plugin, name, colon ? colon + 1 : NULL))
		return 0;
	return fail(cx, ERR_DENIED, "callboard.%s%s%s needs capabilities.%s%s%s%s in plugin.lua", b->row->group,
		    *b->row->group ? "." : "", b->row->name, name, colon ? " = \"" : "", colon ? colon + 1 : "",
		    colon ? "\"" : "");
}

static const char *holder;

const char *api_hold(const char *what)
{
	const char *before = holder;

	holder = what;
	return before;
}

static int check_hold(struct ctx *cx, const struct api_row *row)
{
	static const char *const wait[] = { "http", "ldap", "sql", "provider", "catalog" };

	for (size_t i = 0; holder && i < LEN(wait); i++)
		if (streq(row->group, wait[i]))
			return fail(cx, ERR_INPUT, "callboard.%s.%s cannot be called within %s: others wait for it", row->group,
				    row->name, holder);
	return 0;
}

static const char *confined;

const char *api_confine(const char *what)
{
	const char *before = confined;

	confined = what;
	return before;
}

static int check_confined(struct ctx *cx, const struct api_row *row)
{
	static const char *const pure[] = { "json", "time", "crypto", "regex", "log" };

	for (size_t i = 0; i < LEN(pure); i++)
		if (!confined || streq(row->group, pure[i]))
			return 0;
	return fail(cx, ERR_DENIED, "callboard.%s%s%s cannot be called in %s, which sees only what it is handed", row->group,
		    *row->group ? "." : "", row->name, confined);
}

/* What needs the portal may be named while a manifest is read, but not called. */
static int check_time(struct ctx *cx, const struct api_row *row)
{
	static const char *const early[] = { "json", "time", "crypto" };

	for (size_t i = 0; i < LEN(early); i++)
		if (streq(row->group, early[i]))
			return 0;
	if (!plugin_is_read())
		return 0;
	return fail(cx, ERR_UNAVAILABLE, "not while the manifest is read: call callboard.%s%s%s in a function of the manifest",
		    row->group, *row->group ? "." : "", row->name);
}

static int call(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const struct bound *b = arg;
	int rc = check_time(cx, b->row);

	if (rc == 0)
		rc = check_hold(cx, b->row);
	if (rc == 0)
		rc = check_confined(cx, b->row);
	*out = NULL;
	if (rc == 0)
		rc = check_capability(cx, b);
	if (rc == 0)
		rc = b->row->fn(cx, b->plugin, args, n, out);
	if (rc < 0)
		plugin_raised(rc);
	return rc;
}

/* Made once for each plugin, however many states it has. */
static struct bound *bound_of(const struct plugin *p)
{
	static struct arena keep;
	static struct made {
		struct made *next;
		struct bound bound[LEN(rows)];
	} * all;
	struct made *m = all;

	while (m && m->bound[0].plugin != p)
		m = m->next;
	if (m)
		return m->bound;
	m = arena_new(&keep, struct made);
	m->next = all;
	all = m;
	for (size_t i = 0; i < LEN(rows); i++)
		m->bound[i] = (struct bound){ p, &rows[i] };
	return m->bound;
}

void plugin_api(struct ctx *cx, struct sandbox *s, const struct plugin *p)
{
	struct bound *b = bound_of(p);

	for (size_t i = 0; i < LEN(rows); i++)
		sandbox_add(s, rows[i].group, rows[i].name, call, &b[i]);
	sandbox_add_value(s, "", "config", p->config);
	sandbox_add_value(s, "", "name", json_str(cx->mem, p->name));
}

/* ---- arguments ---- */

int api_text(struct ctx *cx, struct json *const *args, size_t n, size_t i, const char *name, const char **out)
{
	const struct json *v = i < n ? args[i] : NULL;

	if (!json_is(v, JSON_STRING))
		return fail(cx, ERR_INPUT, "argument %zu, %s, must be a text, not %s", i + 1, name,
			    v ? json_type_name(v) : "nil");
	*out = json_text(v, "");
	return 0;
}

/* In Lua an empty table is a list as well. */
bool api_is_table(const struct json *v)
{
	return json_is(v, JSON_OBJECT) || json_is(v, JSON_NULL) || (json_is(v, JSON_ARRAY) && json_len(v) == 0);
}

int api_table(struct ctx *cx, struct json *const *args, size_t n, size_t i, const char *name, bool needed,
	      const struct json **out)
{
	static const struct json none = { .type = JSON_OBJECT };
	const struct json *v = i < n ? args[i] : NULL;

	if (v && !api_is_table(v))
		return fail(cx, ERR_INPUT, "argument %zu, %s, must be a table with names, not %s", i + 1, name,
			    json_type_name(v));
	if (!v && needed)
		return fail(cx, ERR_INPUT, "argument %zu, %s, is missing", i + 1, name);
	*out = json_is(v, JSON_OBJECT) ? v : &none;
	return 0;
}

int api_json(struct ctx *cx, struct str text, struct json **out)
{
	if (text.n > JSON_MAX)
		return fail(cx, ERR_TOOLARGE, "JSON: larger than %d MiB", JSON_MAX >> 20);
	return json_parse_within(cx, text, JSON_MEMORY, out);
}

int api_only(struct ctx *cx, const struct json *table, const char *const *known)
{
	for (size_t i = 0; i < json_len(table); i++) {
		const char *const *k = known;

		while (*k && !str_is(table->o.m[i].key, *k))
			k++;
		if (!*k)
			return fail(cx, ERR_INPUT, "'%.*s' is not known here", (int)table->o.m[i].key.n, table->o.m[i].key.p);
	}
	return 0;
}
