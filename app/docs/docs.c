/* Sites of documentation: which there are, what is shown of them, and asking for a build. */
#include "docs/docs.h"

#include <unistd.h>

#include "base/log.h"
#include "base/map.h"
#include "catalog/entity.h"
#include "catalog/notice.h"
#include "catalog/store.h"
#include "ext/db.h"
#include "jobs/jobs.h"
#include "sql/docs.h"

const char *docs_place(struct arena *mem, const char *ref)
{
	const char *colon = strchr(ref, ':'), *slash = strchr(ref, '/');

	return arena_printf(mem, "%.*s/%.*s/%s", (int)(slash - colon - 1), colon + 1, (int)(colon - ref), ref, slash + 1);
}

/* ---- what there is ---- */

static void set_paths(struct ctx *cx, const struct docs_conf *s, const char *path, struct docs_site *out)
{
	out->path = path;
	out->site = arena_printf(cx->mem, "%s/%s", s->folder, path);
	out->reader = arena_printf(cx->mem, "%.*sreader", (int)(strlen(out->site) - strlen("site")), out->site);
}

/* What somebody else published: as `callboard docs build` makes it, or (without a reader) as Backstage lays it out. */
static void find_published(struct ctx *cx, const struct docs_conf *s, struct docs_site *out)
{
	const char *place = docs_place(cx->mem, out->ref);

	set_paths(cx, s, arena_printf(cx->mem, "%s/site", place), out);
	out->build = ".";
	if (access(out->site, X_OK) < 0) {
		set_paths(cx, s, place, out);
		out->build = "-";
		out->reader = NULL;
	}
	if (access(arena_printf(cx->mem, "%s/techdocs_metadata.json", out->site), R_OK) < 0)
		out->path = out->site = out->reader = NULL;
	else
		out->state = DOCS_GOOD;
}

int docs_site_of(struct ctx *cx, const char *ref, struct docs_site *out)
{
	const struct docs_conf s = docs_conf(cx);
	struct q_docs_get_out row;

	*out = (struct docs_site){ .ref = ref, .error = "", .build = "-" };
	if (s.external) {
		find_published(cx, &s, out);
		return 0;
	}
	int rc = q_docs_get_one(cx, &(struct q_docs_get_in){ .ref = ref }, &row);

	if (rc < 1)
		return rc;
	out->entity_id = row.entity_id;
	out->state = (enum docs_state)row.state;
	out->error = row.error;
	out->pages = row.pages;
	out->asked_ms = row.asked_at;
	out->checked_ms = row.checked_at;
	out->built_ms = row.built_at;
	out->now_ms = row.now;
	if (*row.build) {
		set_paths(cx, &s, arena_printf(cx->mem, "%s/%s/site", docs_place(cx->mem, ref), row.build), out);
		out->build = row.build;
	}
	return 0;
}

/* Was its source last looked at so long ago that a look is due, and is none under way? */
static bool is_stale(const struct docs_site *site)
{
	/* One that was asked for and never looked at has lost its job, or waits for long: asking again costs nothing. */
	int64_t last = site->asked_ms > site->checked_ms ? site->asked_ms : site->checked_ms;

	return !site->now_ms || site->now_ms - last >= DOCS_STALE_MS;
}

const char *docs_bell(struct arena *mem, const char *ref)
{
	return arena_printf(mem, "docs:%s", ref);
}

int docs_log_of(struct ctx *cx, const char *ref, const char **log, const char **log_of)
{
	struct q_docs_log_out row = { .log = "", .log_of = "" };
	int rc = q_docs_log_one(cx, &(struct q_docs_log_in){ .ref = ref }, &row);

	*log = row.log;
	*log_of = row.log_of;
	return rc < 0 ? rc : 0;
}

