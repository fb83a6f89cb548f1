/* Writing what changed: entities, relations and links of one source, in short transactions. */
#ifndef CATALOG_STORE_H
#define CATALOG_STORE_H

#include "base/list.h"
#include "base/map.h"
#include "catalog/body.h"
#include "catalog/document.h"

/* A list of texts as a JSON array, for the statements that take lists. */
const char *text_list_json(struct arena *mem, const struct text_list *list);

struct id_list {
	uint64_t *items;
	size_t n, cap;
};
const char *id_list_json(struct arena *mem, const struct id_list *list);
/* An id as text: the key of a source's job, a key of a map. */
const char *id_text(struct arena *mem, uint64_t id);

struct store_result {
	size_t changed, unchanged, removed;
	bool dirty; /* neighbours wait for their bodies to be put together: store_wake() after the commit */
};

/*
 * Brings the entities of a source to what docs say; only what differs by hash is written. Documents with faults leave the
 * stored version as it is. A ref that belongs to another source is left to it, and claimed. complete: entities of the source
 * that no document names go (or become orphans); not when a document could not be understood, for it may have been theirs. Runs
 * its own transactions (at most 500 entities each) unless the caller has one.
 */
int store_documents(struct ctx *cx, const struct catalog_settings *s, uint64_t source_id, struct document *docs, size_t n,
		    bool complete, struct store_result *out);

/*
 * The end of a set that was stored in parts (complete: false): entities of the source that named does not have go, or become
 * orphans.
 */
int store_remove_others(struct ctx *cx, const struct catalog_settings *s, uint64_t source_id, const struct map *named,
			struct store_result *out);

/*
 * Removes entities (ids, refs alike): their relations, their links, and every source and entity that no root reaches any more.
 * A claimant gets the entity instead, with its uid. keep_orphans: they stay, flagged. In the caller's transaction, or one of
 * its own.
 */
int store_remove(struct ctx *cx, const struct id_list *ids, bool keep_orphans, struct store_result *out);

/*
 * The same without what hangs below: the sources that lost a link are added to sources, for store_collect() after the commit.
 * For a caller that removes something else in the same short transaction.
 */
int store_take_out(struct ctx *cx, const struct id_list *ids, bool keep_orphans, struct store_result *out,
		   struct id_list *sources);

/*
 * The way up from a source to a provider: 1 and the ref of the Location that the provider made, 0 when there is none.
 */
int store_root(struct ctx *cx, uint64_t source_id, const char **root);

/* Removes the sources that no root reaches any more, with their entities; the others get a new origin if theirs is gone. */
int store_collect(struct ctx *cx, const struct id_list *sources, bool keep_orphans, struct store_result *out);

/* Removes a source with its entities, whatever reaches it. */
int store_remove_source(struct ctx *cx, uint64_t source_id, bool keep_orphans, struct store_result *out);

/* Finds or makes the source of a location. */
int store_source(struct ctx *cx, const struct location *loc, const struct location *origin, uint64_t *id, bool *fresh);
/* Asks for a source to be read: now (urgent) or when its turn comes. In the caller's transaction. */
int store_schedule(struct ctx *cx, uint64_t source_id, bool urgent);
/* What each of these entities declares: out[i] gets the relations of ids->items[i]. */
int store_relations(struct ctx *cx, const struct id_list *ids, struct relations *out);
/* Refs whose bodies are to be put together again. */
int store_dirty(struct ctx *cx, const struct text_list *refs);
/* After the commit: wakes the job workers, and starts the stitching when something is dirty. */
void store_wake(struct ctx *cx, const struct store_result *r);

#endif
