/* HTTP requests to other servers (libcurl): limits, address checks, no surprises. */
#include "ext/fetch_private.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/list.h"
#include "ext/address.h"

enum { TIMEOUT_MS = 30000, CONNECT_MS = 5000, MAX_BYTES = 10 << 20, MAX_HOPS = 5, KEPT = 32, MOST_HEADERS = 100 };

/*
 * Connections are kept in one handle for requests to any address and one for public ones only: a connection that was made
 * without the address check must not serve a request that needs it. Made on first use, anew in a forked child (the
 * parent's sockets are not ours to use or to close).
 */
CURLM *fetch_pool(enum fetch_pool which)
{
	static CURLM *pools[FETCH_POOLS];
	static pid_t owner;

	if (owner != getpid()) {
		if (!owner && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
			abort();
		memset(pools, 0, sizeof(pools));
		owner = getpid();
	}

	CURLM **m = &pools[which];

	if (!*m) {
		*m = curl_multi_init();
		if (!*m)
			abort();
		curl_multi_setopt(*m, CURLMOPT_MAXCONNECTS, (long)KEPT);
	}
	return *m;
}

/* Goes to a URL, the first or a redirect's target: may we, and what of it do we send? */
static int go_to(struct transfer *t, const char *text)
{
	struct ctx *cx = t->cx;
	const char *whole = url_resolve(cx, text, "");
	struct url u;

	if (!whole)
		return fail(cx, ERR_INPUT, "the address is not a URL");
	if (url_parse(cx, whole, &u) < 0)
		return cx->err.code;
	t->url = arena_printf(cx->mem, "%s://%s%s%s%s", u.scheme, u.authority, u.path, *u.query ? "?" : "", u.query);
	t->shown = url_shown(cx->mem, t->url);
	if (!streq(u.scheme, "http") && !streq(u.scheme, "https"))
		return fail(cx, ERR_DENIED, "%s: only http and https are fetched", t->shown);
	return t->rq->allow ? t->rq->allow(cx, t->url, t->rq->allow_arg) : 0;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;

	n *= size;
	if (t->flow)
		return fetch_flow_body(t->flow, bytes, n);
	if (n > t->max - t->received.n) {
		t->too_large = true;
		return CURL_WRITEFUNC_ERROR;
	}
	buf_add(&t->received, bytes, n);
	return n;
}

/* A server that sends thousands is not believed more than this. */
static void add_head(struct transfer *t, struct str name, struct str value)
{
	if (t->heads.n < MOST_HEADERS)
		*list_add(t->cx->mem, &t->heads) = (struct fetch_header){ str_lower(t->cx->mem, name.p, name.n),
									  arena_strndup(t->cx->mem, value.p, value.n) };
}

const char *fetch_header(const struct fetch_header *headers, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (streq(headers[i].name, name))
			return headers[i].value;
	return NULL;
}

/* The place a redirect leads to; NULL: it names none. */
static const char *location_of(const struct transfer *t)
{
	const char *to = fetch_header(t->heads.items, t->heads.n, "location");

	return to && *to ? to : NULL;
}

static size_t on_header(char *line, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	struct str value = { line, n * size };

	/* A status line begins a new head: what came before belongs to "100 Continue" and the like. */
	if (value.n > 5 && memcmp(line, "HTTP/", 5) == 0)
		t->heads.n = 0;
	if (t->flow && str_trim(value).n == 0)
		fetch_flow_head(t->flow);

	struct str name = str_cut(&value, ':');

	if (value.p)
		add_head(t, name, str_trim(value));
	return n * size;
}

/* The address is the one connected to: a name that resolves to something else by now has no chance. */
static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct transfer *t = arg;

	if (purpose != CURLSOCKTYPE_IPCXN || (t->rq->public_only && !address_public(&to->addr, to->addrlen))) {
		t->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static int on_time(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct transfer *t = arg;

	(void)a, (void)b, (void)c, (void)d;
	return t->rq->stop(t->rq->stop_arg);
}

/* Authorization, Private-Token, X-Api-Key, and what others call theirs. */
static bool is_secret_header(const char *name)
{
	static const char *const words[] = { "auth", "token", "key", "cookie", "secret", "credential", "password", "session" };

	for (size_t i = 0; i < LEN(words); i++)
		if (strcasestr(name, words[i]))
			return true;
	return false;
}

static bool is_token(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++)
		if (!ascii_alnum(*s) && !strchr("!#$%&'*+-.^_`|~", *s))
			return false;
	return true;
}

static void add_header(struct transfer *t, const char *line)
{
	struct curl_slist *more = curl_slist_append(t->headers, line);

	if (!more)
		abort();
	t->headers = more;
}

static int set_headers(struct transfer *t)
{
	const struct fetch_request *rq = t->rq;
	bool typed = false;

	curl_slist_free_all(t->headers);
	t->headers = NULL;
	for (size_t i = 0; i < rq->n_headers; i++) {
		const char *name = rq->headers[i].name, *value = rq->headers[i].value;

		if (!is_token(name) || strpbrk(value, "\r\n"))
			return fail(t->cx, ERR_INPUT, "%s: a header of the request has characters that are not allowed",
				    t->shown);
		if (!t->secrets && is_secret_header(name))
			continue;
		typed = typed || str_ieq(name, "Content-Type");
		/* libcurl reads "name:" as "leave it out" and "name;" as an empty value. */
		add_header(t, *value ? arena_printf(t->cx->mem, "%s: %s", name, value) : arena_printf(t->cx->mem, "%s;", name));
	}
	if (rq->etag && strpbrk(rq->etag, "\r\n"))
		return fail(t->cx, ERR_INPUT, "%s: the ETag has a line end", t->shown);
	if (rq->etag)
		add_header(t, arena_printf(t->cx->mem, "If-None-Match: %s", rq->etag));
	if (!typed)
		add_header(t, "Content-Type:"); /* libcurl would name a form */
	add_header(t, "Expect:");
	curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
	return 0;
}

static void set_method(struct transfer *t)
{
	bool sends = streq(t->method, "POST") || streq(t->method, "PUT") || streq(t->method, "PATCH");

	curl_easy_setopt(t->easy, CURLOPT_HTTPGET, 1L);
	if (t->body.p || sends) {
		curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
		curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->body.n);
		curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, t->body.p ? t->body.p : "");
	}
	curl_easy_setopt(t->easy, CURLOPT_NOBODY, streq(t->method, "HEAD") && !t->body.p ? 1L : 0L);
	curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, t->method);
}

