/* callboard config: what the configuration is, and what is wrong with it. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cmd.h"
#include "plugins/decision.h"
#include "plugins/plugin.h"
#include "server/config.h"
#include "server/parts.h"
#include "server/settings.h"

static void print_problems(const struct config_problems *problems)
{
	for (size_t i = 0; i < problems->n; i++) {
		const struct config_problem *p = &problems->items[i];

		printf("%s: %s: %s\n", p->where, p->error ? "error" : "warning", p->text);
	}
}

/* A fault that config_load() worded but that is none of the problems: an unreadable file, say. */
static bool is_new(const struct ctx *cx, const struct config_problems *problems)
{
	for (size_t i = 0; i < problems->n; i++)
		if (problems->items[i].error && strstr(cx->err.text, problems->items[i].text))
			return false;
	return true;
}

/* Only plugins that are read can say whether they have what is named. */
static int check_decisions(struct ctx *cx, struct config_problems *problems)
{
	struct text_list warnings = { 0 };
	int rc = plugins_prepare(cx);

	if (rc == 0)
		rc = decision_check(cx, &warnings);
	for (size_t i = 0; i < warnings.n; i++)
		*list_add(cx->mem, problems) = (struct config_problem){ .where = "configuration", .text = warnings.items[i] };
	return rc;
}

static int check(struct ctx *cx)
{
	struct config_problems problems = { 0 };
	struct settings settings;
	struct json *conf;
	size_t n;
	int rc = config_load(cx, &conf, &problems);

	if (rc == 0) {
		cx->conf = conf;
		rc = settings_read(cx, &settings);
		if (rc == 0)
			rc = parts_prepare(cx);
		if (rc == 0 && decision_is_configured(cx))
			rc = check_decisions(cx, &problems);
	}
	print_problems(&problems);
	if (rc < 0)
		return is_new(cx, &problems) ? rc : 1;
	config_files(cx->mem, &n);
	if (problems.n == 0)
		printf("The configuration is good (%zu file%s).\n", n, n == 1 ? "" : "s");
	return 0;
}

/* The part of v at a dotted path; keys that contain dots are found too. */
static const struct json *at_path(struct arena *mem, const struct json *v, const char *path)
{
	for (size_t n = strlen(path); n > 0; n--) {
		const struct json *below;
		long i;

		if (path[n] != '\0' && path[n] != '.')
			continue;
		below = json_getn(v, (struct str){ path, n });
		if (!below && json_is(v, JSON_ARRAY) && str_long(arena_strndup(mem, path, n), 0, (long)v->a.n - 1, &i))
			below = v->a.items[i];
		if (below && path[n] == '.')
			below = at_path(mem, below, path + n + 1);
		if (below)
			return below;
	}
	return NULL;
}

static int show(struct ctx *cx, const char *path)
{
	struct config_problems unused = { 0 };
	struct buf b = { .mem = cx->mem };
	const struct json *v;
	struct json *conf;
	int rc = config_load(cx, &conf, &unused);

	if (rc < 0)
		return rc;
	v = config_public(cx->mem, conf);
	if (path)
		v = at_path(cx->mem, v, path);
	if (!v)
		return fail(cx, ERR_NOTFOUND, "nothing is set at '%s'", path);
	json_write_pretty(&b, v, 2);
	puts(buf_text(&b));
	return 0;
}

static int keys(struct ctx *cx, const char *text)
{
	struct config_key k;
	size_t shown = 0;

	for (size_t i = 0; config_key(cx->mem, i, &k); i++) {
		if (text && !strstr(k.path, text))
			continue;
		printf("%-60s %s%s%s%s\n", k.path, k.type, k.secret ? ", secret" : "", *k.about ? ": " : "", k.about);
		shown++;
	}
	return shown ? 0 : fail(cx, ERR_NOTFOUND, "no setting contains '%s'", text);
}

int cmd_config(struct ctx *cx, int argc, char **argv)
{
	const char *arg = argc > 2 ? argv[2] : NULL;

	if (argc < 2)
		return cmd_usage(cx, "check, show or keys?");
	if (streq(argv[1], "check") && !arg)
		return check(cx);
	if (streq(argv[1], "show"))
		return show(cx, arg);
	if (streq(argv[1], "keys"))
		return keys(cx, arg);
	return cmd_usage(cx, "'%s' is not understood", arg && streq(argv[1], "check") ? arg : argv[1]);
}
