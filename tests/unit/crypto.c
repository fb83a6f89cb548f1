/* Hashes against published values, base64 both ways, UUIDs in order of time. */
#include "ext/crypto.h"

#include "base/clock.h"
#include "tests/unit/tap.h"

static struct arena mem;

static const char *hash(void (*fn)(struct str, char *), const char *text)
{
	char out[65];

	fn(str_of(text), out);
	return arena_strdup(&mem, out);
}

static void hashes(void)
{
	char out[65];

	STR_EQ(hash(crypto_sha1_hex, "abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
	STR_EQ(hash(crypto_sha1_hex, ""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
	STR_EQ(hash(crypto_sha256_hex, "abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	crypto_sha256_hex((struct str){ NULL, 0 }, out);
	STR_EQ(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static const char *decode(const char *text)
{
	struct str out;

	return crypto_base64_decode(&mem, str_of(text), &out) ? out.p : NULL;
}

static void base64(void)
{
	struct str all, back;
	char bytes[256];

	STR_EQ(crypto_base64(&mem, STR("")), "");
	STR_EQ(crypto_base64(&mem, STR("f")), "Zg==");
	STR_EQ(crypto_base64(&mem, STR("fo")), "Zm8=");
	STR_EQ(crypto_base64(&mem, STR("foo")), "Zm9v");
	STR_EQ(crypto_base64(&mem, STR("\xfb\xff\xfe")), "+//+");
	STR_EQ(crypto_base64url(&mem, STR("\xfb\xff\xfe\xff")), "-__-_w");
	STR_EQ(decode("Zm9vYg=="), "foob");
	STR_EQ(decode("Zm9vYg"), "foob");
	STR_EQ(decode("Zm9vYmE="), "fooba");
	STR_EQ(decode(""), "");
	STR_EQ(decode("-__-+/8"), "\xfb\xff\xfe\xfb\xff");
	STR_EQ(decode("Z"), NULL);
	STR_EQ(decode("Zm9vY"), NULL);
	STR_EQ(decode("Zg="), NULL);
	STR_EQ(decode("Zm9v="), NULL);
	STR_EQ(decode("===="), NULL);
	STR_EQ(decode("Zh"), NULL);
	STR_EQ(decode("Zm 9"), NULL);
	STR_EQ(decode("Zm9\xff"), NULL);
	for (int i = 0; i < 256; i++)
		bytes[i] = (char)i;
	all = (struct str){ bytes, sizeof(bytes) };
	OK(crypto_base64_decode(&mem, str_of(crypto_base64url(&mem, all)), &back) && str_eq(all, back));
	OK(crypto_base64_decode(&mem, str_of(crypto_base64(&mem, all)), &back) && str_eq(all, back));
}

static void uuids(void)
{
	char a[37], b[37], zero[16] = "", some[16] = "";

	crypto_uuid(a);
	crypto_uuid(b);
	OK(strlen(a) == 36 && a[8] == '-' && a[13] == '-' && a[18] == '-' && a[23] == '-');
	OK(a[14] == '7' && strchr("89ab", a[19]));
	OK(strcmp(a, b) != 0 && strncmp(a, b, 8) <= 0);

	int64_t before = clock_wall_ms();
	unsigned long long high, low;

	crypto_uuid(a);
	OK(sscanf(a, "%8llx-%4llx", &high, &low) == 2);
	OK((int64_t)(high << 16 | low) >= before && (int64_t)(high << 16 | low) <= clock_wall_ms());
	crypto_random(some, sizeof(some));
	OK(memcmp(zero, some, sizeof(some)) != 0);
}

static const char *sha2(unsigned bits, const char *text)
{
	return crypto_base64url(&mem, crypto_sha2(&mem, bits, str_of(text)));
}

/* The examples of FIPS 180-4 for "abc". */
static void sha2_sizes(void)
{
	STR_EQ(sha2(256, "abc"), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
	STR_EQ(sha2(384, "abc"), "ywB1P0WjXou1oD1pmsZQBycsMqsO3tFjGotgWkP_W-2AhgcroefMI1i67KE0yCWn");
	STR_EQ(sha2(512, "abc"), "3a81oZNherrMQXNJriBBMRLm-k6JqX6iCp7u5ktV05ohkpkqJ0_BqDa6PCOj_uu9RU1EI2Q86A4qmslPpUyknw");
	STR_EQ(sha2(256, ""), "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
}

int main(void)
{
	hashes();
	sha2_sizes();
	base64();
	uuids();
	arena_release(&mem);
	return DONE();
}
