/* Answers that are kept: a table of a fixed size by the hash of the question, so that long ones take no room. */
#include "server/decision_kept.h"

#include <stdint.h>
#include <string.h>

#include "base/clock.h"
#include "ext/crypto.h"

enum { SLOTS = 1024, SLOTS_TRIED = 8, KEPT_US = 10000000, BYTES_MOST = 4 << 20 };

struct slot_kept {
	unsigned char key[CRYPTO_SHA256];
	uint64_t until_us; /* 0: free */
	struct str answer;
};

static struct {
	struct arena mem;
	size_t bytes;
	struct slot_kept slots[SLOTS];
} kept;

static bool is_it(const struct slot_kept *k, const unsigned char key[CRYPTO_SHA256], uint64_t now)
{
	return k->until_us > now && memcmp(k->key, key, sizeof(k->key)) == 0;
}

/* Where an answer is; else where it belongs: a free place, or that of the oldest of some. */
static struct slot_kept *place_of(const unsigned char key[CRYPTO_SHA256], uint64_t now)
{
	struct slot_kept *best = NULL;
	uint32_t at;

	memcpy(&at, key, sizeof(at));
	for (uint32_t i = 0; i < SLOTS_TRIED; i++) {
		struct slot_kept *k = &kept.slots[(at + i) % SLOTS];

		if (is_it(k, key, now))
			return k;
		if (!best || k->until_us < best->until_us)
			best = k;
	}
	return best;
}

bool decision_kept(struct str question, struct str *answer)
{
	unsigned char key[CRYPTO_SHA256];
	uint64_t now = clock_mono_us();
	const struct slot_kept *k;

	crypto_sha256(question, key);
	k = place_of(key, now);
	*answer = k->answer;
	return is_it(k, key, now);
}

void decision_keep(struct str question, struct str answer)
{
	unsigned char key[CRYPTO_SHA256];
	uint64_t now = clock_mono_us();
	struct slot_kept *k;

	if (kept.bytes + answer.n > BYTES_MOST) {
		arena_release(&kept.mem);
		memset(&kept, 0, sizeof(kept));
	}
	crypto_sha256(question, key);
	k = place_of(key, now);
	memcpy(k->key, key, sizeof(k->key));
	k->until_us = now + KEPT_US;
	k->answer = (struct str){ arena_strndup(&kept.mem, answer.n ? answer.p : "", answer.n), answer.n };
	kept.bytes += answer.n;
}
