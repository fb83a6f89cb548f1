/* Documents of features and plugins come into the database, and what changed is told to the search processes. */
#include "base/clock.h"
#include "base/list.h"
#include "base/map.h"
#include "base/utf8.h"
#include "catalog/store.h"
#include "ext/crypto.h"
#include "ext/db.h"
#include "search/search.h"
#include "sql/catalog.h"
#include "sql/search.h"

enum {
	TYPE_MOST = 64,
	SOURCE_MOST = 191,
	LOCATION_MOST = 1000,
	TEXT_MOST = 1 << 20, /* bytes; what is longer is cut */
	CHUNK = 200,         /* documents in one transaction */
	KEEP = 20000,
	KEEP_MS = 24 * 3600 * 1000,
	FORGET = 1000,
	FORGET_EVERY = 64,
};

/* ---- the sequence of changes ---- */

static struct id_list open_change; /* of the transaction that is open in this process */

static int forget_old(struct ctx *cx, uint64_t seq, int64_t now)
{
	if (seq % FORGET_EVERY)
		return 0;
	return q_search_change_forget_exec(cx, &(struct q_search_change_forget_in){ .seq = seq > KEEP ? seq - KEEP : 0,
										    .at = now - KEEP_MS,
										    .limit = FORGET });
}

static int write_change(struct ctx *cx)
{
	struct q_id_taken_out taken;
	int64_t now = clock_wall_ms();
	int rc = q_id_take_exec(cx, &(struct q_id_take_in){ .n = 1, .name = "search_change" });

	if (rc >= 0)
		rc = q_id_taken_one(cx, &taken);
	if (rc >= 0)
		rc = forget_old(cx, taken.first, now);
	return rc < 0 ? rc
		      : q_search_change_add_exec(
				cx, &(struct q_search_change_add_in){ .seq = taken.first,
								      .at = now,
								      .ids = str_of(id_list_json(cx->mem, &open_change)) });
}

static void note(struct ctx *cx, uint64_t id)
{
	if (db_before_commit(cx, write_change))
		open_change = (struct id_list){ 0 };
	*list_add(cx->mem, &open_change) = id;
}

/* ---- documents ---- */

struct row {
	uint64_t id; /* 0: not there yet */
	const char *location, *etag;
	struct str body;
	bool named, changed;
};
struct putting {
	const char *type, *source;
	struct row *rows;
	size_t n, from; /* rows of this transaction: at most CHUNK from there on */
};

static struct json *text_of(struct arena *mem, struct str text)
{
	size_t n = text.n < TEXT_MOST ? text.n : TEXT_MOST;
	char *copy = arena_strndup(mem, text.p ? text.p : "", n);

	if (n < text.n)
		utf8_trim_partial(copy);
	return json_str(mem, copy);
}

static struct str body_of(struct arena *mem, const char *type, uint64_t entity_id, const struct search_document *d)
{
	struct json *v = json_object(mem);
	struct buf b = { .mem = mem };

	json_set(mem, v, "type", json_str(mem, type));
	json_set(mem, v, "entity", json_num(mem, (double)(d->entity_id ? d->entity_id : entity_id)));
	json_set(mem, v, "location", json_str(mem, d->location));
	json_set(mem, v, "title", text_of(mem, str_of(d->title ? d->title : "")));
	json_set(mem, v, "text", text_of(mem, d->text));
	if (json_is(d->fields, JSON_OBJECT))
		json_set(mem, v, "fields", json_copy(mem, d->fields));
	json_write(&b, v);
	return buf_str(&b);
}

static int check(struct ctx *cx, const char *type, const char *source, const struct search_document *documents, size_t n)
{
	if (!*type || strlen(type) > TYPE_MOST)
		return fail(cx, ERR_INPUT, "a type of documents is 1 to %d characters long, not '%.100s'", TYPE_MOST, type);
	if (!*source || utf8_len(source, strlen(source)) > SOURCE_MOST)
		return fail(cx, ERR_INPUT, "a source of documents is 1 to %d characters long, not '%.200s'", SOURCE_MOST,
			    source);
	for (size_t i = 0; i < n; i++) {
		const char *l = documents[i].location;

		if (!l || !*l || utf8_len(l, strlen(l)) > LOCATION_MOST)
			return fail(cx, ERR_INPUT, "document %zu: its location is 1 to %d characters long", i + 1,
				    LOCATION_MOST);
	}
	return 0;
}

