/* The signed header of Amazon's load balancer. */
#include "identity/alb.h"

#include "base/clock.h"
#include "base/log.h"
#include "ext/crypto.h"
#include "ext/fetch.h"
#include "ext/json.h"

enum { KEYS_KEPT = 8, FRESH_S = 24 * 3600, RETRY_S = 30, TIMEOUT_MS = 5000, MAX_BYTES = 16 * 1024, KEY_ID_MOST = 64 };

/* Keys by their number, for the life of the process; a key never changes under its number. */
static struct kept {
	struct arena mem;
	const char *url;
	const struct json *keys; /* NULL: it could not be had */
	uint64_t at_us;
} kept[KEYS_KEPT];

static bool is_key_id(const char *id)
{
	size_t n = strlen(id);

	for (size_t i = 0; i < n; i++)
		if (!ascii_alnum(id[i]) && id[i] != '-')
			return false;
	return n > 0 && n <= KEY_ID_MOST;
}

static int read_header(struct ctx *cx, const char *token, const struct json **out)
{
	struct str rest = str_of(token), head = str_cut(&rest, '.'), bytes;
	struct ctx quiet = { .mem = cx->mem };
	struct json *v = NULL;

	if (!crypto_base64_decode(cx->mem, head, &bytes) || json_parse(&quiet, bytes, &v) < 0 || !json_is(v, JSON_OBJECT))
		return fail(cx, ERR_AUTH, "the load balancer's token is none");
	if (!is_key_id(json_get_text(v, "kid", "")))
		return fail(cx, ERR_AUTH, "the load balancer's token names no key");
	*out = v;
	return 0;
}

static int fetch_key(struct ctx *cx, struct kept *k)
{
	const struct fetch_request rq = { .url = k->url, .timeout_ms = TIMEOUT_MS, .max_bytes = MAX_BYTES };
	struct fetch_answer answer;
	struct json *key = NULL;
	int rc = fetch(cx, &rq, &answer);

	if (rc == 0 && answer.status != 200)
		rc = fail(cx, ERR_UPSTREAM, "%s answered with status %d", k->url, answer.status);
	if (rc == 0)
		rc = crypto_pem_jwk(cx, answer.body, &key);
	if (rc < 0)
		return rc;
	struct json *keys = json_object(&k->mem), *list = json_array(&k->mem);

	json_set(cx->mem, key, "kid", json_str(cx->mem, strrchr(k->url, '/') + 1));
	json_push(&k->mem, list, json_copy(&k->mem, key));
	json_set(&k->mem, keys, "keys", list);
	k->keys = keys;
	return 0;
}

/* The place of a key: its own, or that of the oldest. */
static struct kept *place(const char *url)
{
	struct kept *oldest = &kept[0];

	for (size_t i = 0; i < KEYS_KEPT; i++) {
		if (kept[i].url && streq(kept[i].url, url))
			return &kept[i];
		if (kept[i].at_us < oldest->at_us)
			oldest = &kept[i];
	}
	return oldest;
}

static int find_key(struct ctx *cx, const char *url, const struct json **out)
{
	struct kept *k = place(url);
	uint64_t now = clock_mono_us();
	bool same = k->url && streq(k->url, url);

	if (!same || now - k->at_us > (k->keys ? FRESH_S : RETRY_S) * 1000000ULL) {
		arena_reset(&k->mem);
		k->url = arena_strdup(&k->mem, url);
		k->keys = NULL;
		k->at_us = now;
		if (fetch_key(cx, k) < 0)
			log_warn("a key cannot be fetched", "url", url, "error", cx->err.text, NULL);
	}
	if (!k->keys)
		return fail(cx, ERR_UNAVAILABLE, "the load balancer's key '%s' cannot be fetched now", url);
	*out = k->keys;
	return 0;
}

static int key_url(struct ctx *cx, const struct json *conf, const char *kid, const char **out)
{
	const char *base = json_get_text(conf, "keyUrl", ""), *region = json_get_text(conf, "region", "");

	if (!*base && !is_key_id(region))
		return fail(cx, ERR_DENIED, "auth.providers.awsalb needs 'region'");
	if (!*base)
		base = arena_printf(cx->mem, "https://public-keys.auth.elb.%s.amazonaws.com", region);
	*out = arena_printf(cx->mem, "%s%s%s", base, str_ends(base, "/") ? "" : "/", kid);
	return 0;
}

int alb_find(struct ctx *cx, const struct json *conf, const char *token, struct profile *out)
{
	static const char *const algorithms[] = { "ES256", NULL };
	const char *issuer = json_get_text(conf, "issuer", ""), *signer = json_get_text(conf, "signer", ""), *url = NULL;
	const struct json *header = NULL, *keys = NULL;
	struct json *claims = NULL;
	int rc = *issuer && *signer ? 0 : fail(cx, ERR_DENIED, "auth.providers.awsalb needs 'issuer' and 'signer'");

	if (rc == 0)
		rc = read_header(cx, token, &header);
	if (rc == 0 && !streq(json_get_text(header, "signer", ""), signer))
		rc = fail(cx, ERR_AUTH, "the token is of another load balancer");
	if (rc == 0)
		rc = key_url(cx, conf, json_get_text(header, "kid", ""), &url);
	if (rc == 0)
		rc = find_key(cx, url, &keys);
	if (rc == 0)
		rc = crypto_jwt_verify(cx, token, keys,
				       &(struct jwt_rules){ .issuer = issuer, .algorithms = algorithms, .padded = true },
				       &claims);
	if (rc == 0 && !*json_get_text(claims, "sub", ""))
		rc = fail(cx, ERR_AUTH, "the load balancer's token names nobody");
	if (rc < 0)
		return rc;
	*out = (struct profile){ .provider = "awsalb",
				 .subject = json_get_text(claims, "sub", ""),
				 .email = json_get_text(claims, "email", ""),
				 .email_verified = json_get_bool(claims, "email_verified", true),
				 .name = json_get_text(claims, "name", ""),
				 .username = json_get_text(claims, "preferred_username", ""),
				 .picture = json_get_text(claims, "picture", ""),
				 .claims = claims };
	return 1;
}
