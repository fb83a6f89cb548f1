/* How often somebody may try to sign in. */
#include "identity/attempt.h"

#include <arpa/inet.h>

#include "base/str.h"
#include "ext/crypto.h"
#include "sql/identity.h"

enum { WINDOW_MS = 10 * 60 * 1000, PER_NAME = 10, PER_ADDRESS = 50, SWEEP_MOST = 1000 };

static struct str hash(struct arena *mem, const char *text)
{
	unsigned char *out = arena_raw(mem, CRYPTO_SHA256);

	crypto_sha256(str_of(text), out);
	return (struct str){ (const char *)out, CRYPTO_SHA256 };
}

static struct str name_bucket(struct ctx *cx, const char *name)
{
	return hash(cx->mem, arena_printf(cx->mem, "name:%s", name));
}

/* Whoever has an IPv6 address has a whole /64 of them. */
static struct str address_bucket(struct ctx *cx, const char *ip)
{
	struct in6_addr a;
	char text[INET6_ADDRSTRLEN];

	if (inet_pton(AF_INET6, ip, &a) == 1 && !IN6_IS_ADDR_V4MAPPED(&a)) {
		memset(a.s6_addr + 8, 0, 8);
		ip = inet_ntop(AF_INET6, &a, text, sizeof(text));
	}
	return hash(cx->mem, arena_printf(cx->mem, "address:%s", ip));
}

/* Counts one more: 0, 1 when that is too many (then *wait_s is at least that long), or an error. */
static int count(struct ctx *cx, struct str bucket, uint64_t most, long *wait_s)
{
	struct q_attempt_get_out row;
	int rc = q_attempt_add_exec(
		cx, &(struct q_attempt_add_in){ .bucket = bucket, .window_ms = WINDOW_MS, .window_ms_again = WINDOW_MS });

	if (rc == 0)
		rc = q_attempt_get_one(cx, &(struct q_attempt_get_in){ .bucket = bucket }, &row);
	if (rc <= 0 || row.failures <= most)
		return rc < 0 ? rc : 0;
	long wait = (long)((WINDOW_MS - row.age_ms + 999) / 1000);

	*wait_s = wait > *wait_s ? wait : *wait_s;
	return 1;
}

int attempt_begin(struct ctx *cx, const char *name, const char *ip, long *wait_s)
{
	*wait_s = 1;
	int rc = count(cx, address_bucket(cx, ip), PER_ADDRESS, wait_s);

	/* An address that may not try any more must not lock out accounts either. */
	if (rc == 0)
		rc = count(cx, name_bucket(cx, name), PER_NAME, wait_s);
	if (rc <= 0)
		return rc;
	long minutes = (*wait_s + 59) / 60;

	return fail(cx, ERR_TOOMANY, "Too many attempts. Try again in %ld minute%s.", minutes, minutes == 1 ? "" : "s");
}

int attempt_good(struct ctx *cx, const char *name, const char *ip)
{
	int rc = q_attempt_forget_exec(cx, &(struct q_attempt_forget_in){ .bucket = name_bucket(cx, name) });

	if (rc < 0)
		return rc;
	return q_attempt_take_back_exec(cx, &(struct q_attempt_take_back_in){ .bucket = address_bucket(cx, ip) });
}

int attempt_sweep(struct ctx *cx)
{
	int rc = q_attempt_sweep_exec(cx, &(struct q_attempt_sweep_in){ .window_ms = WINDOW_MS, .limit = SWEEP_MOST });

	return rc < 0 ? rc : db_affected(cx) == SWEEP_MOST;
}
