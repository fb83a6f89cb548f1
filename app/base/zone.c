/* Time zones: the files of tzdata (RFC 8536). */
#include "base/zone.h"

#include <endian.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/str.h"

enum { HEADER = 44, TYPE = 6, FILE_MOST = 64 << 10, NAME_MOST = 64 };
#define ZONES "/usr/share/zoneinfo/"

struct zone {
	const unsigned char *times, *kinds, *types; /* n times of 8 bytes, n kinds of one, n_types of TYPE bytes */
	size_t n, n_types;
};

/* What a header says how many there are of. */
struct counts {
	size_t isut, isstd, leap, time, type, chars;
};

static int64_t read_64(const unsigned char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return (int64_t)be64toh(v);
}

static int32_t read_32(const unsigned char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return (int32_t)be32toh(v);
}

static bool read_header(const unsigned char *p, size_t n, struct counts *out)
{
	size_t *const fields[] = { &out->isut, &out->isstd, &out->leap, &out->time, &out->type, &out->chars };

	if (n < HEADER || memcmp(p, "TZif", 4) != 0 || p[4] < '2')
		return false;
	for (size_t i = 0; i < LEN(fields); i++) {
		int32_t v = read_32(p + 20 + 4 * i);

		if (v < 0 || v > FILE_MOST)
			return false;
		*fields[i] = (size_t)v;
	}
	return true;
}

static size_t size_of(const struct counts *c, size_t stamp)
{
	return c->time * (stamp + 1) + c->type * TYPE + c->chars + c->leap * (stamp + 4) + c->isstd + c->isut;
}

/* Everything is there twice: with stamps of 4 bytes for old programs, then with stamps of 8. */
static bool read_zone(const unsigned char *p, size_t n, struct zone *out)
{
	struct counts c;
	size_t first;

	if (!read_header(p, n, &c))
		return false;
	first = HEADER + size_of(&c, 4);
	if (first > n || !read_header(p + first, n - first, &c) || c.type == 0 || size_of(&c, 8) > n - first - HEADER)
		return false;
	p += first + HEADER;
	*out = (struct zone){ p, p + c.time * 8, p + c.time * 9, c.time, c.type };
	for (size_t i = 0; i < c.time; i++)
		if (out->kinds[i] >= c.type)
			return false;
	return true;
}

static bool is_name(const char *name)
{
	static const char known[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/";

	return *name && *name != '/' && strlen(name) <= NAME_MOST && strspn(name, known) == strlen(name);
}

struct zone *zone_open(struct arena *mem, const char *name)
{
	struct zone *z = arena_new(mem, struct zone);
	unsigned char *bytes;
	struct stat st;
	size_t n = 0;
	ssize_t got;

	if (!name || !is_name(name))
		return NULL;
	AUTO_FD fd = open(arena_printf(mem, ZONES "%s", name), O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || st.st_size > FILE_MOST)
		return NULL;
	bytes = arena_alloc(mem, (size_t)st.st_size + 1);
	while (n < (size_t)st.st_size && (got = read(fd, bytes + n, (size_t)st.st_size - n)) > 0)
		n += (size_t)got;
	return read_zone(bytes, n, z) ? z : NULL;
}

struct zone_period zone_at(const struct zone *z, int64_t wall_ms)
{
	size_t low = 0, high = z->n;
	struct zone_period out = { 0, INT64_MAX };

	/* The first change that is still to come. */
	while (low < high) {
		size_t mid = (low + high) / 2;

		if (read_64(z->times + mid * 8) <= wall_ms / 1000)
			low = mid + 1;
		else
			high = mid;
	}
	out.ahead_ms = read_32(z->types + (low ? z->kinds[low - 1] : 0) * (size_t)TYPE) * (int64_t)1000;
	if (low < z->n)
		out.until_ms = read_64(z->times + low * 8) * 1000;
	return out;
}
