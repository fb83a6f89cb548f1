/* The cache of bodies: what it gives is what was put in, also while many write, and some die over it. */
#include "catalog/body_cache.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/tap.h"

enum { SIZE = 1 << 20, WRITERS = 3, READERS = 2, ENTITIES = 2000, BODY = 3000, ROUNDS = 30000, PAGE = 4096 };

/* The body of an entity and a tag, any length. */
static struct entity make(struct arena *mem, uint32_t id, uint64_t tag)
{
	size_t n = 20 + (id * 7 + tag * 13) % BODY;
	char *body = arena_alloc(mem, n + 1);

	snprintf(body, n, "%u-%llu-", id, (unsigned long long)tag);
	for (size_t i = strlen(body); i < n; i++)
		body[i] = (char)('a' + (id + tag + i) % 26);
	return (struct entity){ arena_printf(mem, "component:default/c%u", id),
				arena_printf(mem, "%040llx", (unsigned long long)tag),
				{ body, n } };
}

static bool is_right(struct arena *mem, uint32_t id, uint64_t tag, const struct entity *got)
{
	struct entity want = make(mem, id, tag);

	return strcmp(got->ref, want.ref) == 0 && strcmp(got->etag, want.etag) == 0 && got->body.n == want.body.n &&
	       memcmp(got->body.p, want.body.p, want.body.n) == 0 && got->body.p[got->body.n] == '\0';
}

static void test_alone(void)
{
	ARENA mem = { 0 };
	struct body_cache_stats stats;
	struct entity got, large = { "r", "e", { arena_alloc(&mem, SIZE), SIZE - 100 } };
	unsigned found = 0;

	OK(!body_cache_get(&mem, 1, 1, &got));
	for (uint32_t id = 0; id < 100; id++) {
		struct entity e = make(&mem, id, 5);

		body_cache_put(id, 5, &e);
		found += body_cache_get(&mem, id, 5, &got) && is_right(&mem, id, 5, &got);
	}
	OK(found == 100);
	OK(!body_cache_get(&mem, 1, 6, &got));
	struct entity newer = make(&mem, 1, 6);

	body_cache_put(1, 6, &newer);
	OK(body_cache_get(&mem, 1, 6, &got) && is_right(&mem, 1, 6, &got) && !body_cache_get(&mem, 1, 5, &got));
	body_cache_put(2, 9, &large);
	OK(!body_cache_get(&mem, 2, 9, &got));
	OK(body_cache_get(&mem, 2, 5, &got));
	/* Round and round: the last ones are there, the first are not. */
	for (uint32_t id = 0; id < 20000; id++) {
		ARENA own = { 0 };
		struct entity e = make(&own, id, 7);

		body_cache_put(id, 7, &e);
	}
	OK(body_cache_get(&mem, 19999, 7, &got) && is_right(&mem, 19999, 7, &got) && !body_cache_get(&mem, 3, 7, &got));
	body_cache_stats(&stats);
	OK(stats.hits == 103 && stats.misses == 5 && stats.bytes > SIZE / 2 && stats.bytes < SIZE);
}

static char *absent;

/* A writer that is held up for as long as others need to go once round the ring. */
static void write_others(int signal)
{
	static unsigned seed = 1;
	ARENA mem = { 0 };

	(void)signal;
	mprotect(absent, PAGE, PROT_READ | PROT_WRITE);
	memset(absent, 'b', PAGE);
	for (size_t done = 0; done < SIZE;) {
		size_t n = (size_t)rand_r(&seed) % 12000;
		char *text = arena_alloc(&mem, n + 1);

		memset(text, 'o', n);
		body_cache_put(2, 8, &(struct entity){ "other", "e", { text, n } });
		done += n + 100;
	}
}

static void test_held_up(void)
{
	enum { N_REF = 8000, TRIALS = 3000 };
	char ref[N_REF + 1] = { 0 };
	unsigned wrong = 0;
	struct sigaction held = { .sa_handler = write_others }, old;

	absent = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	sigaction(SIGSEGV, &held, &old);
	memset(ref, 'r', N_REF);
	for (unsigned i = 0; i < TRIALS; i++) {
		ARENA mem = { 0 };
		struct entity got;

		mprotect(absent, PAGE, PROT_NONE);
		body_cache_put(1, 8, &(struct entity){ ref, "e", { absent, PAGE } });
		wrong += body_cache_get(&mem, 1, 8, &got) && strcmp(got.ref, ref) != 0;
	}
	sigaction(SIGSEGV, &old, NULL);
	munmap(absent, PAGE);
	OK(wrong == 0);
}

static void write_many(unsigned seed)
{
	for (;;) {
		ARENA mem = { 0 };
		uint32_t id = (uint32_t)rand_r(&seed) % ENTITIES;
		uint64_t tag = (uint64_t)rand_r(&seed) % 3;
		struct entity e = make(&mem, id, tag);

		body_cache_put(id, tag, &e);
	}
}

static void read_many(unsigned seed)
{
	unsigned hits = 0;

	/* Who is quicker than the writers goes on until there was something to read. */
	for (unsigned i = 0; i < ROUNDS || hits <= 100; i++) {
		ARENA mem = { 0 };
		uint32_t id = (uint32_t)rand_r(&seed) % ENTITIES;
		uint64_t tag = (uint64_t)rand_r(&seed) % 3;
		struct entity got;

		if (!body_cache_get(&mem, id, tag, &got))
			continue;
		if (!is_right(&mem, id, tag, &got))
			_exit(1);
		hits++;
	}
	_exit(0);
}

static void test_many(void)
{
	pid_t writers[WRITERS], readers[READERS];

	for (unsigned i = 0; i < WRITERS; i++)
		if ((writers[i] = fork()) == 0)
			write_many(i);
	for (unsigned i = 0; i < READERS; i++)
		if ((readers[i] = fork()) == 0)
			read_many(100 + i);
	for (unsigned i = 0; i < READERS; i++) {
		int status;

		/* In the middle of whatever it does. */
		kill(writers[i], SIGKILL);
		OK(waitpid(readers[i], &status, 0) == readers[i] && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	for (unsigned i = 0; i < WRITERS; i++) {
		kill(writers[i], SIGKILL);
		waitpid(writers[i], NULL, 0);
	}
}

int main(void)
{
	ARENA mem = { 0 };
	struct entity got;

	body_cache_put(1, 1, &(struct entity){ "r", "e", { "b", 1 } });
	OK(!body_cache_get(&mem, 1, 1, &got)); /* without memory nothing is kept */
	body_cache_setup(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), SIZE);
	test_alone();
	test_held_up();
	test_many();
	return DONE();
}
