/* The overview of a user or a group: who they are, who belongs to whom, what they own. */
#include <stdlib.h>

#include "base/list.h"
#include "catalog/query.h"
#include "catalog/ref.h"
#include "ext/json.h"
#include "handlers/entity_page.h"
#include "handlers/entity_view.h"
#include "handlers/handlers.h"
#include "handlers/links.h"
#include "handlers/page.h"
#include "handlers/plugins.h"
#include "handlers/related.h"

enum { MEMBERS_SHOWN = 24, LEVELS = 16, GROUPS = 2000, IN_AN_ADDRESS = 60, CHILDREN_SHOWN = 200, COUNTED_TOGETHER = 200 };

/* ---- asking the index ---- */

static void add_values(struct ctx *cx, struct conjunction *all, const char *key, const struct text_list *values)
{
	struct condition *c = list_add(cx->mem, all);

	*c = (struct condition){ .key = key };
	for (size_t i = 0; i < values->n; i++)
		*list_add(cx->mem, &c->values) = values->items[i];
}

static void add_value(struct ctx *cx, struct conjunction *all, const char *key, const char *value)
{
	add_values(cx, all, key, &(struct text_list){ .items = &value, .n = 1 });
}

static void set_filter(struct ctx *cx, struct query *q, const struct conjunction *all)
{
	*list_add(cx->mem, &q->filter) = *all;
}

static int facet_of(struct ctx *cx, const struct query *q, const char *key, struct facet *out)
{
	return query_facets(cx, q, &(struct text_list){ .items = &key, .n = 1 }, out);
}

static bool has(const struct text_list *list, const char *ref)
{
	for (size_t i = 0; i < list->n; i++)
		if (streq(list->items[i], ref))
			return true;
	return false;
}

static void add_targets(struct arena *mem, const struct json *doc, const char *type, struct text_list *out)
{
	const struct json *targets = entity_targets(mem, doc, type);

	for (size_t i = 0; i < targets->a.n; i++)
		*list_add(mem, out) = json_text(targets->a.items[i], "");
}

/* The children of all groups that fit. */
static int children_of(struct ctx *cx, const struct conjunction *groups, struct text_list *out)
{
	struct query q = { 0 };
	struct facet found;
	int rc;

	set_filter(cx, &q, groups);
	rc = facet_of(cx, &q, "relations.parentof", &found);
	for (size_t i = 0; rc == 0 && i < found.n; i++)
		*list_add(cx->mem, out) = found.items[i].value;
	return rc;
}

/*
 * A group and all below it, itself first. The children of a level are the values of relations.parentOf among the groups whose
 * parents are in the level above: one question a level, however wide it is.
 */
static int groups_below(struct ctx *cx, const struct ref *self, struct text_list *out)
{
	const char *ref = ref_format(cx->mem, self);
	struct conjunction first = { 0 };
	struct text_list above = { 0 }, level = { 0 };
	struct map seen = { 0 };
	int rc;

	*list_add(cx->mem, out) = ref;
	*list_add(cx->mem, &above) = ref;
	map_put(cx->mem, &seen, ref, &seen);
	add_value(cx, &first, "kind", "group");
	add_value(cx, &first, "metadata.namespace", str_lower(cx->mem, self->ns, strlen(self->ns)));
	add_value(cx, &first, "metadata.name", str_lower(cx->mem, self->name, strlen(self->name)));
	rc = children_of(cx, &first, &level);
	for (int depth = 0; rc == 0 && depth < LEVELS && level.n; depth++) {
		struct conjunction groups = { 0 };
		struct text_list fresh = { 0 }, next = { 0 };

		for (size_t i = 0; i < level.n && out->n < GROUPS; i++)
			if (!map_put(cx->mem, &seen, level.items[i], &seen))
				*list_add(cx->mem, out) = *list_add(cx->mem, &fresh) = level.items[i];
		add_value(cx, &groups, "kind", "group");
		add_values(cx, &groups, "relations.childof", &above);
		if (fresh.n)
			rc = children_of(cx, &groups, &next);
		above = fresh;
		level = next;
	}
	return rc;
}

/* ---- what they own ---- */

/* "" when so many own it that they do not fit into an address. */
static const char *owned_url(struct arena *mem, const char *kind, const char *type, const struct text_list *owners)
{
	return owners->n > IN_AN_ADDRESS ? "" : link_owned(mem, str_lower(mem, kind, strlen(kind)), type, owners);
}

