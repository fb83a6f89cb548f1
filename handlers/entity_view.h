/* Entities as views need them: what a person would otherwise have to work out from the document. */
#ifndef HANDLERS_ENTITY_VIEW_H
#define HANDLERS_ENTITY_VIEW_H

#include "base/ctx.h"
#include "base/json.h"
#include "catalog/query.h"

/*
 * {ref, url, kind, name, ns, title, description, type, lifecycle, tags, owners: [ref], system: ref or "", domain, errors,
 * orphan, source, edit, target, parent: the component it is part of} of an entity's document; texts are "" where there is
 * nothing.
 */
struct json *entity_row(struct arena *mem, const struct json *entity);
/*
 * Adds the rows of a page of entities to *rows (made when NULL); *page as query_page() gives it. Relations are read as far as a
 * row shows them, so an entity that thousands refer to costs no more than another.
 */
int entity_rows(struct ctx *cx, const struct query *q, struct query_page *page, struct json **rows);
/* metadata.title, the display name of a user or group, or the name. */
const char *entity_title(const struct json *entity);
/* Targets of the relations of one type, as texts in a JSON array. */
struct json *entity_targets(struct arena *mem, const struct json *entity, const char *type);
/*
 * metadata.links as [{url, title, icon: name of one of our icons, chat: leads to people who talk}]; url is "" where it is
 * nothing that a browser may follow.
 */
struct json *entity_links(struct arena *mem, const struct json *entity);
/* Labels or annotations as [{key, value: text}]; what is no text is written as JSON. Empty for what is no object. */
struct json *entity_pairs(struct arena *mem, const struct json *object);

#endif
