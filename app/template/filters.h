/* What filters share. */
#ifndef TEMPLATE_FILTERS_H
#define TEMPLATE_FILTERS_H

#include "template/private.h"

/* A string, or an error that names the filter. filter_text() takes nothing and false for "". */
int filter_need(struct run *r, const char *filter, struct val v, struct text **out);
int filter_text(struct run *r, const char *filter, struct val v, struct text **out);
/* String(v), "" for nothing. */
int filter_opt(struct run *r, struct val v, struct text **out);
/* s, safe when input was. */
struct val filter_like(struct val input, struct text *s);
/* The items of an array, the units of a string; NULL for all else. */
struct array *filter_list_of(struct run *r, struct val v);
/* The same, and what an object with a length holds at 0, 1, …: JavaScript's functions take it for an array. */
int filter_items(struct run *r, struct val v, struct array **out);
/* The member at a dotted path. */
int filter_path(struct run *r, struct val v, struct val path, struct val *out);
/* The member with this one key. */
int filter_key(struct run *r, struct val v, struct val key, struct val *out);

#endif