static struct json *counted(struct arena *mem, const char *name, double count, const char *url)
{
	struct json *v = json_object(mem);

	json_set(mem, v, "name", json_str(mem, name));
	json_set(mem, v, "count", json_num(mem, count));
	json_set(mem, v, "url", json_str(mem, url));
	return v;
}

static int by_count(const void *a, const void *b)
{
	const struct facet_value *x = a, *y = b;

	return x->count != y->count ? (x->count < y->count ? 1 : -1) : strcmp(x->value, y->value);
}

/* One kind with its types. */
static int add_kind(struct ctx *cx, struct json *kinds, const struct facet_value *kind, const struct text_list *owners)
{
	struct json *k = counted(cx->mem, kind->value, kind->count, owned_url(cx->mem, kind->value, "", owners));
	struct json *list = json_set(cx->mem, k, "types", json_array(cx->mem));
	struct conjunction all = { 0 };
	struct query q = { 0 };
	struct facet types;
	int rc;

	json_push(cx->mem, kinds, k);
	add_value(cx, &all, "kind", str_lower(cx->mem, kind->value, strlen(kind->value)));
	add_values(cx, &all, "relations.ownedby", owners);
	set_filter(cx, &q, &all);
	rc = facet_of(cx, &q, "spec.type", &types);
	if (rc < 0)
		return rc;
	qsort(types.items, types.n, sizeof(*types.items), by_count);
	for (size_t i = 0; i < types.n; i++) {
		const char *url = owned_url(cx->mem, kind->value, types.items[i].value, owners);

		json_push(cx->mem, list, counted(cx->mem, types.items[i].value, types.items[i].count, url));
	}
	return 0;
}

static int add_owned(struct entity_page *p, const struct text_list *owners)
{
	struct json *list = json_array(p->cx->mem);
	struct conjunction all = { 0 };
	struct query q = { 0 };
	struct facet kinds;
	double total = 0;
	int rc;

	add_values(p->cx, &all, "relations.ownedby", owners);
	set_filter(p->cx, &q, &all);
	rc = facet_of(p->cx, &q, "kind", &kinds);
	if (rc == 0)
		qsort(kinds.items, kinds.n, sizeof(*kinds.items), by_count);
	for (size_t i = 0; rc == 0 && i < kinds.n; i++) {
		total += kinds.items[i].count;
		rc = add_kind(p->cx, list, &kinds.items[i], owners);
	}
	json_set(p->cx->mem, p->vars, "owned", list);
	json_set(p->cx->mem, p->vars, "owned_total", json_num(p->cx->mem, total));
	return rc;
}

/* ---- the way up ---- */

struct above {
	const char *ref, *title, *parent; /* parent "": none */
	bool known;
};

static const char *parent_of(struct arena *mem, const struct json *doc)
{
	const struct json *parents = entity_targets(mem, doc, "childOf");

	return parents->a.n ? json_text(parents->a.items[0], "") : "";
}

/* Each of refs and all above it, level by level. */
static int climb(struct ctx *cx, const struct text_list *refs, struct map *out)
{
	struct text_list level = *refs;
	int rc = 0;

	for (int depth = 0; rc == 0 && depth < LEVELS && level.n; depth++) {
		struct entity *found = arena_array(cx->mem, struct entity, level.n);
		struct text_list next = { 0 };

		rc = entity_by_refs(cx, &level, found);
		for (size_t i = 0; rc == 0 && i < level.n; i++) {
			struct above *a = arena_new(cx->mem, struct above);
			struct json *doc = NULL;

			if (found[i].body.p && entity_parse(cx, found[i].body, 1, &doc, NULL) < 0)
				doc = NULL;
			*a = (struct above){ level.items[i], doc ? entity_title(doc) : "", parent_of(cx->mem, doc),
					     doc != NULL };
			map_put(cx->mem, out, a->ref, a);
			if (*a->parent && !map_get(out, a->parent) && !has(&next, a->parent))
				*list_add(cx->mem, &next) = a->parent;
		}
		level = next;
	}
	return rc;
}

/* From a group up to its root: [{ref, title, known}]. */
static struct json *chain_of(struct arena *mem, const struct map *above, const char *ref)
{
	struct json *list = json_array(mem);

