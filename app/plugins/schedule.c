/* What plugins do without a request: schedules and providers, each a job that comes back, once in all of the portal. */
#include "plugins/schedule.h"

#include "base/clock.h"
#include "base/duration.h"
#include "base/list.h"
#include "base/log.h"
#include "base/str.h"
#include "plugins/board.h"
#include "plugins/collator.h"
#include "base/cron.h"
#include "plugins/host.h"
#include "plugins/migrate.h"
#include "plugins/provider.h"
#include "sql/plugin.h"

enum { AWAY_MS = 60000, LEAST_MS = 1000, EARLY_MS = 30000, CHECK_MS = 3600 * 1000, GONE_MS = 24 * 3600 * 1000 };

/* The kinds, as the queue "plugin.NAME" and the table have them. */
static const struct kind {
	enum contribution_kind kind;
	const char *name, *queue;
} kinds[] = {
	{ CONTRIBUTES_SCHEDULE, "schedule", "plugin.schedule" },
	{ CONTRIBUTES_PROVIDER, "provider", "plugin.provider" },
	{ CONTRIBUTES_SEARCH, "search", "plugin.search" },
};

static const struct kind *kind_named(const char *name)
{
	for (size_t i = 0; i < LEN(kinds); i++)
		if (streq(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

const struct contribution *schedule_by_id(const struct plugin *p, enum contribution_kind kind, const char *id)
{
	const struct contributions *list = &p->by_kind[kind];

	for (size_t i = 0; i < list->n; i++)
		if (streq(list->items[i].id, id))
			return &list->items[i];
	return NULL;
}

static const struct kind *kind_of(const struct contribution *c)
{
	return &kinds[streq(c->path[0], "schedules") ? 0 : streq(c->path[0], "providers") ? 1 : 2];
}

static const char *key_of(struct arena *mem, const struct contribution *c)
{
	return arena_printf(mem, "%s/%s", c->plugin->name, c->id);
}

/* ---- when ---- */

/* ms from now to the run after one that took so long; took_ms -1: there was none. ERR_INPUT when the manifest says no time. */
static int next_run(struct ctx *cx, const struct contribution *c, int64_t took_ms, int64_t *out)
{
	const char *line = json_get_text(c->row, "cron", NULL);
	struct cron cron;
	int rc = line ? cron_parse(cx, line, &cron) : config_duration_ms(cx, json_get(c->row, "every"), out);

	if (rc < 0)
		return fail_in(cx, rc, "%s %s: %s", kind_of(c)->name, c->id, line ? "cron" : "every");
	if (!line) {
		*out -= took_ms > 0 ? took_ms : 0;
		*out = *out < LEAST_MS ? LEAST_MS : *out;
		return 0;
	}
	/* A clock may be a little early: what has just begun is not begun again for the same minute. */
	int64_t now = clock_wall_ms(), after = took_ms >= 0 && took_ms < EARLY_MS ? now - took_ms + EARLY_MS : now;
	int64_t at = cron_next_ms(&cron, after);

	if (at < 0)
		return fail(cx, ERR_INPUT, "%s %s: cron: such a time never comes", kind_of(c)->name, c->id);
	*out = at - now;
	return 0;
}

/* ms to the first run: at once, unless the manifest says otherwise, a clock does, or it ran lately (began_ms): it was only
 * away. */
static int first_run(struct ctx *cx, const struct contribution *c, int64_t began_ms, int64_t *out)
{
	const struct json *delay = json_get(c->row, "initial_delay");
	int64_t next;
	int rc = next_run(cx, c, -1, &next);

	*out = json_get(c->row, "cron") ? next : 0;
	if (rc == 0 && delay) {
		rc = config_duration_ms(cx, delay, out);
		if (rc < 0)
			return fail_in(cx, rc, "%s %s: initial_delay", kind_of(c)->name, c->id);
	}
	if (rc == 0 && began_ms && !json_get(c->row, "cron") && began_ms + next - clock_wall_ms() > *out)
		*out = began_ms + next - clock_wall_ms();
	return rc;
}

/* ---- a run ---- */

static int call(struct ctx *cx, const struct contribution *c, const char *what, const char **summary)
{
	*summary = "";
	switch (kind_of(c)->kind) {
	case CONTRIBUTES_PROVIDER:
		return provider_run(cx, c, what, summary);
	case CONTRIBUTES_SEARCH:
		return collator_run(cx, c, what, summary);
	default:
		return plugin_call(cx, c, what, CALL_LONG, NULL, 0, NULL);
	}
}

/* The contribution of a job; NULL when this host has none, or its plugin is off. */
static const struct contribution *of_job(struct arena *mem, const struct kind *k, const char *key)
{
	const char *slash = strchr(key, '/');
	const struct plugin *p = slash ? plugin_by_name(arena_strndup(mem, key, (size_t)(slash - key))) : NULL;

	return p && p->state == PLUGIN_ON ? schedule_by_id(p, k->kind, slash + 1) : NULL;
}

static int note(struct ctx *cx, const struct contribution *c, int64_t began_ms, int64_t took_ms, const char *error,
		const char *summary)
{
	return q_plugin_run_note_exec(cx, &(struct q_plugin_run_note_in){ .plugin = c->plugin->name,
									  .kind = kind_of(c)->name,
									  .id = c->id,
									  .began_at = began_ms,
									  .took_ms = took_ms,
									  .failures = *error != '\0',
									  .error = error,
									  .summary = summary,
									  .more_failures = *error != '\0' });
}

static int run(struct ctx *cx, struct job *job, const struct kind *k)
{
	const struct contribution *c = of_job(cx->mem, k, job->key);
	int64_t began = clock_wall_ms(), next = AWAY_MS;
	uint64_t begun = clock_mono_us();
	const char *summary, *error = "";

	job->priority = JOB_NORMAL;
	job_again(job, AWAY_MS);
	if (!c)
		return 0; /* the host that has it takes it next time, or its job is cancelled soon */
	int rc = call(cx, c, arena_printf(cx->mem, "%s %s", k->name, c->id), &summary);
	int64_t took = (int64_t)(clock_mono_us() - begun) / 1000;

	if (rc < 0) {
		error = arena_strdup(cx->mem, cx->err.text);
		log_warn("a plugin's run failed", "plugin", c->plugin->name, k->name, c->id, "error", error, NULL);
	}
	cx->err = (struct err){ 0 };
	if (next_run(cx, c, took, &next) < 0)
		next = AWAY_MS;
	job_again(job, next);
	/* One that is switched off has not run. */
	return rc == ERR_UNAVAILABLE && plugin_is_off(c->plugin) ? 0 : note(cx, c, began, took, error, summary);
}

int schedule_job(struct ctx *cx, struct job *job)
{
	return run(cx, job, &kinds[0]);
}

int schedule_provider_job(struct ctx *cx, struct job *job)
{
	return run(cx, job, &kinds[1]);
}

int schedule_search_job(struct ctx *cx, struct job *job)
{
	return run(cx, job, &kinds[2]);
}

int plugin_schedule_run(struct ctx *cx, const struct contribution *c)
{
	const struct kind *k = kind_of(c);
	const char *key = key_of(cx->mem, c);
	int rc;

	if (c->plugin->state != PLUGIN_ON || plugin_is_off(c->plugin))
		return fail(cx, ERR_UNAVAILABLE, "The plugin '%s' is off", c->plugin->name);
	rc = job_run_now(cx, k->queue, key);
	if (rc == ERR_NOTFOUND) {
		cx->err = (struct err){ 0 };
		rc = job_add(cx, &(struct job_add){ .queue = k->queue, .key = key, .priority = JOB_URGENT });
	}
	job_wake();
	return rc;
}

int plugin_schedule_state(struct ctx *cx, const struct plugin *p, struct json **out)
{
	struct q_plugin_run_of_out row;
	DB_ROWS rows = { 0 };
	int rc = q_plugin_run_of_open(cx, &(struct q_plugin_run_of_in){ p->name }, &rows);

	*out = json_object(cx->mem);
	while (rc >= 0 && (rc = q_plugin_run_of_next(&rows, &row)) == 1) {
		struct json *v = json_object(cx->mem);

		json_set(cx->mem, v, "began_at", json_num(cx->mem, (double)row.began_at));
		json_set(cx->mem, v, "took_ms", json_num(cx->mem, (double)row.took_ms));
		json_set(cx->mem, v, "runs", json_num(cx->mem, (double)row.runs));
		json_set(cx->mem, v, "failures", json_num(cx->mem, (double)row.failures));
		json_set(cx->mem, v, "error", json_str(cx->mem, row.error));
		json_set(cx->mem, v, "summary", json_str(cx->mem, row.summary));
		json_set(cx->mem, v, "next_at", json_num(cx->mem, row.has_next_at && !row.running ? (double)row.next_at : 0));
		json_set(cx->mem, v, "running", json_bool(cx->mem, row.running));
		json_set(cx->mem, *out, arena_printf(cx->mem, "%s/%s", row.kind, row.id), v);
	}
	return rc < 0 ? rc : 0;
}

/* ---- which there are ---- */

struct known {
	struct q_plugin_run_all_out *items;
	size_t n, cap;
};

static int load_known(struct ctx *cx, struct known *out)
{
	struct q_plugin_run_all_out row;
	DB_ROWS rows = { 0 };
	int rc = q_plugin_run_all_open(cx, &rows);

	while (rc >= 0 && (rc = q_plugin_run_all_next(&rows, &row)) == 1)
		*list_add(cx->mem, out) = row;
	return rc < 0 ? rc : 0;
}

/* When it ran last; 0: never. */
static int64_t began_at(const struct known *known, const struct contribution *c)
{
	for (size_t i = 0; i < known->n; i++) {
		const struct q_plugin_run_all_out *row = &known->items[i];

		if (streq(row->plugin, c->plugin->name) && streq(row->kind, kind_of(c)->name) && streq(row->id, c->id))
			return row->began_at;
	}
	return 0;
}

/* One that is wrong hinders no other. */
static int put_job(struct ctx *cx, const struct contribution *c, const struct known *known)
{
	const struct kind *k = kind_of(c);
	const char *key = key_of(cx->mem, c);
	int64_t delay = 0;
	int there = job_there(cx, k->queue, key), rc;

	if (there < 0)
		return there;
	rc = k->kind == CONTRIBUTES_SEARCH ? collator_yield(cx, c) : 0;
	if (rc < 0)
		return rc;
	rc = there ? next_run(cx, c, -1, &delay) : first_run(cx, c, began_at(known, c), &delay);
	if (rc < 0) {
		log_warn("a plugin's schedule is wrong", "plugin", c->plugin->name, "error", cx->err.text, NULL);
		cx->err = (struct err){ 0 };
		return 0;
	}
	rc = q_plugin_run_add_exec(cx, &(struct q_plugin_run_add_in){ c->plugin->name, k->name, c->id });
	if (rc >= 0)
		rc = job_add(cx, &(struct job_add){ .queue = k->queue, .key = key, .delay_ms = delay, .priority = JOB_NORMAL });
	return rc;
}

static int mark_gone(struct ctx *cx, const struct q_plugin_run_all_out *row, int64_t at)
{
	return q_plugin_run_gone_exec(
		cx, &(struct q_plugin_run_gone_in){
			    .gone_at = at, .has_gone_at = at > 0, .plugin = row->plugin, .kind = row->kind, .id = row->id });
}

static int forget(struct ctx *cx, const struct kind *k, const struct q_plugin_run_all_out *row)
{
	int rc = job_cancel(cx, k->queue, arena_printf(cx->mem, "%s/%s", row->plugin, row->id));

	if (rc >= 0 && k->kind == CONTRIBUTES_PROVIDER)
		rc = provider_gone(cx, row->plugin, row->id);
	if (rc >= 0 && k->kind == CONTRIBUTES_SEARCH)
		rc = collator_gone(cx, row->plugin, row->id);
	if (rc < 0)
		return rc;
	log_info("what no plugin brings any more is forgotten", "plugin", row->plugin, k->name, row->id, NULL);
	return q_plugin_run_delete_exec(cx, &(struct q_plugin_run_delete_in){ row->plugin, row->kind, row->id });
}

/*
 * One that is off has no job, and one that cannot be loaded waits; what they brought stays. One that is not there may be on
 * another host, or come back: it has a day.
 */
static int check_known(struct ctx *cx, const struct q_plugin_run_all_out *row)
{
	const struct kind *k = kind_named(row->kind);
	const struct plugin *p = plugin_by_name(row->plugin);
	int64_t now = clock_wall_ms();

	if (!k)
		return 0;
	if (p && (p->state != PLUGIN_ON || schedule_by_id(p, k->kind, row->id))) {
		int rc = row->has_gone_at ? mark_gone(cx, row, 0) : 0;

		if (rc >= 0 && p->state == PLUGIN_OFF)
			rc = job_cancel(cx, k->queue, arena_printf(cx->mem, "%s/%s", row->plugin, row->id));
		return rc;
	}
	if (!plugins_complete())
		return 0;
	if (!row->has_gone_at)
		return mark_gone(cx, row, now);
	return now - row->gone_at < GONE_MS ? 0 : forget(cx, k, row);
}

/* One whose tables cannot be made says so on its page; its calls wait until they are. True: all of them are. */
static bool migrate(struct ctx *cx)
{
	bool all = true;

	for (size_t i = 0; i < plugins()->n; i++) {
		const struct plugin *p = &plugins()->items[i];

		if (p->state != PLUGIN_ON || plugin_migrate(cx, p) >= 0)
			continue;
		all = false;
		log_warn("a plugin's migrations failed", "plugin", p->name, "error", cx->err.text, NULL);
		plugin_count(p, "migrations", 0, 0, cx->err.text, "", false);
		cx->err = (struct err){ 0 };
	}
	return all;
}

int schedule_config_job(struct ctx *cx, struct job *job)
{
	struct known known = { 0 };
	bool migrated = migrate(cx);
	int rc = load_known(cx, &known);

	for (size_t k = 0; k < LEN(kinds); k++) {
		const struct contributions *list = plugins_contribute(kinds[k].kind);

		for (size_t i = 0; rc >= 0 && i < list->n; i++)
			rc = put_job(cx, &list->items[i], &known);
	}
	for (size_t i = 0; rc >= 0 && i < known.n; i++)
		rc = check_known(cx, &known.items[i]);
	job->priority = JOB_NORMAL;
	job_again(job, migrated ? CHECK_MS : AWAY_MS);
	return rc < 0 ? rc : 0;
}
