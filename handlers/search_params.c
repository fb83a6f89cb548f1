/* What is searched for, as addresses of Backstage's say it. */
#include "handlers/search_params.h"

#include "base/list.h"
#include "ext/crypto.h"

enum { MOST = 64 };
static const long PAGES = 1000000;

struct lists {
	struct text_list types;
	struct {
		struct search_filter *items;
		size_t n, cap;
	} filters;
	struct text_list values[MOST]; /* of filters */
};

/* "[]", "[3]" or nothing; false: something else. */
static bool is_place(const char *s)
{
	if (!*s)
		return true;
	if (*s++ != '[')
		return false;
	while (ascii_digit(*s))
		s++;
	return streq(s, "]");
}

static int bad_filter(struct ctx *cx, const char *name)
{
	return fail(cx, ERR_INPUT, "invalid filter \"%.100s\": it must be of the form filters[field]=value", name);
}

static int add_filter(struct ctx *cx, const struct param *p, struct lists *l)
{
	const char *from = p->name + strlen("filters"), *end = strchr(from, ']');
	size_t i = 0;

	if (*from != '[' || !end || end == from + 1 || !is_place(end + 1))
		return bad_filter(cx, p->name);
	const char *field = arena_strndup(cx->mem, from + 1, (size_t)(end - from - 1));

	while (i < l->filters.n && !streq(l->filters.items[i].field, field))
		i++;
	if (i == MOST)
		return fail(cx, ERR_INPUT, "at most %d filters can be asked for at once", MOST);
	if (i == l->filters.n)
		*list_add(cx->mem, &l->filters) = (struct search_filter){ .field = field };
	*list_add(cx->mem, &l->values[i]) = p->value;
	return 0;
}

int search_params(struct req *rq, struct search_question *q)
{
	struct ctx *cx = rq->cx;
	struct lists *l = arena_new(cx->mem, struct lists);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < rq->query.n; i++) {
		const struct param *p = &rq->query.items[i];

		if (str_starts(p->name, "types") && is_place(p->name + strlen("types")))
			*list_add(cx->mem, &l->types) = p->value;
		else if (str_starts(p->name, "filters"))
			rc = add_filter(cx, p, l);
	}
	for (size_t i = 0; i < l->filters.n; i++) {
		l->filters.items[i].values = l->values[i].items;
		l->filters.items[i].n = l->values[i].n;
	}
	q->types = l->types.items;
	q->n_types = l->types.n;
	q->filters = l->filters.items;
	q->n_filters = l->filters.n;
	return rc;
}

long search_setting(const struct json *section, const char *key, long dflt, long most)
{
	double n = json_get_num(section, key, (double)dflt);

	return n < 1 ? 1 : n > (double)most ? most : (long)n;
}

const char *search_cursor(struct arena *mem, uint64_t page)
{
	return crypto_base64(mem, str_of(arena_printf(mem, "%llu", (unsigned long long)page)));
}

int search_cursor_read(struct ctx *cx, const char *text, uint64_t *page)
{
	struct str bytes;
	long n;

	if (!crypto_base64_decode(cx->mem, str_of(text), &bytes) ||
	    !str_long(arena_strndup(cx->mem, bytes.p, bytes.n), 0, PAGES, &n))
		return fail(cx, ERR_INPUT, "The page cursor \"%.100s\" is none of this search", text);
	*page = (uint64_t)n;
	return 0;
}
