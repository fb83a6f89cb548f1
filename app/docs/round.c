/* Sites that nobody opens are built as well: what is not built, search cannot find. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "catalog/query.h"
#include "docs/docs.h"
#include "docs/job.h"
#include "docs/ref.h"
#include "ext/json.h"

enum {
	PAGE = 200,
	AT_ONCE = 20, /* so many are asked for, then others have their turn */
	SETTLED_MS = 300000,
	OLD_MS = 86400000,
	SOON_MS = 60000,
	LATER_MS = 300000,
};

/* Version 7 UUIDs begin with the time they were made, in milliseconds; other uids are old enough. */
static bool came_just_now(const struct json *entity)
{
	const char *uid = json_get_text(json_get(entity, "metadata"), "uid", "");
	char digits[13];

	if (strlen(uid) != 36 || uid[14] != '7')
		return false;
	memcpy(digits, uid, 8);
	memcpy(digits + 8, uid + 9, 5);
	digits[12] = '\0';
	return clock_wall_ms() - (int64_t)strtoll(digits, NULL, 16) < SETTLED_MS;
}

static int add_candidates(struct ctx *cx, const struct entities *page, struct text_list *refs)
{
	for (size_t i = 0; i < page->n; i++) {
		const char *elsewhere, *path;
		struct json *entity;
		int rc = json_parse(cx, page->items[i].body, &entity);

		if (rc < 0)
			return rc;
		if (!came_just_now(entity) && docs_elsewhere(cx, entity, &elsewhere, &path) == 0 && !elsewhere)
			*list_add(cx->mem, refs) = page->items[i].ref;
	}
	cx->err = (struct err){ 0 };
	return 0;
}

static int ask_for_some(struct ctx *cx, const struct text_list *refs, size_t *left)
{
	struct docs_site *sites = arena_calloc(cx->mem, refs->n, sizeof(*sites));
	int rc = docs_sites_of(cx, refs, sites);

	for (size_t i = 0; rc == 0 && *left && i < refs->n; i++) {
		bool never = sites[i].now_ms == 0;
		bool old = sites[i].state >= DOCS_GOOD && sites[i].now_ms - sites[i].checked_ms > OLD_MS;

		if (never || old) {
			rc = docs_ask(cx, refs->items[i], JOB_IDLE);
			--*left;
		}
	}
	return rc;
}

int docs_round_job(struct ctx *cx, struct job *job)
{
	struct query q = { .limit = PAGE, .passing = true };
	struct query_page page;
	size_t left = AT_ONCE;
	struct json *has = json_object(cx->mem), *wanted = json_object(cx->mem);
	int rc;

	job_again(job, LATER_MS);
	if (docs_conf(cx).external)
		return 0;
	json_set(cx->mem, has, "$exists", json_bool(cx->mem, true));
	json_set(cx->mem, wanted, "metadata.annotations." DOCS_REF, has);
	q.predicate = wanted;
	do {
		struct entities found = { 0 };
		struct text_list refs = { 0 };

		rc = query_page(cx, &q, &page);
		if (rc == 0)
			rc = query_bodies(cx, &q, page.hits, page.n, &found);
		if (rc == 0)
			rc = add_candidates(cx, &found, &refs);
		if (rc == 0 && refs.n)
			rc = ask_for_some(cx, &refs, &left);
		q.edge = &page.last;
		if (rc == 0)
			rc = job_alive(cx);
	} while (rc == 0 && left && page.after);
	if (left == 0)
		job_again(job, SOON_MS);
	return rc;
}
