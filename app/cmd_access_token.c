/* callboard token create, list, revoke: personal API tokens from the command line. */
#include <stdio.h>

#include "base/clock.h"
#include "base/str.h"
#include "catalog/ref.h"
#include "cmd.h"
#include "ext/db.h"
#include "identity/access_token.h"
#include "server/config.h"

struct options {
	const char *user, *name, *scope, *days, *rest;
};

/* "--name VALUE" pairs, and at most one word. */
static int read_options(struct ctx *cx, char **argv, struct options *o)
{
	struct {
		const char *name, **at;
	} known[] = { { "--user", &o->user }, { "--name", &o->name }, { "--scope", &o->scope }, { "--days", &o->days } };

	for (; *argv; argv++) {
		const char **at = &o->rest;

		for (size_t i = 0; i < LEN(known); i++)
			if (streq(*argv, known[i].name))
				at = known[i].at;
		if (at == &o->rest && (**argv == '-' || o->rest))
			return cmd_usage(cx, "'%s' is not understood", *argv);
		if (at != &o->rest && !*++argv)
			return cmd_usage(cx, "%s needs a value", argv[-1]);
		*at = *argv;
	}
	return 0;
}

static int connect_database(struct ctx *cx)
{
	struct json *conf;
	int rc = config_load(cx, &conf, NULL);

	if (rc < 0)
		return rc;
	cx->conf = conf;
	cx->db = db_new(json_path(conf, "backend", "database", "connection", NULL));
	return 0;
}

/* "ana", "default/ana" and "user:default/ana" are the same user. */
static int user_ref(struct ctx *cx, const char *text, const char **out)
{
	struct ref r;
	int rc = ref_parse(cx, text, "user", NULL, &r);

	if (rc < 0)
		return rc;
	*out = ref_format(cx->mem, &r);
	if (!str_starts(*out, "user:") || strlen(*out) > REF_MAX)
		return fail(cx, ERR_INPUT, "'%s' is no user", text);
	return 0;
}

static int create(struct ctx *cx, const struct options *o)
{
	const char *ref, *token;
	long days = 0;
	int rc;

	if (!o->user || !o->name || !o->scope || !o->days || o->rest)
		return cmd_usage(cx, "say: token create --user REF --name NAME --scope SCOPE --days DAYS");
	if (!str_long(o->days, 1, ACCESS_TOKEN_DAYS_MAX, &days))
		return cmd_usage(cx, "--days is a number from 1 to %d", ACCESS_TOKEN_DAYS_MAX);
	rc = user_ref(cx, o->user, &ref);
	if (rc == 0)
		rc = connect_database(cx);
	if (rc == 0)
		rc = access_token_create(cx, ref, o->name, o->scope, days, &token, NULL);
	if (rc < 0)
		return rc;
	puts(token);
	return 0;
}

/* The day; "never" for 0. */
static const char *day(struct arena *mem, int64_t ms)
{
	char text[25];

	if (!ms)
		return "never";
	clock_format(ms, text);
	return arena_strndup(mem, text, strlen("2026-11-25"));
}

static int list(struct ctx *cx, const struct options *o)
{
	struct access_token_list tokens = { 0 };
	const char *ref = NULL;
	int rc = o->user ? user_ref(cx, o->user, &ref) : 0;

	if (o->name || o->scope || o->days || o->rest)
		return cmd_usage(cx, "say: token list [--user REF]");
	if (rc == 0)
		rc = connect_database(cx);
	if (rc == 0)
		rc = access_token_list(cx, ref, &tokens);
	if (rc < 0)
		return rc;
	if (tokens.n == 0)
		puts("There are no tokens.");
	else
		printf("%-36s  %-8s %-10s %-10s %-24s %-20s %s\n", "ID", "STATE", "EXPIRES", "USED", "USER", "NAME", "SCOPE");
	for (size_t i = 0; i < tokens.n; i++) {
		const struct access_token *t = &tokens.items[i];

		printf("%-36s  %-8s %-10s %-10s %-24s %-20s %s\n", t->id, access_token_state(t), day(cx->mem, t->expires_ms),
		       day(cx->mem, t->used_ms), t->user, t->name, t->scope);
	}
	return 0;
}

static int revoke(struct ctx *cx, const struct options *o)
{
	int rc;

	if (!o->rest || o->user || o->name || o->scope || o->days)
		return cmd_usage(cx, "say: token revoke ID");
	rc = connect_database(cx);
	if (rc == 0)
		rc = access_token_revoke(cx, NULL, o->rest);
	if (rc < 0)
		return rc;
	printf("%s is revoked\n", o->rest);
	return 0;
}

int cmd_access_token(struct ctx *cx, int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(struct ctx *cx, const struct options *o);
	} commands[] = { { "create", create }, { "list", list }, { "revoke", revoke } };
	struct options o = { 0 };
	int rc;

	for (size_t i = 0; argc > 1 && i < LEN(commands); i++) {
		if (!streq(argv[1], commands[i].name))
			continue;
		rc = read_options(cx, argv + 2, &o);
		return rc < 0 ? rc : commands[i].run(cx, &o);
	}
	return cmd_usage(cx, "say: token generate, create, list or revoke");
}
