/* Whether terms_of() and search_rows() say the same of a body. For the unit test and the fuzz target. */
#ifndef TESTS_ROWS_H
#define TESTS_ROWS_H

#include <stdio.h>
#include <stdlib.h>

#include "base/list.h"
#include "catalog/filter.h"
#include "catalog/terms.h"
#include "ext/json.h"

static int rows_compare_str(struct str a, struct str b)
{
	int c = memcmp(a.p ? a.p : "", b.p ? b.p : "", a.n < b.n ? a.n : b.n);

	return c ? c : (a.n > b.n) - (a.n < b.n);
}

static int rows_compare(const void *a, const void *b)
{
	const struct index_term *x = a, *y = b;
	int c = rows_compare_str(x->key, y->key);

	if (!c)
		c = (x->value.p != NULL) - (y->value.p != NULL);
	return c ? c : rows_compare_str(x->value, y->value);
}

/* Sorted, each once. */
static void rows_settle(struct index_terms *t)
{
	size_t n = 0;

	if (t->n)
		qsort(t->items, t->n, sizeof(*t->items), rows_compare);
	for (size_t i = 0; i < t->n; i++)
		if (!n || rows_compare(&t->items[n - 1], &t->items[i]))
			t->items[n++] = t->items[i];
	t->n = n;
}

static void rows_tell(const char *what, const struct index_term *t)
{
	if (t)
		printf("# %s '%.*s' = %s'%.*s'\n", what, (int)t->key.n, t->key.p, t->value.p ? "" : "NULL ", (int)t->value.n,
		       t->value.p ? t->value.p : "");
}

static bool rows_equal(struct index_terms *got, const struct search_rows *rows, struct arena *mem)
{
	struct index_terms want = { 0 };
	size_t i = 0;

	for (size_t k = 0; k < rows->n; k++)
		*list_add(mem, &want) = (struct index_term){ str_of(rows->items[k].key), str_of(rows->items[k].original) };
	rows_settle(got);
	rows_settle(&want);
	while (i < got->n && i < want.n && rows_compare(&got->items[i], &want.items[i]) == 0)
		i++;
	if (i == got->n && i == want.n)
		return true;
	rows_tell("got ", i < got->n ? &got->items[i] : NULL);
	rows_tell("want", i < want.n ? &want.items[i] : NULL);
	return false;
}

/* False and a line that begins with # when they differ; true also when the body is no JSON object for either. */
static bool rows_agree(struct ctx *cx, struct str body)
{
	struct index_terms terms = { 0 };
	struct search_rows rows = { 0 };
	struct json *v = NULL;
	bool error = false, good = json_parse(cx, body, &v) == 0 && json_is(v, JSON_OBJECT);
	int rc = terms_of(cx, body, &terms, &error);

	if (!good)
		return true;
	if (rc < 0) {
		printf("# %s\n", cx->err.text);
		return false;
	}
	search_rows(cx->mem, v, &rows);
	return rows_equal(&terms, &rows, cx->mem) && error == (json_is(json_path(v, "status", "items", NULL), JSON_ARRAY) &&
							       json_len(json_path(v, "status", "items", NULL)) > 0);
}

#endif
