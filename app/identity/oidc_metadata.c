/* What OpenID Connect providers say of themselves, kept for a while in each process. */
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "ext/fetch.h"
#include "ext/json.h"
#include "identity/oidc_private.h"

enum { FRESH_S = 600, RETRY_S = 5, TIMEOUT_MS = 5000, MAX_BYTES = 256 * 1024 };

struct known {
	struct known *next;
	struct arena mem; /* of the document */
	const char *url;
	struct json *document; /* NULL: never fetched */
	uint64_t fetched_us, failed_us;
};

/* One a URL of the configuration, for the life of the process. */
static struct known *list;
static struct arena list_mem;

static struct known *known_of(const char *url)
{
	for (struct known *k = list; k; k = k->next)
		if (streq(k->url, url))
			return k;

	struct known *k = arena_new(&list_mem, struct known);

	*k = (struct known){ .next = list, .url = arena_strdup(&list_mem, url) };
	return list = k;
}

static bool same_host(struct ctx *cx, const char *a, const char *b)
{
	struct ctx quiet = { .mem = cx->mem, .conf = cx->conf };
	struct url ua, ub;

	return url_parse(&quiet, a, &ua) == 0 && url_parse(&quiet, b, &ub) == 0 && streq(ua.scheme, ub.scheme) &&
	       streq(ua.authority, ub.authority);
}

bool oidc_elsewhere(struct ctx *cx, const struct oidc_provider *p, const char *url)
{
	return !same_host(cx, p->metadata_url, url);
}

int oidc_stay(struct ctx *cx, const char *url, void *arg)
{
	const char *first = arg;

	return same_host(cx, first, url) ? 0 : fail(cx, ERR_DENIED, "%s redirects to another host", first);
}

static int load(struct ctx *cx, const struct oidc_provider *p, struct known *k)
{
	const struct fetch_request rq = { .url = p->metadata_url,
					  .timeout_ms = TIMEOUT_MS,
					  .max_bytes = MAX_BYTES,
					  .allow = oidc_stay,
					  .allow_arg = arena_strdup(cx->mem, p->metadata_url) };
	struct fetch_answer answer;
	struct json *document = NULL;
	int rc = fetch(cx, &rq, &answer);

	if (rc == 0 && answer.status != 200)
		rc = fail(cx, ERR_UPSTREAM, "%s answered with status %d", p->metadata_url, answer.status);
	if (rc == 0)
		rc = json_parse(cx, answer.body, &document);
	if (rc == 0 && !*json_get_text(document, "issuer", ""))
		rc = fail(cx, ERR_UPSTREAM, "%s names no issuer", p->metadata_url);
	if (rc < 0)
		return rc;
	arena_reset(&k->mem);
	k->document = json_copy(&k->mem, document);
	k->fetched_us = clock_mono_us();
	return 0;
}

static bool must_load(const struct known *k)
{
	uint64_t now = clock_mono_us();

	/* One that does not answer must not hold up a worker each time. */
	if (k->failed_us && now - k->failed_us < RETRY_S * 1000000ULL)
		return false;
	return !k->document || now - k->fetched_us >= FRESH_S * 1000000ULL;
}

int oidc_metadata(struct ctx *cx, const struct oidc_provider *p, struct json **out)
{
	struct known *k = known_of(p->metadata_url);

	if (must_load(k) && load(cx, p, k) < 0) {
		k->failed_us = clock_mono_us();
		log_warn("a sign-in provider cannot be asked", "provider", p->name, "url", p->metadata_url, "error",
			 cx->err.text, NULL);
	}
	if (!k->document)
		return fail(cx, ERR_UNAVAILABLE, "the sign-in provider '%s' cannot be reached now", p->name);
	*out = json_copy(cx->mem, k->document);
	return 0;
}

int oidc_endpoint(struct ctx *cx, const struct oidc_provider *p, const struct json *metadata, const char *name,
		  const char **out)
{
	const char *url = json_get_text(metadata, name, "");
	bool plain = str_starts(url, "http://");

	if (!plain && !str_starts(url, "https://"))
		return fail(cx, ERR_UPSTREAM, "the sign-in provider '%s' names no %s", p->name, name);
	if (plain && !str_starts(p->metadata_url, "http://"))
		return fail(cx, ERR_UPSTREAM, "the sign-in provider '%s' names a %s without https", p->name, name);
	*out = url;
	return 0;
}
