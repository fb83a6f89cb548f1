/* Hashes, random values and base64 (OpenSSL). */
#include "ext/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdlib.h>

#include "base/clock.h"

enum { HASH_MAX = 64 };

static void to_hex(const unsigned char *bytes, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

static void hash_hex(const EVP_MD *how, struct str bytes, char *out)
{
	unsigned char hash[HASH_MAX];
	unsigned n;

	if (!EVP_Digest(bytes.n ? bytes.p : "", bytes.n, hash, &n, how, NULL))
		abort();
	to_hex(hash, n, out);
}

void crypto_sha1_hex(struct str bytes, char out[41])
{
	hash_hex(EVP_sha1(), bytes, out);
}

void crypto_sha256_hex(struct str bytes, char out[65])
{
	hash_hex(EVP_sha256(), bytes, out);
}

const char *crypto_hmac_sha256_hex(struct arena *mem, struct str key, struct str bytes)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	struct buf hex = { .mem = mem };

	if (!HMAC(EVP_sha256(), key.p ? key.p : "", (int)key.n, (const unsigned char *)(bytes.p ? bytes.p : ""), bytes.n, mac,
		  &n))
		abort();
	for (unsigned i = 0; i < n; i++)
		buf_addf(&hex, "%02x", mac[i]);
	return buf_text(&hex);
}

bool crypto_same(const char *a, const char *b)
{
	size_t n = strlen(a);

	return n == strlen(b) && CRYPTO_memcmp(a, b, n) == 0;
}

struct str crypto_sha2(struct arena *mem, unsigned bits, struct str bytes)
{
	const EVP_MD *how = bits == 256 ? EVP_sha256() : bits == 384 ? EVP_sha384() : bits == 512 ? EVP_sha512() : NULL;
	unsigned char *hash = arena_raw(mem, HASH_MAX);
	unsigned n;

	if (!how || !EVP_Digest(bytes.n ? bytes.p : "", bytes.n, hash, &n, how, NULL))
		abort();
	return (struct str){ (const char *)hash, n };
}

void crypto_sha256(struct str bytes, unsigned char out[CRYPTO_SHA256])
{
	unsigned n;

	if (!EVP_Digest(bytes.n ? bytes.p : "", bytes.n, out, &n, EVP_sha256(), NULL))
		abort();
}

void crypto_random(void *out, size_t n)
{
	for (unsigned char *p = out; n;) {
		size_t part = n < INT32_MAX ? n : INT32_MAX;

		/* Without randomness no token is safe. */
		if (RAND_bytes(p, (int)part) != 1)
			abort();
		p += part;
		n -= part;
	}
}

void crypto_uuid(char out[37])
{
	unsigned char id[16];
	uint64_t ms = (uint64_t)clock_wall_ms();
	char hex[33];

	crypto_random(id, sizeof(id));
	for (int i = 0; i < 6; i++)
		id[i] = (unsigned char)(ms >> (40 - 8 * i));
	id[6] = 0x70 | (id[6] & 0x0f); /* version */
	id[8] = 0x80 | (id[8] & 0x3f); /* variant */
	to_hex(id, sizeof(id), hex);
	for (int i = 0; i < 32; i++) {
		if (i == 8 || i == 12 || i == 16 || i == 20)
			*out++ = '-';
		*out++ = hex[i];
	}
	*out = '\0';
}

static const char *encode(struct arena *mem, struct str bytes, const char *alphabet, bool pad)
{
	if (bytes.n > SIZE_MAX / 4)
		abort();

	char *text = arena_raw(mem, (bytes.n + 2) / 3 * 4 + 1), *to = text;
	const unsigned char *p = (const unsigned char *)bytes.p;

	for (size_t i = 0; i < bytes.n; i += 3) {
		size_t left = bytes.n - i;
		uint32_t bits =
			(uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) | (left > 2 ? (uint32_t)p[i + 2] : 0);

		*to++ = alphabet[bits >> 18];
		*to++ = alphabet[bits >> 12 & 63];
		if (left > 1)
			*to++ = alphabet[bits >> 6 & 63];
		else if (pad)
			*to++ = '=';
		if (left > 2)
			*to++ = alphabet[bits & 63];
		else if (pad)
			*to++ = '=';
	}
	*to = '\0';
	return text;
}

const char *crypto_base64url(struct arena *mem, struct str bytes)
{
	return encode(mem, bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", false);
}

const char *crypto_base64(struct arena *mem, struct str bytes)
{
	return encode(mem, bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", true);
}

static int digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

bool crypto_base64_decode(struct arena *mem, struct str text, struct str *out)
{
	size_t n = text.n;

	if (n && n % 4 == 0)
		n -= text.p[n - 1] == '=' ? 1 + (text.p[n - 2] == '=') : 0;
	if (n % 4 == 1)
		return false;

	char *bytes = arena_raw(mem, n / 4 * 3 + 4), *to = bytes;
	uint32_t bits = 0;
	unsigned held = 0;

	for (size_t i = 0; i < n; i++) {
		int d = digit(text.p[i]);

		if (d < 0)
			return false;
		bits = (bits << 6 | (uint32_t)d) & 0xffffff;
		held += 6;
		if (held >= 8) {
			held -= 8;
			*to++ = (char)(bits >> held);
		}
	}
	/* One text for one value: bits that are not used must be zero. */
	if (bits & ((1u << held) - 1))
		return false;
	*to = '\0';
	*out = (struct str){ bytes, (size_t)(to - bytes) };
	return true;
}
