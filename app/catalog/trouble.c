/* What is wrong with one entity and on its way into the catalog: told where, since when, and whose fault it is. */
#include "catalog/trouble.h"

#include "base/list.h"
#include "catalog/entity.h"
#include "sql/catalog.h"

/* A Location on the way to the root. */
struct ancestor {
	const char *ref;
	uint64_t id;
	bool readable;
};
struct climb {
	struct {
		struct ancestor *items;
		size_t n, cap;
	} ancestors;
	struct id_list sources; /* the entity's own first */
	struct map seen;        /* problems that are told already, and sources that were looked at, by key */
};

static bool first_time(struct ctx *cx, struct climb *c, const char *what, uint64_t id)
{
	return !map_put(cx->mem, &c->seen, arena_printf(cx->mem, "%s %llu", what, (unsigned long long)id), c);
}

/* All Locations above a source, level by level. */
static int climb(struct ctx *cx, uint64_t source_id, struct climb *c)
{
	int rc = 0;

	first_time(cx, c, "source", source_id);
	*list_add(cx->mem, &c->sources) = source_id;
	for (size_t i = 0; rc >= 0 && i < c->sources.n; i++) {
		struct q_link_of_source_out row;
		DB_ROWS rows = { 0 };

		rc = q_link_of_source_open(cx, &(struct q_link_of_source_in){ .source_id = c->sources.items[i] }, &rows);
		while (rc >= 0 && (rc = q_link_of_source_next(&rows, &row)) == 1) {
			if (first_time(cx, c, "entity", row.entity_id))
				*list_add(cx->mem, &c->ancestors) = (struct ancestor){ row.ref, row.entity_id, true };
			if (first_time(cx, c, "source", row.parent_source))
				*list_add(cx->mem, &c->sources) = row.parent_source;
		}
	}
	return rc < 0 ? rc : 0;
}

/* What may not be read is not spoken of. */
static int see(struct ctx *cx, struct climb *c)
{
	struct text_list refs = { 0 };
	bool *found = arena_array(cx->mem, bool, c->ancestors.n);
	int rc;

	if (!c->ancestors.n)
		return 0;
	for (size_t i = 0; i < c->ancestors.n; i++)
		*list_add(cx->mem, &refs) = c->ancestors.items[i].ref;
	rc = entity_exist(cx, &refs, found);
	for (size_t i = 0; rc == 0 && i < refs.n; i++)
		c->ancestors.items[i].readable = found[i];
	return rc;
}

static int of_refs(struct ctx *cx, struct climb *c, const struct text_list *refs, enum trouble_where where,
		   struct troubles *out)
{
	struct q_trouble_of_refs_out row;
	DB_ROWS rows = { 0 };
	int rc = q_trouble_of_refs_open(cx, &(struct q_trouble_of_refs_in){ .refs = text_list_json(cx->mem, refs) }, &rows);

	while (rc >= 0 && (rc = q_trouble_of_refs_next(&rows, &row)) == 1)
		if (first_time(cx, c, "problem", row.id))
			*list_add(cx->mem, out) = (struct trouble){ where,
								    row.ref,
								    where == TROUBLE_OWN ? NULL : row.ref,
								    row.name,
								    row.message,
								    row.type,
								    row.target,
								    (uint32_t)row.line,
								    row.seen_at };
	return rc < 0 ? rc : 0;
}

/* The files that a Location names. own: the
 * entity that is asked about is this Location. */
static int at_location(struct ctx *cx, struct climb *c, uint64_t id, const char *ref, bool own, struct troubles *out)
{
	struct q_trouble_at_location_in in = { .entity_id = id, .first = c->sources.items[0] };
	struct q_trouble_at_location_out row;
	DB_ROWS rows = { 0 };
	int rc = q_trouble_at_location_open(cx, &in, &rows);

	while (rc >= 0 && (rc = q_trouble_at_location_next(&rows, &row)) == 1) {
		enum trouble_where where = TROUBLE_BESIDE;

		if (own || (row.source_id == c->sources.items[0] && !*row.ref))
			where = TROUBLE_FILE;
		for (size_t i = 1; where == TROUBLE_BESIDE && i < c->sources.n; i++)
			if (c->sources.items[i] == row.source_id)
				where = TROUBLE_ABOVE;
		if (first_time(cx, c, "problem", row.id))
			*list_add(cx->mem, out) =
				(struct trouble){ where,    row.ref,    own ? NULL : ref,   row.name,   row.message,
						  row.type, row.target, (uint32_t)row.line, row.seen_at };
	}
	return rc < 0 ? rc : 0;
}

/* The order in which people should read them. */
static void sort(struct ctx *cx, struct troubles *t)
{
	struct troubles sorted = { 0 };

	for (int where = TROUBLE_OWN; where <= TROUBLE_BESIDE; where++)
		for (size_t i = 0; i < t->n; i++)
			if ((int)t->items[i].where == where)
				*list_add(cx->mem, &sorted) = t->items[i];
	*t = sorted;
}

int entity_troubles(struct ctx *cx, const char *ref, struct troubles *out)
{
	struct text_list self = { 0 }, above = { 0 };
	struct q_entity_head_by_ref_out head;
	struct climb c = { 0 };
	int rc = q_entity_head_by_ref_one(cx, &(struct q_entity_head_by_ref_in){ .ref = ref }, &head);

	if (rc != 1)
		return rc;
	*list_add(cx->mem, &self) = ref;
	rc = climb(cx, head.source_id, &c);
	if (rc == 0)
		rc = see(cx, &c);
	if (rc == 0)
		rc = of_refs(cx, &c, &self, TROUBLE_OWN, out);
	if (rc == 0 && streq(head.kind, "location"))
		rc = at_location(cx, &c, head.id, ref, true, out);
	for (size_t i = 0; i < c.ancestors.n; i++)
		if (c.ancestors.items[i].readable)
			*list_add(cx->mem, &above) = c.ancestors.items[i].ref;
	if (rc == 0 && above.n)
		rc = of_refs(cx, &c, &above, TROUBLE_ABOVE, out);
	for (size_t i = 0; rc == 0 && i < c.ancestors.n; i++)
		if (c.ancestors.items[i].readable)
			rc = at_location(cx, &c, c.ancestors.items[i].id, c.ancestors.items[i].ref, false, out);
	sort(cx, out);
	return rc;
}

int entity_source(struct ctx *cx, const char *ref, struct entity_source *out)
{
	struct q_source_of_ref_out row;
	int rc = q_source_of_ref_one(cx, &(struct q_source_of_ref_in){ .ref = ref }, &row);

	if (rc == 0)
		return fail(cx, ERR_NOTFOUND, "No source of %s", ref);
	if (rc == 1)
		*out = (struct entity_source){ row.type, row.target, row.origin, row.has_read_at ? row.read_at : 0 };
	return rc < 0 ? rc : 0;
}
