/* callboard.http: requests to the hosts that a plugin declares, with the credentials of the integrations. */
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "catalog/scm.h"
#include "ext/fetch.h"
#include "plugins/api.h"

enum { TRIES = 3, MOST_TRIES = 6, MOST_WAIT_S = 120, MOST_BYTES = 16 << 20 };

/* ---- where to ---- */

/* Is a URL at a host where an integration has its pages, its API or its files, and as safe on its way? */
static bool is_of(struct ctx *cx, const struct scm *s, const struct url *asked)
{
	const char *const urls[] = { s->base, s->api, s->raw };
	struct err before = cx->err;
	bool is = false;
	struct url u;

	for (size_t k = 0; k < LEN(urls) && !is; k++)
		is = *urls[k] && url_parse(cx, urls[k], &u) == 0 && streq(u.authority, asked->authority) &&
		     streq(u.scheme, asked->scheme);
	cx->err = before;
	return is;
}

/* The integration of that kind (NULL: of any) that has this URL's host. */
static const struct scm *integration_of(struct ctx *cx, const char *kind, const struct url *u)
{
	const struct scm_conf *conf = scm_conf(cx);

	for (size_t i = 0; i < conf->scms.n; i++)
		if ((!kind || streq(scm_kind_name(conf->scms.items[i].kind), kind)) && is_of(cx, &conf->scms.items[i], u))
			return &conf->scms.items[i];
	return NULL;
}

/*
 * An entry of capabilities.http: "api.github.com", "host:8443", "*.example.com", "*" (any public host), "config.url": the
 * host of the URL in the plugin's configuration, or "integrations.github": the hosts of those. literal: it names the host
 * itself, so that it may be one inside.
 */
static bool entry_fits(struct ctx *cx, const struct plugin *p, const char *entry, const struct url *u, bool *literal)
{
	struct err before = cx->err;
	struct url own;

	*literal = true;
	if (str_starts(entry, "config.")) {
		const char *url = json_get_text(p->config, entry + strlen("config."), NULL);
		bool is = url && url_parse(cx, url, &own) == 0;

		cx->err = before;
		return is && streq(own.authority, u->authority);
	}
	if (str_starts(entry, "integrations."))
		return integration_of(cx, entry + strlen("integrations."), u) != NULL;
	if (*entry == '*') {
		*literal = false;
		return !entry[1] ||
		       (entry[1] == '.' && !*u->port && strlen(u->host) > strlen(entry + 1) && str_ends(u->host, entry + 1));
	}
	return str_ieq(entry, u->authority);
}

struct asked_host {
	const struct plugin *plugin;
	bool literal;  /* the host that was asked first */
	unsigned hops; /* 0: nothing was asked yet */
};

static int allow(struct ctx *cx, const char *url, void *arg)
{
	struct asked_host *a = arg;
	const struct json *hosts = json_get(a->plugin->capabilities, "http");
	bool fits = false, literal = false;
	struct url u;
	int rc = url_parse(cx, url, &u);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < json_len(hosts); i++) {
		bool by_name;

		if (entry_fits(cx, a->plugin, json_text(hosts->a.items[i], ""), &u, &by_name)) {
			fits = true;
			literal |= by_name;
		}
	}
	/* One inside may be asked because it is named, not because one that is named leads to it. */
	if (fits && !(a->hops && a->literal && !literal)) {
		a->literal = a->hops++ ? a->literal : literal;
		return 0;
	}
	return fail(cx, ERR_DENIED, "capabilities.http in plugin.lua does not name %s", u.authority);
}

/* ---- what ---- */

/* What says how a request is framed, or to whom it goes, is ours to say. */
static bool is_ours(struct str name)
{
	static const char *const names[] = { "host", "content-length", "transfer-encoding", "connection", "upgrade",
					     "te",   "expect",         "trailer",           "keep-alive", "proxy-connection" };
	char lower[32];

	for (size_t i = 0; i < sizeof(lower) && i < name.n; i++)
		lower[i] = ascii_lower(name.p[i]);
	for (size_t i = 0; i < LEN(names); i++)
		if (name.n < sizeof(lower) && str_is((struct str){ lower, name.n }, names[i]))
			return true;
	return false;
}

