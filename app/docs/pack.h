/* The parts of all pages of a site in a few files. A file of parts is never changed once it is written: builds share it by hard
 * links, and each build adds one with what it rendered. */
#ifndef DOCS_PACK_H
#define DOCS_PACK_H

#include "docs/dir.h"

enum { PACK_FILES = 8 };

/* Where a part is. */
struct pack_place {
	uint32_t file, n;
	uint64_t at;
};
struct pack {
	uint64_t sizes[PACK_FILES]; /* 0: there is no such file */
	struct str maps[PACK_FILES];
};

/* The name of a file of parts. */
const char *pack_name(struct arena *mem, unsigned file);
/* Makes file readable, until cx->mem is reset, when it has the size that p->sizes says. */
bool pack_map(struct ctx *cx, const struct dir *d, struct pack *p, unsigned file);
/* All files that there are. False: one is not there, or of another size. */
bool pack_open(struct ctx *cx, const struct dir *d, struct pack *p);
/* A part's bytes; empty when p has no such place. */
struct str pack_get(const struct pack *p, struct pack_place place);
/*
 * Which files of a pack stay, when live says how many bytes of each are still wanted: those of which half is wanted, as long as
 * they leave room for a new file beside all that are there; else the largest alone. Parts in the others must be written anew.
 */
void pack_choose(const struct pack *p, const uint64_t live[PACK_FILES], bool stays[PACK_FILES]);

#endif