	for (const struct above *a = map_get(above, ref); a && list->a.n < LEVELS; a = map_get(above, a->parent)) {
		struct json *v = json_object(mem);

		json_set(mem, v, "ref", json_str(mem, a->ref));
		json_set(mem, v, "title", json_str(mem, a->title));
		json_set(mem, v, "known", json_bool(mem, a->known));
		json_push(mem, list, v);
	}
	return list;
}

/* ---- members ---- */

static struct json *person_json(struct ctx *cx, const struct json *doc)
{
	const struct json *profile = json_path(doc, "spec", "profile", NULL);
	struct json *v = entity_row(cx->mem, doc);
	const char *picture = json_get_text(profile, "picture", "");

	json_set(cx->mem, v, "email", json_str(cx->mem, json_get_text(profile, "email", "")));
	json_set(cx->mem, v, "picture", json_str(cx->mem, strncasecmp(picture, "https://", 8) == 0 ? picture : ""));
	return v;
}

static const char *choice(const struct entity_page *p, const char *name, const char *dflt)
{
	const char *v = req_query(p->rq, name);

	return v && (streq(v, "direct") || streq(v, "aggregated")) ? v : dflt;
}

/* The address with one thing changed; what does not go with it is left out. */
static const char *with(const struct entity_page *p, const char *name, const char *value)
{
	static const char *const known[] = { "relations", "members", "q", "offset" };
	struct arena *mem = p->cx->mem;
	struct buf b = { .mem = mem };

	for (size_t i = 0; i < LEN(known); i++) {
		const char *v = streq(known[i], name) ? value : req_query(p->rq, known[i]);

		if (streq(known[i], "offset") && (streq(name, "members") || streq(name, "q")))
			continue;
		if (v && *v)
			buf_addf(&b, "%s%s=%s", b.n ? "&" : "?", known[i], link_encode(mem, v));
	}
	return arena_printf(mem, "%s%s", p->rq->path, buf_text(&b));
}

static void add_pager(struct entity_page *p, const struct query *q, const struct query_page *page)
{
	struct arena *mem = p->cx->mem;
	uint64_t back = q->offset > q->limit ? q->offset - q->limit : 0;
	struct json *v = json_object(mem);
	const char *next = arena_printf(mem, "%llu", (unsigned long long)q->offset + q->limit);

	json_set(mem, v, "from", json_num(mem, (double)q->offset + 1));
	json_set(mem, v, "to", json_num(mem, (double)(q->offset + page->n)));
	json_set(mem, v, "previous",
		 json_str(mem,
			  q->offset ? with(p, "offset", back ? arena_printf(mem, "%llu", (unsigned long long)back) : "") : ""));
	json_set(mem, v, "next", json_str(mem, q->offset + page->n < page->total && page->n ? with(p, "offset", next) : ""));
	json_set(mem, p->vars, "pager", v);
}

static void members_query(struct entity_page *p, const struct text_list *groups, const char *text, struct query *out)
{
	static const char *const fields[] = { "metadata.name", "metadata.title", "spec.profile.displayname",
					      "spec.profile.email" };
	struct conjunction all = { 0 };

	*out = (struct query){ .orders = { { "metadata.name", false } }, .n_orders = 1, .limit = MEMBERS_SHOWN };
	add_value(p->cx, &all, "kind", "user");
	add_values(p->cx, &all, "relations.memberof", groups);
	set_filter(p->cx, out, &all);
	if (!*text)
		return;
	out->text = text;
	for (size_t i = 0; i < LEN(fields); i++)
		*list_add(p->cx->mem, &out->text_fields) = fields[i];
}

static int add_members(struct entity_page *p, const struct text_list *groups)
{
	const char *text = req_query(p->rq, "q") ? req_query(p->rq, "q") : "";
	struct json *list = json_array(p->cx->mem);
	struct entities found = { 0 };
	struct query_page page;
	struct query q;
	long offset = 0;
	int rc = query_number(p->rq, "offset", 0, &offset);

	members_query(p, groups, text, &q);
	q.offset = (uint64_t)offset;
	if (rc == 0)
		rc = query_page(p->cx, &q, &page);
	if (rc == 0)
		rc = query_bodies(p->cx, &q, page.hits, page.n, &found);
	for (size_t i = 0; rc == 0 && i < found.n; i++) {
		struct json *doc;

		rc = json_parse(p->cx, found.items[i].body, &doc);
		if (rc == 0)
			json_push(p->cx->mem, list, person_json(p->cx, doc));
	}
	if (rc < 0)
		return rc;
	json_set(p->cx->mem, p->vars, "members", list);
	json_set(p->cx->mem, p->vars, "members_total", json_num(p->cx->mem, (double)page.total));
	json_set(p->cx->mem, p->vars, "q", json_str(p->cx->mem, text));
	add_pager(p, &q, &page);
	return 0;
}

