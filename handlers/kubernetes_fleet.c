/* /kubernetes: all clusters, and what is wrong in them, by team. */
#include "base/map.h"
#include "handlers/handlers.h"
#include "handlers/kubernetes.h"
#include "handlers/kubernetes_view.h"
#include "handlers/page.h"
#include "kubernetes/ask.h"
#include "kubernetes/detect.h"
#include "kubernetes/match.h"
#include "kubernetes/owner.h"

enum { FLEET_WAIT_MS = 80, SHOWN_MOST = 500 };
static const size_t answer_most = (size_t)512 << 20;

static void set_text(struct arena *mem, struct json *v, const char *key, const char *text)
{
	json_set(mem, v, key, json_str(mem, text ? text : ""));
}

/* What of the address says which findings are shown; "": all. */
struct chosen {
	const char *cluster, *team, *severity, *id;
};

/* ---- asking ---- */

static int ask(struct req *rq, struct json **items)
{
	struct kube_question q = { .form = KUBE_FINDINGS, .wait_ms = FLEET_WAIT_MS };
	struct clusters all = { 0 };
	int rc = clusters_load(rq->cx, &all);

	if (rc < 0)
		return rc;
	match_all(rq->cx, &all, &q.lookups);
	rc = kubernetes_look(rq, &q, answer_most, items);
	return rc < 0 ? rc : findings_attribute(rq->cx, *items);
}

/* Since when those that are down are so: the process that asks them knows. */
static void add_status(struct ctx *cx, const struct json *view)
{
	struct json *status = NULL, *clusters = json_get(view, "clusters");
	struct err before = cx->err;

	if (kube_status(cx, &status) < 0)
		cx->err = before;
	for (size_t i = 0; i < clusters->a.n; i++) {
		struct json *c = clusters->a.items[i];
		const char *since = "";

		for (size_t j = 0; json_is(status, JSON_ARRAY) && j < status->a.n; j++)
			if (streq(json_get_text(status->a.items[j], "name", ""), json_get_text(c, "name", "?")))
				since = json_get_text(status->a.items[j], "since", "");
		set_text(cx->mem, c, "since", since);
	}
}

/* ---- choosing ---- */

static const char *owner_of(const struct json *f)
{
	return json_get_text(json_get(f, "entity"), "owner", "");
}

static bool fits(const struct chosen *c, const struct json *f)
{
	const char *owner = owner_of(f);

	return (!*c->cluster || streq(c->cluster, json_get_text(f, "cluster", ""))) &&
	       (!*c->team || streq(c->team, streq(owner, "") ? "none" : owner)) &&
	       (!*c->id || streq(c->id, json_get_text(f, "id", ""))) &&
	       (!*c->severity || streq(c->severity, json_get_text(f, "severity", "")));
}

static struct json *group_of(struct arena *mem, struct map *known, struct json *groups, const char *owner)
{
	struct json *g = map_get(known, owner);

	if (g)
		return g;
	g = json_object(mem);
	set_text(mem, g, "owner", owner);
	json_set(mem, g, "findings", json_array(mem));
	map_put(mem, known, owner, g);
	json_push(mem, groups, g);
	return g;
}

/* The worst first, since the lists are so; those of nobody last. */
static struct json *by_team(struct arena *mem, const struct json *list, const struct chosen *c, size_t *n)
{
	struct json *groups = json_array(mem), *nobody = NULL, *out = json_array(mem);
	struct map known = { 0 };

	for (size_t i = 0; i < json_len(list); i++) {
		struct json *f = list->a.items[i];

		if (!fits(c, f))
			continue;
		if ((*n)++ < SHOWN_MOST)
			json_push(mem, json_get(group_of(mem, &known, groups, owner_of(f)), "findings"), f);
	}
	for (size_t i = 0; i < groups->a.n; i++) {
		if (*json_get_text(groups->a.items[i], "owner", ""))
			json_push(mem, out, groups->a.items[i]);
		else
			nobody = groups->a.items[i];
	}
	if (nobody)
		json_push(mem, out, nobody);
	return out;
}

/* The teams that have findings, for the choice. */
static struct json *teams_json(struct arena *mem, const struct json *view)
{
	static const char *const lists[] = { "findings", "notes" };
	struct json *out = json_array(mem);
	struct map known = { 0 };

	for (size_t k = 0; k < LEN(lists); k++) {
		const struct json *list = json_get(view, lists[k]);

		for (size_t i = 0; i < json_len(list); i++) {
			const char *owner = owner_of(list->a.items[i]);

			if (*owner && !map_put(mem, &known, owner, out))
				json_push(mem, out, json_str(mem, owner));
		}
	}
	return out;
}

static const char *asked(struct req *rq, const char *name)
{
	const char *v = req_query(rq, name);

	return v ? v : "";
}

static int read_chosen(struct req *rq, struct chosen *c)
{
	static const char *const known[] = { "cluster", "team", "severity", "id", NULL };
	int rc = req_only_query(rq, known);

	*c = (struct chosen){ asked(rq, "cluster"), asked(rq, "team"), asked(rq, "severity"), asked(rq, "id") };
	if (rc == 0 && *c->severity && detect_severity(c->severity) == 0)
		rc = fail(rq->cx, ERR_INPUT, "severity must be error, warning or info, not '%.100s'", c->severity);
	return rc;
}

static struct json *chosen_json(struct arena *mem, const struct chosen *c)
{
	struct json *v = json_object(mem);

	set_text(mem, v, "cluster", c->cluster);
	set_text(mem, v, "team", c->team);
	set_text(mem, v, "severity", c->severity);
	set_text(mem, v, "id", c->id);
	json_set(mem, v, "any", json_bool(mem, *c->cluster || *c->team || *c->severity || *c->id));
	return v;
}

/* ---- the page ---- */

int kubernetes_fleet(struct req *rq, struct resp *rs)
{
	struct arena *mem = rq->cx->mem;
	struct json *vars = json_object(mem), *items = NULL, *view;
	struct chosen c;
	size_t n = 0;
	int rc = read_chosen(rq, &c);

	if (rc == 0 && !clusters_wanted(rq->cx))
		rc = fail(rq->cx, ERR_NOTFOUND, "There are no clusters in the configuration");
	if (rc == 0)
		rc = ask(rq, &items);
	if (rc < 0)
		return rc;
	view = kubernetes_view(mem, items, NULL);
	add_status(rq->cx, view);
	json_set(mem, vars, "k", view);
	json_set(mem, vars, "teams", teams_json(mem, view));
	json_set(mem, vars, "chosen", chosen_json(mem, &c));
	json_set(mem, vars, "groups", by_team(mem, json_get(view, streq(c.severity, "info") ? "notes" : "findings"), &c, &n));
	json_set(mem, vars, "total", json_num(mem, (double)n));
	json_set(mem, vars, "cut", json_bool(mem, n > SHOWN_MOST));
	set_text(mem, vars, "section", "kubernetes");
	resp_header(rs, "Cache-Control", "no-store");
	return page_render(rq, rs, 200, "kubernetes/fleet.html", vars);
}
