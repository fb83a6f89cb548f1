/* Which objects of which clusters belong to an entity. */
#include "kubernetes/match.h"

#include "base/list.h"
#include "catalog/ref.h"

enum { LABEL_MOST = 63, IN_ONE = 50 };

static const char *note(const struct json *entity, const char *name)
{
	const char *text = json_text(json_path(entity, "metadata", "annotations", name, NULL), NULL);

	return text && *text ? text : NULL;
}

bool match_has(const struct json *entity)
{
	return note(entity, KUBERNETES_ID) || note(entity, KUBERNETES_SELECTOR);
}

static const char *id_of(const struct json *entity)
{
	const char *id = note(entity, KUBERNETES_ID);

	return id ? id : json_text(json_path(entity, "metadata", "name", NULL), "");
}

const char *match_selector(struct arena *mem, const struct json *entity)
{
	const char *selector = note(entity, KUBERNETES_SELECTOR);

	return selector ? selector : arena_printf(mem, KUBERNETES_ID "=%s", id_of(entity));
}

/* What may be the value of a label: only such ones can stand in a list without meaning something else there. */
static bool is_label(const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		if (!ascii_alnum(s[i]) && !strchr("-_.", s[i]))
			return false;
	return n && n <= LABEL_MOST;
}

static bool is_namespace(const char *s)
{
	return is_label(s) && !strpbrk(s, "_.");
}

static bool depends_on(struct ctx *cx, const struct json *entity, const char *name)
{
	const struct json *relations = json_get(entity, "relations");

	for (size_t i = 0; json_is(relations, JSON_ARRAY) && i < relations->a.n; i++) {
		const struct json *r = relations->a.items[i];
		struct ref ref;

		if (streq(json_get_text(r, "type", ""), "dependsOn") &&
		    ref_parse(cx, json_get_text(r, "targetRef", ""), NULL, NULL, &ref) == 0 && str_ieq(ref.kind, "resource") &&
		    str_ieq(ref.name, name))
			return true;
	}
	return false;
}

static bool runs_in(struct ctx *cx, const struct json *entity, const struct cluster *c)
{
	const char *method = json_text(json_path(cx->conf, "kubernetes", "serviceLocatorMethod", "type", NULL), "multiTenant");

	if (streq(method, "singleTenant"))
		return streq(json_text(json_path(entity, "metadata", "annotations", KUBERNETES_CLUSTER, NULL), ""), c->name);
	return streq(method, "catalogRelation") ? depends_on(cx, entity, c->name) : true;
}

static int namespace_of(struct ctx *cx, const struct json *entity, const char **out)
{
	*out = note(entity, KUBERNETES_NAMESPACE);
	if (*out && !is_namespace(*out))
		return fail(cx, ERR_INPUT, "the annotation " KUBERNETES_NAMESPACE " is no namespace: '%.100s'", *out);
	return 0;
}

int match_entity(struct ctx *cx, const struct clusters *all, const struct json *entity, struct lookups *out)
{
	const char *selector = match_selector(cx->mem, entity), *ns;
	int rc = namespace_of(cx, entity, &ns);

	for (size_t i = 0; rc == 0 && i < all->n; i++)
		if (runs_in(cx, entity, all->items[i]))
			*list_add(cx->mem, out) = (struct lookup){ all->items[i], selector, ns };
	return rc;
}

/* ---- many at once ---- */

/* Those that are found by their id in one place. */
struct group {
	const struct cluster *cluster;
	const char *ns;
	struct text_list ids;
};
struct groups {
	struct group *items;
	size_t n, cap;
};

static bool same_place(const struct group *g, const struct cluster *c, const char *ns)
{
	return g->cluster == c && g->ids.n < IN_ONE && (ns && g->ns ? streq(ns, g->ns) : ns == g->ns);
}

static struct group *group_at(struct arena *mem, struct groups *all, const struct cluster *c, const char *ns)
{
	struct group *g;

	for (size_t i = 0; i < all->n; i++)
		if (same_place(&all->items[i], c, ns))
			return &all->items[i];
	g = list_add(mem, all);
	*g = (struct group){ .cluster = c, .ns = ns };
	return g;
}

static bool has_text(const struct text_list *list, const char *s)
{
	for (size_t i = 0; i < list->n; i++)
		if (streq(list->items[i], s))
			return true;
	return false;
}

static bool has_lookup(const struct lookups *list, const struct lookup *l)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct lookup *x = &list->items[i];

		if (x->cluster == l->cluster && streq(x->selector, l->selector) &&
		    (x->ns && l->ns ? streq(x->ns, l->ns) : x->ns == l->ns))
			return true;
	}
	return false;
}

static void add_entity(struct ctx *cx, const struct clusters *all, const struct json *entity, struct groups *groups,
		       struct lookups *out)
{
	const char *ns, *id = id_of(entity);
	bool plain = !note(entity, KUBERNETES_SELECTOR) && is_label(id);

	if (namespace_of(cx, entity, &ns) < 0)
		return;
	for (size_t i = 0; i < all->n; i++) {
		const struct cluster *c = all->items[i];
		struct lookup l = { c, match_selector(cx->mem, entity), ns };

		if (!runs_in(cx, entity, c))
			continue;
		if (plain) {
			struct group *g = group_at(cx->mem, groups, c, ns);

			if (!has_text(&g->ids, id))
				*list_add(cx->mem, &g->ids) = id;
		} else if (!has_lookup(out, &l)) {
			*list_add(cx->mem, out) = l;
		}
	}
}

/* One that is alone is asked for as on its own page, so that both have the same answer. */
static const char *selector_of(struct arena *mem, const struct group *g)
{
	struct buf b = { .mem = mem };

	if (g->ids.n == 1)
		return arena_printf(mem, KUBERNETES_ID "=%s", g->ids.items[0]);
	buf_adds(&b, KUBERNETES_ID " in (");
	for (size_t i = 0; i < g->ids.n; i++) {
		buf_adds(&b, i ? "," : "");
		buf_adds(&b, g->ids.items[i]);
	}
	buf_addc(&b, ')');
	return buf_text(&b);
}

int match_entities(struct ctx *cx, const struct clusters *all, const struct json *const *entities, size_t n,
		   struct lookups *out)
{
	struct groups groups = { 0 };

	for (size_t i = 0; i < n; i++)
		if (match_has(entities[i]))
			add_entity(cx, all, entities[i], &groups, out);
	for (size_t i = 0; i < groups.n; i++)
		*list_add(cx->mem, out) =
			(struct lookup){ groups.items[i].cluster, selector_of(cx->mem, &groups.items[i]), groups.items[i].ns };
	/* An annotation that is wrong is its entity's own trouble. */
	cx->err = (struct err){ 0 };
	return 0;
}

void match_all(struct ctx *cx, const struct clusters *all, struct lookups *out)
{
	for (size_t i = 0; i < all->n; i++)
		*list_add(cx->mem, out) = (struct lookup){ all->items[i], "", NULL };
}
