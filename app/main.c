/* callboard COMMAND: finds the command, reads the configuration and runs it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/list.h"
#include "base/log.h"
#include "base/str.h"
#include "cmd.h"
#include "ext/db.h"
#include "server/config.h"

enum needs {
	NOTHING = 0,
	CONF = 1,   /* a good configuration */
	DB = 2,     /* the database, opened when it is first used */
	CHATTY = 4, /* logs as the portal does, not only errors */
};

static int cmd_help(struct ctx *cx, int argc, char **argv);
static int cmd_version(struct ctx *cx, int argc, char **argv);

static const struct command {
	const char *name;
	int (*run)(struct ctx *cx, int argc, char **argv);
	unsigned needs;
	int most; /* arguments; -1: any number */
	const char *usage, *about, *more;
} commands[] = {
	{ "serve", cmd_serve, CONF | DB | CHATTY, 0, "", "run the portal in the foreground",
	  "Runs the master and its workers until SIGTERM or SIGINT. SIGHUP takes up a new configuration, new views and a\n"
	  "new program without losing a request; SIGUSR1 opens the log file again. nginx must point to the sockets\n"
	  "server.listen.* (default: web.sock, stream.sock, wait.sock, plugin.sock and tunnel.sock in server.state)." },
	{ "status", cmd_status, CONF, 0, "", "show what every worker is doing",
	  "Reads the scoreboard of the server that runs in server.state. Status 1 when none does." },
	{ "request", cmd_request, CONF | DB, -1, "METHOD PATH [--as REF] [-H 'NAME: VALUE']... [-d BODY] [-v]",
	  "answer one request in this process",
	  "  --as REF            as this user: user:default/ana\n"
	  "  -H 'NAME: VALUE'    add a header\n"
	  "  -d BODY             send a body; -d @FILE reads it from a file, -d @- from standard input\n"
	  "  -v                  show the log as well\n"
	  "\n"
	  "Prints status, headers and body. No server need run, only the database: good for gdb, and for a look at one page\n"
	  "on a host that nginx does not reach. Status 1 when the answer is an error (400 and up)." },
	{ "routes", cmd_routes, NOTHING, 1, "[TEXT]", "list every URL with its permission and function",
	  "With TEXT, only the rows that contain it. Status 1 when none does or the table is faulty." },
	{ "migrate", cmd_migrate, CONF | DB, 0, "", "bring the database's schema up to date",
	  "Applies the files of server.sql/schema that were not applied yet, each once, and makes the database when it is\n"
	  "missing. Safe to run at any time and on several hosts together." },
	{ "config", cmd_config, NOTHING, 2, "check | show [PATH] | keys [TEXT]", "check or show the configuration",
	  "  check        what is wrong, with file and line; status 1 when the portal would not start with it\n"
	  "  show [PATH]  the merged configuration, or the part at a dotted path, without secrets\n"
	  "  keys [TEXT]  every setting that is known, or those that contain TEXT" },
	{ "lint", cmd_lint, CONF, -1, "[--json] FILE...", "check catalog files offline",
	  "Checks descriptors as the catalog would and prints file:line: what is wrong. '-' is standard input. Status 1 when\n"
	  "there is a fault." },
	{ "docs", cmd_docs, NOTHING, -1, "build DIR OUT [--cache DIR2] [--quiet] | serve DIR [--port N] | check DIR",
	  "build, show and check documentation",
	  "  build DIR OUT    makes a site of HTML in OUT of the folder DIR with mkdocs.yml and docs/, for any web server\n"
	  "    --cache DIR2     keeps there what makes the next build of the same site fast\n"
	  "    --quiet          says only what is wrong with the build itself\n"
	  "  serve DIR        shows the site at http://127.0.0.1:8000/ and follows changes\n"
	  "    --port N         at another port; 0: any that is free\n"
	  "  check DIR        what leads nowhere, and pages that nothing leads to, as file:line: what; status 1 when there is\n"
	  "                   something\n"
	  "\n"
	  "No portal and no database are needed." },
	{ "plugin", cmd_plugin, CONF, -1, "list | check DIR | test DIR | new NAME [--dir DIR]",
	  "list, check, test and begin plugins",
	  "  list                   what is installed: name, version, state, folder, and what is wrong\n"
	  "  check DIR              what is wrong with the plugin in a folder: its manifest, its views and, with luacheck, "
	  "its\n"
	  "                         code; status 1 when there is something\n"
	  "  test DIR               runs its tests, DIR/test/NAME.lua; status 1 when one fails\n"
	  "  new NAME [--dir DIR]   a small plugin to begin with, in DIR/NAME [the first of plugins.directories, or "
	  "./plugins]" },
	{ "template", cmd_template, CONF, -1, "lint PATH... | run PATH --out DIR | test DIR | --cases FILE",
	  "check, run and test software templates, without a server",
	  "PATH is a template's file, or the folder of its template.yaml.\n"
	  "  lint PATH...           what is wrong, as file:line: text; status 1 when there is something\n"
	  "  run PATH               a dry run; what would change something elsewhere, or needs the catalog, is left out\n"
	  "    --values FILE          values of the form, as YAML or JSON, beside its defaults\n"
	  "    --apply                no dry run: actions change what they are for; --out is the workspace\n"
	  "    --checkpoints FILE     with --apply and --out: what was done, so that a run that was ended is taken up again\n"
	  "    --examples             fields that have no value get some, and need not fit\n"
	  "    --secrets FILE         secrets, in the same way\n"
	  "    --out DIR              where the files go that it makes\n"
	  "  test DIR               runs the cases DIR/tests/NAME.yaml: values, and the files, output or error they shall "
	  "give;\n"
	  "                         status 1 when one fails\n"
	  "  --cases FILE           runs a file of cases of the template language, [--engine backstage | nunjucks]" },
	{ "token", cmd_token, NOTHING, -1, "generate [SUBJECT] | create OPTIONS | list [--user REF] | revoke ID",
	  "make tokens for programs, list and revoke them",
	  "  generate [SUBJECT]  a random token, and the lines for backend.auth.externalAccess that let it in\n"
	  "  create              a personal token, by which a program acts as a user; it is printed once:\n"
	  "    --user REF          as whom: ana, user:default/ana\n"
	  "    --name NAME         what it is for\n"
	  "    --scope SCOPE       all, read, or names of permissions (catalog.location.create) with commas between\n"
	  "    --days DAYS         how long it holds, 1 to 365\n"
	  "  list [--user REF]   personal tokens, with state, expiry and last use\n"
	  "  revoke ID           end a personal token at once" },
	{ "user", cmd_user, CONF | DB, -1,
	  "add NAME | list | disable NAME | enable NAME | password NAME | sessions NAME | sign-out NAME",
	  "manage accounts with a password, and sessions",
	  "  add NAME [--email ADDRESS] [--ref REF]   make an account; REF is its entity [user:default/NAME]\n"
	  "  list                                     all accounts\n"
	  "  disable NAME, enable NAME                a disabled account cannot sign in; its sessions end\n"
	  "  password NAME                            give it another password; its sessions end\n"
	  "  sessions NAME                            where a user is signed in; NAME may be a reference: user:default/ana\n"
	  "  sign-out NAME                            end all sessions of a user\n"
	  "\n"
	  "The password is asked for, or with --password-stdin it is one line of standard input. Accounts can sign in where\n"
	  "auth.providers.local is configured." },
	{ "doctor", cmd_doctor, NOTHING, 0, "", "say in plain words what is wrong with this installation",
	  "Looks at the configuration, the database, the schema, sockets, nginx, file limits, disk space, clocks, the queue\n"
	  "and the rights of directories. Status 1 when something is wrong." },
	{ "version", cmd_version, NOTHING, 0, "", "show the version", "" },
	{ "help", cmd_help, NOTHING, 1, "[COMMAND]", "show this text, or a command's", "" },
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < LEN(commands); i++)
		if (streq(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static void print_commands(FILE *out)
{
	fputs("usage: callboard [--config FILE]... COMMAND [ARGUMENT]...\n\n", out);
	for (size_t i = 0; i < LEN(commands); i++)
		fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].about);
	fputs("\n'callboard COMMAND --help' tells more. --config may be given several times; later files win. Files named by\n"
	      "CALLBOARD_CONFIG (with ':' between) are read after those. Status: 0 good, 1 something is wrong, 2 not "
	      "understood.\n",
	      out);
}

