/* Bells: how those who wait for something hear that it may have happened. */
#include "base/bell.h"

#include <string.h>
#include <unistd.h>

#include "base/hash.h"

static struct bells own, heard_here;
static struct {
	struct bells *all;
	int fd;
} shared = { &own, -1 };

uint32_t bell(const char *key)
{
	return (uint32_t)(hash64(key, strlen(key)) % BELLS);
}

uint32_t bell_count(uint32_t b)
{
	return __atomic_load_n(&shared.all->count[b], __ATOMIC_ACQUIRE) + heard_here.count[b];
}

void bell_ring(const char *key)
{
	uint64_t one = 1;

	__atomic_fetch_add(&shared.all->count[bell(key)], 1, __ATOMIC_RELEASE);
	/* It fails only when it would overflow, which it will not. */
	if (shared.fd >= 0 && write(shared.fd, &one, sizeof(one)) < 0)
		return;
}

void bell_ring_here(const char *key)
{
	heard_here.count[bell(key)]++;
}

void bells_share(struct bells *all, int fd)
{
	shared.all = all;
	shared.fd = fd;
}

int bells_fd(void)
{
	return shared.fd;
}
