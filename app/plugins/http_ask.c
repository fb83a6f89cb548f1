/* Requests that Lua makes: their options, asking again, and the answer as a value. */
#include "plugins/http_ask.h"

#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "plugins/api.h"

enum { TRIES = 3, MOST_TRIES = 6, MOST_WAIT_S = 120, MOST_BYTES = 16 << 20, LOOK_MS = 100 };

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

static bool is_set(const struct fetch_request *rq, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(rq->headers[i].name) == name.n && strncasecmp(rq->headers[i].name, name.p, name.n) == 0)
			return true;
	return false;
}

/* What was set before stays: credentials, and what the configuration wants to be sent. */
static int header_list(struct ctx *cx, const struct json *options, struct fetch_request *rq)
{
	const struct json *headers = json_get(options, "headers");
	size_t n = json_len(headers), before = rq->n_headers;
	struct fetch_header *h = arena_array(cx->mem, struct fetch_header, rq->n_headers + n + 1);

	for (size_t i = 0; i < rq->n_headers; i++)
		h[i] = rq->headers[i];
	for (size_t i = 0; i < n; i++) {
		struct str key = headers->o.m[i].key;
		const char *value = json_text(headers->o.m[i].value, NULL);

		if (!value)
			return fail(cx, ERR_INPUT, "headers.%.*s must be a text", (int)key.n, key.p);
		if (is_ours(key))
			return fail(cx, ERR_INPUT, "headers.%.*s is not yours to set", (int)key.n, key.p);
		if (is_set(rq, before, key))
			continue;
		h[rq->n_headers++] = (struct fetch_header){ arena_strndup(cx->mem, key.p, key.n), value };
	}
	if (json_get(options, "json"))
		h[rq->n_headers++] = (struct fetch_header){ "Content-Type", "application/json" };
	rq->headers = h;
	return 0;
}

static int by_key(const void *a, const void *b)
{
	const struct json_member *x = a, *y = b;

	return strcmp(x->key.p, y->key.p);
}

/* query: {name = text, number, boolean, or a list of those} behind the URL. */
static int add_query(struct ctx *cx, const struct json *query, struct fetch_request *rq)
{
	struct buf b = { .mem = cx->mem };

	/* Lua's tables know no order, and one address should be one address. */
	if (json_is(query, JSON_OBJECT) && query->o.n > 1)
		qsort(query->o.m, query->o.n, sizeof(*query->o.m), by_key);
	buf_adds(&b, rq->url);
	for (size_t i = 0; json_is(query, JSON_OBJECT) && i < query->o.n; i++) {
		const struct json *v = query->o.m[i].value;
		size_t n = json_is(v, JSON_ARRAY) ? v->a.n : 1;

		for (size_t k = 0; k < n; k++) {
			const struct json *one = json_is(v, JSON_ARRAY) ? v->a.items[k] : v;
			struct buf text = { .mem = cx->mem };

			if (json_is(one, JSON_ARRAY) || json_is(one, JSON_OBJECT))
				return fail(cx, ERR_INPUT, "query.%s must be a text, a number or a boolean",
					    query->o.m[i].key.p);
			if (json_is(one, JSON_STRING))
				buf_adds(&text, one->s.p);
			else
				json_write(&text, one);
			buf_addf(&b, "%s%s=%s", strchr(buf_text(&b), '?') ? "&" : "?",
				 url_encode(cx->mem, query->o.m[i].key.p, false), url_encode(cx->mem, buf_text(&text), false));
		}
	}
	rq->url = buf_text(&b);
	return 0;
}

static void add_body(struct ctx *cx, const struct json *o, struct fetch_request *rq)
{
	struct buf body = { .mem = cx->mem };

	if (json_get(o, "json"))
		json_write(&body, json_get(o, "json"));
	else
		buf_adds(&body, json_get_text(o, "body", ""));
	if (json_get(o, "json") || json_get(o, "body"))
		rq->body = (struct str){ buf_text(&body), body.n };
}

int http_ask_read(struct ctx *cx, const struct json *o, struct http_ask *out)
{
	static const char *const known[] = { "method",  "url",     "headers", "query", "json",  "body",
					     "timeout", "retries", "etag",    "auth",  "owner", NULL };
	struct fetch_request *rq = &out->rq;
	int rc = api_only(cx, o, known);

	if (rc < 0)
		return rc;
	rq->method = json_get_text(o, "method", "GET");
	rq->url = json_get_text(o, "url", "");
	rq->etag = json_get_text(o, "etag", NULL);
	rq->max_bytes = MOST_BYTES;
	if (!*rq->url)
		return fail(cx, ERR_INPUT, "url is missing");
	rc = header_list(cx, o, rq);
	if (rc == 0)
		rc = add_query(cx, json_get(o, "query"), rq);
	add_body(cx, o, rq);
	bool safe = streq(rq->method, "GET") || streq(rq->method, "HEAD");
	double tries = json_get_num(o, "retries", safe ? TRIES - 1 : 0) + 1;

	out->timeout_s = json_get_num(o, "timeout", 30);
	out->tries = tries < 1 ? 1 : tries > MOST_TRIES ? MOST_TRIES : (unsigned)tries;
	return rc;
}

/* ---- asking, and asking again ---- */

static unsigned time_left_ms(const struct http_ask *ask, double wanted_s)
{
	uint64_t left = ask->left_us() / 1000, wanted = (uint64_t)(wanted_s * 1000);

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

/* In short pieces, for whoever asks may be told to stop. */
static bool pause_ms(const struct http_ask *ask, unsigned ms)
{
	for (unsigned piece; ms; ms -= piece) {
		piece = ms < LOOK_MS ? ms : LOOK_MS;
		nanosleep(&(struct timespec){ 0, (long)piece * 1000000 }, NULL);
		if (ask->rq.stop && ask->rq.stop(ask->rq.stop_arg))
			return false;
	}
	return true;
}

int http_ask(struct ctx *cx, struct http_ask *ask, struct fetch_answer *an)
{
	for (unsigned attempt = 0;; attempt++) {
		ask->rq.timeout_ms = time_left_ms(ask, ask->timeout_s);
		if (ask->rq.timeout_ms == 0)
			return fail(cx, ERR_TIMEOUT, "no time is left to ask %s", url_shown(cx->mem, ask->rq.url));
		int rc = fetch(cx, &ask->rq, an);
		unsigned wait = wait_ms(an, rc, attempt);

		if (!wait || attempt + 1 >= ask->tries || wait >= time_left_ms(ask, MOST_WAIT_S * 10))
			return rc;
		if (!pause_ms(ask, wait))
			return fail(cx, ERR_CONFLICT, "%s: cancelled", url_shown(cx->mem, ask->rq.url));
	}
}

struct json *http_answer(struct ctx *cx, const struct fetch_answer *an)
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
