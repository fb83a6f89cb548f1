/* What is told to those who asked: texts that are kept, put together. */
#include "base/clock.h"
#include "kubernetes/fleet_private.h"
#include "kubernetes/rollout.h"

static bool is_empty(struct str list)
{
	return list.n <= 2;
}

static void put_list(struct buf *out, const char *key, struct str list)
{
	buf_addf(out, ",\"%s\":", key);
	if (list.p)
		buf_add(out, list.p, list.n);
	else
		buf_adds(out, "[]");
}

/* Those that are late with their age, for whoever can see it; for the others they are not there. */
static void put_lists(struct buf *out, const struct view *v, bool shown, bool with_late)
{
	char at[25];

	buf_adds(out, ",\"resources\":[");
	for (size_t i = 0; shown && i < v->lists.n; i++) {
		const struct kept_list *k = &v->lists.items[i];

		if (!k->text.p || (k->late && !with_late))
			continue;
		if (out->p[out->n - 1] != '[')
			buf_addc(out, ',');
		clock_format(k->at_ms, at);
		if (k->late)
			buf_addf(out, "{\"at\":\"%s\",\"age\":%llu,", at,
				 (unsigned long long)((clock_mono_us() - k->at_us) / 1000));
		else
			buf_addc(out, '{');
		buf_add(out, k->text.p + 1, k->text.n - 1);
	}
	buf_addc(out, ']');
}

/* Many look at what came once: worked out for the first of them. */
static void work_out_tables(struct view *v)
{
	ARENA mem = { 0 };
	struct json *resources = json_array(&mem);
	const struct json *metrics = kept_read(&mem, v->metrics);
	struct buf b = { .mem = &mem };

	for (size_t i = 0; i < v->lists.n; i++)
		if (v->lists.items[i].text.p)
			json_push(&mem, resources, kept_read(&mem, v->lists.items[i].text));
	json_write(&b, rollout_tables(&mem, resources, metrics, clock_wall_ms()));
	v->tables = (struct str){ arena_strndup(&v->tabled, b.p, b.n), b.n };
	view_weigh(v);
}

static void put_tables(struct buf *out, struct view *v, bool shown)
{
	if (shown && !v->tables.p)
		work_out_tables(v);
	if (shown) {
		buf_adds(out, ",\"tables\":");
		buf_add(out, v->tables.p, v->tables.n);
	}
	buf_addf(out, ",\"measured\":%s", shown && !is_empty(v->metrics) ? "true" : "false");
}

static const char *state_of(const struct fleet *e, const struct fleet_wait *w, const struct view *v)
{
	if (v->has)
		return view_is_fresh(e, v, w->since_us) && !v->failed ? "fresh" : "stale";
	return v->failed || server_is_spared(v->server) ? "down" : "pending";
}

/* What is wrong with the server itself, when the view says nothing of it. */
static struct str errors_of(struct arena *mem, const struct fleet *e, const struct fleet_wait *w, const struct view *v,
			    bool told, bool with_late)
{
	struct buf b = { .mem = mem };
	const char *why = NULL;

	if (server_is_spared(v->server) && v->server->failures)
		why = arena_printf(mem, "cluster '%s' does not answer: %s", v->server->name, v->server->why);
	else if (!told && !view_is_fresh(e, v, w->since_us) && server_is_quiet(v->server))
		why = arena_printf(mem, "cluster '%s' has too much to do, and is asked again in %u s", v->server->name,
				   (unsigned)((v->server->quiet_until_us - clock_mono_us()) / 1000000) + 1);
	else if (!told && !view_is_fresh(e, v, w->since_us))
		why = arena_printf(mem, "cluster '%s' has not answered in time", v->server->name);
	if (!why || (v->errors.p && v->failed))
		return with_late && v->late_errors.p ? v->late_errors : v->errors;
	buf_adds(&b, "[{\"errorType\":\"FETCH_ERROR\",\"message\":");
	json_write_text(&b, str_of(why));
	buf_adds(&b, "}]");
	return buf_str(&b);
}

static void put_state(const struct fleet *e, const struct fleet_wait *w, const struct view *v, struct buf *out)
{
	char at[25];

	buf_adds(out, ",\"selector\":");
	json_write_text(out, str_of(v->selector));
	if (v->ns) {
		buf_adds(out, ",\"namespace\":");
		json_write_text(out, str_of(v->ns));
	}
	buf_addf(out, ",\"state\":\"%s\"", state_of(e, w, v));
	if (v->has) {
		clock_format(v->at_ms, at);
		buf_addf(out, ",\"at\":\"%s\",\"age\":%llu", at, (unsigned long long)((clock_mono_us() - v->at_us) / 1000));
	}
}

