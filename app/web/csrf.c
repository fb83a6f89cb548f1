/* CSRF: a random cookie, tokens that are masked copies of it, and the browser's own word on who sent a request. */
#include "web/csrf.h"

#include <stdlib.h>
#include <sys/random.h>

enum { RAW = 16, COOKIE = RAW * 2, TOKEN = COOKIE * 2 };

/* __Host- keeps other hosts of the domain from planting their own. */
static const char *cookie_name(const struct req *rq)
{
	return rq->https ? "__Host-callboard_csrf" : "callboard_csrf";
}

static void random_bytes(unsigned char out[RAW])
{
	if (getrandom(out, RAW, 0) != RAW)
		abort();
}

static void put_hex(char *out, const unsigned char *in, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		out[i * 2] = "0123456789abcdef"[in[i] >> 4];
		out[i * 2 + 1] = "0123456789abcdef"[in[i] & 15];
	}
	out[n * 2] = '\0';
}

static bool get_hex(const char *in, unsigned char *out, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	if (strlen(in) != n * 2)
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *hi = strchr(digits, in[i * 2]), *lo = strchr(digits, in[i * 2 + 1]);

		if (!hi || !lo)
			return false;
		out[i] = (unsigned char)((hi - digits) << 4 | (lo - digits));
	}
	return true;
}

static bool known_secret(const struct req *rq, unsigned char out[RAW])
{
	const char *cookie = req_cookie(rq, cookie_name(rq));

	return cookie && get_hex(cookie, out, RAW);
}

/* The secret of this answer: the browser's, or one that was made for it before, or a fresh one. */
static void answer_secret(const struct req *rq, struct resp *rs, unsigned char out[RAW])
{
	const char *name = cookie_name(rq);
	size_t n = strlen(name);
	char hex[COOKIE + 1];

	if (known_secret(rq, out))
		return;
	for (size_t i = 0; i < rs->headers.n; i++) {
		const char *v = rs->headers.items[i].value;

		if (strncmp(v, name, n) == 0 && v[n] == '=' && strlen(v) > n + COOKIE) {
			memcpy(hex, v + n + 1, COOKIE);
			hex[COOKIE] = '\0';
			if (get_hex(hex, out, RAW))
				return;
		}
	}
	random_bytes(out);
	put_hex(hex, out, RAW);
	resp_cookie(rq, rs, name, hex, -1);
}

const char *req_csrf_token(const struct req *rq, struct resp *rs)
{
	unsigned char secret[RAW], mixed[RAW * 2];
	char *token = arena_raw(rq->cx->mem, TOKEN + 1);

	answer_secret(rq, rs, secret);
	random_bytes(mixed);
	for (size_t i = 0; i < RAW; i++)
		mixed[RAW + i] = mixed[i] ^ secret[i];
	put_hex(token, mixed, sizeof(mixed));
	return token;
}

static bool token_fits(const char *token, const unsigned char secret[RAW])
{
	unsigned char mixed[RAW * 2], differs = 0;

	if (!get_hex(token, mixed, sizeof(mixed)))
		return false;
	for (size_t i = 0; i < RAW; i++)
		differs |= (unsigned char)(mixed[i] ^ mixed[RAW + i] ^ secret[i]);
	return differs == 0;
}

int csrf_check(struct req *rq)
{
	const char *token = req_header(rq, CSRF_HEADER);
	unsigned char secret[RAW];
	struct params form;
	int rc = csrf_check_origin(rq);

	if (rc < 0)
		return rc;
	if (!token) {
		if ((rc = req_form(rq, &form)) < 0)
			return rc;
		token = params_get(&form, CSRF_FIELD);
	}
	if (!token || !known_secret(rq, secret) || !token_fits(token, secret))
		return fail(rq->cx, ERR_DENIED, "this form is out of date; go back, load the page again and send it once more");
	return 0;
}

/* "https://host:port" names the host we were asked for. Behind a proxy that changes Host, Sec-Fetch-Site decides. */
static bool same_host(const char *origin, const char *host)
{
	const char *at = strstr(origin, "://");

	return at && host && str_ieq(at + 3, host);
}

int csrf_check_origin(struct req *rq)
{
	const char *site = req_header(rq, "sec-fetch-site");
	const char *origin = req_header(rq, "origin");
	bool ours = true;

	if (site)
		ours = streq(site, "same-origin") || streq(site, "none");
	else if (origin)
		ours = same_host(origin, req_header(rq, "host"));
	return ours ? 0 : fail(rq->cx, ERR_DENIED, "this request was sent by a page of another site");
}
