/* callboard request: answers one request in this process, as a worker would. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/log.h"
#include "cmd.h"
#include "handlers/page.h"
#include "identity/decider.h"
#include "identity/identity.h"
#include "index/client.h"
#include "kubernetes/ask.h"
#include "kubernetes/cluster.h"
#include "search/search.h"
#include "plugins/action.h"
#include "plugins/decision.h"
#include "plugins/plugin.h"
#include "server/config.h"
#include "server/dispatch.h"
#include "server/settings.h"
#include "web/stream.h"

struct words {
	char **items;
	size_t n, cap;
};

struct options {
	const char *method, *path, *as;
	struct str body;
	struct words env; /* CGI variables of the headers */
};

/* "Accept: text/html" becomes HTTP_ACCEPT=text/html; the two that CGI names otherwise keep their own names. */
static int add_header(struct ctx *cx, struct options *o, const char *line)
{
	const char *colon = strchr(line, ':');
	struct str value = str_trim(str_of(colon ? colon + 1 : NULL));
	size_t n = colon ? (size_t)(colon - line) : 0;
	char *name = arena_strndup(cx->mem, line, n);

	if (n == 0)
		return cmd_usage(cx, "-H needs 'NAME: VALUE', not '%s'", line);
	for (char *p = name; *p; p++) {
		if (!ascii_alnum(*p) && *p != '-')
			return cmd_usage(cx, "'%s' is not the name of a header", name);
		*p = *p == '-' ? '_' : *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
	}

	const char *prefix = streq(name, "CONTENT_TYPE") || streq(name, "CONTENT_LENGTH") ? "" : "HTTP_";

	*list_add(cx->mem, &o->env) = arena_printf(cx->mem, "%s%s=%.*s", prefix, name, (int)value.n, value.n ? value.p : "");
	return 0;
}

static int read_body(struct ctx *cx, const char *arg, struct str *out)
{
	struct buf b = { .mem = cx->mem };
	FILE *f;
	size_t n = 1;

	if (*arg != '@') {
		*out = str_of(arg);
		return 0;
	}
	f = streq(arg, "@-") ? stdin : fopen(arg + 1, "re");
	if (!f)
		return fail(cx, ERR_INPUT, "cannot read '%s': %s", arg + 1, strerror(errno));
	for (; n > 0; b.n += n) {
		buf_need(&b, 65536);
		n = fread(b.p + b.n, 1, 65536, f);
	}
	*out = (struct str){ b.p, b.n };
	if (f != stdin)
		fclose(f);
	return 0;
}

static int read_option(struct ctx *cx, struct options *o, const char *name, const char *value)
{
	if (!value)
		return cmd_usage(cx, "%s needs a value", name);
	if (streq(name, "-H"))
		return add_header(cx, o, value);
	if (streq(name, "-d"))
		return read_body(cx, value, &o->body);
	if (!strchr(value, ':') || !strchr(value, '/'))
		return cmd_usage(cx, "--as needs a whole reference such as user:default/ana, not '%s'", value);
	o->as = value;
	return 0;
}

static int read_options(struct ctx *cx, int argc, char **argv, struct options *o)
{
	int rc = 0;

	for (int i = 1; i < argc && rc == 0; i++) {
		if (streq(argv[i], "-v"))
			log_open(NULL, LOG_DEBUG_);
		else if (streq(argv[i], "-H") || streq(argv[i], "-d") || streq(argv[i], "--as"))
			rc = read_option(cx, o, argv[i], argv[i + 1]), i++;
		else if (argv[i][0] == '-')
			rc = cmd_usage(cx, "unknown option %s", argv[i]);
		else if (!o->method)
			o->method = argv[i];
		else if (!o->path)
			o->path = argv[i];
		else
			rc = cmd_usage(cx, "'%s' is one argument too many", argv[i]);
	}
	if (rc == 0 && !o->path)
		rc = cmd_usage(cx, "a method and a path are needed");
	if (rc == 0 && *o->path != '/')
		rc = cmd_usage(cx, "the path must begin with '/', not '%s'", o->path);
	return rc;
}

static bool has(const struct options *o, const char *name)
{
	for (size_t i = 0; i < o->env.n; i++)
		if (str_starts(o->env.items[i], name) && o->env.items[i][strlen(name)] == '=')
			return true;
	return false;
}