static void print_usage(FILE *out, const struct command *c)
{
	fprintf(out, "usage: callboard %s%s%s\n", c->name, *c->usage ? " " : "", c->usage);
}

static void print_command(const struct command *c)
{
	print_usage(stdout, c);
	printf("\n%s.\n", c->about);
	if (*c->more)
		printf("\n%s\n", c->more);
}

/* The command that was probably meant; NULL when none is near. */
static const char *meant(const char *name)
{
	const char *best = NULL;
	size_t least = 3;

	for (size_t i = 0; i < LEN(commands); i++) {
		size_t d = str_distance(name, commands[i].name, least);

		if (d < least) {
			least = d;
			best = commands[i].name;
		}
	}
	return best;
}

static int unknown_command(const char *name)
{
	const char *guess = meant(name);

	fprintf(stderr, "callboard: '%s' is not a command", name);
	if (guess)
		fprintf(stderr, "; did you mean '%s'?", guess);
	fputs(" ('callboard help' lists them)\n", stderr);
	return 2;
}

static int cmd_help(struct ctx *cx, int argc, char **argv)
{
	const struct command *c = argc > 1 ? find_command(argv[1]) : NULL;

	(void)cx;
	if (argc > 1 && !c)
		return unknown_command(argv[1]);
	if (c)
		print_command(c);
	else
		print_commands(stdout);
	return 0;
}

