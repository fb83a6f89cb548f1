/* The audit log. */
#include "identity/audit.h"

#include "base/clock.h"
#include "base/duration.h"
#include "base/log.h"
#include "base/str.h"
#include "identity/identity.h"
#include "sql/audit.h"

enum { DAY_MS = 86400000, KEEP_DAYS = 400, AGAIN_MS = 6 * 3600 * 1000, BATCH = 5000, MAX_META = 65536, MAX_NOTE = 500 };

static const char *const severities[] = { "low", "medium", "high", "critical" };
static const char *const statuses[] = { "succeeded", "failed" };
static const struct asked nowhere = { "", "", "", "", "", NULL };

/* At most n bytes, whole characters; what a column of ASCII cannot hold becomes "?". */
static const char *cut(struct arena *mem, const char *s, size_t n, bool ascii)
{
	size_t len = strlen(s);
	char *out;

	if (len > n)
		for (len = n; len > 0 && ((unsigned char)s[len] & 0xc0) == 0x80; len--)
			;
	out = arena_strndup(mem, s, len);
	for (char *p = out; ascii && *p; p++)
		if ((unsigned char)*p > 0x7e || (unsigned char)*p < ' ')
			*p = '?';
	return out;
}

static const char *actor_of(const struct ctx *cx, const struct audit_event *e)
{
	if (e->actor)
		return e->actor;
	return !cx->who ? "system" : *cx->who->ref ? cx->who->ref : "nobody";
}

static void set_text(struct arena *mem, struct json *v, const char *key, const char *text)
{
	if (*text)
		json_set(mem, v, key, json_str(mem, text));
}

/* Backstage's setting, and its default, for what has a low severity. */
static enum log_level level_of_reads(const struct json *conf)
{
	static const char *const levels[] = { "debug", "info", "warn", "error" };
	const char *set = json_text(json_path(conf, "backend", "auditor", "severityLogLevelMappings", "low", NULL), "debug");

	for (size_t i = 0; i < LEN(levels); i++)
		if (streq(set, levels[i]))
			return (enum log_level)i;
	return LOG_DEBUG_;
}

static void write_line(struct ctx *cx, const struct audit_event *e, const struct asked *from)
{
	struct arena *mem = cx->mem;
	struct json *v = json_object(mem), *actor = json_object(mem), *request = json_object(mem);

	json_set(mem, v, "isAuditEvent", json_bool(mem, true));
	json_set(mem, v, "plugin", json_str(mem, e->plugin));
	json_set(mem, v, "eventId", json_str(mem, e->event_id));
	json_set(mem, v, "severityLevel", json_str(mem, severities[e->severity]));
	json_set(mem, actor, "actorId", json_str(mem, actor_of(cx, e)));
	set_text(mem, actor, "ip", from->ip);
	set_text(mem, actor, "hostname", from->host);
	set_text(mem, actor, "userAgent", from->agent);
	json_set(mem, v, "actor", actor);
	if (*from->url) {
		json_set(mem, request, "url", json_str(mem, from->url));
		json_set(mem, request, "method", json_str(mem, from->method));
		json_set(mem, request, "id", json_str(mem, cx->request_id));
		json_set(mem, v, "request", request);
	}
	if (e->meta)
		json_set(mem, v, "meta", json_copy(mem, e->meta));
	json_set(mem, v, "status", json_str(mem, statuses[e->status]));
	if (e->error)
		json_set(mem, v, "error", json_str(mem, e->error));
	log_values(e->read ? level_of_reads(cx->conf) : LOG_INFO_, arena_printf(mem, "%s.%s", e->plugin, e->event_id), v);
}

static const char *meta_text(struct arena *mem, const struct json *meta)
{
	struct buf b = { .mem = mem };

	if (meta)
		json_write(&b, meta);
	return !meta ? "{}" : b.n > MAX_META ? "{\"cut\":true}" : buf_text(&b);
}

static int write_row(struct ctx *cx, const struct audit_event *e, const struct asked *from)
{
	struct arena *mem = cx->mem;

	return q_audit_add_exec(cx, &(struct q_audit_add_in){ .at = clock_wall_ms(),
							      .plugin = cut(mem, e->plugin, 64, true),
							      .event = cut(mem, e->event_id, 64, true),
							      .severity = severities[e->severity],
							      .status = statuses[e->status],
							      .actor = cut(mem, actor_of(cx, e), 255, false),
							      .ip = cut(mem, from->ip, 64, true),
							      .agent = cut(mem, from->agent, 255, false),
							      .method = cut(mem, from->method, 16, true),
							      .url = cut(mem, from->url, 1000, false),
							      .request_id = cut(mem, cx->request_id, 47, true),
							      .meta = meta_text(mem, e->meta),
							      .error = cut(mem, e->error ? e->error : "", 1000, false) });
}

void audit(struct ctx *cx, const struct audit_event *e)
{
	const struct asked *from = cx->asked ? cx->asked : &nowhere;
	struct err before = cx->err;

	write_line(cx, e, from);
	if (cx->db && !e->only_log && !e->read && write_row(cx, e, from) < 0)
		log_warn("an audit event could not be stored; this log has it", "eventId", e->event_id, "error", cx->err.text,
			 NULL);
	cx->err = before;
}

void audit_read(struct ctx *cx, const char *plugin, const char *event_id, struct json *meta, int rc)
{
	/* Who is refused is recorded by dispatch. */
	if (rc == ERR_DENIED)
		return;
	audit(cx, &(struct audit_event){ .plugin = plugin,
					 .event_id = event_id,
					 .severity = AUDIT_LOW,
					 .status = rc < 0 ? AUDIT_FAILED : AUDIT_SUCCEEDED,
					 .meta = meta,
					 .error = rc < 0 ? arena_strdup(cx->mem, cx->err.text) : NULL,
					 .read = true });
}

