/* Events: what one tells, each that wants to know hears, once, by a job of its own. */
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "catalog/notice.h"
#include "ext/crypto.h"
#include "ext/db.h"
#include "ext/json.h"
#include "plugins/api.h"
#include "plugins/events.h"
#include "sql/plugin.h"

/* "*.facts": the topic "facts" of every plugin. */
static bool is_of_any(const char *wanted, const char *topic)
{
	const char *dot = strchr(topic, '.');

	return str_starts(wanted, "*.") && dot && streq(wanted + 1, dot);
}

/* That of a plugin for a topic, the one that names it first; NULL when it does not want to know. own: the portal tells it. */
static const struct contribution *subscription(const struct plugin *p, const char *topic, bool own)
{
	const struct contributions *list = &p->by_kind[CONTRIBUTES_EVENT];

	for (size_t i = 0; i < list->n; i++)
		if (streq(list->items[i].id, topic))
			return &list->items[i];
	for (size_t i = 0; !own && i < list->n; i++)
		if (is_of_any(list->items[i].id, topic))
			return &list->items[i];
	return NULL;
}

/* How many wait for a plugin, up to the most there may be. */
static int check_room(struct ctx *cx, const struct plugin *p)
{
	struct q_plugin_event_count_out row = { 0 };
	const char *first = arena_printf(cx->mem, "%s/", p->name),
		   *below = arena_printf(cx->mem, "%s0", p->name); /* "0" follows "/" */
	int rc = q_plugin_event_count_one(cx, &(struct q_plugin_event_count_in){ first, below, EVENTS_WAITING + 1 }, &row);

	if (rc >= 0 && row.n >= EVENTS_WAITING)
		return fail(cx, ERR_TOOMANY, "%d events wait for the plugin '%s' already", EVENTS_WAITING, p->name);
	return rc < 0 ? rc : 0;
}

static bool wanted(const char *topic, bool own)
{
	const struct contributions *list = plugins_contribute(CONTRIBUTES_EVENT);

	for (size_t i = 0; i < list->n; i++)
		if (streq(list->items[i].id, topic) || (!own && is_of_any(list->items[i].id, topic)))
			return true;
	return false;
}

bool event_wanted(const char *topic)
{
	return wanted(topic, true);
}

/* {topic, plugin, at, data} as JSON. */
static int encode(struct ctx *cx, const char *topic, const struct plugin *from, const struct json *data, const char **out)
{
	struct buf b = { .mem = cx->mem };

	buf_adds(&b, "{\"topic\":");
	json_write_text(&b, str_of(topic));
	if (from) {
		buf_adds(&b, ",\"plugin\":");
		json_write_text(&b, str_of(from->name));
	}
	buf_addf(&b, ",\"at\":%lld", (long long)clock_wall_ms());
	if (data) {
		buf_adds(&b, ",\"data\":");
		json_write(&b, data);
	}
	buf_addc(&b, '}');
	if (b.n > EVENT_DATA_MAX)
		return fail(cx, ERR_TOOLARGE, "an event may take %d KiB as JSON, not %zu bytes", EVENT_DATA_MAX >> 10, b.n);
	*out = buf_text(&b);
	return 0;
}

static int tell(struct ctx *cx, const struct plugin *p, const char *payload)
{
	char id[37];
	int rc = check_room(cx, p);

	if (rc < 0)
		return rc;
	crypto_uuid(id);
	return job_add(cx, &(struct job_add){ .queue = "plugin.event",
					      .key = arena_printf(cx->mem, "%s/%s", p->name, id),
					      .payload = payload,
					      .priority = JOB_IDLE });
}

int event_publish(struct ctx *cx, const char *topic, const struct plugin *from, const struct json *data)
{
	const struct contributions *list = plugins_contribute(CONTRIBUTES_EVENT);
	const char *payload = "";

	if (!wanted(topic, !from))
		return 0;
	int rc = encode(cx, topic, from, data, &payload);

	for (size_t i = 0; rc >= 0 && i < list->n; i++) {
		const struct plugin *p = list->items[i].plugin;
		const struct contribution *c = subscription(p, topic, !from);

		/* Who wants to know for two reasons is told once: for the first. */
		if (c && streq(c->id, list->items[i].id))
			rc = tell(cx, p, payload);
	}
	if (rc >= 0)
		db_after_commit(cx, job_wake);
	return rc;
}

int event_job(struct ctx *cx, struct job *job)
{
	const char *slash = strchr(job->key, '/');
	const struct plugin *p = slash ? plugin_by_name(arena_strndup(cx->mem, job->key, (size_t)(slash - job->key))) : NULL;
	struct json *event;
	int rc = json_parse(cx, job->payload, &event);

	if (rc < 0)
		return fail_in(cx, ERR_INTERNAL, "a stored event");
	const char *topic = json_get_text(event, "topic", "");
	bool own = !json_get(event, "plugin");
	const struct contribution *c = p && p->state == PLUGIN_ON ? subscription(p, topic, own) : NULL;

	/* Who was there when it was told and is no more has no use for it. */
	return c ? plugin_call(cx, c, arena_printf(cx->mem, "event %s", topic), job->attempt > 1 ? CALL_AGAIN : CALL_SHORT,
			       &event, 1, NULL)
		 : 0;
}

/* What the catalog does is not undone because nobody could be told; what ends its transaction anyway is passed on. */
static int hear(struct ctx *cx, const char *topic, const struct json *data)
{
	struct err before = cx->err;
	int rc = event_publish(cx, topic, NULL, data);

	if (rc >= 0 || rc == ERR_DEADLOCK || rc == ERR_UNAVAILABLE)
		return rc;
	log_warn("an event could not be told", "topic", topic, "error", cx->err.text, NULL);
	cx->err = before;
	return 0;
}

void events_prepare(void)
{
	static const struct notice_listener plugins = { event_wanted, hear };

	notice_listen(&plugins);
}

/* "NAME" or "NAME.what.it.is": nobody speaks for another. */
static int check_topic(struct ctx *cx, const struct plugin *p, const char *topic)
{
	size_t n = strlen(p->name);

	if (strlen(topic) > EVENT_TOPIC_MAX)
		return fail(cx, ERR_INPUT, "a topic may have %d bytes", EVENT_TOPIC_MAX);
	for (const char *c = topic; *c; c++)
		if (!ascii_alnum(*c) && !strchr("._-", *c))
			return fail(cx, ERR_INPUT, "a topic is made of letters, digits and . _ -");
	if (!str_starts(topic, p->name) || (topic[n] && topic[n] != '.'))
		return fail(cx, ERR_DENIED, "a topic of this plugin begins with '%s.', not '%s'", p->name, topic);
	return 0;
}

int api_events_publish(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	static uint64_t call, told;
	const char *topic;
	int rc = api_text(cx, args, n, 0, "topic", &topic);

	(void)out;
	if (rc == 0)
		rc = check_topic(cx, p, topic);
	if (call != plugin_call_number())
		told = 0;
	call = plugin_call_number();
	if (rc == 0 && ++told > EVENTS_A_CALL)
		rc = fail(cx, ERR_TOOMANY, "a call may publish %d events", EVENTS_A_CALL);
	return rc < 0 ? rc : event_publish(cx, topic, p, n > 1 ? args[1] : NULL);
}

int api_events_wanted(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const char *topic;
	int rc = api_text(cx, args, n, 0, "topic", &topic);

	if (rc == 0)
		rc = check_topic(cx, p, topic);
	if (rc == 0)
		*out = json_bool(cx->mem, wanted(topic, false));
	return rc;
}
