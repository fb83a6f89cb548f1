/* Entities to look at: those that thousands refer to are read without most of these relations. */
#include "catalog/light.h"

#include "base/list.h"
#include "ext/json.h"

static const char opening[] = ",\"relations\":[";

/* Where the relations begin: the last such text that is not within a string, for what follows them are strings. */
static const char *find(struct str body)
{
	const char *end = body.p + body.n, *at;
	size_t n = sizeof(opening) - 1;

	while ((at = memrchr(body.p, '[', (size_t)(end - body.p)))) {
		if ((size_t)(at - body.p) + 1 >= n && memcmp(at + 1 - n, opening, n) == 0)
			return at + 1;
		end = at;
	}
	return NULL;
}

static bool skip(const char **at, const char *end, const char *text)
{
	size_t n = strlen(text);

	if ((size_t)(end - *at) < n || memcmp(*at, text, n) != 0)
		return false;
	*at += n;
	return true;
}

/* A string without its quotes, as it is written; one with escapes is for the parser. */
static bool string(const char **at, const char *end, struct str *out)
{
	const char *quote = *at < end ? memchr(*at, '"', (size_t)(end - *at)) : NULL;

	if (!quote || memchr(*at, '\\', (size_t)(quote - *at)))
		return false;
	*out = (struct str){ *at, (size_t)(quote - *at) };
	*at = quote + 1;
	return true;
}

/* They are sorted by type and target, so those of one kind stand together. */
static struct relation_count *count(struct arena *mem, struct relation_counts *counts, struct str type, struct str target)
{
	const char *colon = target.n ? memchr(target.p, ':', target.n) : NULL;
	struct str kind = { target.p, colon ? (size_t)(colon - target.p) : 0 };
	struct relation_count *last = counts->n ? &counts->items[counts->n - 1] : NULL;

	if (!last || !str_eq(last->type, type) || !str_eq(last->kind, kind)) {
		last = list_add(mem, counts);
		*last = (struct relation_count){ .type = type, .kind = kind };
	}
	last->n++;
	return last;
}

/* The body with fewer relations; false when it is not written as the portal writes it. */
static bool lighten(struct arena *mem, struct str body, size_t most, struct relation_counts *counts, struct buf *out)
{
	const char *at = find(body), *end = body.p + body.n;
	bool first = true;

	if (!at)
		return false;
	buf_need(out, body.n < 65536 ? body.n : 65536);
	buf_add(out, body.p, (size_t)(at - body.p));
	while (at < end && *at != ']') {
		const char *from = at;
		struct str type, target;

		if (!skip(&at, end, "{\"type\":\"") || !string(&at, end, &type) || !skip(&at, end, ",\"targetRef\":\"") ||
		    !string(&at, end, &target) || !skip(&at, end, "}"))
			return false;
		if (count(mem, counts, type, target)->n <= most) {
			if (!first)
				buf_addc(out, ',');
			buf_add(out, from, (size_t)(at - from));
			first = false;
		}
		skip(&at, end, ",");
	}
	buf_add(out, at, (size_t)(end - at));
	return true;
}

static void count_all(struct arena *mem, const struct json *doc, struct relation_counts *counts)
{
	const struct json *relations = json_get(doc, "relations");

	*counts = (struct relation_counts){ 0 };
	for (size_t i = 0; json_is(relations, JSON_ARRAY) && i < relations->a.n; i++)
		count(mem, counts, str_of(json_get_text(relations->a.items[i], "type", "")),
		      str_of(json_get_text(relations->a.items[i], "targetRef", "")));
}

int entity_parse(struct ctx *cx, struct str body, size_t most, struct json **doc, struct relation_counts *counts)
{
	struct relation_counts found = { 0 };
	struct buf light = { .mem = cx->mem };
	bool done = lighten(cx->mem, body, most, &found, &light);
	int rc = json_parse(cx, done ? buf_str(&light) : body, doc);

	if (rc == 0 && !done)
		count_all(cx->mem, *doc, &found);
	if (counts)
		*counts = found;
	return rc;
}

size_t relation_count(const struct relation_counts *counts, const char *type, const char *kind)
{
	size_t n = 0;

	for (size_t i = 0; i < counts->n; i++)
		if ((!type || str_is(counts->items[i].type, type)) && (!kind || str_is(counts->items[i].kind, kind)))
			n += counts->items[i].n;
	return n;
}