/* What changes from one hop to the next. */
static int aim(struct transfer *t)
{
	uint64_t now = clock_mono_us();
	int rc = set_headers(t);

	if (rc < 0)
		return rc;
	if (now + 1000 > t->deadline)
		return fail(t->cx, ERR_TIMEOUT, "%s: no answer in time", t->shown);
	set_method(t);
	curl_easy_setopt(t->easy, CURLOPT_URL, t->url);
	curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, (long)((t->deadline - now) / 1000));
	curl_easy_setopt(t->easy, CURLOPT_USERNAME, t->secrets && *t->user ? t->user : NULL);
	curl_easy_setopt(t->easy, CURLOPT_PASSWORD, t->secrets && *t->user ? t->password : NULL);
	buf_clear(&t->received);
	t->refused = false;
	return 0;
}

static void set_blob(CURL *e, CURLoption option, struct str pem)
{
	struct curl_blob blob = { .len = pem.n, .flags = CURL_BLOB_COPY };

	/* libcurl takes it as writable and copies it all the same. */
	memcpy(&blob.data, &pem.p, sizeof(blob.data));
	if (pem.p)
		curl_easy_setopt(e, option, &blob);
}

static void set_certificates(CURL *e, const struct fetch_request *rq)
{
	if (rq->ca_file)
		curl_easy_setopt(e, CURLOPT_CAINFO, rq->ca_file);
	set_blob(e, CURLOPT_CAINFO_BLOB, rq->ca);
	/* Beside a file or a text, libcurl would believe those of the system's folder, too. */
	if (rq->ca.p)
		curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	set_blob(e, CURLOPT_SSLCERT_BLOB, rq->certificate);
	set_blob(e, CURLOPT_SSLKEY_BLOB, rq->key);
}

/* What holds for all hops. */
static void set_up(struct transfer *t)
{
	CURL *e = t->easy = curl_easy_init();

	if (!e)
		abort();
	curl_easy_setopt(e, CURLOPT_PRIVATE, t);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->why);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "callboard");
	if (!t->rq->raw)
		curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "");
	if (t->rq->unverified) {
		curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (t->rq->stop) {
		curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, on_time);
		curl_easy_setopt(e, CURLOPT_XFERINFODATA, t);
		curl_easy_setopt(e, CURLOPT_NOPROGRESS, 0L);
	}
	if (t->rq->idle_ms) {
		curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, 1L);
		curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, (long)(t->rq->idle_ms + 999) / 1000);
	}
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)(t->rq->connect_ms ? t->rq->connect_ms : CONNECT_MS));
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, t);
	set_certificates(e, t->rq);
	/* Behind a proxy the address connected to would be the proxy's. */
	if (t->rq->public_only)
		curl_easy_setopt(e, CURLOPT_PROXY, "");
	/* All flows share one pool, in which there may be a connection that was made without looking at the address. */
	if (t->rq->public_only && t->flow) {
		curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
		curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
	}
}

