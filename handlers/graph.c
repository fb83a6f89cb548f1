/* The catalog's graph: a page that draws it and lists it, and the data of the drawing. */
#include <stdlib.h>

#include "base/list.h"
#include "catalog/graph.h"
#include "catalog/query.h"
#include "catalog/settings.h"
#include "ext/json.h"
#include "handlers/assets.h"
#include "handlers/graph_asked.h"
#include "handlers/links.h"
#include "handlers/page.h"
#include "handlers/routes.h"
#include "handlers/view_words.h"

enum { SUGGESTED = 24 };

/* ---- what both say of it ---- */

static struct json *node_json(struct arena *mem, const struct graph_node *node)
{
	struct json *v = json_object(mem);

	json_set(mem, v, "ref", json_str(mem, node->ref));
	json_set(mem, v, "kind", json_str(mem, node->kind));
	json_set(mem, v, "icon", json_str(mem, kind_icon(node->kind)));
	json_set(mem, v, "title", json_str(mem, node->title));
	json_set(mem, v, "type", json_str(mem, node->type ? node->type : ""));
	json_set(mem, v, "depth", json_num(mem, node->depth));
	json_set(mem, v, "found", json_bool(mem, node->found));
	json_set(mem, v, "url", json_str(mem, link_entity(mem, node->ref)));
	return v;
}

static struct json *edge_json(struct arena *mem, const struct graph_edge *edge)
{
	struct json *v = json_object(mem);

	json_set(mem, v, "from", json_str(mem, edge->from->ref));
	json_set(mem, v, "to", json_str(mem, edge->to->ref));
	json_set(mem, v, "relation", json_str(mem, edge->name));
	json_set(mem, v, "words", json_str(mem, relation_words(mem, edge->name)));
	json_set(mem, v, "inverse", json_str(mem, edge->inverse ? edge->inverse : ""));
	json_set(mem, v, "inverseWords", json_str(mem, edge->inverse ? relation_words(mem, edge->inverse) : ""));
	json_set(mem, v, "depth", json_num(mem, edge->depth));
	return v;
}

static struct json *nodes_json(struct arena *mem, const struct graph *g)
{
	struct json *list = json_array(mem);

	for (size_t i = 0; i < g->nodes.n; i++)
		json_push(mem, list, node_json(mem, g->nodes.items[i]));
	return list;
}

int graph_data(struct req *rq, struct resp *rs)
{
	struct arena *mem = rq->cx->mem;
	struct json *v = json_object(mem), *edges = json_array(mem);
	struct graph_asked asked;
	struct graph g;
	int rc = graph_asked(rq, &asked);

	if (rc == 0 && !asked.query.roots.n)
		rc = fail(rq->cx, ERR_INPUT, "rootEntityRefs[] must name the entities to start from");
	if (rc == 0)
		rc = graph_walk(rq->cx, &asked.query, &g);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < g.edges.n; i++)
		json_push(mem, edges, edge_json(mem, &g.edges.items[i]));
	json_set(mem, v, "nodes", nodes_json(mem, &g));
	json_set(mem, v, "edges", edges);
	json_set(mem, v, "leftOut", json_num(mem, (double)g.left_out));
	json_set(mem, v, "more", json_bool(mem, g.more));
	json_set(mem, v, "icons", json_str(mem, asset_icons_url(mem)));
	return resp_json(rs, 200, v);
}

/* ---- the list beside the drawing ---- */

static struct json *end_json(struct arena *mem, const struct graph_node *node, const char *others)
{
	struct json *v = node_json(mem, node);

	json_set(mem, v, "graph_url", json_str(mem, link_graph(mem, node->ref, others)));
	return v;
}

/* Edges by how far they lead: [{depth, edges}]. */
static struct json *steps_json(struct arena *mem, const struct graph *g, const char *others)
{
	struct json *steps = json_array(mem), *edges = NULL;