static void put_view(struct arena *mem, const struct fleet *e, const struct fleet_wait *w, struct view *v, struct buf *out)
{
	bool objects = w->form == KUBE_OBJECTS;
	/* Who asks as Backstage's clients do cannot see how old something is. */
	bool shown = v->has && (!objects || !v->failed);
	struct str none = { 0 }, errors = errors_of(mem, e, w, v, !objects || v->has, !objects);

	if (objects && is_empty(errors) && (!shown || v->empty))
		return;
	buf_adds(out, out->p[out->n - 1] == '[' ? "{\"cluster\":" : ",{\"cluster\":");
	buf_add(out, v->cluster_json.p, v->cluster_json.n);
	if (!objects)
		put_state(e, w, v, out);
	if (w->form == KUBE_TABLES)
		put_tables(out, v, shown);
	if (objects || w->form == KUBE_VIEW) {
		put_lists(out, v, shown, !objects);
		put_list(out, "podMetrics", shown ? v->metrics : none);
	}
	put_list(out, "errors", errors);
	if (w->form == KUBE_VIEW) {
		put_list(out, "events", shown ? v->events : none);
		put_list(out, "detected", shown ? v->detected : none);
	}
	if (!objects) {
		put_list(out, "findings", !shown ? none : v->all.p ? v->all : v->findings);
		buf_adds(out, ",\"rules\":");
		judge_write(v, out);
	}
	buf_addc(out, '}');
}

static void put_status(struct arena *mem, const struct server *s, struct buf *out)
{
	struct json *o = json_object(mem);
	uint64_t now = clock_mono_us(),
		 not_before = s->quiet_until_us > s->spared_until_us ? s->quiet_until_us : s->spared_until_us;
	char at[25];

	json_set(mem, o, "name", json_str(mem, s->name));
	json_set(mem, o, "state", json_str(mem, s->failures ? "down" : "ok"));
	json_set(mem, o, "failures", json_num(mem, s->failures));
	json_set(mem, o, "fetches", json_num(mem, (double)s->fetches));
	json_set(mem, o, "requests", json_num(mem, (double)s->requests));
	if (s->failures) {
		clock_format(s->since_ms, at);
		json_set(mem, o, "why", json_str(mem, s->why));
		json_set(mem, o, "since", json_str(mem, at));
	}
	if (not_before > now) {
		clock_format(clock_wall_ms() + (int64_t)((not_before - now) / 1000), at);
		json_set(mem, o, "notBefore", json_str(mem, at));
	}
	if (out->p[out->n - 1] != '[')
		buf_addc(out, ',');
	json_write(out, o);
}

void fleet_refuse(struct ctx *cx, struct fleet_wait *w, const struct json *ask)
{
	struct arena *mem = cx->mem;
	struct json *item = json_object(mem), *cluster = json_object(mem), *errors = json_array(mem), *error = json_object(mem);
	const char *name = json_get_text(json_get(ask, "catalog"), "name", json_get_text(ask, "cluster", ""));

	json_set(mem, cluster, "name", json_str(mem, name));
	json_set(mem, error, "errorType", json_str(mem, "FETCH_ERROR"));
	json_set(mem, error, "message", json_str(mem, cx->err.text));
	json_push(mem, errors, error);
	json_set(mem, item, "cluster", cluster);
	if (w->form != KUBE_OBJECTS)
		json_set(mem, item, "state", json_str(mem, "down"));
	json_set(mem, item, "resources", json_array(mem));
	json_set(mem, item, "podMetrics", json_array(mem));
	json_set(mem, item, "errors", errors);
	json_push(mem, w->refused, item);
	cx->err = (struct err){ 0 };
}

void fleet_answer(struct fleet *e, struct fleet_wait *w, struct buf *out)
{
	buf_adds(out, "{\"items\":[");
	for (const struct server *s = w->status ? e->servers : NULL; s; s = s->next)
		put_status(out->mem, s, out);
	for (size_t i = 0; i < w->views.n; i++)
		put_view(out->mem, e, w, w->views.items[i], out);
	for (size_t i = 0; i < w->refused->a.n; i++) {
		if (out->p[out->n - 1] != '[')
			buf_addc(out, ',');
		json_write(out, w->refused->a.items[i]);
	}
	buf_adds(out, "]}");
}
