/* What was known before, where a round does not bring it: shown for a while, since it says more than nothing. */
#include "base/clock.h"
#include "ext/json.h"
#include "kubernetes/detect.h"
#include "kubernetes/fleet_private.h"

enum { STALE_US = 300 * 1000000, KEPT_MOST = 512 << 20 };

static bool is_too_old(uint64_t at_us)
{
	return clock_mono_us() >= at_us + STALE_US;
}

struct json *kept_read(struct arena *mem, struct str text)
{
	struct ctx cx = { .mem = mem, .request_id = "" };
	struct json *v = text.p ? json_read(mem, text, KEPT_MOST) : NULL;

	if (text.p && !v && json_parse_within(&cx, text, KEPT_MOST, &v) < 0)
		return NULL;
	return v;
}

static struct str copy(struct arena *mem, struct str text)
{
	return text.p ? (struct str){ arena_strndup(mem, text.p, text.n), text.n } : text;
}

/* ---- lists ---- */

static const struct kept_list *kept_of(const struct view *v, const struct call *c)
{
	for (size_t i = 0; i < v->lists.n; i++) {
		const struct kept_list *k = &v->lists.items[i];

		if (streq(k->type, c->type) && (c->row >= 0 || streq(k->base, c->base)))
			return is_too_old(k->at_us) ? NULL : k;
	}
	return NULL;
}

void kept_fill(struct round *r)
{
	for (size_t i = 0; i < r->calls.n; i++) {
		struct call *c = r->calls.items[i];

		if (c->what != CALL_OBJECTS)
			continue;
		r->came += c->items != NULL;
		r->lost += c->lost;
		c->late = c->lost ? kept_of(r->view, c) : NULL;
	}
	for (size_t i = 0; r->came && i < r->calls.n; i++) {
		struct call *c = r->calls.items[i];

		if (!c->late)
			continue;
		c->kind = c->late->kind;
		c->items = json_get(kept_read(&r->mem, c->late->text), "resources");
	}
}

static struct kept_list list_new(const struct call *c, struct arena *kept, bool with_text)
{
	struct kept_list k = { .type = arena_strdup(kept, c->type),
			       .base = arena_strdup(kept, c->base),
			       .kind = arena_strdup(kept, c->kind ? c->kind : ""),
			       .at_us = clock_mono_us(),
			       .at_ms = clock_wall_ms() };
	struct buf b = { .mem = kept };

	if (c->late) {
		k.late = true;
		k.at_us = c->late->at_us;
		k.at_ms = c->late->at_ms;
		k.text = copy(kept, c->late->text);
	} else if (with_text) {
		buf_addf(&b, "{\"type\":\"%s\",\"resources\":", c->type);
		json_write(&b, c->items);
		buf_addc(&b, '}');
		k.text = buf_str(&b);
	}
	return k;
}

void kept_lists(const struct round *r, struct arena *kept)
{
	struct view *v = r->view;

	v->lists.items = NULL;
	v->lists.n = v->lists.cap = 0;
	for (size_t i = 0; i < r->calls.n; i++) {
		const struct call *c = r->calls.items[i];

		if (c->what == CALL_OBJECTS && (c->items || c->late))
			*list_add(kept, &v->lists) = list_new(c, kept, !v->findings_only);
	}
}

bool kept_stay(struct view *v, struct arena *kept)
{
	struct str *texts[] = { &v->metrics, &v->events, &v->findings, &v->detected };
	struct kept_list *was = v->lists.items;
	size_t n = v->lists.n;

	if (!v->has || is_too_old(v->at_us))
		return false;
	for (size_t i = 0; i < LEN(texts); i++)
		*texts[i] = copy(kept, *texts[i]);
	v->lists.items = NULL;
	v->lists.n = v->lists.cap = 0;
	for (size_t i = 0; i < n; i++) {
		struct kept_list k = was[i];

		if (is_too_old(k.at_us))
			continue;
		k.type = arena_strdup(kept, k.type);
		k.base = arena_strdup(kept, k.base);
		k.kind = arena_strdup(kept, k.kind);
		k.text = copy(kept, k.text);
		*list_add(kept, &v->lists) = k;
	}
	return true;
}

/* ---- findings and events ---- */

/* About an object whose list did not come, and is not kept itself? */
static bool is_about_late(const struct round *r, const struct json *finding)
{
	const char *kind = json_text(json_path(finding, "object", "kind", NULL), "");

	for (size_t i = 0; i < r->calls.n; i++) {
		const struct call *c = r->calls.items[i];

		if (c->late && !c->items && streq(c->late->kind, kind))
			return true;
	}
	return false;
}

struct json *kept_findings(struct round *r, struct json *findings)
{
	struct arena *mem = &r->mem;
	const struct json *old = r->view->findings_only && r->lost ? kept_read(mem, r->view->findings) : NULL;
	struct json *out = json_array(mem);

	if (!json_len(old))
		return findings;
	for (int severity = 3; severity >= 0; severity--) {
		for (size_t i = 0; i < findings->a.n; i++)
			if (detect_severity(json_get_text(findings->a.items[i], "severity", "")) == severity)
				json_push(mem, out, findings->a.items[i]);
		for (size_t i = 0; i < old->a.n; i++)
			if (detect_severity(json_get_text(old->a.items[i], "severity", "")) == severity &&
			    is_about_late(r, old->a.items[i]))
				json_push(mem, out, old->a.items[i]);
	}
	return out;
}

void kept_events(struct round *r, struct json *events)
{
	const struct view *v = r->view;
	struct json *old = NULL;

	for (size_t i = 0; i < r->calls.n; i++) {
		const struct call *c = r->calls.items[i];

		if (c->what != CALL_EVENTS || !c->lost || is_too_old(v->events_at_us))
			continue;
		old = old ? old : kept_read(&r->mem, v->events);
		for (size_t j = 0; json_is(old, JSON_ARRAY) && j < old->a.n; j++)
			if (streq(json_text(json_path(old->a.items[j], "involvedObject", "namespace", NULL), ""), c->ns))
				json_push(&r->mem, events, old->a.items[j]);
	}
}
