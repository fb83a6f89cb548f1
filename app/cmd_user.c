/* callboard user: accounts with a password of the portal's own, and the sessions and tokens of users. */
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cmd.h"
#include "identity/access_token.h"
#include "identity/local_user.h"
#include "identity/name.h"
#include "identity/session.h"

struct options {
	const char *name, *ref, *email;
	bool from_stdin;
};

/* One line without its end; ERR_INPUT when there is none. */
static int read_line(struct ctx *cx, const char **out)
{
	static char line[PASSWORD_MOST + 3];

	if (!fgets(line, sizeof(line), stdin))
		return fail(cx, ERR_INPUT, "no password was given");
	line[strcspn(line, "\r\n")] = '\0';
	*out = arena_strdup(cx->mem, line);
	log_mask(*out);
	return 0;
}

/* Asks at the terminal, without showing what is typed. */
static int prompt(struct ctx *cx, const char *question, const char **out)
{
	struct termios before, silent;

	if (tcgetattr(STDIN_FILENO, &before) < 0)
		return cmd_usage(cx, "there is no terminal to ask at; use --password-stdin");
	silent = before;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	fprintf(stderr, "%s: ", question);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	int rc = read_line(cx, out);

	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	fputc('\n', stderr);
	return rc;
}

static int get_password(struct ctx *cx, const struct options *o, const char **out)
{
	const char *again = NULL;

	if (o->from_stdin)
		return read_line(cx, out);
	int rc = prompt(cx, "Password", out);

	if (rc == 0)
		rc = prompt(cx, "Once more", &again);
	return rc == 0 && !streq(*out, again) ? fail(cx, ERR_INPUT, "that was not the same twice") : rc;
}

static int add(struct ctx *cx, const struct options *o)
{
	const char *password = NULL;
	int rc = get_password(cx, o, &password);

	if (rc == 0)
		rc = local_user_add(cx, o->name, o->ref, o->email, password);
	return rc;
}

static int list(struct ctx *cx, const struct options *o)
{
	struct local_users users = { 0 };
	int rc = local_user_list(cx, &users);

	(void)o;
	for (size_t i = 0; rc == 0 && i < users.n; i++) {
		const struct local_user *u = &users.items[i];
		char created[25];

		clock_format(u->created_ms, created);
		printf("%-20s %-32s %-28s %.10s%s\n", u->name, u->ref, *u->email ? u->email : "-", created,
		       u->disabled ? "  disabled" : "");
	}
	return rc;
}

static int disable(struct ctx *cx, const struct options *o)
{
	return local_user_disable(cx, o->name, true);
}

static int enable(struct ctx *cx, const struct options *o)
{
	return local_user_disable(cx, o->name, false);
}

static int password(struct ctx *cx, const struct options *o)
{
	struct local_user u;
	const char *text = NULL;
	int rc = local_user_get(cx, o->name, &u);

	if (rc == 0)
		rc = get_password(cx, o, &text);
	return rc == 0 ? local_user_password(cx, o->name, text) : rc;
}

/* The entity ref meant by NAME: itself, that of the account, or user:default/NAME of people who sign in elsewhere. */
static int find_ref(struct ctx *cx, const char *name, const char **out)
{
	struct local_user u;

	if (strchr(name, ':')) {
		*out = str_lower(cx->mem, name, strlen(name));
		return is_user_ref(*out) ? 0 : cmd_usage(cx, "'%s' is no whole reference such as user:default/ana", name);
	}
	int rc = local_user_get(cx, name, &u);

	if (rc == ERR_NOTFOUND && is_entity_name(name)) {
		*out = user_ref(cx->mem, name);
		return 0;
	}
	*out = rc == 0 ? u.ref : NULL;
	return rc;
}

static int sessions(struct ctx *cx, const struct options *o)
{
	struct session_list l = { 0 };
	const char *ref = NULL;
	int rc = find_ref(cx, o->name, &ref);

	if (rc == 0)
		rc = session_list(cx, ref, &l);
	for (size_t i = 0; rc == 0 && i < l.n; i++) {
		char created[25], seen[25];

		clock_format(l.items[i].created_ms, created);
		clock_format(l.items[i].seen_ms, seen);
		printf("%-8llu %-12s %-20s since %.16s  seen %.16s  %s\n", (unsigned long long)l.items[i].id,
		       l.items[i].provider, l.items[i].ip, created, seen, l.items[i].agent);
	}
	return rc;
}

static int sign_out(struct ctx *cx, const struct options *o)
{
	const char *ref = NULL;
	int rc = find_ref(cx, o->name, &ref);

	if (rc == 0)
		rc = session_end_all(cx, ref);
	return rc == 0 ? access_token_revoke_all(cx, ref) : rc;
}

static const struct sub {
	const char *name;
	int (*run)(struct ctx *cx, const struct options *o);
	bool named, asks;
} subs[] = {
	{ "add", add, true, true },
	{ "list", list, false, false },
	{ "disable", disable, true, false },
	{ "enable", enable, true, false },
	{ "password", password, true, true },
	{ "sessions", sessions, true, false },
	{ "sign-out", sign_out, true, false },
};

static int read_options(struct ctx *cx, const struct sub *sub, char **argv, struct options *o)
{
	bool adds = streq(sub->name, "add");

	for (char **a = argv; *a; a++) {
		const char **into = streq(*a, "--ref") ? &o->ref : streq(*a, "--email") ? &o->email : NULL;

		if (streq(*a, "--password-stdin") && sub->asks) {
			o->from_stdin = true;
		} else if (into && adds) {
			if (!a[1])
				return cmd_usage(cx, "%s needs a value", *a);
			*into = *++a;
		} else if (**a == '-' || o->name || !sub->named) {
			return cmd_usage(cx, "user %s does not take '%s'", sub->name, *a);
		} else {
			o->name = *a;
		}
	}
	return sub->named && !o->name ? cmd_usage(cx, "user %s needs a name", sub->name) : 0;
}

int cmd_user(struct ctx *cx, int argc, char **argv)
{
	struct options o = { 0 };
	int rc;

	if (argc < 2)
		return cmd_usage(cx, "say what to do: add, list, disable, enable, password, sessions or sign-out");
	for (size_t i = 0; i < LEN(subs); i++) {
		if (!streq(argv[1], subs[i].name))
			continue;
		rc = read_options(cx, &subs[i], argv + 2, &o);
		return rc == 0 ? subs[i].run(cx, &o) : rc;
	}
	return cmd_usage(cx, "there is no 'user %s'", argv[1]);
}
