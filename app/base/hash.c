/* A fast 64-bit hash for tables and change detection; not for security. */
#include "base/hash.h"

#include <string.h>

uint64_t hash64(const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	uint64_t h = 0xcbf29ce484222325ull;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 0x100000001b3ull;
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93ull;
	h ^= h >> 32;
	return h;
}

static uint64_t mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * 0x9fb21c651e98df25ull;
	return h ^ h >> 29;
}

/* Four lanes, so that their multiplications overlap; the rest is padded with zeros, and the length counts. */
uint64_t checksum64(const void *bytes, size_t n)
{
	uint64_t a = n, b = 0x2545f4914f6cdd1dull, c = 0x6c62272e07bb0142ull, d = 0x27d4eb2f165667c5ull, word[4];
	const unsigned char *p = bytes;

	for (; n >= sizeof(word); n -= sizeof(word), p += sizeof(word)) {
		memcpy(word, p, sizeof(word));
		a = mix(a, word[0]);
		b = mix(b, word[1]);
		c = mix(c, word[2]);
		d = mix(d, word[3]);
	}
	memset(word, 0, sizeof(word));
	memcpy(word, p, n);
	return mix(mix(mix(mix(a, word[0]), mix(b, word[1])), mix(c, word[2])), mix(d, word[3]));
}
