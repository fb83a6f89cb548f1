/* The filter parameter, predicates, and what of an entity can be searched: the plain way, entity by entity. */
#include "catalog/filter.h"

#include <math.h>

#include "base/list.h"
#include "base/utf8.h"

enum { MAX_DEPTH = 64 };

const char *search_text(struct arena *mem, const struct json *v)
{
	struct buf text = { .mem = mem };

	if (v->type == JSON_STRING)
		return v->s.p;
	if (v->type == JSON_BOOL)
		return v->b ? "true" : "false";
	if (v->type != JSON_NUMBER)
		return NULL;
	json_write_number(&text, v->num);
	return buf_text(&text);
}

static void add_row(struct arena *mem, const char *key, const struct json *v, struct search_rows *out)
{
	struct search_row row = { .key = key, .original = search_text(mem, v) };

	if (utf8_len(key, strlen(key)) > SEARCH_MAX)
		return;
	if (row.original && utf8_len(row.original, strlen(row.original)) > SEARCH_MAX)
		row.original = NULL;
	if (row.original)
		row.value = str_lower(mem, row.original, strlen(row.original));
	*list_add(mem, out) = row;
}

static void visit(struct arena *mem, const char *path, const struct json *v, struct search_rows *out, unsigned depth)
{
	if (depth > MAX_DEPTH)
		return;
	if (v->type == JSON_ARRAY) {
		for (size_t i = 0; i < v->a.n; i++) {
			const struct json *item = v->a.items[i];

			visit(mem, path, item, out, depth + 1);
			if (item->type == JSON_STRING)
				add_row(mem, arena_printf(mem, "%s.%s", path, str_lower(mem, item->s.p, item->s.n)),
					&(struct json){ .type = JSON_BOOL, .b = true }, out);
		}
	} else if (v->type == JSON_OBJECT) {
		for (size_t i = 0; i < v->o.n; i++) {
			const char *key = str_lower(mem, v->o.m[i].key.p, v->o.m[i].key.n);

			visit(mem, *path ? arena_printf(mem, "%s.%s", path, key) : key, v->o.m[i].value, out, depth + 1);
		}
	} else {
		add_row(mem, path, v, out);
	}
}

static bool left_out(const char *path, struct str key)
{
	static const char *const root[] = { "attachments", "relations", "status" }, *const meta[] = { "name", "namespace",
												      "uid", "etag" };
	const char *const *list = *path ? meta : root;

	for (size_t i = 0; i < (*path ? LEN(meta) : LEN(root)); i++)
		if (str_is(key, list[i]))
			return true;
	return false;
}

void search_rows(struct arena *mem, const struct json *entity, struct search_rows *out)
{
	static const char *const back[] = { "name", "uid" };
	const struct json *meta = json_get(entity, "metadata"), *relations = json_get(entity, "relations");

	for (size_t i = 0; json_is(entity, JSON_OBJECT) && i < entity->o.n; i++) {
		const struct json_member *m = &entity->o.m[i];

		if (!left_out("", m->key) && !str_is(m->key, "metadata"))
			visit(mem, str_lower(mem, m->key.p, m->key.n), m->value, out, 0);
	}
	for (size_t i = 0; json_is(meta, JSON_OBJECT) && i < meta->o.n; i++) {
		const struct json_member *m = &meta->o.m[i];

		if (!left_out("metadata", m->key))
			visit(mem, arena_printf(mem, "metadata.%s", str_lower(mem, m->key.p, m->key.n)), m->value, out, 0);
	}
	for (size_t i = 0; i < LEN(back); i++)
		if (json_get(meta, back[i]))
			add_row(mem, arena_printf(mem, "metadata.%s", back[i]), json_get(meta, back[i]), out);
	add_row(mem, "metadata.namespace", json_str(mem, json_get_text(meta, "namespace", "default")), out);
	for (size_t i = 0; json_is(relations, JSON_ARRAY) && i < relations->a.n; i++) {
		const char *type = json_get_text(relations->a.items[i], "type", "");

		add_row(mem, arena_printf(mem, "relations.%s", str_lower(mem, type, strlen(type))),
			json_str(mem, json_get_text(relations->a.items[i], "targetRef", "")), out);
	}
}

