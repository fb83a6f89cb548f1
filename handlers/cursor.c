/* Where a page of a list stands, as the client carries it from one page to the next. */
#include "handlers/cursor.h"

#include "base/list.h"
#include "ext/crypto.h"
#include "ext/json.h"

/* The largest number that a double counts up to one by one. */
#define COUNT_MOST 9007199254740992.0

static struct json *texts_json(struct arena *mem, const struct text_list *list)
{
	struct json *v = json_array(mem);

	for (size_t i = 0; i < list->n; i++)
		json_push(mem, v, json_str(mem, list->items[i]));
	return v;
}

static void add_order(struct arena *mem, struct json *v, const struct query_order *order)
{
	struct json *one = json_object(mem), *orders = json_array(mem);

	json_set(mem, one, "field", json_str(mem, order->field));
	json_set(mem, one, "order", json_str(mem, order->down ? "desc" : "asc"));
	json_push(mem, orders, one);
	json_set(mem, v, "orderFields", orders);
}

static void add_text(struct arena *mem, struct json *v, const struct cursor *c)
{
	struct json *text = json_object(mem);

	json_set(mem, text, "term", json_str(mem, c->text));
	if (c->text_fields.n)
		json_set(mem, text, "fields", texts_json(mem, &c->text_fields));
	json_set(mem, v, "fullTextFilter", text);
}

const char *cursor_write(struct arena *mem, const struct cursor *c)
{
	struct json *v = json_object(mem), *edge = json_array(mem);
	struct buf text = { .mem = mem };

	if (c->order.field)
		add_order(mem, v, &c->order);
	json_push(mem, edge, c->edge.value ? json_str(mem, c->edge.value) : json_null(mem));
	json_push(mem, edge, json_num(mem, c->edge.id));
	json_set(mem, v, "orderFieldValues", edge);
	if (c->filters.n)
		json_set(mem, v, "filter", texts_json(mem, &c->filters));
	if (c->predicate)
		json_set(mem, v, "query", json_copy(mem, c->predicate));
	if (c->text)
		add_text(mem, v, c);
	json_set(mem, v, "isPrevious", json_bool(mem, c->backwards));
	json_set(mem, v, "totalItems", json_num(mem, (double)c->total));
	json_write(&text, v);
	return crypto_base64(mem, buf_str(&text));
}

static bool is_text(const struct json *v)
{
	return json_is(v, JSON_STRING) && !memchr(v->s.p, '\0', v->s.n);
}

/* Absent is as good as empty. */
static bool read_texts(struct arena *mem, const struct json *v, struct text_list *out)
{
	if (v && !json_is(v, JSON_ARRAY))
		return false;
	for (size_t i = 0; i < json_len(v); i++) {
		if (!is_text(v->a.items[i]))
			return false;
		*list_add(mem, out) = v->a.items[i]->s.p;
	}
	return true;
}

static bool read_order(const struct json *v, struct query_order *out)
{
	const struct json *one, *field, *order;

	if (!v)
		return true;
	if (!json_is(v, JSON_ARRAY) || v->a.n != 1)
		return false;
	one = v->a.items[0];
	field = json_get(one, "field");
	order = json_get(one, "order");
	if (!is_text(field) || !is_text(order) || !(streq(order->s.p, "asc") || streq(order->s.p, "desc")))
		return false;
	*out = (struct query_order){ field->s.p, streq(order->s.p, "desc") };
	return true;
}

bool cursor_number(const struct json *v, double most, uint64_t *out)
{
	if (!json_is(v, JSON_NUMBER) || !(v->num >= 0 && v->num <= most) || v->num != (double)(uint64_t)v->num)
		return false;
	*out = (uint64_t)v->num;
	return true;
}

static bool read_edge(const struct json *v, struct query_edge *out)
{
	uint64_t id;

	if (!json_is(v, JSON_ARRAY) || v->a.n != 2 || !cursor_number(v->a.items[1], UINT32_MAX, &id))
		return false;
	if (!json_is(v->a.items[0], JSON_NULL) && !is_text(v->a.items[0]))
		return false;
	*out = (struct query_edge){ json_text(v->a.items[0], NULL), (uint32_t)id };
	return true;
}

static bool read_text(struct arena *mem, const struct json *v, struct cursor *out)
{
	const struct json *term = json_get(v, "term");

	if (!v)
		return true;
	out->text = json_text(term, NULL);
	return is_text(term) && *out->text && read_texts(mem, json_get(v, "fields"), &out->text_fields);
}

static int malformed(struct ctx *cx)
{
	return fail(cx, ERR_INPUT, "Malformed cursor, could not be parsed");
}

int cursor_open(struct ctx *cx, const char *text, struct json **out)
{
	struct str bytes;

	if (!crypto_base64_decode(cx->mem, str_of(text), &bytes) || json_parse(cx, bytes, out) < 0 ||
	    !json_is(*out, JSON_OBJECT))
		return malformed(cx);
	return 0;
}

int cursor_read(struct ctx *cx, const char *text, struct cursor *out)
{
	const struct json *backwards;
	struct json *v;
	int rc = cursor_open(cx, text, &v);

	*out = (struct cursor){ 0 };
	if (rc < 0)
		return rc;
	backwards = json_get(v, "isPrevious");
	if (!read_order(json_get(v, "orderFields"), &out->order) || !read_edge(json_get(v, "orderFieldValues"), &out->edge) ||
	    !read_texts(cx->mem, json_get(v, "filter"), &out->filters) ||
	    !read_text(cx->mem, json_get(v, "fullTextFilter"), out) || !json_is(backwards, JSON_BOOL) ||
	    !cursor_number(json_get(v, "totalItems"), COUNT_MOST, &out->total))
		return malformed(cx);
	out->backwards = backwards->b;
	out->predicate = json_get(v, "query");
	return out->predicate ? predicate_check(cx, out->predicate, "cursor/query") : 0;
}
