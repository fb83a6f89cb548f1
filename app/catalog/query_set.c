/* Filters and predicates as sets of index/request.h. They mean what filter_fits() and predicate_fits() say. */
#include "catalog/query_set.h"

#include "base/list.h"
#include "index/request.h"

enum { MAX_ITEMS = 65535, MAX_FIELDS = 255 };

static void put_key(struct buf *to, char op, const char *key)
{
	ask_u8(to, (unsigned char)op);
	ask_text(to, str_of(key));
}

static void put_value(struct buf *to, char op, const char *key, const char *lower)
{
	put_key(to, op, key);
	ask_text(to, str_of(lower));
}

static int put_list(struct ctx *cx, struct buf *to, char op, size_t n)
{
	if (n > MAX_ITEMS)
		return fail(cx, ERR_INPUT, "A query of more than %d alternatives in one place cannot be answered", MAX_ITEMS);
	ask_u8(to, (unsigned char)op);
	ask_u16(to, (unsigned)n);
	return 0;
}

/* ---- the filter parameter ---- */

static int put_condition(struct ctx *cx, const struct condition *c, struct buf *to)
{
	int rc = 0;

	if (!c->values.n)
		put_key(to, 'E', c->key);
	else
		rc = put_list(cx, to, '|', c->values.n);
	for (size_t i = 0; rc == 0 && i < c->values.n; i++)
		put_value(to, '=', c->key, c->values.items[i]);
	return rc;
}

static int put_filter(struct ctx *cx, const struct filter *f, struct buf *to)
{
	int rc;

	if (!f->n) {
		ask_u8(to, 'A');
		return 0;
	}
	rc = put_list(cx, to, '|', f->n);
	for (size_t i = 0; rc == 0 && i < f->n; i++) {
		rc = put_list(cx, to, '&', f->items[i].n);
		for (size_t k = 0; rc == 0 && k < f->items[i].n; k++)
			rc = put_condition(cx, &f->items[i].items[k], to);
	}
	return rc;
}

/* ---- predicates ---- */

/* A text, number or boolean that a value is to be equal to. What is too long to be indexed equals none. */
static void put_equal(struct arena *mem, const char *key, const struct json *v, struct buf *to)
{
	const char *text = search_text(mem, v);

	put_value(to, '=', key, str_lower(mem, text, strlen(text)));
}

static int put_any_of(struct ctx *cx, const char *key, const struct json *list, struct buf *to)
{
	int rc = put_list(cx, to, '|', list->a.n);

	for (size_t i = 0; rc == 0 && i < list->a.n; i++)
		put_equal(cx->mem, key, list->a.items[i], to);
	return rc;
}

static int put_relation(struct ctx *cx, const struct json *v, struct buf *to)
{
	const char *type = json_get_text(v, "type", "");
	const char *key = arena_printf(cx->mem, "relations.%s", str_lower(cx->mem, type, strlen(type)));
	const struct json *target = json_get(v, "targetRef");

	if (!target)
		put_key(to, 'E', key);
	else if (json_is(target, JSON_STRING))
		put_equal(cx->mem, key, target, to);
	else
		return put_any_of(cx, key, json_get(target, "$in"), to);
	return 0;
}

static int put_field(struct ctx *cx, const char *field, const struct json *v, struct buf *to)
{
	const char *key = str_lower(cx->mem, field, strlen(field)), *op = json_is(v, JSON_OBJECT) ? v->o.m[0].key.p : "";
	const struct json *operand = *op ? v->o.m[0].value : v;

	if (streq(op, "$contains") && json_is(operand, JSON_OBJECT))
		return put_relation(cx, operand, to);
	if (streq(op, "$in"))
		return put_any_of(cx, key, operand, to);
	if (streq(op, "$exists")) {
		if (!operand->b)
			ask_u8(to, '!');
		put_key(to, 'E', key);
	} else if (streq(op, "$hasPrefix")) {
		put_value(to, '^', key, str_lower(cx->mem, operand->s.p, operand->s.n));
	} else {
		put_equal(cx->mem, key, operand, to);
	}
	return 0;
}

static int put_predicate(struct ctx *cx, const struct json *q, struct buf *to)
{
	int rc = put_list(cx, to, '&', q->o.n);

	for (size_t i = 0; rc == 0 && i < q->o.n; i++) {
		const char *key = q->o.m[i].key.p;
		const struct json *v = q->o.m[i].value;

		if (streq(key, "$not")) {
			ask_u8(to, '!');
			rc = put_predicate(cx, v, to);
		} else if (*key == '$') {
			rc = put_list(cx, to, streq(key, "$all") ? '&' : '|', v->a.n);
			for (size_t k = 0; rc == 0 && k < v->a.n; k++)
				rc = put_predicate(cx, v->a.items[k], to);
		} else {
			rc = put_field(cx, key, v, to);
		}
	}
	return rc;
}

/* ---- all of it ---- */

void query_text_keys(struct ctx *cx, const struct query *q, struct text_list *out)
{
	const char *one = q->n_orders ? q->orders[0].field : "metadata.uid";

	for (size_t i = 0; i < q->text_fields.n; i++) {
		const char *field = q->text_fields.items[i];

		*list_add(cx->mem, out) = str_lower(cx->mem, field, strlen(field));
	}
	if (!out->n)
		*list_add(cx->mem, out) = str_lower(cx->mem, one, strlen(one));
}

static int put_text(struct ctx *cx, const struct query *q, struct buf *to)
{
	struct text_list keys = { 0 };

	query_text_keys(cx, q, &keys);
	if (keys.n > MAX_FIELDS)
		return fail(cx, ERR_INPUT, "Full text can be looked for in at most %d fields", MAX_FIELDS);
	put_key(to, '*', str_lower(cx->mem, q->text, strlen(q->text)));
	ask_u8(to, (unsigned)keys.n);
	for (size_t i = 0; i < keys.n; i++)
		ask_text(to, str_of(keys.items[i]));
	return 0;
}

int query_set(struct ctx *cx, const struct query *q, const struct json *predicate, struct buf *to)
{
	int rc = put_list(cx, to, '&', 1 + (q->predicate != NULL) + (predicate != NULL) + (q->text != NULL) + q->with_errors);

	if (rc == 0)
		rc = put_filter(cx, &q->filter, to);
	if (rc == 0 && q->predicate)
		rc = put_predicate(cx, q->predicate, to);
	if (rc == 0 && predicate)
		rc = put_predicate(cx, predicate, to);
	if (rc == 0 && q->text)
		rc = put_text(cx, q, to);
	if (rc == 0 && q->with_errors)
		ask_u8(to, '#');
	return rc;
}
