/* What a catalog index shows, which is all in its URL: filters, sorting, page. */
#include "handlers/browse.h"

#include "base/list.h"
#include "catalog/ref.h"
#include "handlers/handlers.h"
#include "handlers/links.h"
#include "identity/identity.h"

enum { MOST_ROWS = 200, MOST_VALUES = 1000 };

const struct browse_list_name browse_lists[BROWSE_LISTS] = {
	[LIST_TYPES] = { "type", "spec.type", "Type" },
	[LIST_OWNERS] = { "owners", "relations.ownedby", "Owner" },
	[LIST_LIFECYCLES] = { "lifecycles", "spec.lifecycle", "Lifecycle" },
	[LIST_TAGS] = { "tags", "metadata.tags", "Tags" },
	[LIST_NAMESPACES] = { "namespace", "metadata.namespace", "Namespace" },
	[LIST_SYSTEMS] = { "system", "relations.partof", "Part of" },
};

/* What can be sorted by, and where it is in an entity. */
static const char *const columns[][2] = {
	{ "name", "metadata.name" },   { "type", "spec.type" },     { "lifecycle", "spec.lifecycle" },
	{ "system", "spec.system" },   { "owner", "spec.owner" },   { "namespace", "metadata.namespace" },
	{ "title", "metadata.title" }, { "target", "spec.target" },
};

static const char *column_key(const char *name)
{
	for (size_t i = 0; i < LEN(columns); i++)
		if (streq(columns[i][0], name))
			return columns[i][1];
	return NULL;
}

/* ---- reading ---- */

/* "filters[owners][0]" -> "owners"; NULL when the parameter is none of ours. */
static const char *filter_name(struct arena *mem, const char *param)
{
	const char *end;

	if (!str_starts(param, "filters["))
		return NULL;
	param += strlen("filters[");
	end = strchr(param, ']');
	return end ? arena_strndup(mem, param, (size_t)(end - param)) : NULL;
}

/* An owner may be written as people see it ("payments"), as it was in older links. */
static const char *list_value(struct ctx *cx, enum browse_list list, const char *value)
{
	struct err before = cx->err;
	struct ref r;

	if (list != LIST_OWNERS && list != LIST_SYSTEMS)
		return str_lower(cx->mem, value, strlen(value));
	if (ref_parse(cx, value, list == LIST_OWNERS ? "group" : "system", NULL, &r) == 0)
		return ref_format(cx->mem, &r);
	cx->err = before;
	return value;
}

bool browse_has(const struct browse *s, enum browse_list list, const char *value)
{
	for (size_t i = 0; i < s->lists[list].n; i++)
		if (str_ieq(s->lists[list].items[i], value))
			return true;
	return false;
}

static int read_filter(struct ctx *cx, struct browse *s, const char *name, const char *value)
{
	if (streq(name, "kind") && !s->fixed_kind)
		s->kind = str_lower(cx->mem, value, strlen(value));
	else if (streq(name, "user"))
		s->user = streq(value, "owned") ? USER_OWNED : streq(value, "starred") ? USER_STARRED : USER_ALL;
	else if (streq(name, "text"))
		s->text = value;
	else if (streq(name, "orphan"))
		s->orphan = streq(value, "true");
	else if (streq(name, "error"))
		s->error = streq(value, "true");
	for (unsigned i = 0; i < BROWSE_LISTS; i++) {
		/* "all" is how Backstage writes that no type was chosen */
		if (!streq(name, browse_lists[i].param) || !*value || (i == LIST_TYPES && streq(value, "all")))
			continue;
		value = list_value(cx, i, value);
		if (browse_has(s, i, value))
			continue;
		if (s->lists[i].n == MOST_VALUES)
			return fail(cx, ERR_INPUT, "more than %d values of filters[%s]", MOST_VALUES, name);
		*list_add(cx->mem, &s->lists[i]) = value;
	}
	return 0;
}

static int read_sort(struct req *rq, struct browse *s)
{
	const char *sort = req_query(rq, "sort");

	s->sort = "name";
	if (!sort || !*sort)
		return 0;
	s->down = *sort == '-';
	s->sort = sort + (s->down ? 1 : 0);
	return column_key(s->sort) ? 0 : fail(rq->cx, ERR_INPUT, "The list cannot be sorted by '%.100s'", s->sort);
}

int browse_read(struct req *rq, struct browse *out)
{
	long offset = 0, limit = BROWSE_ROWS;
	int rc = 0;

	out->text = "";
	for (size_t i = 0; rc == 0 && i < rq->query.n; i++) {
		const char *name = filter_name(rq->cx->mem, rq->query.items[i].name);

		if (name)
			rc = read_filter(rq->cx, out, name, rq->query.items[i].value);
	}
	if (rc == 0)
		rc = read_sort(rq, out);
	if (rc == 0)
		rc = query_number(rq, "offset", 0, &offset);
	if (rc == 0)
		rc = query_number(rq, "limit", 1, &limit);
	out->offset = (uint64_t)offset;
	out->limit = limit > MOST_ROWS ? MOST_ROWS : (uint32_t)limit;
	return rc;
}

/* ---- writing ---- */

static void add_part(struct buf *b, struct arena *mem, const char *name, const char *value)
{
	buf_addf(b, "%s%s=%s", b->n ? "&" : "", name, link_encode(mem, value));
}

static void add_filter(struct buf *b, struct arena *mem, const char *name, const char *value)
{
	add_part(b, mem, arena_printf(mem, "filters[%s]", name), value);
}

