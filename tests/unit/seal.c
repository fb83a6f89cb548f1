/* Sealed bytes: they open with the same key for the same use, and not otherwise. */
#include "ext/seal.h"

#include "tests/unit/tap.h"

static struct arena mem;

static bool opens(const unsigned char *key, struct str sealed, const char *about, const char *want)
{
	struct str out;

	return seal_open(&mem, key, sealed, about, &out) && str_is(out, want);
}

int main(void)
{
	unsigned char key[SEAL_KEY], same[SEAL_KEY], other[SEAL_KEY], shifted[SEAL_KEY];

	seal_key(STR("secret"), STR("more"), "tasks", key);
	seal_key(STR("secret"), STR("more"), "tasks", same);
	seal_key(STR("secret"), STR(""), "tasks", other);
	seal_key(STR("secretm"), STR("ore"), "tasks", shifted);
	OK(memcmp(key, same, SEAL_KEY) == 0);
	OK(memcmp(key, other, SEAL_KEY) != 0 && memcmp(key, shifted, SEAL_KEY) != 0);

	struct str sealed = seal(&mem, key, STR("tell nobody"), "task 1");

	OK(opens(key, sealed, "task 1", "tell nobody"));
	OK(opens(same, sealed, "task 1", "tell nobody"));
	OK(!opens(other, sealed, "task 1", "tell nobody"));
	OK(!opens(key, sealed, "task 2", "tell nobody"));
	OK(!memmem(sealed.p, sealed.n, "nobody", 6));
	OK(!str_eq(sealed, seal(&mem, key, STR("tell nobody"), "task 1")));
	for (size_t i = 0; i < sealed.n; i++) {
		char *torn = arena_raw(&mem, sealed.n);

		memcpy(torn, sealed.p, sealed.n);
		torn[i] = (char)(torn[i] ^ 1);
		if (opens(key, (struct str){ torn, sealed.n }, "task 1", "tell nobody"))
			OK(!"a changed byte is noticed");
	}
	OK(!opens(key, (struct str){ sealed.p, sealed.n - 1 }, "task 1", "tell nobody"));
	OK(!opens(key, (struct str){ sealed.p, 10 }, "task 1", "tell nobody"));
	OK(opens(key, seal(&mem, key, STR(""), ""), "", ""));
	arena_release(&mem);
	return DONE();
}