static int write_piece(struct ctx *cx, struct stream *to, struct str bytes)
{
	(void)to;
	if (fwrite(bytes.p, 1, bytes.n, stdout) != bytes.n || fflush(stdout) != 0)
		return fail(cx, ERR_UPSTREAM, "cannot write: %s", strerror(errno));
	return 0;
}

/* Prints the head in HTTP's own form, then the body. */
static size_t send_answer(struct req *rq, struct resp *rs)
{
	struct buf head = { .mem = rs->mem };
	struct stream to = { .write = write_piece };
	struct str line;

	resp_head(rq, rs, &head);
	for (struct str rest = buf_str(&head); rest.p && rest.n;) {
		line = str_trim(str_cut(&rest, '\n'));
		if (line.n > 8 && memcmp(line.p, "Status: ", 8) == 0)
			printf("HTTP/1.1 %.*s\n", (int)line.n - 8, line.p + 8);
		else
			printf("%.*s\n", (int)line.n, line.n ? line.p : "");
	}
	if (rq->method == HEAD)
		return 0;
	if (rs->stream) {
		rs->stream(rq->cx, &to, rs->stream_arg);
		return to.sent;
	}
	fwrite(buf_text(&rs->body), 1, rs->body.n, stdout);
	if (rs->body.n && rs->body.p[rs->body.n - 1] != '\n')
		putchar('\n');
	return rs->body.n;
}

static void fill(struct ctx *cx, struct options *o)
{
	const char *query = strchr(o->path, '?');

	*list_add(cx->mem, &o->env) = arena_printf(cx->mem, "REQUEST_METHOD=%s", o->method);
	*list_add(cx->mem, &o->env) = arena_printf(cx->mem, "REQUEST_URI=%s", o->path);
	*list_add(cx->mem, &o->env) = arena_printf(cx->mem, "QUERY_STRING=%s", query ? query + 1 : "");
	*list_add(cx->mem, &o->env) = arena_printf(cx->mem, "REMOTE_ADDR=127.0.0.1");
	if (o->body.p && !has(o, "CONTENT_LENGTH"))
		*list_add(cx->mem, &o->env) = arena_printf(cx->mem, "CONTENT_LENGTH=%zu", o->body.n);
	if (o->body.p && !has(o, "CONTENT_TYPE"))
		*list_add(cx->mem, &o->env) = arena_printf(cx->mem, "CONTENT_TYPE=%s", "application/json");
	*list_add(cx->mem, &o->env) = NULL;
}

/* "user:default/ana,group:default/platform": who asks, and what they own beside themselves. */
static const struct who *become(struct ctx *cx, const char *refs)
{
	struct who *who = arena_new(cx->mem, struct who);
	struct text_list owns = { 0 };
	struct str rest = str_of(refs);

	while (rest.p) {
		struct str one = str_trim(str_cut(&rest, ','));

		if (one.n)
			*list_add(cx->mem, &owns) = arena_strndup(cx->mem, one.p, one.n);
	}
	*list_add(cx->mem, &owns) = NULL;
	who->kind = WHO_USER;
	who->ref = owns.items[0];
	who->name = strrchr(who->ref, '/') ? strrchr(who->ref, '/') + 1 : who->ref;
	who->owns = owns.items;
	who->by_cookie = true;
	return who;
}

int cmd_request(struct ctx *cx, int argc, char **argv)
{
	struct options o = { 0 };
	struct req rq = { .cx = cx };
	struct resp rs = { .mem = cx->mem, .body = { .mem = cx->mem }, .send = send_answer };
	int rc = read_options(cx, argc, argv, &o);

	index_client_setup(settings_index_socket(cx), NULL, true);
	search_client_setup(settings_search_socket(cx), NULL);
	kube_client_setup(clusters_wanted(cx) ? settings_kube_socket(cx) : NULL);

	if (rc == 0)
		rc = page_prepare(cx);
	if (rc == 0)
		rc = plugins_prepare(cx);
	if (rc == 0)
		rc = actions_prepare(cx);
	if (rc < 0)
		return rc;
	decider_set(decision_here);
	fill(cx, &o);
	if (o.as)
		rq.as = become(cx, o.as);
	rq.fault = req_from_cgi(&rq, o.env.items);
	rq.body = o.body;
	rq.local = true;
	dispatch(&rq, &rs);
	return rs.status >= 400 ? 1 : 0;
}