static int cmd_version(struct ctx *cx, int argc, char **argv)
{
	(void)cx;
	(void)argc;
	(void)argv;
	puts("callboard " CALLBOARD_VERSION);
	return 0;
}

struct words {
	char **items;
	size_t n, cap;
};
struct files {
	const char **items;
	size_t n, cap;
};

/* Sorts the command line into files of configuration and all else. Status 2 when a file's name is missing. */
static int split_arguments(struct arena *mem, char **argv, struct words *rest, struct files *files)
{
	bool options = true;

	for (char **a = argv + 1; *a; a++) {
		options = options && !streq(*a, "--");
		if (options && str_starts(*a, "--config=")) {
			*list_add(mem, files) = *a + strlen("--config=");
		} else if (options && streq(*a, "--config")) {
			if (!a[1]) {
				fputs("callboard: --config needs the name of a file\n", stderr);
				return 2;
			}
			*list_add(mem, files) = *++a;
		} else {
			*list_add(mem, rest) = *a;
		}
	}
	*list_add(mem, rest) = NULL;
	rest->n--;
	return 0;
}

static bool wants_help(const struct words *words)
{
	return words->n == 2 && (streq(words->items[1], "--help") || streq(words->items[1], "-h"));
}

static int run(const struct command *c, const struct words *words, struct ctx *cx)
{
	struct json *conf = json_object(cx->mem);
	int rc = 0;

	log_open(NULL, c->needs & CHATTY ? LOG_INFO_ : LOG_ERROR_);
	if (c->needs & CONF)
		rc = config_load(cx, &conf, NULL);
	cx->conf = conf;
	if (rc == 0 && (c->needs & DB))
		cx->db = db_new(json_path(conf, "backend", "database", "connection", NULL));
	if (rc == 0)
		rc = c->run(cx, (int)words->n, words->items);
	if (rc < 0)
		fprintf(stderr, "callboard %s: %s\n", c->name, cx->err.text);
	if (rc == CMD_USAGE)
		print_usage(stderr, c);
	if (cx->db)
		db_free(cx->db);
	return rc == CMD_USAGE ? 2 : rc < 0 ? 1 : rc;
}

int main(int argc, char **argv)
{
	static char help[] = "help", version[] = "version";
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem, .request_id = "" };
	struct words words = { 0 };
	struct files files = { 0 };
	const struct command *c;
	int status = argc > 0 ? split_arguments(&mem, argv, &words, &files) : 2;

	signal(SIGPIPE, SIG_IGN);
	if (status)
		return status;
	if (words.n == 0) {
		print_commands(stderr);
		return 2;
	}
	if (streq(words.items[0], "--help") || streq(words.items[0], "-h"))
		words.items[0] = help;
	if (streq(words.items[0], "--version"))
		words.items[0] = version;
	c = find_command(words.items[0]);
	if (!c)
		return unknown_command(words.items[0]);
	if (wants_help(&words)) {
		print_command(c);
		return 0;
	}
	if (c->most >= 0 && words.n > (size_t)c->most + 1) {
		fprintf(stderr, "callboard %s: too many arguments, at '%s'\n", c->name, words.items[c->most + 1]);
		print_usage(stderr, c);
		return 2;
	}
	config_use(files.items, files.n);
	status = run(c, &words, &cx);
	if (fflush(stdout) != 0 && errno != EPIPE && status == 0) {
		fprintf(stderr, "callboard: cannot write: %s\n", strerror(errno));
		status = 1;
	}
	return status;
}