/* ---- the filter parameter ---- */

static int add_statement(struct ctx *cx, struct conjunction *all, struct str text)
{
	struct str trimmed = str_trim(text);
	const char *eq = trimmed.n ? memchr(trimmed.p, '=', trimmed.n) : NULL;
	struct str key = str_trim((struct str){ trimmed.p, eq ? (size_t)(eq - trimmed.p) : trimmed.n });
	struct condition *c = NULL;

	if (!key.n)
		return fail(cx, ERR_INPUT,
			    "Invalid filter, '%.*s' is not a valid statement (expected a string on the form a=b or a= or a)",
			    (int)text.n, text.p ? text.p : "");
	const char *lower = str_lower(cx->mem, key.p, key.n);

	for (size_t i = 0; i < all->n; i++)
		if (streq(all->items[i].key, lower))
			c = &all->items[i];
	if (!c)
		*(c = list_add(cx->mem, all)) = (struct condition){ .key = lower };
	if (eq) {
		struct str value = str_trim((struct str){ eq + 1, trimmed.n - (size_t)(eq + 1 - trimmed.p) });

		*list_add(cx->mem, &c->values) = str_lower(cx->mem, value.p, value.n);
	}
	return 0;
}

int filter_add(struct ctx *cx, struct filter *f, const char *text)
{
	struct conjunction all = { 0 };
	struct str rest = str_of(text);
	int rc = 0;

	while (rc == 0 && rest.p) {
		struct str statement = str_cut(&rest, ',');

		/* Backstage passes over nothing between two commas */
		if (str_trim(statement).n)
			rc = add_statement(cx, &all, statement);
	}
	if (all.n)
		*list_add(cx->mem, f) = all;
	return rc;
}

static bool condition_fits(const struct condition *c, const struct search_rows *rows)
{
	for (size_t i = 0; i < rows->n; i++) {
		if (!streq(rows->items[i].key, c->key))
			continue;
		if (!c->values.n)
			return true;
		for (size_t k = 0; rows->items[i].value && k < c->values.n; k++)
			if (streq(rows->items[i].value, c->values.items[k]))
				return true;
	}
	return false;
}

bool filter_fits(const struct filter *f, const struct search_rows *rows)
{
	for (size_t i = 0; i < f->n; i++) {
		bool all = true;

		for (size_t k = 0; all && k < f->items[i].n; k++)
			all = condition_fits(&f->items[i].items[k], rows);
		if (all)
			return true;
	}
	return f->n == 0;
}

/* ---- predicates ---- */

/* A NUL would cut what is compared. */
static bool is_text(const struct json *v)
{
	return json_is(v, JSON_STRING) && !memchr(v->s.p, '\0', v->s.n);
}

/* A number that is too large for a double could not be told in a cursor. */
static bool primitive(const struct json *v)
{
	return is_text(v) || (json_is(v, JSON_NUMBER) && isfinite(v->num)) || json_is(v, JSON_BOOL);
}

static int check_list(struct ctx *cx, const struct json *list, const char *where, const char *op, unsigned depth);

static int check_relation(struct ctx *cx, const struct json *v, const char *where)
{
	const struct json *target = json_get(v, "targetRef"), *in = json_get(target, "$in");
	bool ok = is_text(json_get(v, "type")) && (!target || is_text(target) || json_is(in, JSON_ARRAY));

	for (size_t i = 0; ok && i < json_len(in); i++)
		ok = is_text(in->a.items[i]);
	ok = ok && v->o.n == 1 + (target != NULL) && (!in || target->o.n == 1);
	return ok ? 0
		  : fail(cx, ERR_INPUT,
			 "%s: $contains on relations must be {type, targetRef} with a string or {$in: [strings]}", where);
}

