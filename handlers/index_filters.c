/* The filters of the catalog's index: what can be chosen, and how many entities each choice leaves. */
#include <stdlib.h>

#include "base/list.h"
#include "handlers/handlers.h"
#include "handlers/index_page.h"
#include "handlers/page.h"

static int by_count(const void *a, const void *b)
{
	const struct facet_value *x = a, *y = b;

	return x->count != y->count ? (x->count < y->count ? 1 : -1) : strcmp(x->value, y->value);
}

/* The state with one value of a list chosen, or no longer chosen; on its first page. */
static const char *toggled(const struct index_page *p, enum browse_list list, const char *value)
{
	struct browse s = p->s;
	bool had = false;

	s.offset = 0;
	s.lists[list] = (struct text_list){ 0 };
	for (size_t i = 0; i < p->s.lists[list].n; i++) {
		if (str_ieq(p->s.lists[list].items[i], value))
			had = true;
		else
			*list_add(p->cx->mem, &s.lists[list]) = p->s.lists[list].items[i];
	}
	if (!had)
		*list_add(p->cx->mem, &s.lists[list]) = value;
	return browse_url(p->cx->mem, &s);
}

static struct json *choice(struct arena *mem, const char *value, double count, bool chosen)
{
	struct json *v = json_object(mem);

	json_set(mem, v, "value", json_str(mem, value));
	json_set(mem, v, "count", json_num(mem, count));
	json_set(mem, v, "chosen", json_bool(mem, chosen));
	return v;
}

/* What is chosen comes first, also when nothing has it any more; then what most entities have. */
static void add_choices(const struct index_page *p, enum browse_list list, struct facet *found, size_t most, struct json *to)
{
	const struct text_list *chosen = &p->s.lists[list];

	for (size_t i = 0; i < chosen->n; i++) {
		double count = 0;

		for (size_t k = 0; k < found->n; k++)
			if (str_ieq(found->items[k].value, chosen->items[i]))
				count = found->items[k].count;
		json_push(p->cx->mem, to, choice(p->cx->mem, chosen->items[i], count, true));
	}
	for (size_t i = 0; i < found->n && to->a.n < most; i++)
		if (!browse_has(&p->s, list, found->items[i].value))
			json_push(p->cx->mem, to, choice(p->cx->mem, found->items[i].value, found->items[i].count, false));
}

/*
 * The values of a list with how many entities each would leave, given all else that is chosen. With words, only values that
 * hold them.
 */
static int list_filter(const struct index_page *p, enum browse_list list, const char *words, size_t most, struct json **out)
{
	struct ctx *cx = p->cx;
	const char *key = browse_lists[list].key;
	struct facet found;
	struct query q;
	size_t n = 0;
	int rc;

	browse_to_query(cx, &p->s, list, &p->stars, &q);
	rc = query_facets(cx, &q, &(struct text_list){ .items = &key, .n = 1 }, &found);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < found.n; i++)
		if (!*words || strcasestr(found.items[i].value, words))
			found.items[n++] = found.items[i];
	found.n = n;
	qsort(found.items, found.n, sizeof(*found.items), by_count);
	*out = json_object(cx->mem);
	struct json *choices = json_set(cx->mem, *out, "choices", json_array(cx->mem));

	add_choices(p, list, &found, most, choices);
	json_set(cx->mem, *out, "param", json_str(cx->mem, browse_lists[list].param));
	json_set(cx->mem, *out, "title", json_str(cx->mem, browse_lists[list].title));
	json_set(cx->mem, *out, "total", json_num(cx->mem, (double)found.n));
	return 0;
}

/* One value to choose from is no choice; that there is one namespace need not be said. */
static bool worth_showing(const struct index_page *p, enum browse_list list, const struct json *filter)
{
	double total = json_get_num(filter, "total", 0);

	return p->s.lists[list].n || total > 1 || (total == 1 && list != LIST_NAMESPACES);
}

