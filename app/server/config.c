/* The configuration: which files, in which order, and how they become one tree. */
#include "server/config.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/list.h"
#include "base/log.h"
#include "ext/json.h"
#include "server/config_parts.h"

extern char **environ;

#define ENV_PREFIX "APP_CONFIG_"

/* What --config named; kept because a reload reads the same files. */
static struct {
	const char *const *files;
	size_t n;
} chosen;

void config_use(const char *const *files, size_t n)
{
	chosen.files = files;
	chosen.n = n;
}

static const char *above(struct arena *mem, const char *dir)
{
	const char *slash = strrchr(dir, '/');

	return slash ? arena_strndup(mem, dir, (size_t)(slash - dir)) : "";
}

/* Directory of this program's file, without a trailing slash. */
static const char *program_dir(struct arena *mem)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	path[n > 0 ? n : 0] = '\0';
	return above(mem, path);
}

static bool is_source_tree(struct arena *mem, const char *dir)
{
	return access(arena_printf(mem, "%s/handlers/routes.def", dir), R_OK) == 0;
}

const char *config_share(struct arena *mem)
{
	const char *set = getenv("CALLBOARD_SHARE");
	const char *dir = program_dir(mem);

	if (set && *set)
		return set;
	/* build/callboard and build/tests/unit/config alike. */
	for (unsigned up = 0; up < 4 && *dir; up++) {
		if (is_source_tree(mem, dir))
			return dir;
		dir = above(mem, dir);
	}
	return arena_printf(mem, "%s/share/callboard", above(mem, program_dir(mem)));
}

static const char *default_file(struct arena *mem)
{
	const char *share = config_share(mem);
	const char *etc = "/etc/callboard/app-config.yaml";

	if (is_source_tree(mem, share))
		return arena_printf(mem, "%s/docs/examples/app-config.yaml", share);
	/* One that is there but may not be read is told about when it is opened. */
	return access(etc, F_OK) == 0 || errno == EACCES ? etc : NULL;
}

struct paths {
	const char **items;
	size_t n, cap;
};

const char *const *config_files(struct arena *mem, size_t *n)
{
	struct paths all = { 0 };
	const char *file = chosen.n ? NULL : default_file(mem);
	struct str rest = str_of(getenv("CALLBOARD_CONFIG"));

	if (file)
		*list_add(mem, &all) = file;
	for (size_t i = 0; i < chosen.n; i++)
		*list_add(mem, &all) = chosen.files[i];
	while (rest.p) {
		struct str part = str_cut(&rest, ':');

		if (part.n)
			*list_add(mem, &all) = arena_strndup(mem, part.p, part.n);
	}
	*n = all.n;
	return all.items;
}

static struct json *merge(struct arena *mem, struct json *base, struct json *over)
{
	if (!json_is(base, JSON_OBJECT) || over->type != JSON_OBJECT)
		return over;
	for (size_t i = 0; i < over->o.n; i++) {
		struct json_member *m = &over->o.m[i];

		json_setn(mem, base, m->key, merge(mem, json_getn(base, m->key), m->value));
	}
	return base;
}

/* Directories of plugins and policies are relative to the file that names them. */
static void place_directories(struct arena *mem, const char *file, const struct json *list)
{
	const char *dir = strchr(file, '/') ? above(mem, file) : ".";

	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++) {
		const char *path = json_text(list->a.items[i], "/");

		if (*path != '/')
			*list->a.items[i] = *json_fmt(mem, "%s/%s", dir, str_starts(path, "./") ? path + 2 : path);
	}
}

static int load_file(struct ctx *cx, const char *file, struct json **conf, struct config_problems *problems)
{
	struct config_source src = { .file = file };
	int rc = config_read_file(cx, file, &src.text);

	if (rc < 0 || (rc = config_parse(cx, file, src.text, &src.value)) < 0 ||
	    (rc = config_expand(cx, file, src.value, &src.value)) < 0)
		return rc;
	if (!json_is(src.value, JSON_OBJECT))
		return fail(cx, ERR_INPUT, "%s:1: the configuration must be an object", file);
	config_check(cx, &src, problems);
	place_directories(cx->mem, file, json_path(src.value, "plugins", "directories", NULL));
	place_directories(cx->mem, file, json_path(src.value, "permission", "policyDirectories", NULL));
	*conf = merge(cx->mem, *conf, src.value);
	return 0;
}