static int check_operator(struct ctx *cx, const char *field, const struct json *v, const char *where)
{
	const struct json *operand = json_is(v, JSON_OBJECT) && v->o.n == 1 ? v->o.m[0].value : NULL;
	const char *op = operand ? v->o.m[0].key.p : "";
	bool ok = false;

	if (primitive(v))
		return 0;
	if (!operand)
		return fail(cx, ERR_INPUT, "%s/%s must be a primitive or an object with one operator", where, field);
	if (streq(op, "$exists"))
		ok = json_is(operand, JSON_BOOL);
	else if (streq(op, "$hasPrefix"))
		ok = is_text(operand);
	else if (streq(op, "$contains") && json_is(operand, JSON_OBJECT) && str_ieq(field, "relations"))
		return check_relation(cx, operand, where);
	else if (streq(op, "$contains"))
		ok = primitive(operand);
	else if (streq(op, "$in"))
		ok = json_is(operand, JSON_ARRAY);
	else
		return fail(cx, ERR_INPUT, "%s/%s: unknown operator %s; known are $exists, $in, $hasPrefix, $contains", where,
			    field, op);
	for (size_t i = 0; ok && streq(op, "$in") && i < operand->a.n; i++)
		ok = primitive(operand->a.items[i]);
	return ok ? 0 : fail(cx, ERR_INPUT, "%s/%s: wrong value for %s", where, field, op);
}

static int check(struct ctx *cx, const struct json *q, const char *where, unsigned depth)
{
	int rc = 0;

	if (!json_is(q, JSON_OBJECT))
		return fail(cx, ERR_INPUT, "%s must be object", where);
	if (depth > MAX_DEPTH)
		return fail(cx, ERR_INPUT, "%s nests deeper than %d levels", where, MAX_DEPTH);
	for (size_t i = 0; rc == 0 && i < q->o.n; i++) {
		const char *key = q->o.m[i].key.p;
		const struct json *v = q->o.m[i].value;

		if (streq(key, "$all") || streq(key, "$any"))
			rc = check_list(cx, v, where, key, depth + 1);
		else if (streq(key, "$not"))
			rc = check(cx, v, arena_printf(cx->mem, "%s/$not", where), depth + 1);
		else if (*key == '$')
			rc = fail(cx, ERR_INPUT, "%s: unknown operator %s; known are $all, $any, $not", where, key);
		else
			rc = check_operator(cx, key, v, where);
	}
	return rc;
}

static int check_list(struct ctx *cx, const struct json *list, const char *where, const char *op, unsigned depth)
{
	int rc = 0;

	if (!json_is(list, JSON_ARRAY))
		return fail(cx, ERR_INPUT, "%s/%s must be array", where, op);
	for (size_t i = 0; rc == 0 && i < list->a.n; i++)
		rc = check(cx, list->a.items[i], arena_printf(cx->mem, "%s/%s/%zu", where, op, i), depth);
	return rc;
}

int predicate_check(struct ctx *cx, const struct json *query, const char *where)
{
	return check(cx, query, where, 0);
}

static bool value_is(const struct search_row *row, const struct json *v)
{
	ARENA mem = { 0 };
	const char *text = search_text(&mem, v);

	return row->value && text && streq(row->value, str_lower(&mem, text, strlen(text)));
}

static bool relation_fits(const struct json *v, const struct search_rows *rows)
{
	ARENA mem = { 0 };
	const char *type = json_get_text(v, "type", "");
	const char *key = arena_printf(&mem, "relations.%s", str_lower(&mem, type, strlen(type)));
	const struct json *target = json_get(v, "targetRef"), *in = json_get(target, "$in");

	for (size_t i = 0; i < rows->n; i++) {
		if (!streq(rows->items[i].key, key))
			continue;
		if (!target || (json_is(target, JSON_STRING) && value_is(&rows->items[i], target)))
			return true;
		for (size_t k = 0; k < json_len(in); k++)
			if (value_is(&rows->items[i], in->a.items[k]))
				return true;
	}
	return false;
}