/* ---- the two pages ---- */

static void add_choice(struct entity_page *p, const char *name, const char *chosen)
{
	struct arena *mem = p->cx->mem;
	struct json *v = json_object(mem);

	json_set(mem, v, "chosen", json_str(mem, chosen));
	json_set(mem, v, "direct", json_str(mem, with(p, name, "direct")));
	json_set(mem, v, "aggregated", json_str(mem, with(p, name, "aggregated")));
	json_set(mem, p->vars, arena_printf(mem, "%s_choice", name), v);
}

static int show_group(struct entity_page *p, struct resp *rs)
{
	const char *owned, *members = choice(p, "members", "direct");
	struct text_list self = { 0 }, below = { 0 }, children = { 0 }, parents = { 0 };
	struct json *rows;
	struct map above = { 0 };
	int rc = groups_below(p->cx, &(struct ref){ "group", req_param(p->rq, "namespace"), req_param(p->rq, "name") }, &below);

	/* What hundreds of groups own together is counted when somebody asks for it. */
	owned = choice(p, "relations", below.n > COUNTED_TOGETHER ? "direct" : "aggregated");
	*list_add(p->cx->mem, &self) = p->found.ref;
	add_targets(p->cx->mem, p->doc, "parentOf", &children);
	add_targets(p->cx->mem, p->doc, "childOf", &parents);
	if (rc == 0)
		rc = add_owned(p, streq(owned, "direct") ? &self : &below);
	if (rc == 0)
		rc = add_members(p, streq(members, "direct") ? &self : &below);
	if (rc == 0)
		rc = climb(p->cx, &parents, &above);
	if (rc == 0)
		rc = related_rows(p->cx, &children, 0, CHILDREN_SHOWN, &rows);
	if (rc < 0)
		return rc;
	add_choice(p, "relations", owned);
	add_choice(p, "members", members);
	json_set(p->cx->mem, p->vars, "children", rows);
	json_set(p->cx->mem, p->vars, "children_total",
		 json_num(p->cx->mem, (double)relation_count(&p->counts, "parentOf", NULL)));
	json_set(p->cx->mem, p->vars, "below_total", json_num(p->cx->mem, (double)below.n - 1));
	json_set(p->cx->mem, p->vars, "ancestors",
		 parents.n ? chain_of(p->cx->mem, &above, parents.items[0]) : json_array(p->cx->mem));
	json_set(p->cx->mem, p->vars, "later", plugins_cards(p->cx, p->doc));
	return page_render(p->rq, rs, 200, "catalog/entity_group.html", p->vars);
}

static int show_user(struct entity_page *p, struct resp *rs)
{
	const char *owned = choice(p, "relations", "aggregated");
	struct text_list owners = { 0 }, groups = { 0 };
	struct json *chains = json_array(p->cx->mem);
	struct map above = { 0 };
	int rc;

	*list_add(p->cx->mem, &owners) = p->found.ref;
	if (streq(owned, "aggregated"))
		add_targets(p->cx->mem, p->doc, "memberOf", &owners);
	add_targets(p->cx->mem, p->doc, "memberOf", &groups);
	rc = add_owned(p, &owners);
	if (rc == 0 && groups.n)
		rc = climb(p->cx, &groups, &above);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < groups.n; i++)
		json_push(p->cx->mem, chains, chain_of(p->cx->mem, &above, groups.items[i]));
	add_choice(p, "relations", owned);
	json_set(p->cx->mem, p->vars, "chains", chains);
	json_set(p->cx->mem, p->vars, "later", plugins_cards(p->cx, p->doc));
	return page_render(p->rq, rs, 200, "catalog/entity_user.html", p->vars);
}

int entity_people(struct entity_page *p, struct resp *rs)
{
	int rc = entity_head(p->rq, p->vars, p->doc, "");

	if (rc == 0)
		rc = entity_about(p->cx, p->vars, p->doc);
	if (rc < 0)
		return rc;
	json_set(p->cx->mem, p->vars, "person", person_json(p->cx, p->doc));
	return str_ieq(p->kind, "user") ? show_user(p, rs) : show_group(p, rs);
}