static int header_list(struct ctx *cx, const struct json *options, struct fetch_request *rq)
{
	const struct json *headers = json_get(options, "headers");
	size_t n = json_len(headers);
	struct fetch_header *h = arena_array(cx->mem, struct fetch_header, rq->n_headers + n + 1);

	for (size_t i = 0; i < rq->n_headers; i++)
		h[i] = rq->headers[i];
	for (size_t i = 0; i < n; i++) {
		struct str key = headers->o.m[i].key;
		const char *value = json_text(headers->o.m[i].value, NULL);

		if (!value)
			return fail(cx, ERR_INPUT, "headers.%.*s must be a text", (int)key.n, key.p);
		if (is_ours(key))
			return fail(cx, ERR_INPUT, "headers.%.*s is not a plugin's to set", (int)key.n, key.p);
		h[rq->n_headers++] = (struct fetch_header){ arena_strndup(cx->mem, key.p, key.n), value };
	}
	if (json_get(options, "json"))
		h[rq->n_headers++] = (struct fetch_header){ "Content-Type", "application/json" };
	rq->headers = h;
	return 0;
}

static bool declares(const struct plugin *p, const char *entry)
{
	const struct json *hosts = json_get(p->capabilities, "http");

	for (size_t i = 0; i < json_len(hosts); i++)
		if (streq(json_text(hosts->a.items[i], ""), entry))
			return true;
	return false;
}

/* auth = "integration": what integrations.github and its like have for the host of the URL. */
static int add_credentials(struct ctx *cx, const struct plugin *p, const struct json *options, const char *url,
			   struct fetch_request *rq)
{
	const char *auth = json_get_text(options, "auth", NULL);
	const struct scm *found;
	struct url u;
	int rc = auth ? url_parse(cx, url, &u) : 0;

	if (!auth || rc < 0)
		return rc;
	if (!streq(auth, "integration"))
		return fail(cx, ERR_INPUT, "auth can be \"integration\", not \"%.100s\"", auth);
	found = integration_of(cx, NULL, &u);
	if (!found)
		return fail(cx, ERR_INPUT, "no integration of the configuration is at %s://%s", u.scheme, u.authority);
	/* What the portal may do there is lent to those who say that they want it. */
	if (!declares(p, arena_printf(cx->mem, "integrations.%s", scm_kind_name(found->kind))))
		return fail(cx, ERR_DENIED,
			    "auth = \"integration\" needs capabilities.http = {\"integrations.%s\"} in plugin.lua",
			    scm_kind_name(found->kind));
	scm_headers(cx, found, NULL, rq);
	return 0;
}

static int read_options(struct ctx *cx, const struct plugin *p, const struct json *o, struct fetch_request *rq)
{
	static const char *const known[] = { "method",  "url",     "headers", "json", "body",
					     "timeout", "retries", "etag",    "auth", NULL };
	struct buf body = { .mem = cx->mem };
	int rc = api_only(cx, o, known);

	if (rc < 0)
		return rc;
	*rq = (struct fetch_request){ .method = json_get_text(o, "method", "GET"),
				      .url = json_get_text(o, "url", ""),
				      .etag = json_get_text(o, "etag", NULL),
				      .max_bytes = MOST_BYTES };
	if (!*rq->url)
		return fail(cx, ERR_INPUT, "url is missing");
	rc = add_credentials(cx, p, o, rq->url, rq);
	if (rc == 0)
		rc = header_list(cx, o, rq);
	if (json_get(o, "json"))
		json_write(&body, json_get(o, "json"));
	else
		buf_adds(&body, json_get_text(o, "body", ""));
	if (json_get(o, "json") || json_get(o, "body"))
		rq->body = (struct str){ buf_text(&body), body.n };
	return rc;
}

/* ---- asking, and asking again ---- */

static unsigned time_left_ms(double wanted_s)
{
	uint64_t left = plugin_time_left_us() / 1000, wanted = (uint64_t)(wanted_s * 1000);

	return (unsigned)(wanted < left ? wanted : left);
}

/* In how many seconds a server that counts requests, as GitHub and GitLab do, begins anew; 0: it does not say that it is over.
 */
