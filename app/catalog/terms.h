/* What of an entity's bytes goes into the index. */
#ifndef CATALOG_TERMS_H
#define CATALOG_TERMS_H

#include "base/ctx.h"
#include "index/index.h"

/*
 * The same rows as search_rows() makes of the parsed body, straight from the bytes as body_make() wrote them (compact, UTF-8,
 * each key once), because all bodies are read when an index starts. error: whether status has items. Keys and values live in
 * cx->mem or in body; equal terms may stand twice. ERR_INTERNAL, and nothing in out, when body is no JSON object.
 */
int terms_of(struct ctx *cx, struct str body, struct index_terms *out, bool *error);

#endif
