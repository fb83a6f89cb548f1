/* A question to this host's search process, and what it found, as it is now in the database. */
#include "search/search.h"

#include "base/list.h"
#include "catalog/body_cache.h"
#include "catalog/permission.h"
#include "catalog/query.h"
#include "catalog/store.h"
#include "ext/bitmap.h"
#include "ext/json.h"
#include "identity/identity.h"
#include "identity/policy.h"
#include "search/document.h"
#include "search/engine.h"
#include "search/type.h"
#include "sql/search.h"

static struct index_line line = INDEX_LINE("Search", "documents", "server.searchMemoryLimit");

void search_client_setup(const char *socket, struct index_shared *shared)
{
	index_line_setup(&line, socket, shared);
}

static struct str *texts_of(struct arena *mem, const char *const *texts, size_t n)
{
	struct str *out = arena_array(mem, struct str, n);

	for (size_t i = 0; i < n; i++)
		out[i] = str_of(texts[i]);
	return out;
}

/* ---- who may see what ---- */

/* Nobody's entities: a set without members. */
static struct str nothing(struct arena *mem)
{
	struct bitmap *none = bitmap_new();
	size_t n = bitmap_size(none);
	char *bytes = arena_alloc(mem, n);

	bitmap_write(none, bytes);
	bitmap_free(none);
	return (struct str){ bytes, n };
}

static int set_rights(struct ctx *cx, struct engine_question *q)
{
	int rc = search_types_readable(cx, &q->types, &q->n_types);
	int may = rc < 0 ? rc : policy_may(cx, "catalog.entity.read", NULL);

	if (may < 0)
		return may;
	if (may)
		return query_readable(cx, &q->allowed);
	q->allowed = nothing(cx->mem);
	return 0;
}

static void set_owns(struct ctx *cx, struct engine_question *q)
{
	size_t n = 0;

	while (cx->who && cx->who->owns[n])
		n++;
	q->owns = texts_of(cx->mem, cx->who ? cx->who->owns : NULL, n);
	q->n_owns = n;
}

static int set_question(struct ctx *cx, const struct search_question *from, struct engine_question *q)
{
	*q = (struct engine_question){ .term = str_of(from->term ? from->term : ""),
				       .chosen = texts_of(cx->mem, from->types, from->n_types),
				       .n_chosen = from->n_types,
				       .filters = arena_array(cx->mem, struct engine_filter, from->n_filters),
				       .n_filters = from->n_filters,
				       .entity = (uint32_t)from->entity_id,
				       .offset = from->offset,
				       .limit = from->limit,
				       .facets = from->facets,
				       .fields = texts_of(cx->mem, from->fields, from->n_fields),
				       .n_fields = from->n_fields };
	for (size_t i = 0; i < from->n_types; i++)
		if (!search_type_is_known(from->types[i]))
			return fail(cx, ERR_INPUT, "There are no documents of the type \"%.100s\"", from->types[i]);
	for (size_t i = 0; i < from->n_filters; i++) {
		const struct search_filter *f = &from->filters[i];

		if (!*f->field || str_starts(f->field, "~"))
			return fail(cx, ERR_INPUT, "\"%.100s\" is no field of a document", f->field);
		q->filters[i] = (struct engine_filter){ str_of(f->field), texts_of(cx->mem, f->values, f->n), f->n };
	}
	set_owns(cx, q);
	return set_rights(cx, q);
}

/* ---- what was found ---- */

static struct search_hit hit_of(const char *type, const struct json *document, double score)
{
	const struct json *text = json_get(document, "text");

	return (struct search_hit){ .type = type,
				    .location = json_get_text(document, "location", ""),
				    .title = json_get_text(document, "title", ""),
				    .text = json_is(text, JSON_STRING) ? text->s : STR(""),
				    .document = document,
				    .score = score };
}

struct finding {
	const struct engine_answer *said;
	struct json **documents; /* by place; NULL: it has gone meanwhile */
	const char **types;
};

/* At once; but when one has gone meanwhile it cannot be told which, and each is asked for alone. */
static int read_some(struct ctx *cx, struct finding *f, const struct query_hit *hits, const size_t *places, size_t n)
{
	static const struct query all = { 0 };
	struct entities found = { 0 };
	int rc = query_bodies(cx, &all, hits, n, &found);

	if (rc == 0 && found.n < n && n > 1)
		for (size_t i = 0; rc == 0 && i < n; i++)
			rc = read_some(cx, f, hits + i, places + i, 1);
	for (size_t i = 0; rc == 0 && found.n == n && i < n; i++) {
		struct json *entity;

		rc = json_parse(cx, found.items[i].body, &entity);
		if (rc == 0)
			f->documents[places[i]] = document_shown(cx->mem, entity);
		f->types[places[i]] = SEARCH_CATALOG;
	}
	return rc;
}