void audit_note(struct ctx *cx, const char *key, const char *value)
{
	struct json *meta = cx->asked && cx->asked->words ? cx->asked->words->meta : NULL, *v, *had, *list;

	if (!meta)
		return;
	v = json_str(cx->mem, cut(cx->mem, value, MAX_NOTE, false));
	had = json_get(meta, key);
	if (!had) {
		json_set(cx->mem, meta, key, v);
		return;
	}
	list = had;
	if (!json_is(had, JSON_ARRAY)) {
		list = json_array(cx->mem);
		json_push(cx->mem, list, had);
		json_set(cx->mem, meta, key, list);
	}
	json_push(cx->mem, list, v);
}

void audit_as(struct ctx *cx, const char *permission)
{
	if (cx->asked && cx->asked->words)
		cx->asked->words->permission = permission;
}

/* ---- looking for some ---- */

/* LIKE's own signs stand for themselves. */
static const char *like(struct arena *mem, const char *text)
{
	struct buf b = { .mem = mem };

	if (!text)
		return NULL;
	buf_addc(&b, '%');
	for (; *text; text++) {
		if (strchr("%_\\", *text))
			buf_addc(&b, '\\');
		buf_addc(&b, *text);
	}
	buf_addc(&b, '%');
	return buf_text(&b);
}

#define ROW(r)                                                                                                                 \
	((struct audit_row){ (r).id, (r).at, (r).plugin, (r).event, (r).severity, (r).status, (r).actor, (r).ip, (r).agent,    \
			     (r).method, (r).url, (r).request_id, (r).meta, (r).error })

static int find_any(struct ctx *cx, const struct q_audit_find_in *in, struct audit_rows *out)
{
	struct q_audit_find_out row;
	DB_ROWS rows = { 0 };
	int rc = q_audit_find_open(cx, in, &rows);

	while (rc >= 0 && (rc = q_audit_find_next(&rows, &row)) == 1)
		*list_add(cx->mem, out) = ROW(row);
	return rc;
}

static int find_event(struct ctx *cx, const struct q_audit_find_event_in *in, struct audit_rows *out)
{
	struct q_audit_find_event_out row;
	DB_ROWS rows = { 0 };
	int rc = q_audit_find_event_open(cx, in, &rows);

	while (rc >= 0 && (rc = q_audit_find_event_next(&rows, &row)) == 1)
		*list_add(cx->mem, out) = ROW(row);
	return rc;
}

static int find_actor(struct ctx *cx, const struct q_audit_find_actor_in *in, struct audit_rows *out)
{
	struct q_audit_find_actor_out row;
	DB_ROWS rows = { 0 };
	int rc = q_audit_find_actor_open(cx, in, &rows);

	while (rc >= 0 && (rc = q_audit_find_actor_next(&rows, &row)) == 1)
		*list_add(cx->mem, out) = ROW(row);
	return rc;
}

int audit_find(struct ctx *cx, const struct audit_query *q, struct audit_rows *out)
{
	const char *text = like(cx->mem, q->text);
	uint64_t before = q->before ? q->before : INT64_MAX;
	int64_t until = q->until ? q->until : INT64_MAX;
	int rc;

	if (q->actor)
		rc = find_actor(cx,
				&(struct q_audit_find_actor_in){ q->actor, before, q->event, q->event, q->status, q->status,
								 q->since, until, text, text, text, text, q->limit },
				out);
	else if (q->event)
		rc = find_event(cx,
				&(struct q_audit_find_event_in){ q->event, before, q->status, q->status, q->since, until, text,
								 text, text, text, q->limit },
				out);
	else
		rc = find_any(cx,
			      &(struct q_audit_find_in){ before, q->status, q->status, q->since, until, text, text, text, text,
							 q->limit },
			      out);
	return rc < 0 ? rc : 0;
}

int audit_events(struct ctx *cx, struct text_list *out)
{
	struct q_audit_events_out row;
	DB_ROWS rows = { 0 };
	int rc = q_audit_events_open(cx, &rows);

	while (rc >= 0 && (rc = q_audit_events_next(&rows, &row)) == 1)
		*list_add(cx->mem, out) = row.event;
	return rc < 0 ? rc : 0;
}

/* ---- what is old goes ---- */

static int keep_ms(struct ctx *cx, int64_t *out)
{
	const struct json *v = json_path(cx->conf, "audit", "keep", NULL);
	int rc = 0;

	*out = (int64_t)KEEP_DAYS * DAY_MS;
	if (v && v->type != JSON_NULL)
		rc = config_duration_ms(cx, v, out);
	if (rc < 0 || *out >= DAY_MS)
		return rc;
	return fail(cx, ERR_INPUT, "configuration: audit.keep must be at least one day");
}

int audit_prepare(struct ctx *cx)
{
	int64_t ms;

	return keep_ms(cx, &ms);
}

int audit_job(struct ctx *cx, struct job *job)
{
	int64_t ms;
	int rc = keep_ms(cx, &ms);

	do {
		if (rc >= 0)
			rc = q_audit_forget_exec(cx, &(struct q_audit_forget_in){ clock_wall_ms() - ms });
	} while (rc >= 0 && db_affected(cx) == BATCH && job_renew(cx, job) == 0);
	if (rc >= 0)
		job_again(job, AGAIN_MS);
	return rc < 0 ? rc : 0;
}