/* APP_CONFIG_a_b=value becomes {a: {b: value}}; value is JSON or, when it is not, text. */
static void load_variable(struct ctx *cx, const char *var, struct json *conf, struct config_problems *problems)
{
	const char *equals = strchr(var, '=');
	struct str rest = { var + strlen(ENV_PREFIX), (size_t)(equals - var) - strlen(ENV_PREFIX) };
	struct config_source src = { .file = arena_strndup(cx->mem, var, (size_t)(equals - var)) };
	struct json *value, *at;

	if (json_parse(cx, str_of(equals + 1), &value) < 0)
		value = json_str(cx->mem, equals + 1);
	at = src.value = json_object(cx->mem);
	while (rest.p) {
		struct str part = str_cut(&rest, '_');

		at = json_setn(cx->mem, at, part, rest.p ? json_object(cx->mem) : value);
	}
	cx->err = (struct err){ 0 };
	config_check(cx, &src, problems);
	merge(cx->mem, conf, src.value);
}

static void load_environment(struct ctx *cx, struct json *conf, struct config_problems *problems)
{
	for (char **e = environ; *e; e++) {
		const char *name = *e + strlen(ENV_PREFIX);

		if (str_starts(*e, ENV_PREFIX) && ascii_alpha(*name) && strchr(name, '='))
			load_variable(cx, *e, conf, problems);
	}
}

static void set_default(struct ctx *cx, struct json *section, const char *key, const char *value)
{
	if (!json_get(section, key))
		json_set(cx->mem, section, key, json_str(cx->mem, value));
}

/*
 * The variables that a file may count on. A state directory whose path is too long for the name of a unix socket has a
 * link "short" in it, made by tests/stack.sh, to a shorter name of itself.
 */
static void set_environment(struct arena *mem)
{
	const char *share = config_share(mem);
	const char *state = getenv("CALLBOARD_STATE");
	char brief[108];
	ssize_t n;

	if (!state || !*state)
		state = is_source_tree(mem, share) ? arena_printf(mem, "%s/.run", share) : "/run/callboard";
	n = readlink(arena_printf(mem, "%s/short", state), brief, sizeof(brief) - 1);
	if (n > 0) {
		brief[n] = '\0';
		state = brief;
	}
	setenv("CALLBOARD_STATE", state, 1);
	setenv("CALLBOARD_SHARE", share, 0);
	setenv("CALLBOARD_PORT", "7007", 0);
}

static void add_defaults(struct ctx *cx, struct json *conf)
{
	struct json *server = json_get(conf, "server");
	const char *share = config_share(cx->mem);
	bool source = is_source_tree(cx->mem, share);

	if (!json_is(server, JSON_OBJECT))
		server = json_set(cx->mem, conf, "server", json_object(cx->mem));
	set_default(cx, server, "state", getenv("CALLBOARD_STATE"));
	set_default(cx, server, "views", arena_printf(cx->mem, source ? "%s/handlers/views" : "%s/views", share));
	set_default(cx, server, "static", arena_printf(cx->mem, source ? "%s/nginx/static" : "%s/static", share));
	set_default(cx, server, "plugins", arena_printf(cx->mem, source ? "%s/lua/plugins" : "%s/plugins", share));
	set_default(cx, server, "actions", arena_printf(cx->mem, source ? "%s/lua/actions" : "%s/actions", share));
	set_default(cx, server, "policies", arena_printf(cx->mem, source ? "%s/lua/policies" : "%s/policies", share));
	set_default(cx, server, "sql", arena_printf(cx->mem, "%s/sql", share));
}

static void tell(struct ctx *cx, const struct config_problems *problems)
{
	for (size_t i = 0; i < problems->n; i++) {
		const struct config_problem *p = &problems->items[i];

		if (!p->error)
			log_warn(arena_printf(cx->mem, "configuration: %s", p->text), "at", p->where, NULL);
	}
}

int config_load(struct ctx *cx, struct json **out, struct config_problems *problems)
{
	struct config_problems mine = { 0 };
	struct config_problems *found = problems ? problems : &mine;
	struct json *conf = json_object(cx->mem);
	const char *const *files;
	size_t n;
	int rc;

	set_environment(cx->mem);
	files = config_files(cx->mem, &n);
	for (size_t i = 0; i < n; i++)
		if ((rc = load_file(cx, files[i], &conf, found)) < 0)
			return fail_in(cx, rc, "configuration");
	load_environment(cx, conf, found);
	add_defaults(cx, conf);
	config_mask(conf);
	if (!problems)
		tell(cx, found);
	*out = conf;
	for (size_t i = 0; i < found->n; i++)
		if (found->items[i].error)
			return fail(cx, ERR_INPUT, "configuration: %s: %s", found->items[i].where, found->items[i].text);
	return 0;
}
