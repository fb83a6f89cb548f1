/* The parts of all pages of a site in a few files. */
#include "docs/pack.h"

const char *pack_name(struct arena *mem, unsigned file)
{
	return arena_printf(mem, "parts-%u", file);
}

bool pack_map(struct ctx *cx, const struct dir *d, struct pack *p, unsigned file)
{
	return dir_map(cx, d, pack_name(cx->mem, file), &p->maps[file]) && p->maps[file].n == p->sizes[file];
}

bool pack_open(struct ctx *cx, const struct dir *d, struct pack *p)
{
	bool whole = true;

	for (unsigned i = 0; i < PACK_FILES && whole; i++)
		whole = !p->sizes[i] || pack_map(cx, d, p, i);
	return whole;
}

struct str pack_get(const struct pack *p, struct pack_place place)
{
	size_t size = place.file < PACK_FILES ? p->maps[place.file].n : 0;

	if (place.n > size || place.at > size - place.n)
		return STR("");
	return (struct str){ p->maps[place.file].p + place.at, place.n };
}

void pack_choose(const struct pack *p, const uint64_t live[PACK_FILES], bool stays[PACK_FILES])
{
	size_t n = 0, largest = 0;

	for (size_t i = 0; i < PACK_FILES; i++) {
		stays[i] = p->sizes[i] && live[i] >= p->sizes[i] / 2 && live[i];
		n += stays[i];
		if (p->sizes[i] > p->sizes[largest])
			largest = i;
	}
	/* With the new file there are PACK_FILES - 1 at most, so that the next build finds a number that no table names. */
	for (size_t i = 0; i < PACK_FILES && n > PACK_FILES - 2; i++)
		stays[i] = i == largest;
}