	for (size_t i = 0; i < g->edges.n; i++) {
		const struct graph_edge *edge = &g->edges.items[i];
		struct json *e = edge_json(mem, edge);

		if (!i || edge->depth != g->edges.items[i - 1].depth) {
			struct json *step = json_object(mem);

			json_set(mem, step, "depth", json_num(mem, edge->depth));
			edges = json_set(mem, step, "edges", json_array(mem));
			json_push(mem, steps, step);
		}
		json_set(mem, e, "from", end_json(mem, edge->from, others));
		json_set(mem, e, "to", end_json(mem, edge->to, others));
		json_push(mem, edges, e);
	}
	return steps;
}

/* ---- the choices ---- */

static struct json *choice(struct arena *mem, const char *value, const char *title, bool chosen)
{
	struct json *v = json_object(mem);

	json_set(mem, v, "value", json_str(mem, value));
	json_set(mem, v, "title", json_str(mem, title));
	json_set(mem, v, "chosen", json_bool(mem, chosen));
	return v;
}

static bool holds(const struct text_list *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_ieq(list->items[i], text))
			return true;
	return false;
}

/* Kinds that there are, and those asked for. */
static int kinds_json(struct ctx *cx, const struct text_list *chosen, struct json *out)
{
	static const char *kind = "kind";
	struct text_list shown = { 0 };
	struct facet kinds = { 0 };
	int rc = query_facets(cx, &(struct query){ 0 }, &(struct text_list){ .items = &kind, .n = 1 }, &kinds);

	for (size_t i = 0; rc == 0 && i < kinds.n; i++) {
		const char *name = kinds.items[i].value;
		struct json *c = choice(cx->mem, str_lower(cx->mem, name, strlen(name)), name, holds(chosen, name));

		json_set(cx->mem, c, "total", json_num(cx->mem, kinds.items[i].count));
		json_push(cx->mem, out, c);
		*list_add(cx->mem, &shown) = name;
	}
	for (size_t i = 0; rc == 0 && i < chosen->n; i++)
		if (!holds(&shown, chosen->items[i]))
			json_push(cx->mem, out, choice(cx->mem, chosen->items[i], chosen->items[i], true));
	return rc;
}

