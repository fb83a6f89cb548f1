/* What those who run the portal look at: problems and locations, a page at a time. */
#ifndef CATALOG_OVERVIEW_H
#define CATALOG_OVERVIEW_H

#include "base/ctx.h"
#include "base/json.h"

/*
 * Newest first: [{id, ref ("" for the file's own), name, message, line, seen (ms), location}] with ids below before (0: from
 * the newest), at most limit. Permissions are the caller's affair.
 */
int overview_problems(struct ctx *cx, uint64_t before, uint64_t limit, struct json **out);
/* Registered ones behind the id after ("": from the first): [{id, type, target, by, since, read (ms or null), problems}]. */
int overview_locations(struct ctx *cx, const char *after, uint64_t limit, struct json **out);
/* {problems, sources, unread, locations}: how many of each. */
int overview_counts(struct ctx *cx, struct json **out);

#endif