static int read_entities(struct ctx *cx, struct finding *f)
{
	struct query_hit *hits = arena_array(cx->mem, struct query_hit, f->said->n);
	size_t *places = arena_array(cx->mem, size_t, f->said->n), n = 0;

	for (size_t i = 0; i < f->said->n; i++) {
		if (f->said->hits[i].key & ENGINE_PAGE)
			continue;
		hits[n] = (struct query_hit){ (uint32_t)f->said->hits[i].key, f->said->hits[i].tag };
		places[n++] = i;
	}
	return n ? read_some(cx, f, hits, places, n) : 0;
}

/* Pages are among the bodies that all workers share, too, with their type for a ref. The tag tells them from an entity. */
static uint32_t page_number(uint64_t key)
{
	return (uint32_t)(key & ~ENGINE_PAGE) ^ 1U << 31;
}

static int take_page(struct ctx *cx, struct finding *f, size_t place, const char *type, struct str body)
{
	struct json *page;
	int rc = json_parse(cx, body, &page);

	if (rc < 0)
		return rc;
	f->documents[place] = document_page_shown(cx->mem, page);
	f->types[place] = type;
	return 0;
}

static int read_row(struct ctx *cx, struct finding *f, const struct q_search_by_ids_out *row)
{
	uint64_t key = row->id | ENGINE_PAGE;
	size_t i = 0;

	while (i < f->said->n && f->said->hits[i].key != key)
		i++;
	if (i == f->said->n)
		return 0;
	if (body_tag(row->etag) == f->said->hits[i].tag)
		body_cache_put(page_number(key), f->said->hits[i].tag, &(struct entity){ row->type, row->etag, row->body });
	return take_page(cx, f, i, row->type, row->body);
}

static int read_rows(struct ctx *cx, struct finding *f, const struct id_list *ids)
{
	struct q_search_by_ids_out row;
	DB_ROWS rows = { 0 };
	int rc = q_search_by_ids_open(cx, &(struct q_search_by_ids_in){ id_list_json(cx->mem, ids) }, &rows);

	while (rc >= 0 && (rc = q_search_by_ids_next(&rows, &row)) == 1)
		rc = read_row(cx, f, &row);
	return rc < 0 ? rc : 0;
}

static int read_pages(struct ctx *cx, struct finding *f)
{
	struct id_list ids = { 0 };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < f->said->n; i++) {
		const struct engine_hit *hit = &f->said->hits[i];
		struct entity kept;

		if (!(hit->key & ENGINE_PAGE))
			continue;
		if (body_cache_get(cx->mem, page_number(hit->key), hit->tag, &kept))
			rc = take_page(cx, f, i, kept.ref, kept.body);
		else
			*list_add(cx->mem, &ids) = hit->key & ~ENGINE_PAGE;
	}
	return rc == 0 && ids.n ? read_rows(cx, f, &ids) : rc;
}

static int show_hits(struct ctx *cx, const struct engine_answer *said, struct search_answer *out)
{
	struct finding f = { .said = said,
			     .documents = arena_array(cx->mem, struct json *, said->n),
			     .types = arena_array(cx->mem, const char *, said->n) };
	int rc = read_entities(cx, &f);

	if (rc == 0)
		rc = read_pages(cx, &f);
	out->hits = arena_array(cx->mem, struct search_hit, said->n);
	for (size_t i = 0; rc == 0 && i < said->n; i++)
		if (f.documents[i])
			out->hits[out->n++] = hit_of(f.types[i], f.documents[i], said->hits[i].score);
	return rc;
}

static const char *text_of(struct arena *mem, struct str s)
{
	return arena_strndup(mem, s.p, s.n);
}

int search_query(struct ctx *cx, const struct search_question *question, struct search_answer *out)
{
	struct buf ask = { .mem = cx->mem };
	struct engine_question q;
	struct engine_answer said;
	struct str answer;
	int rc = set_question(cx, question, &q);

	*out = (struct search_answer){ 0 };
	if (rc == 0)
		engine_ask(&ask, &q);
	if (rc == 0)
		rc = index_line_ask(cx, &line, buf_str(&ask), &answer);
	if (rc < 0)
		return rc;
	if (!engine_said(cx->mem, answer, &said))
		return fail(cx, ERR_INTERNAL, "search has given an answer that nobody understands");
	out->total = said.total;
	out->meant = said.meant.n ? text_of(cx->mem, said.meant) : NULL;
	out->facets = arena_array(cx->mem, struct search_facet, said.n_counts);
	out->n_facets = said.n_counts;
	for (size_t i = 0; i < said.n_counts; i++)
		out->facets[i] = (struct search_facet){ text_of(cx->mem, said.counts[i].field),
							text_of(cx->mem, said.counts[i].value), said.counts[i].n };
	/* With typing errors, what was found is what was meant. */
	out->found = out->meant && said.n ? out->meant : question->term ? question->term : "";
	return show_hits(cx, &said, out);
}