static void add_parts(struct buf *b, struct arena *mem, const struct browse *s)
{
	if (!s->fixed_kind && *s->kind)
		add_filter(b, mem, "kind", s->kind);
	if (s->user)
		add_filter(b, mem, "user", s->user == USER_OWNED ? "owned" : "starred");
	for (unsigned i = 0; i < BROWSE_LISTS; i++)
		for (size_t k = 0; k < s->lists[i].n; k++)
			add_filter(b, mem, browse_lists[i].param, s->lists[i].items[k]);
	if (s->orphan)
		add_filter(b, mem, "orphan", "true");
	if (s->error)
		add_filter(b, mem, "error", "true");
	if (*s->text)
		add_filter(b, mem, "text", s->text);
	if (s->down || !streq(s->sort, "name"))
		add_part(b, mem, "sort", arena_printf(mem, "%s%s", s->down ? "-" : "", s->sort));
}

const char *browse_query(struct arena *mem, const struct browse *s)
{
	struct buf b = { .mem = mem };

	add_parts(&b, mem, s);
	return buf_text(&b);
}

const char *browse_url(struct arena *mem, const struct browse *s)
{
	struct buf b = { .mem = mem };

	add_parts(&b, mem, s);
	if (s->offset)
		add_part(&b, mem, "offset", arena_printf(mem, "%llu", (unsigned long long)s->offset));
	if (s->limit != BROWSE_ROWS)
		add_part(&b, mem, "limit", arena_printf(mem, "%u", s->limit));
	return arena_printf(mem, "%s%s%s", s->path, b.n ? "?" : "", buf_text(&b));
}

/* ---- asking ---- */

static struct condition *add_condition(struct ctx *cx, struct conjunction *all, const char *key)
{
	struct condition *c = list_add(cx->mem, all);

	*c = (struct condition){ .key = key };
	return c;
}

static void add_values(struct ctx *cx, struct condition *c, const char *const *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*list_add(cx->mem, &c->values) = str_lower(cx->mem, values[i], strlen(values[i]));
}

static size_t owned_refs(const struct ctx *cx)
{
	size_t n = 0;

	while (cx->who && cx->who->owns[n])
		n++;
	return n;
}

/* A condition without values would ask for the key alone. */
static void none(struct ctx *cx, struct conjunction *all)
{
	static const char *const nothing[] = { "" };

	add_values(cx, add_condition(cx, all, "metadata.uid"), nothing, 1);
}

/* Stars are references: one conjunction for each namespace in which there are some of the kind. */
static void add_starred(struct ctx *cx, const struct conjunction *base, const char *kind, const struct text_list *stars,
			struct filter *out)
{
	for (size_t i = 0; i < stars->n; i++) {
		struct ref r;
		size_t k = 0;

		if (ref_parse(cx, stars->items[i], NULL, NULL, &r) < 0 || !str_ieq(r.kind, kind))
			continue;
		while (k < out->n && !streq(out->items[k].items[base->n].values.items[0], r.ns))
			k++;
		if (k == out->n) {
			struct conjunction *all = list_add(cx->mem, out);

			*all = (struct conjunction){ 0 };
			for (size_t c = 0; c < base->n; c++)
				*list_add(cx->mem, all) = base->items[c];
			add_values(cx, add_condition(cx, all, "metadata.namespace"), &r.ns, 1);
			add_condition(cx, all, "metadata.name");
		}
		add_values(cx, &out->items[k].items[base->n + 1], &r.name, 1);
	}
}

static void add_text(struct ctx *cx, const struct browse *s, struct query *q)
{
	static const char *const fields[] = { "metadata.name", "metadata.title", "metadata.description",
					      "spec.profile.displayname", "spec.profile.email" };

	if (!*s->text)
		return;
	q->text = s->text;
	for (size_t i = 0; i < LEN(fields); i++)
		*list_add(cx->mem, &q->text_fields) = fields[i];
}

void browse_to_query(struct ctx *cx, const struct browse *s, enum browse_list without, const struct text_list *stars,
		     struct query *out)
{
	static const char *const yes[] = { "true" };
	struct conjunction base = { 0 };

	*out = (struct query){ .orders = { { column_key(s->sort), s->down } },
			       .n_orders = 1,
			       .lacking_last = true,
			       .with_errors = s->error,
			       .offset = s->offset,
			       .limit = s->limit };
	if (*s->kind)
		add_values(cx, add_condition(cx, &base, "kind"), &s->kind, 1);
	for (unsigned i = 0; i < BROWSE_LISTS; i++)
		if (s->lists[i].n && i != without)
			add_values(cx, add_condition(cx, &base, browse_lists[i].key), s->lists[i].items, s->lists[i].n);
	if (s->orphan)
		add_values(cx, add_condition(cx, &base, "metadata.annotations.backstage.io/orphan"), yes, 1);
	if (s->user == USER_OWNED) {
		if (owned_refs(cx))
			add_values(cx, add_condition(cx, &base, "relations.ownedby"), cx->who->owns, owned_refs(cx));
		else
			none(cx, &base);
	}
	if (s->user == USER_STARRED)
		add_starred(cx, &base, s->kind, stars, &out->filter);
	if (!out->filter.n) {
		if (s->user == USER_STARRED)
			none(cx, &base);
		*list_add(cx->mem, &out->filter) = base;
	}
	add_text(cx, s, out);
}