static int by_text(const void *a, const void *b)
{
	return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_name(struct arena *mem, struct text_list *names, const char *name)
{
	if (name && !holds(names, name))
		*list_add(mem, names) = name;
}

/* Relations that fields of some kind make, and those asked for. */
static int relations_json(struct ctx *cx, const struct text_list *chosen, struct json *out)
{
	const struct catalog_settings *s = catalog_settings(cx);
	struct text_list names = { 0 };

	if (!s)
		return cx->err.code;
	for (size_t i = 0; i < s->kinds.n; i++) {
		for (size_t k = 0; k < s->kinds.items[i].fields.n; k++) {
			add_name(cx->mem, &names, s->kinds.items[i].fields.items[k].relation);
			add_name(cx->mem, &names, s->kinds.items[i].fields.items[k].inverse);
		}
	}
	for (size_t i = 0; i < chosen->n; i++)
		add_name(cx->mem, &names, chosen->items[i]);
	qsort(names.items, names.n, sizeof(*names.items), by_text);
	for (size_t i = 0; i < names.n; i++)
		json_push(cx->mem, out,
			  choice(cx->mem, names.items[i], relation_words(cx->mem, names.items[i]),
				 holds(chosen, names.items[i])));
	return 0;
}

static struct json *words_json(struct arena *mem, const char *const (*words)[2], size_t n, const char *chosen)
{
	struct json *list = json_array(mem);

	for (size_t i = 0; i < n; i++)
		json_push(mem, list, choice(mem, words[i][0], words[i][1], streq(words[i][0], chosen)));
	return list;
}

static int choices(struct ctx *cx, const struct graph_asked *asked, struct json *vars)
{
	static const char *const directions[][2] = {
		{ "LR", "Left to right" }, { "RL", "Right to left" }, { "TB", "Top to bottom" }, { "BT", "Bottom to top" }
	};
	static const char *const curves[][2] = { { "curveMonotoneX", "Bent" }, { "curveStepBefore", "Square" } };
	struct arena *mem = cx->mem;
	const struct graph_query *q = &asked->query;
	struct json *kinds = json_set(mem, vars, "kinds", json_array(mem));
	struct json *relations = json_set(mem, vars, "relations", json_array(mem));
	int rc = kinds_json(cx, &q->kinds, kinds);

	if (rc == 0)
		rc = relations_json(cx, &q->relations, relations);
	json_set(mem, vars, "directions", words_json(mem, directions, LEN(directions), asked->direction));
	json_set(mem, vars, "curves", words_json(mem, curves, LEN(curves), asked->curve));
	json_set(mem, vars, "depth", q->depth == GRAPH_ENDLESS ? json_str(mem, "") : json_num(mem, q->depth));
	json_set(mem, vars, "unidirectional", json_bool(mem, q->unidirectional));
	json_set(mem, vars, "merge", json_bool(mem, q->merge));
	json_set(mem, vars, "show_filters", json_bool(mem, asked->show_filters));
	json_set(mem, vars, "direction", json_str(mem, asked->direction));
	json_set(mem, vars, "curve", json_str(mem, asked->curve));
	json_set(mem, vars, "limit", json_num(mem, (double)q->limit));
	json_set(mem, vars, "limited", json_bool(mem, q->limit != GRAPH_SHOWN));
	return rc;
}

/* ---- where to begin, when nobody said ---- */

static int suggest(struct ctx *cx, struct json *out)
{
	static const char *const kinds[] = { "system", "domain", "component" };
	int rc = 0;

	for (size_t i = 0; rc == 0 && !out->a.n && i < LEN(kinds); i++) {
		struct json *of_kind = json_object(cx->mem);
		struct query q = {
			.predicate = of_kind, .orders = { { "metadata.name", false } }, .n_orders = 1, .limit = SUGGESTED
		};
		struct entities found = { 0 };
		struct query_page page;

		json_set(cx->mem, of_kind, "kind", json_str(cx->mem, kinds[i]));
		rc = query_page(cx, &q, &page);
		if (rc == 0)
			rc = query_bodies(cx, &q, page.hits, page.n, &found);
		for (size_t k = 0; rc == 0 && k < found.n; k++) {
			struct json *v = json_object(cx->mem);

			json_set(cx->mem, v, "ref", json_str(cx->mem, found.items[k].ref));
			json_set(cx->mem, v, "url", json_str(cx->mem, link_graph(cx->mem, found.items[k].ref, "")));
			json_push(cx->mem, out, v);
		}
	}
	return rc;
}

static int show_graph(struct ctx *cx, const struct graph_asked *asked, struct json *vars)
{
	struct json *roots = json_set(cx->mem, vars, "roots", json_array(cx->mem));
	struct graph g;
	int rc = graph_walk(cx, &asked->query, &g);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < g.nodes.n && g.nodes.items[i]->depth == 0; i++)
		json_push(cx->mem, roots, node_json(cx->mem, g.nodes.items[i]));
	json_set(cx->mem, vars, "steps", steps_json(cx->mem, &g, asked->others));
	json_set(cx->mem, vars, "n_nodes", json_num(cx->mem, (double)g.nodes.n));
	json_set(cx->mem, vars, "n_edges", json_num(cx->mem, (double)g.edges.n));
	json_set(cx->mem, vars, "left_out", json_num(cx->mem, (double)g.left_out));
	json_set(cx->mem, vars, "more", json_bool(cx->mem, g.more));
	return 0;
}

int graph_show(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct json *vars = json_object(cx->mem);
	struct json *suggested = json_set(cx->mem, vars, "suggested", json_array(cx->mem));
	struct graph_asked asked;
	int rc = graph_asked(rq, &asked);

	if (rc == 0)
		rc = show_graph(cx, &asked, vars);
	if (rc == 0)
		rc = asked.query.roots.n ? choices(cx, &asked, vars) : suggest(cx, suggested);
	if (rc < 0)
		return rc;
	json_set(cx->mem, vars, "page_url", json_str(cx->mem, link_graph(cx->mem, NULL, "")));
	json_set(cx->mem, vars, "data_url", json_str(cx->mem, link_graph_data(cx->mem, rq->query_string)));
	return page_render(rq, rs, 200, "catalog/graph.html", vars);
}
