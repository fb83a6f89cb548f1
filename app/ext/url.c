/* Parsing, resolving and encoding URLs, with the parser that also makes the connection (libcurl). */
#include <curl/curl.h>
#include <stdlib.h>

#include "base/buf.h"
#include "ext/address.h"
#include "ext/fetch.h"

#define AUTO_URL __attribute__((cleanup(url_freep))) CURLU *

static void url_freep(CURLU **h)
{
	curl_url_cleanup(*h);
}

/* What browsers do first: no white space around, no tabs or line ends inside, "\" is "/" and "%2e" is "." before the query. */
static char *tidy(struct arena *mem, const char *text)
{
	struct str s = str_of(text);
	bool path = true;

	while (s.n && (unsigned char)*s.p <= ' ')
		s = (struct str){ s.p + 1, s.n - 1 };
	while (s.n && (unsigned char)s.p[s.n - 1] <= ' ')
		s.n--;

	char *out = arena_raw(mem, s.n + 1), *to = out;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '\t' || c == '\n' || c == '\r')
			continue;
		if (c == '?' || c == '#')
			path = false;
		if (path && c == '\\')
			c = '/';
		if (path && c == '%' && s.n - i > 2 && s.p[i + 1] == '2' && (s.p[i + 2] | 32) == 'e') {
			c = '.';
			i += 2;
		}
		*to++ = c;
	}
	*to = '\0';
	return out;
}

static const char *part(struct arena *mem, CURLU *h, CURLUPart what, unsigned flags)
{
	char *text = NULL;

	if (curl_url_get(h, what, &text, flags) != CURLUE_OK || !text)
		return "";

	const char *copy = arena_strdup(mem, text);

	curl_free(text);
	return copy;
}

/* NULL when text is no absolute URL. The host comes out in lower case. */
static CURLU *parse(struct arena *mem, const char *text)
{
	CURLU *h = curl_url();

	if (!h)
		abort();
	if (strstr(text, "://") &&
	    curl_url_set(h, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE) == CURLUE_OK) {
		const char *host = part(mem, h, CURLUPART_HOST, 0);

		if (*host)
			curl_url_set(h, CURLUPART_HOST, str_lower(mem, host, strlen(host)), 0);
		return h;
	}
	curl_url_cleanup(h);
	return NULL;
}

static bool is_default_port(const char *scheme, const char *port)
{
	static const struct {
		const char *scheme, *port;
	} known[] = { { "http", "80" }, { "https", "443" }, { "ssh", "22" }, { "git", "9418" } };

	for (size_t i = 0; i < LEN(known); i++)
		if (streq(known[i].scheme, scheme))
			return streq(known[i].port, port);
	return false;
}

int url_parse(struct ctx *cx, const char *text, struct url *out)
{
	struct arena *mem = cx->mem;
	AUTO_URL h = parse(mem, tidy(mem, text));

	if (!h)
		return fail(cx, ERR_INPUT, "'%.200s' is not a URL", text);

	struct url u = { .scheme = part(mem, h, CURLUPART_SCHEME, 0),
			 .user = part(mem, h, CURLUPART_USER, 0),
			 .host = part(mem, h, CURLUPART_HOST, 0),
			 .port = part(mem, h, CURLUPART_PORT, 0),
			 .path = part(mem, h, CURLUPART_PATH, 0),
			 .query = part(mem, h, CURLUPART_QUERY, 0),
			 .fragment = part(mem, h, CURLUPART_FRAGMENT, 0) };

	u.scheme = str_lower(mem, u.scheme, strlen(u.scheme));
	if (is_default_port(u.scheme, u.port))
		u.port = "";
	u.authority = *u.port ? arena_printf(mem, "%s:%s", u.host, u.port) : u.host;
	*out = u;
	return 0;
}

/* The five parts of RFC 3986, appendix B; p is NULL for those that are absent. */
struct parts {
	struct str scheme, authority, path, query, fragment;
};

static struct parts split(const char *s)
{
	struct parts u = { 0 };
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

	if (n && ascii_alpha(*s) && s[n] == ':') {
		u.scheme = (struct str){ s, n };
		s += n + 1;
	}
	if (s[0] == '/' && s[1] == '/') {
		s += 2;
		u.authority = (struct str){ s, strcspn(s, "/?#") };
		s += u.authority.n;
	}
	u.path = (struct str){ s, strcspn(s, "?#") };
	s += u.path.n;
	if (*s == '?') {
		u.query = (struct str){ s + 1, strcspn(s + 1, "#") };
		s += 1 + u.query.n;
	}
	if (*s == '#')
		u.fragment = str_of(s + 1);
	return u;
}

