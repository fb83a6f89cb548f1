/* What is wrong with sources and entities: kept in table problem, shown in status.items. */
#include "catalog/problem.h"

#include "base/clock.h"
#include "base/counters.h"
#include "base/list.h"
#include "base/utf8.h"
#include "catalog/notice.h"

/* A larger entity is not shown with what is wrong with it. */
enum { DOC_MAX = 64 << 10, TOLD = 20, TOLD_TEXT = 1000 };

/* Where it was seen, unless the text says so. A text cut in the middle of a character would not be stored. */
static const char *with_place(struct ctx *cx, const struct problem_place *at, const struct fault *f)
{
	bool named = strstr(f->message, at->target) != NULL;
	const char *text = utf8_scrub(cx->mem, arena_strndup(cx->mem, f->message, strnlen(f->message, 4000)));

	if (f->line)
		return arena_printf(cx->mem, "%s (%s line %u)", text, at->target, f->line);
	return named ? text : arena_printf(cx->mem, "%s (%s)", text, at->target);
}

void problem_add(struct ctx *cx, const struct problem_place *at, const struct document *d, const struct fault *f,
		 struct problem_rows *out)
{
	struct buf doc = { .mem = cx->mem };
	bool own = !d || d->source_fault || !d->ref || !ref_storable(d->ref);
	size_t left = DOC_MAX;

	if (!own && d->entity && document_fits(d->entity, &left))
		json_write(&doc, d->entity);
	*list_add(cx->mem, out) = (struct q_problem_add_in){ .source_id = at->source_id,
							     .ref = own ? "" : d->ref,
							     .name = f->name,
							     .message = with_place(cx, at, f),
							     .line = f->line,
							     .doc = buf_str(&doc),
							     .seen_at = clock_wall_ms() };
}

void problems_collect(struct ctx *cx, const struct problem_place *at, const struct document *docs, size_t n,
		      struct problem_rows *out)
{
	for (size_t i = 0; i < n; i++) {
		const struct document *d = &docs[i];

		for (size_t k = 0; k < d->faults.n && k < 20; k++)
			problem_add(cx, at, d, &d->faults.items[k], out);
		for (size_t k = 0; k < d->notes.n && k < 20; k++)
			problem_add(cx, at, d, &d->notes.items[k], out);
		counter_add(COUNTER_PROCESS_FAILED, d->faults.n > 0);
	}
}

static bool same_problem(const struct q_problem_of_source_out *a, const struct q_problem_add_in *b)
{
	return streq(a->ref, b->ref) && streq(a->name, b->name) && streq(a->message, b->message) && a->line == b->line;
}

/* The refs whose status these problems are: entities themselves, and for the rest the Locations that name the source. */
static int dirty_problems(struct ctx *cx, const struct problem_place *at, const struct text_list *refs, bool *any)
{
	struct q_link_of_source_out link;
	struct map seen = { 0 };
	struct text_list dirty = { 0 };
	DB_ROWS rows = { 0 };
	int rc = q_link_of_source_open(cx, &(struct q_link_of_source_in){ .source_id = at->source_id }, &rows);

	for (size_t i = 0; i < refs->n; i++)
		if (*refs->items[i] && !map_put(cx->mem, &seen, refs->items[i], &seen))
			*list_add(cx->mem, &dirty) = refs->items[i];
	while (rc >= 0 && (rc = q_link_of_source_next(&rows, &link)) == 1)
		if (!map_put(cx->mem, &seen, link.ref, &seen))
			*list_add(cx->mem, &dirty) = link.ref;
	db_rows_close(&rows);
	*any |= dirty.n > 0;
	return rc < 0 ? rc : store_dirty(cx, &dirty);
}

static const char *shortened(struct arena *mem, const char *text)
{
	char *s = arena_strndup(mem, text, strnlen(text, TOLD_TEXT));

	utf8_trim_partial(s);
	return s;
}

