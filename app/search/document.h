/* From rows of the database to documents of the engine, and back to what an answer shows. */
#ifndef SEARCH_DOCUMENT_H
#define SEARCH_DOCUMENT_H

#include "catalog/follow.h"
#include "search/engine.h"
#include "base/json.h"

/* Rows that search follows beside the catalog's entities: documents of features and plugins. */
extern const struct follow_source search_documents;

/* 1; 0 for what must not be found, since its location is a script. Texts live in cx->mem or in row. Errors are json_parse()'s.
 */
int document_of_entity(struct ctx *cx, const struct follow_row *row, struct engine_doc *out);
int document_of_page(struct ctx *cx, const struct follow_row *row, struct engine_doc *out);

/* What Backstage's catalog collator makes of an entity: {title, text, location, kind, ...}. */
struct json *document_shown(struct arena *mem, const struct json *entity);
/* The same of a row of search_document: its fields, with title, text and location. */
struct json *document_page_shown(struct arena *mem, const struct json *page);

#endif
