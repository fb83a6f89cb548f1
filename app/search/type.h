/* The types of documents that this host knows; see search_type(). */
#ifndef SEARCH_TYPE_H
#define SEARCH_TYPE_H

#include "search/search.h"

bool search_type_is_known(const char *type);
/* Those whose documents cx->who may find, all or some of them. */
int search_types_readable(struct ctx *cx, struct str **out, size_t *n);

#endif