/* RFC 3986, 5.2.3. */
static struct str merge(struct arena *mem, const struct parts *base, struct str path)
{
	struct buf out = { .mem = mem };
	const char *slash = base->path.n ? memrchr(base->path.p, '/', base->path.n) : NULL;

	if (slash)
		buf_add(&out, base->path.p, (size_t)(slash - base->path.p) + 1);
	else
		buf_addc(&out, '/');
	buf_add(&out, path.p, path.n);
	return buf_str(&out);
}

/* RFC 3986, 5.2.2; dots go when the result is parsed. */
static const char *resolve(struct arena *mem, const struct parts *base, const struct parts *ref)
{
	struct parts u = { base->scheme, base->authority, ref->path, ref->query, ref->fragment };
	struct buf out = { .mem = mem };

	if (ref->scheme.p)
		u = *ref;
	else if (ref->authority.p)
		u.authority = ref->authority;
	else if (ref->path.n == 0)
		u.path = base->path;
	else if (*ref->path.p != '/')
		u.path = merge(mem, base, ref->path);
	if (!ref->scheme.p && !ref->authority.p && ref->path.n == 0 && !ref->query.p)
		u.query = base->query;
	buf_addf(&out, "%.*s://", (int)u.scheme.n, u.scheme.p);
	buf_add(&out, u.authority.p, u.authority.n);
	buf_add(&out, u.path.p, u.path.n);
	if (u.query.p) {
		buf_addc(&out, '?');
		buf_add(&out, u.query.p, u.query.n);
	}
	if (u.fragment.p) {
		buf_addc(&out, '#');
		buf_add(&out, u.fragment.p, u.fragment.n);
	}
	return buf_text(&out);
}

const char *url_resolve(struct ctx *cx, const char *base, const char *ref)
{
	struct arena *mem = cx->mem;
	struct parts from = split(tidy(mem, base)), to = split(tidy(mem, ref));

	/* "https:name" without slashes is one with the same scheme to browsers and nothing we need to follow. */
	if (to.scheme.p ? !to.authority.p : !from.scheme.p || !from.authority.p)
		return NULL;

	AUTO_URL h = parse(mem, resolve(mem, &from, &to));

	if (!h)
		return NULL;

	const char *text = part(mem, h, CURLUPART_URL, CURLU_NO_DEFAULT_PORT);

	return *text ? text : NULL;
}

const char *url_encode(struct arena *mem, const char *s, bool keep_slash)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t n = strlen(s);

	if (n > SIZE_MAX / 4)
		abort();

	char *out = arena_raw(mem, 3 * n + 1), *to = out;

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (ascii_alnum(*s) || strchr("-._~", c) || (keep_slash && c == '/')) {
			*to++ = *s;
		} else {
			*to++ = '%';
			*to++ = hex[c >> 4];
			*to++ = hex[c & 15];
		}
	}
	*to = '\0';
	return out;
}

const char *url_unescape(struct arena *mem, const char *s)
{
	char *out = arena_raw(mem, strlen(s) + 1), *to = out;

	for (; *s; s++) {
		int high = *s == '%' ? ascii_hex(s[1]) : -1, low = high >= 0 ? ascii_hex(s[2]) : -1;

		/* %00 stays as it is: a C text cannot hold it, and a cut text could pass a check that the whole would not. */
		if (low >= 0 && high + low > 0) {
			*to++ = (char)(high << 4 | low);
			s += 2;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
	return out;
}

/* ---- for messages ---- */

static bool is_secret_parameter(struct str name)
{
	static const char *const marks[] = { "token", "secret", "passw", "key", "sig", "auth", "credential" };
	char lower[64] = "";

	for (size_t i = 0; i < name.n && i < sizeof(lower) - 1; i++)
		lower[i] = ascii_lower(name.p[i]);
	for (size_t i = 0; i < LEN(marks); i++)
		if (strstr(lower, marks[i]))
			return true;
	return false;
}

const char *url_shown(struct arena *mem, const char *url)
{
	struct buf out = { .mem = mem };
	struct str rest = { url, strcspn(url, "#") }, head = str_cut(&rest, '?');

	buf_add(&out, head.p, head.n);
	for (char mark = '?'; rest.p; mark = '&') {
		struct str pair = str_cut(&rest, '&'), value = pair, name = str_cut(&value, '=');

		buf_addc(&out, mark);
		if (value.p && is_secret_parameter(name)) {
			buf_add(&out, name.p, name.n);
			buf_adds(&out, "=***");
		} else {
			buf_add(&out, pair.p, pair.n);
		}
	}
	return buf_text(&out);
}

bool url_may_be_public(const struct url *u)
{
	return address_text_public(u->host);
}