int index_add_filters(struct index_page *p)
{
	const char *all = req_query(p->rq, "all");
	struct json *filters = json_array(p->cx->mem), *f;
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < BROWSE_LISTS; i++) {
		bool whole = all && streq(all, browse_lists[i].param);

		/* what is part of what is asked for by links from a system's own page */
		if (i == LIST_SYSTEMS && !p->s.lists[i].n)
			continue;
		rc = list_filter(p, i, "", whole ? CHOICES_ALL : CHOICES_SHOWN, &f);
		if (rc == 0 && worth_showing(p, i, f)) {
			json_set(p->cx->mem, f, "whole", json_bool(p->cx->mem, whole));
			json_push(p->cx->mem, filters, f);
		}
	}
	json_set(p->cx->mem, p->vars, "filters", filters);
	return rc;
}

/* How many there are for each choice of whose. */
int index_add_users(struct index_page *p)
{
	static const char *const names[] = { [USER_ALL] = "All", [USER_OWNED] = "Owned", [USER_STARRED] = "Starred" };
	static const char *const values[] = { [USER_ALL] = "all", [USER_OWNED] = "owned", [USER_STARRED] = "starred" };
	struct arena *mem = p->cx->mem;
	struct json *users = json_array(mem);
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < LEN(names); i++) {
		struct browse s = p->s;
		struct json *u = json_object(mem);
		struct query_page counted = { 0 };
		struct query q;

		s.user = i;
		s.offset = 0;
		browse_to_query(p->cx, &s, BROWSE_LISTS, &p->stars, &q);
		q.limit = 0;
		rc = query_page(p->cx, &q, &counted);
		json_set(mem, u, "name", json_str(mem, names[i]));
		json_set(mem, u, "value", json_str(mem, values[i]));
		json_set(mem, u, "count", json_num(mem, (double)counted.total));
		json_set(mem, u, "chosen", json_bool(mem, i == p->s.user));
		json_set(mem, u, "url", json_str(mem, browse_url(mem, &s)));
		json_push(mem, users, u);
	}
	json_set(mem, p->vars, "users", users);
	return rc;
}

static void add_chip(struct index_page *p, struct json *chips, const char *title, const char *value, const char *url)
{
	struct arena *mem = p->cx->mem;
	struct json *chip = json_object(mem);

	json_set(mem, chip, "title", json_str(mem, title));
	json_set(mem, chip, "value", json_str(mem, value));
	json_set(mem, chip, "url", json_str(mem, url));
	json_push(mem, chips, chip);
}

/* Every filter that is on, each with the address of the list without it. */
void index_add_chips(struct index_page *p)
{
	struct arena *mem = p->cx->mem;
	struct json *chips = json_array(mem);
	struct browse s = p->s;

	s.offset = 0;
	for (unsigned i = 0; i < BROWSE_LISTS; i++)
		for (size_t k = 0; k < p->s.lists[i].n; k++)
			add_chip(p, chips, browse_lists[i].title, p->s.lists[i].items[k],
				 toggled(p, i, p->s.lists[i].items[k]));
	if (s.orphan) {
		s.orphan = false;
		add_chip(p, chips, "Status", "orphan", browse_url(mem, &s));
		s.orphan = true;
	}
	if (s.error) {
		s.error = false;
		add_chip(p, chips, "Status", "has errors", browse_url(mem, &s));
		s.error = true;
	}
	if (*s.text) {
		s.text = "";
		add_chip(p, chips, "Text", p->s.text, browse_url(mem, &s));
	}
	json_set(mem, p->vars, "chips", chips);
}

/* The values of one list that hold some words: what the search field of a filter asks for while one types. */
int catalog_list_choices(struct req *rq, struct resp *rs)
{
	const char *name = req_query(rq, "list"), *words = req_query(rq, "words");
	struct index_page p;
	struct json *filter;
	unsigned i = 0;
	int rc = index_open(rq, &p, "/catalog", NULL);

	while (i < BROWSE_LISTS && !(name && streq(name, browse_lists[i].param)))
		i++;
	if (i == BROWSE_LISTS)
		return fail(rq->cx, ERR_INPUT, "list must be type, owners, lifecycles, tags, namespace or system");
	if (rc == 0)
		rc = list_filter(&p, i, words ? words : "", words && *words ? 50 : CHOICES_SHOWN, &filter);
	if (rc < 0)
		return rc;
	json_set(rq->cx->mem, p.vars, "f", filter);
	return page_render(rq, rs, 200, "catalog/choices.html", p.vars);
}