/* What is there: by location. */
static int load(struct ctx *cx, struct putting *p, struct map *by_location, size_t most)
{
	struct q_search_source_out row;
	DB_ROWS rows = { 0 };
	int rc = q_search_source_open(cx, &(struct q_search_source_in){ p->source, p->type }, &rows);
	struct {
		struct row *items;
		size_t n, cap;
	} list = { 0 };

	while (rc >= 0 && (rc = q_search_source_next(&rows, &row)) == 1)
		*list_add(cx->mem, &list) = (struct row){ .id = row.id, .location = row.location, .etag = row.etag };
	if (rc < 0)
		return rc;
	p->rows = arena_array(cx->mem, struct row, list.n + most);
	p->n = list.n;
	for (size_t i = 0; i < list.n; i++) {
		p->rows[i] = list.items[i];
		map_put(cx->mem, by_location, p->rows[i].location, &p->rows[i]);
	}
	return 0;
}

static void name_row(struct arena *mem, struct putting *p, struct map *by_location, const char *location, struct str body)
{
	struct row *r = map_get(by_location, location);
	char *etag = arena_alloc(mem, 41);

	crypto_sha1_hex(body, etag);
	if (!r) {
		r = &p->rows[p->n++];
		*r = (struct row){ .location = location, .etag = "" };
		map_put(mem, by_location, location, r);
	}
	if (r->named)
		return; /* twice in one list: the first counts */
	r->named = true;
	r->changed = !streq(r->etag, etag);
	r->etag = etag;
	r->body = body;
}

static int write_row(struct ctx *cx, const struct putting *p, const struct row *r, uint64_t *next)
{
	uint64_t id = r->id ? r->id : (*next)++;

	note(cx, id);
	if (!r->named)
		return q_search_delete_exec(cx, &(struct q_search_delete_in){ id });
	if (r->id)
		return q_search_update_exec(cx, &(struct q_search_update_in){ r->etag, r->body, id });
	return q_search_insert_exec(cx, &(struct q_search_insert_in){ id, p->type, p->source, r->location, r->etag, r->body });
}

static int write_chunk(struct ctx *cx, void *arg)
{
	const struct putting *p = arg;
	size_t to = p->n - p->from < CHUNK ? p->n : p->from + CHUNK;
	struct q_id_taken_out taken = { 0 };
	uint64_t fresh = 0;
	int rc = 0;

	for (size_t i = p->from; i < to; i++)
		fresh += !p->rows[i].id;
	if (fresh)
		rc = q_id_take_exec(cx, &(struct q_id_take_in){ .n = fresh, .name = "search_document" });
	if (fresh && rc >= 0)
		rc = q_id_taken_one(cx, &taken);
	for (size_t i = p->from; rc >= 0 && i < to; i++)
		rc = write_row(cx, p, &p->rows[i], &taken.first);
	return rc < 0 ? rc : 0;
}

int search_put(struct ctx *cx, const char *type, const char *source, uint64_t entity_id,
	       const struct search_document *documents, size_t n)
{
	struct putting p = { .type = type, .source = source };
	struct map by_location = { 0 };
	size_t kept = 0;
	int rc = check(cx, type, source, documents, n);

	if (rc == 0)
		rc = load(cx, &p, &by_location, n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		name_row(cx->mem, &p, &by_location, documents[i].location, body_of(cx->mem, type, entity_id, &documents[i]));
	for (size_t i = 0; i < p.n; i++)
		if (p.rows[i].changed || !p.rows[i].named)
			p.rows[kept++] = p.rows[i];
	p.n = kept;
	for (; rc == 0 && p.from < p.n; p.from += CHUNK)
		rc = db_transaction(cx, write_chunk, &p);
	return rc;
}