static bool row_fits(const struct search_row *row, const char *op, const struct json *operand)
{
	if (streq(op, "$hasPrefix")) {
		ARENA mem = { 0 };

		return row->value && str_starts(row->value, str_lower(&mem, operand->s.p, operand->s.n));
	}
	if (!streq(op, "$in"))
		return value_is(row, operand);
	for (size_t i = 0; i < operand->a.n; i++)
		if (value_is(row, operand->a.items[i]))
			return true;
	return false;
}

static bool field_fits(const char *field, const struct json *v, const struct search_rows *rows)
{
	ARENA mem = { 0 };
	const char *key = str_lower(&mem, field, strlen(field)), *op = json_is(v, JSON_OBJECT) ? v->o.m[0].key.p : "";
	const struct json *operand = *op ? v->o.m[0].value : v;

	if (streq(op, "$contains") && json_is(operand, JSON_OBJECT))
		return relation_fits(operand, rows);
	for (size_t i = 0; i < rows->n; i++) {
		if (!streq(rows->items[i].key, key))
			continue;
		if (streq(op, "$exists"))
			return operand->b;
		if (row_fits(&rows->items[i], op, operand))
			return true;
	}
	return streq(op, "$exists") && !operand->b;
}

bool predicate_fits(const struct json *q, const struct search_rows *rows)
{
	for (size_t i = 0; i < q->o.n; i++) {
		const char *key = q->o.m[i].key.p;
		const struct json *v = q->o.m[i].value;
		bool fits = true, any = false;

		if (streq(key, "$not")) {
			fits = !predicate_fits(v, rows);
		} else if (streq(key, "$all")) {
			for (size_t k = 0; fits && k < v->a.n; k++)
				fits = predicate_fits(v->a.items[k], rows);
		} else if (streq(key, "$any")) {
			for (size_t k = 0; !any && k < v->a.n; k++)
				any = predicate_fits(v->a.items[k], rows);
			fits = any;
		} else {
			fits = field_fits(key, v, rows);
		}
		if (!fits)
			return false;
	}
	return true;
}

/* ---- fields ---- */

int fields_add(struct ctx *cx, struct fields *f, const char *text)
{
	struct str rest = str_of(text);

	while (rest.p) {
		struct str one = str_trim(str_cut(&rest, ','));

		if (one.n && memchr(one.p, '[', one.n))
			return fail(cx, ERR_INPUT, "invalid field \"%.*s\", array type fields are not supported", (int)one.n,
				    one.p);
		if (one.n)
			*list_add(cx->mem, f) = arena_strndup(cx->mem, one.p, one.n);
	}
	return 0;
}

/* Copies what path names from src to dst. A key that contains dots is found by trying ever longer heads of the path. */
static bool pick(struct arena *mem, const struct json *src, struct json *dst, const char *path)
{
	size_t n = strlen(path);

	for (size_t i = 0; json_is(src, JSON_OBJECT) && i < src->o.n; i++) {
		struct str key = src->o.m[i].key;
		struct json *v = src->o.m[i].value, *inner;

		if (key.n > n || memcmp(key.p, path, key.n) != 0 || (key.n < n && path[key.n] != '.'))
			continue;
		if (key.n == n) {
			json_setn(mem, dst, key, v);
			return true;
		}
		inner = json_getn(dst, key);
		if (inner == v)
			return true; /* the whole of it was asked for as well */
		bool fresh = !inner;

		if (fresh)
			inner = json_object(mem);
		if (pick(mem, v, inner, path + key.n + 1)) {
			if (fresh)
				json_setn(mem, dst, key, inner);
			return true;
		}
	}
	return false;
}

struct json *fields_of(struct arena *mem, const struct fields *f, struct json *entity)
{
	struct json *out;

	if (!f->n)
		return entity;
	out = json_object(mem);
	for (size_t i = 0; i < f->n; i++)
		pick(mem, entity, out, f->items[i]);
	return out;
}