/* "catalog.error" {location, problems: [{ref, name, message, line}]}: what is wrong with a source now, the first of it; ref "":
 * with the source itself. */
static int tell(struct ctx *cx, const struct problem_place *at, const struct problem_rows *now)
{
	struct json *data, *list;

	if (!now->n || !notice_wanted("catalog.error"))
		return 0;
	data = json_object(cx->mem);
	json_set(cx->mem, data, "location", json_str(cx->mem, at->target));
	list = json_set(cx->mem, data, "problems", json_array(cx->mem));
	for (size_t i = 0; i < now->n && i < TOLD; i++) {
		struct json *v = json_object(cx->mem);

		json_set(cx->mem, v, "ref", json_str(cx->mem, now->items[i].ref));
		json_set(cx->mem, v, "name", json_str(cx->mem, now->items[i].name));
		json_set(cx->mem, v, "message", json_str(cx->mem, shortened(cx->mem, now->items[i].message)));
		json_set(cx->mem, v, "line", json_num(cx->mem, (double)now->items[i].line));
		json_push(cx->mem, list, v);
	}
	return notice_tell(cx, "catalog.error", data);
}

int problems_write(struct ctx *cx, const struct problem_place *at, const struct problem_rows *now, bool own_only, bool *dirty)
{
	struct q_problem_of_source_out row;
	struct text_list refs = { 0 };
	DB_ROWS rows = { 0 };
	size_t same = 0, old = 0;
	int rc = q_problem_of_source_open(cx, &(struct q_problem_of_source_in){ .source_id = at->source_id }, &rows);

	while (rc >= 0 && (rc = q_problem_of_source_next(&rows, &row)) == 1) {
		if (own_only && *row.ref)
			continue;
		same += old < now->n && same_problem(&row, &now->items[old]);
		old++;
		*list_add(cx->mem, &refs) = row.ref;
	}
	db_rows_close(&rows);
	if (rc < 0 || (same == old && old == now->n))
		return rc;
	for (size_t i = 0; i < now->n; i++)
		*list_add(cx->mem, &refs) = now->items[i].ref;
	rc = own_only ? q_problem_clear_own_exec(cx, &(struct q_problem_clear_own_in){ .source_id = at->source_id })
		      : q_problem_clear_exec(cx, &(struct q_problem_clear_in){ .source_id = at->source_id });
	if (rc >= 0)
		rc = q_problem_add_many(cx, now->items, now->n);
	if (rc >= 0)
		rc = tell(cx, at, now);
	return rc < 0 ? rc : dirty_problems(cx, at, &refs, dirty);
}

int problems_write_of(struct ctx *cx, const struct problem_place *at, const struct text_list *refs,
		      const struct problem_rows *now, bool *dirty)
{
	struct q_problem_of_source_out row;
	struct map named = { 0 };
	struct text_list changed = { 0 };
	DB_ROWS rows = { 0 };
	int rc = q_problem_of_source_open(cx, &(struct q_problem_of_source_in){ .source_id = at->source_id }, &rows);

	for (size_t i = 0; i < refs->n; i++)
		map_put(cx->mem, &named, refs->items[i], &named);
	while (rc >= 0 && (rc = q_problem_of_source_next(&rows, &row)) == 1)
		if (map_get(&named, row.ref))
			*list_add(cx->mem, &changed) = row.ref;
	db_rows_close(&rows);
	for (size_t i = 0; rc >= 0 && i < changed.n; i++)
		rc = q_problem_clear_of_exec(cx, &(struct q_problem_clear_of_in){ at->source_id, changed.items[i] });
	for (size_t i = 0; i < now->n; i++)
		*list_add(cx->mem, &changed) = now->items[i].ref;
	if (rc >= 0)
		rc = q_problem_add_many(cx, now->items, now->n);
	if (rc >= 0)
		rc = tell(cx, at, now);
	return rc < 0 || !changed.n ? rc : dirty_problems(cx, at, &changed, dirty);
}
