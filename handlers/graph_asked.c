/* The address of the graph page, in Backstage's words. */
#include "handlers/graph_asked.h"

#include "base/list.h"
#include "catalog/ref.h"
#include "handlers/handlers.h"
#include "handlers/links.h"

/* "name", "name[]" and "name[3]", as the libraries that make such addresses write lists. */
static bool is_list(const char *name, const char *of)
{
	size_t n = strlen(of);

	return strncmp(name, of, n) == 0 && (!name[n] || (name[n] == '[' && str_ends(name, "]")));
}

static bool listed(const struct text_list *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++)
		if (streq(list->items[i], text))
			return true;
	return false;
}

static int add_root(struct req *rq, struct text_list *roots, const char *text)
{
	struct ref r;
	int rc = *text ? ref_parse(rq->cx, text, "component", NULL, &r) : 0;

	if (rc < 0)
		return fail_in(rq->cx, rc, "rootEntityRefs");
	if (!*text)
		return 0;
	const char *ref = ref_format(rq->cx->mem, &r);

	if (roots->n == GRAPH_ROOTS_MOST)
		return fail(rq->cx, ERR_INPUT, "rootEntityRefs: at most %d", GRAPH_ROOTS_MOST);
	if (!listed(roots, ref))
		*list_add(rq->cx->mem, roots) = ref;
	return 0;
}

static int read_lists(struct req *rq, struct graph_asked *out)
{
	struct buf others = { .mem = rq->cx->mem };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < rq->query.n; i++) {
		const struct param *p = &rq->query.items[i];

		if (is_list(p->name, "rootEntityRefs")) {
			rc = add_root(rq, &out->query.roots, p->value);
			continue;
		}
		if (is_list(p->name, "selectedKinds") && *p->value)
			*list_add(rq->cx->mem, &out->query.kinds) = str_lower(rq->cx->mem, p->value, strlen(p->value));
		if (is_list(p->name, "selectedRelations") && *p->value)
			*list_add(rq->cx->mem, &out->query.relations) = p->value;
		buf_addf(&others, "%s%s=%s", others.n ? "&" : "", link_encode(rq->cx->mem, p->name),
			 link_encode(rq->cx->mem, p->value));
	}
	out->others = buf_text(&others);
	return rc;
}

/* The last value counts: a form says "false" before a box that says "true". */
static const char *last(struct req *rq, const char *name, const char *dflt)
{
	const char *value = dflt;

	for (size_t i = 0; i < rq->query.n; i++)
		if (streq(rq->query.items[i].name, name))
			value = rq->query.items[i].value;
	return value;
}

static int read_bool(struct req *rq, const char *name, bool dflt, bool *out)
{
	const char *text = last(rq, name, dflt ? "true" : "false");

	*out = streq(text, "true");
	return *out || streq(text, "false") ? 0 : fail(rq->cx, ERR_INPUT, "%s must be true or false", name);
}

/* One of the words of a NULL-terminated list; the first when nothing is said. */
static int read_word(struct req *rq, const char *name, const char *const *words, const char **out)
{
	*out = last(rq, name, words[0]);
	for (size_t i = 0; words[i]; i++)
		if (streq(words[i], *out))
			return 0;
	return fail(rq->cx, ERR_INPUT, "%s must be %s%s", name, words[0], words[2] ? ", RL, TB or BT" : " or curveStepBefore");
}

static int read_depth(struct req *rq, unsigned *out)
{
	const char *text = last(rq, "maxDepth", "1");
	long depth = GRAPH_ENDLESS;

	if (*text && !streq(text, "Infinity") && !streq(text, "∞") && !str_long(text, 1, GRAPH_DEPTH_MOST, &depth))
		return fail(rq->cx, ERR_INPUT, "maxDepth must be a whole number from 1 to %d, or empty for all",
			    GRAPH_DEPTH_MOST);
	*out = (unsigned)depth;
	return 0;
}

int graph_asked(struct req *rq, struct graph_asked *out)
{
	static const char *const directions[] = { "LR", "RL", "TB", "BT", NULL };
	static const char *const curves[] = { "curveMonotoneX", "curveStepBefore", NULL };
	long limit = GRAPH_SHOWN;
	int rc;

	*out = (struct graph_asked){ 0 };
	rc = read_lists(rq, out);
	if (rc == 0)
		rc = read_depth(rq, &out->query.depth);
	if (rc == 0)
		rc = read_bool(rq, "unidirectional", true, &out->query.unidirectional);
	if (rc == 0)
		rc = read_bool(rq, "mergeRelations", true, &out->query.merge);
	if (rc == 0)
		rc = read_bool(rq, "showFilters", true, &out->show_filters);
	if (rc == 0)
		rc = read_word(rq, "direction", directions, &out->direction);
	if (rc == 0)
		rc = read_word(rq, "curve", curves, &out->curve);
	if (rc == 0)
		rc = query_number(rq, "limit", 1, &limit);
	out->query.limit = limit > GRAPH_SHOWN_MOST ? GRAPH_SHOWN_MOST : (size_t)limit;
	return rc;
}