int docs_sites_of(struct ctx *cx, const struct text_list *refs, struct docs_site *out)
{
	struct q_docs_of_refs_out row;
	struct map found = { 0 };
	DB_ROWS rows = { 0 };
	int rc = q_docs_of_refs_open(cx, &(struct q_docs_of_refs_in){ .refs = text_list_json(cx->mem, refs) }, &rows);

	while (rc >= 0 && (rc = q_docs_of_refs_next(&rows, &row)) == 1) {
		struct docs_site *site = arena_new(cx->mem, struct docs_site);

		*site = (struct docs_site){ .state = (enum docs_state)row.state,
					    .pages = row.pages,
					    .checked_ms = row.checked_at,
					    .built_ms = row.shown ? row.built_at : 0,
					    .now_ms = row.now };
		map_put(cx->mem, &found, row.ref, site);
	}
	for (size_t i = 0; rc >= 0 && i < refs->n; i++) {
		const struct docs_site *site = map_get(&found, refs->items[i]);

		out[i] = site ? *site : (struct docs_site){ 0 };
		out[i].ref = refs->items[i];
	}
	return rc < 0 ? rc : 0;
}

/* ---- asking ---- */

struct asked_for {
	const char *ref;
	enum job_priority priority;
};

static int ask(struct ctx *cx, void *arg)
{
	struct asked_for *a = arg;
	uint64_t id;
	int rc = entity_ids(cx, &(struct text_list){ .items = &a->ref, .n = 1 }, &id);

	if (rc == 0)
		rc = q_docs_ask_exec(cx, &(struct q_docs_ask_in){ .ref = a->ref, .entity_id = id });
	if (rc == 0)
		rc = job_add(cx, &(struct job_add){ .queue = "docs.build",
						    .key = a->ref,
						    .priority = a->priority,
						    .max_attempts = DOCS_ATTEMPTS });
	if (rc == 0)
		db_after_commit(cx, job_wake);
	return rc;
}

int docs_ask(struct ctx *cx, const char *ref, enum job_priority priority)
{
	struct asked_for a = { ref, priority };

	return docs_conf(cx).external ? 0 : db_transaction(cx, ask, &a);
}

int docs_ask_if_stale(struct ctx *cx, struct docs_site *site)
{
	if (docs_conf(cx).external || !is_stale(site))
		return 0;
	int rc = docs_ask(cx, site->ref, JOB_URGENT);

	return rc < 0 ? rc : docs_site_of(cx, site->ref, site);
}

/* ---- following the catalog ---- */

static bool wants(const char *topic)
{
	return streq(topic, "catalog.changed") || streq(topic, "catalog.refreshed");
}

static const char *as_text(struct ctx *cx, const struct json *v)
{
	struct buf b = { .mem = cx->mem };

	json_write(&b, v);
	return buf_text(&b);
}

static int sites_of_refs(struct ctx *cx, const struct json *refs, struct text_list *out)
{
	struct q_docs_sites_of_refs_out row;
	DB_ROWS rows = { 0 };
	int rc = q_docs_sites_of_refs_open(cx, &(struct q_docs_sites_of_refs_in){ .refs = as_text(cx, refs) }, &rows);

	while (rc >= 0 && (rc = q_docs_sites_of_refs_next(&rows, &row)) == 1)
		*list_add(cx->mem, out) = row.ref;
	return rc;
}

static int sites_of_sources(struct ctx *cx, const struct json *sources, struct text_list *out)
{
	struct q_docs_sites_of_sources_out row;
	DB_ROWS rows = { 0 };
	int rc = q_docs_sites_of_sources_open(cx, &(struct q_docs_sites_of_sources_in){ .sources = as_text(cx, sources) },
					      &rows);

	while (rc >= 0 && (rc = q_docs_sites_of_sources_next(&rows, &row)) == 1)
		*list_add(cx->mem, out) = row.ref;
	return rc;
}

/* Where an entity came from may have changed with it, and a refresh says that something did: the job finds out. */
static int hear(struct ctx *cx, const char *topic, const struct json *data)
{
	struct text_list found = { 0 };
	int rc = streq(topic, "catalog.changed") ? sites_of_refs(cx, json_get(data, "refs"), &found)
						 : sites_of_sources(cx, json_get(data, "sources"), &found);

	for (size_t i = 0; rc >= 0 && i < found.n; i++)
		rc = docs_ask(cx, found.items[i], JOB_URGENT);
	return rc;
}

void docs_prepare(void)
{
	static const struct notice_listener docs = { wants, hear };

	notice_listen(&docs);
}