static long reset_in(const struct fetch_answer *an)
{
	static const char *const names[][2] = { { "x-ratelimit-remaining", "x-ratelimit-reset" },
						{ "ratelimit-remaining", "ratelimit-reset" } };

	for (size_t i = 0; i < LEN(names); i++) {
		const char *left = fetch_header(an->headers, an->n_headers, names[i][0]);
		const char *at = fetch_header(an->headers, an->n_headers, names[i][1]);
		long in = at ? strtol(at, NULL, 10) - (long)(clock_wall_ms() / 1000) : 0;

		if (left && streq(left, "0") && in > 0)
			return in + 1;
	}
	return 0;
}

/* What a server that is asked too much, or is away for the moment, is worth waiting for; 0: nothing. */
static unsigned wait_ms(const struct fetch_answer *an, int rc, unsigned attempt)
{
	unsigned pause = 200U << attempt;

	if (rc == ERR_UPSTREAM || rc == ERR_TIMEOUT)
		return pause;
	if (rc < 0 || !(an->status == 429 || an->status == 502 || an->status == 503 || an->status == 504 ||
			(an->status == 403 && (an->retry_after || reset_in(an)))))
		return 0;
	long seconds = an->retry_after ? strtol(an->retry_after, NULL, 10) : reset_in(an);

	return seconds > MOST_WAIT_S ? 0 : seconds > 0 ? (unsigned)seconds * 1000 : pause;
}

static void pause_ms(unsigned ms)
{
	nanosleep(&(struct timespec){ ms / 1000, (long)(ms % 1000) * 1000000 }, NULL);
}

static int ask(struct ctx *cx, struct fetch_request *rq, double timeout_s, unsigned tries, struct fetch_answer *an)
{
	for (unsigned attempt = 0;; attempt++) {
		rq->timeout_ms = time_left_ms(timeout_s);
		if (rq->timeout_ms == 0)
			return fail(cx, ERR_TIMEOUT, "no time is left to ask %s", rq->url);
		int rc = fetch(cx, rq, an);
		unsigned wait = wait_ms(an, rc, attempt);

		if (!wait || attempt + 1 >= tries || wait >= time_left_ms(MOST_WAIT_S * 10))
			return rc;
		pause_ms(wait);
	}
}

static struct json *answer_json(struct ctx *cx, const struct fetch_answer *an)
{
	struct arena *mem = cx->mem;
	struct json *v = json_object(mem), *headers = json_object(mem), *body;
	struct err before = cx->err;
	bool text = utf8_valid(an->body.p ? an->body.p : "", an->body.n);

	json_set(mem, v, "status", json_num(mem, an->status));
	json_set(mem, v, "ok", json_bool(mem, an->status >= 200 && an->status < 300));
	for (size_t i = 0; i < an->n_headers; i++)
		if (utf8_valid(an->headers[i].value, strlen(an->headers[i].value)))
			json_set(mem, headers, an->headers[i].name, json_str(mem, an->headers[i].value));
	json_set(mem, v, "headers", headers);
	json_set(mem, v, "url", json_str(mem, an->url ? an->url : ""));
	if (text)
		json_set(mem, v, "body", json_strn(mem, an->body.p ? an->body.p : "", an->body.n));
	if (text && an->body.n && strstr(an->content_type, "json")) {
		if (api_json(cx, an->body, &body) == 0)
			json_set(mem, v, "json", body);
		else
			json_set(mem, v, "json_error", json_str(mem, cx->err.text));
	}
	cx->err = before;
	return v;
}

int api_http_request(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const struct json *o;
	struct fetch_request rq;
	struct fetch_answer an = { 0 };
	struct asked_host host = { .plugin = p };
	int rc = api_table(cx, args, n, 0, "options", true, &o);

	if (rc == 0)
		rc = read_options(cx, p, o, &rq);
	if (rc == 0)
		rc = allow(cx, rq.url, &host);
	if (rc < 0)
		return rc;
	bool safe = streq(rq.method, "GET") || streq(rq.method, "HEAD");
	double tries = json_get_num(o, "retries", safe ? TRIES - 1 : 0) + 1;

	rq.allow = allow;
	rq.allow_arg = &host;
	rq.public_only = !host.literal;
	rc = ask(cx, &rq, json_get_num(o, "timeout", 30),
		 tries < 1            ? 1
		 : tries > MOST_TRIES ? MOST_TRIES
				      : (unsigned)tries,
		 &an);
	if (rc < 0)
		return rc;
	*out = answer_json(cx, &an);
	return 0;
}