/* User and password of the URL, decoded; they are not part of t->url. */
static void take_user(struct transfer *t)
{
	const char *at = strstr(t->rq->url, "://");
	size_t n = at ? strcspn(at + 3, "/?#\\") : 0;
	const char *end = n ? memrchr(at + 3, '@', n) : NULL;

	t->user = t->password = "";
	if (!end)
		return;

	struct str password = { at + 3, (size_t)(end - at - 3) }, user = str_cut(&password, ':');

	t->user = url_unescape(t->cx->mem, arena_strndup(t->cx->mem, user.p, user.n));
	if (password.p)
		t->password = url_unescape(t->cx->mem, arena_strndup(t->cx->mem, password.p, password.n));
}

int fetch_start(struct transfer *t)
{
	const struct fetch_request *rq = t->rq;

	t->method = rq->method ? rq->method : "GET";
	t->body = rq->body;
	t->secrets = true;
	t->max = rq->max_bytes ? rq->max_bytes : MAX_BYTES;
	t->deadline = clock_mono_us() + 1000ull * (rq->timeout_ms ? rq->timeout_ms : TIMEOUT_MS);
	t->received.mem = t->cx->mem;
	take_user(t);

	int rc = go_to(t, rq->url);

	if (rc == 0 && !is_token(t->method))
		rc = fail(t->cx, ERR_INPUT, "%s: bad method", t->shown);
	if (rc < 0)
		return rc;
	set_up(t);
	return aim(t);
}

static int transport_error(const struct transfer *t, CURLcode code)
{
	struct ctx *cx = t->cx;

	if (code == CURLE_OPERATION_TIMEDOUT)
		return fail(cx, ERR_TIMEOUT, "%s: no answer in time", t->shown);
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return fail(cx, ERR_CONFLICT, "%s: cancelled", t->shown);
	if (t->too_large)
		return fail(cx, ERR_TOOLARGE, "%s: the answer has more than %zu bytes", t->shown, t->max);
	if (t->refused && code == CURLE_COULDNT_CONNECT)
		return fail(cx, ERR_DENIED, "%s: not a public address", t->shown);
	if (code == CURLE_PARTIAL_FILE)
		return fail(cx, ERR_UPSTREAM, "%s: the answer is shorter than announced", t->shown);
	return fail(cx, ERR_UPSTREAM, "%s: %s", t->shown, *t->why ? t->why : curl_easy_strerror(code));
}

static bool is_redirect(long status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* 1: set up for the next hop. */
static int redirect(struct transfer *t, long status)
{
	struct url from, to;
	const char *target = url_resolve(t->cx, t->url, location_of(t));

	if (++t->hops > MAX_HOPS)
		return fail(t->cx, ERR_UPSTREAM, "%s: more than %d redirects", t->shown, MAX_HOPS);
	if (!target)
		return fail(t->cx, ERR_UPSTREAM, "%s: redirects to something that is not a URL", t->shown);
	if (url_parse(t->cx, t->url, &from) < 0 || url_parse(t->cx, target, &to) < 0)
		return t->cx->err.code;
	/* Another port or scheme is another host: it may be another's. */
	if (!streq(from.authority, to.authority) || !streq(from.scheme, to.scheme))
		t->secrets = false;
	if (!streq(t->method, "HEAD") && (status == 303 || (status < 303 && streq(t->method, "POST")))) {
		t->method = "GET";
		t->body = (struct str){ NULL, 0 };
	}

	int rc = go_to(t, target);

	if (rc == 0)
		rc = aim(t);
	return rc < 0 ? rc : 1;
}

void fetch_fill(const struct transfer *t, struct fetch_answer *out)
{
	const struct fetch_header *h = t->heads.items;
	const char *type = fetch_header(h, t->heads.n, "content-type");
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	*out = (struct fetch_answer){ .status = (int)status,
				      .body = { buf_text(&t->received), t->received.n },
				      .etag = fetch_header(h, t->heads.n, "etag"),
				      .content_type = type ? type : "",
				      .url = t->url,
				      .retry_after = fetch_header(h, t->heads.n, "retry-after"),
				      .headers = h,
				      .n_headers = t->heads.n };
}

bool fetch_moves_on(const struct transfer *t)
{
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	return !t->rq->stay && is_redirect(status) && location_of(t);
}

int fetch_finish(struct transfer *t, CURLcode code, struct fetch_answer *out)
{
	if (code != CURLE_OK)
		return transport_error(t, code);
	fetch_fill(t, out);
	return fetch_moves_on(t) ? redirect(t, out->status) : 0;
}

void fetch_clean(struct transfer *t)
{
	if (t->easy)
		curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->headers);
	t->easy = NULL;
	t->headers = NULL;
}
