/* The public keys of token issuers, kept for a while in each process. */
#include "identity/jwks.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "ext/crypto.h"
#include "ext/fetch.h"
#include "ext/json.h"

enum { FRESH_S = 600, RETRY_S = 30, TIMEOUT_MS = 5000, MAX_BYTES = 1024 * 1024 };

struct key_set {
	struct key_set *next;
	struct arena mem; /* of the keys */
	const char *url;
	bool public_only;
	struct json *keys; /* NULL: never fetched */
	uint64_t fetched_us;
	uint64_t failed_us, missed_us; /* last failure; last fetch for a key that was not there. 0: never */
};

/* One a URL of the configuration, for the life of the process. */
static struct key_set *sets;
static struct arena sets_mem;

static struct key_set *set_of(const char *url, bool public_only)
{
	for (struct key_set *s = sets; s; s = s->next)
		if (streq(s->url, url) && s->public_only == public_only)
			return s;
	struct key_set *s = arena_new(&sets_mem, struct key_set);

	*s = (struct key_set){ .next = sets, .url = arena_strdup(&sets_mem, url), .public_only = public_only };
	return sets = s;
}

static bool has_key(const struct json *keys, const char *kid)
{
	const struct json *list = json_get(keys, "keys");

	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++)
		if (streq(json_get_text(list->a.items[i], "kid", ""), kid))
			return true;
	return false;
}

static int load(struct ctx *cx, struct key_set *s)
{
	const struct fetch_request rq = {
		.url = s->url, .timeout_ms = TIMEOUT_MS, .max_bytes = MAX_BYTES, .public_only = s->public_only
	};
	struct fetch_answer answer;
	struct json *keys = NULL;
	int rc = fetch(cx, &rq, &answer);

	if (rc == 0 && answer.status != 200)
		rc = fail(cx, ERR_UPSTREAM, "%s answered with status %d", s->url, answer.status);
	if (rc == 0)
		rc = json_parse(cx, answer.body, &keys);
	if (rc == 0 && !json_is(json_get(keys, "keys"), JSON_ARRAY))
		rc = fail(cx, ERR_UPSTREAM, "%s is no key set: it has no list 'keys'", s->url);
	if (rc < 0)
		return rc;
	arena_reset(&s->mem);
	s->keys = json_copy(&s->mem, keys);
	s->fetched_us = clock_mono_us();
	return 0;
}

static bool lately(uint64_t then_us, uint64_t now_us)
{
	return then_us && now_us - then_us < RETRY_S * 1000000ULL;
}

static bool must_load(struct ctx *cx, struct key_set *s, const char *token)
{
	uint64_t now = clock_mono_us();

	if (lately(s->failed_us, now))
		return false;
	if (!s->keys || now - s->fetched_us >= FRESH_S * 1000000ULL)
		return true;
	/* The header is not to be trusted: it only says which key to look for. */
	const char *kid = json_get_text(crypto_jwt_header(cx, token), "kid", NULL);

	if (!kid || has_key(s->keys, kid) || lately(s->missed_us, now))
		return false;
	s->missed_us = now;
	return true;
}

static int get(struct ctx *cx, struct key_set *s, const char *token, const struct json **out)
{
	if (must_load(cx, s, token) && load(cx, s) < 0) {
		s->failed_us = clock_mono_us();
		log_warn("keys cannot be fetched", "url", s->url, "error", cx->err.text, NULL);
	}
	if (!s->keys)
		return fail(cx, ERR_UNAVAILABLE, "the keys of '%s' cannot be fetched now, so its tokens cannot be checked",
			    s->url);
	*out = s->keys;
	return 0;
}

int jwks_get(struct ctx *cx, const char *url, const char *token, const struct json **out)
{
	return get(cx, set_of(url, false), token, out);
}

int jwks_get_public(struct ctx *cx, const char *url, const char *token, const struct json **out)
{
	return get(cx, set_of(url, true), token, out);
}
