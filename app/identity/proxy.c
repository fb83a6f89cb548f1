/* People whom a proxy in front of the portal has signed in. */
#include "identity/proxy.h"

#include <arpa/inet.h>

#include "base/log.h"
#include "base/str.h"
#include "identity/alb.h"

enum { VALUE_MOST = 255 };

#define OAUTH2_PROXY "oauth2Proxy"
#define AWS_ALB "awsalb"

bool proxy_is_provider(const char *name)
{
	return streq(name, OAUTH2_PROXY) || streq(name, AWS_ALB);
}

/* The address as the 16 bytes of IPv6, so that "::ffff:10.0.0.1" is 10.0.0.1. */
static bool read_address(const char *text, unsigned char out[16], bool *v4)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	*v4 = inet_pton(AF_INET, text, out + 12) == 1;
	if (*v4)
		memcpy(out, mapped, sizeof(mapped));
	return *v4 || inet_pton(AF_INET6, text, out) == 1;
}

/* Is the address in "10.0.0.0/8", or the same as "10.0.0.1"? */
static bool address_in(struct arena *mem, const char *address, const char *range)
{
	unsigned char a[16], r[16];
	struct str bits, rest = str_of(range), net = str_cut(&rest, '/');
	bool v4, r4;
	long n;

	bits = rest;
	if (!read_address(address, a, &v4) || !read_address(arena_strndup(mem, net.p, net.n), r, &r4))
		return false;
	n = r4 ? 32 : 128;
	if (bits.p && !str_long(bits.p, 0, n, &n))
		return false;
	n += r4 ? 96 : 0;
	if (memcmp(a, r, (size_t)n / 8) != 0)
		return false;
	unsigned mask = n % 8 ? 0xffu << (8 - n % 8) & 0xff : 0;

	return !mask || (a[n / 8] & mask) == (r[n / 8] & mask);
}

static bool is_trusted(struct ctx *cx, const char *peer)
{
	static const char *const here[] = { "127.0.0.0/8", "::1", "unix" };
	const struct json *list = json_path(cx->conf, "auth", "trustedProxies", NULL);
	size_t n = json_is(list, JSON_ARRAY) ? list->a.n : LEN(here);

	for (size_t i = 0; i < n; i++) {
		const char *range = json_is(list, JSON_ARRAY) ? json_text(list->a.items[i], "") : here[i];

		if (streq(range, "unix") ? str_starts(peer, "unix:") : address_in(cx->mem, peer, range))
			return true;
	}
	return false;
}

/* "" for what is missing, too long to be one, or not to be shown. */
static const char *value(const struct proxy_request *rq, const char *name)
{
	const char *v = rq->header(rq->arg, name);

	if (!v || strlen(v) > VALUE_MOST)
		return "";
	for (const char *c = v; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 127)
			return "";
	return v;
}

/* The headers of oauth2-proxy with --pass-user-headers. */
static int oauth2_proxy(struct ctx *cx, const struct proxy_request *rq, struct profile *out)
{
	static const char *const names[] = { "x-forwarded-user", "x-forwarded-email", "x-forwarded-preferred-username" };
	static const char *const claims[] = { "sub", "email", "preferred_username" };
	struct json *all = json_object(cx->mem);

	for (size_t i = 0; i < LEN(names); i++)
		if (*value(rq, names[i]))
			json_set(cx->mem, all, claims[i], json_str(cx->mem, value(rq, names[i])));
	*out = (struct profile){ .provider = OAUTH2_PROXY,
				 .subject = json_get_text(all, "sub", json_get_text(all, "email", "")),
				 .email = json_get_text(all, "email", ""),
				 .email_verified = true,
				 .username = json_get_text(all, "preferred_username", json_get_text(all, "sub", "")),
				 .claims = all };
	out->name = out->username;
	return *out->subject ? 1 : 0;
}

static bool names_somebody(const struct proxy_request *rq)
{
	return *value(rq, "x-forwarded-user") || *value(rq, "x-forwarded-email") || rq->header(rq->arg, ALB_HEADER);
}

int proxy_find(struct ctx *cx, const struct proxy_request *rq, const struct json **conf, struct profile *out)
{
	const struct json *oauth2 = provider_conf(cx, OAUTH2_PROXY), *alb = provider_conf(cx, AWS_ALB);

	if (!oauth2 && !alb)
		return 0;
	if (!is_trusted(cx, rq->peer)) {
		if (names_somebody(rq))
			log_warn("a proxy that is not trusted says who asks", "address", rq->peer, NULL);
		return 0;
	}
	if (alb && rq->header(rq->arg, ALB_HEADER)) {
		*conf = alb;
		return alb_find(cx, alb, rq->header(rq->arg, ALB_HEADER), out);
	}
	*conf = oauth2;
	return oauth2 ? oauth2_proxy(cx, rq, out) : 0;
}

bool proxy_agrees(struct ctx *cx, const struct proxy_request *rq, const struct session *s)
{
	struct profile p;

	if (!proxy_is_provider(s->provider))
		return true;
	if (!provider_conf(cx, s->provider) || !is_trusted(cx, rq->peer))
		return false;
	if (streq(s->provider, OAUTH2_PROXY))
		return oauth2_proxy(cx, rq, &p) == 1 && streq(p.subject, s->subject);
	/* The token was checked when the session began; the balancer sets and removes both headers together. */
	return streq(value(rq, "x-amzn-oidc-identity"), s->subject);
}
