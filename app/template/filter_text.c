/* Filters of text: case, white space, length, replacing. */
#include <stdlib.h>

#include "template/filters.h"

int filter_upper(struct run *r, const struct args *a, struct val *out)
{
	struct text *s;
	int rc = filter_text(r, "upper", arg(a, 0), &s);

	if (rc == 0)
		*out = (struct val){ .t = VAL_STR, .s = text_upper(r, s) };
	return rc;
}

int filter_lower(struct run *r, const struct args *a, struct val *out)
{
	struct text *s;
	int rc = filter_text(r, "lower", arg(a, 0), &s);

	if (rc == 0)
		*out = (struct val){ .t = VAL_STR, .s = text_lower(r, s) };
	return rc;
}

int filter_capitalize(struct run *r, const struct args *a, struct val *out)
{
	struct text *s;
	int rc = filter_text(r, "capitalize", arg(a, 0), &s);

	if (rc == 0)
		*out = filter_like(arg(a, 0), text_capital(r, s));
	return rc;
}

int filter_title(struct run *r, const struct args *a, struct val *out)
{
	struct buf b = { .mem = r->mem };
	struct str rest;
	struct text *s;
	int rc = filter_text(r, "title", arg(a, 0), &s);

	if (rc < 0)
		return rc;
	rest = (struct str){ s->p, s->n };
	while (rest.p) {
		struct str word = str_cut(&rest, ' ');
		struct text t = { word.p, word.n, (size_t)UNITS_UNKNOWN };
		const struct text *capital = text_capital(r, &t);

		buf_add(&b, capital->p, capital->n);
		if (rest.p)
			buf_addc(&b, ' ');
	}
	*out = filter_like(arg(a, 0), text_new(r, b.p, b.n));
	return 0;
}

int filter_trim(struct run *r, const struct args *a, struct val *out)
{
	struct text *s;
	int rc = filter_need(r, "trim", arg(a, 0), &s);

	if (rc < 0)
		return rc;
	struct str t = text_trim((struct str){ s->p, s->n }, true, true);

	*out = filter_like(arg(a, 0), text_new(r, t.p, t.n));
	return 0;
}

enum { WIDEST = 16 << 20 };

/* Room for count spaces: rounded up, as a loop counts them. */
static int add_spaces(struct run *r, struct buf *b, double count)
{
	if (!(count > 0))
		return 0;
	if (count > WIDEST)
		return run_fail(r, "the width is too large");
	size_t n = (size_t)ceil(count);
	int rc = run_room(r, b->n + n);

	if (rc < 0)
		return rc;
	buf_need(b, n);
	memset(b->p + b->n, ' ', n);
	b->n += n;
	b->p[b->n] = '\0';
	return 0;
}

/* Nothing and false are "". */
static struct val or_nothing(struct run *r, struct val v)
{
	return val_none(v) || (v.t == VAL_BOOL && !v.b) ? val_lit(r, "") : v;
}

/* v.length; NaN when it has none. */
static int length_of(struct run *r, struct val v, double *out)
{
	struct name key = name_of(STR("length"));
	struct val length;
	bool found;
	int rc = member_own(r, v, &key, &length, &found);

	return rc < 0 ? rc : val_number(r, length, out);
}

int filter_center(struct run *r, const struct args *a, struct val *out)
{
	struct buf b = { .mem = r->mem };
	double width = 80, length, spaces;
	struct val v = or_nothing(r, arg(a, 0));
	struct text *s = NULL;
	int rc = length_of(r, v, &length);

	*out = v;
	if (rc == 0 && val_truthy(arg(a, 1)))
		rc = val_number(r, arg(a, 1), &width);
	if (rc < 0 || length >= width)
		return rc;
	rc = val_text(r, v, &s);
	if (rc < 0)
		return rc;
	spaces = width - length;
	rc = add_spaces(r, &b, spaces / 2 - fmod(spaces, 2));
	buf_add(&b, s->p, s->n);
	if (rc == 0)
		rc = add_spaces(r, &b, spaces / 2);
	*out = filter_like(arg(a, 0), text_new(r, b.p, b.n));
	return rc;
}

int filter_indent(struct run *r, const struct args *a, struct val *out)
{
	struct buf b = { .mem = r->mem };
	bool first = val_truthy(arg(a, 2));
	double width = 4;
	struct str rest;
	struct text *s;
	int rc = filter_text(r, "indent", arg(a, 0), &s);

	if (rc == 0 && val_truthy(arg(a, 1)))
		rc = val_number(r, arg(a, 1), &width);
	if (rc < 0)
		return rc;
	if (width > WIDEST)
		return run_fail(r, "the width is too large");
	rest = (struct str){ s->p, s->n };
	for (size_t i = 0; s->n && rest.p && rc == 0; i++) {
		struct str line = str_cut(&rest, '\n');

		if (i || first)
			rc = add_spaces(r, &b, width);
		buf_add(&b, line.p, line.n);
		if (rest.p)
			buf_addc(&b, '\n');
	}
	*out = filter_like(arg(a, 0), text_new(r, b.p, b.n));
	return rc;
}

/* Where to cut at the last space at or before unit `length`; length itself when there is none. */
static size_t last_space(struct text *s, size_t length)
{
	size_t byte = text_byte_of(s, length);

	byte = byte < s->n ? byte + 1 : s->n;
	while (byte > 0 && s->p[byte - 1] != ' ')
		byte--;
	return byte ? text_unit_of(s, byte - 1) : length;
}

int filter_truncate(struct run *r, const struct args *a, struct val *out)
{
	struct text *s, *end = text_new(r, "...", 3);
	double length = 255, have;
	int rc;

	*out = or_nothing(r, arg(a, 0));
	rc = length_of(r, *out, &have);
	if (rc == 0 && val_truthy(arg(a, 1)))
		rc = val_number(r, arg(a, 1), &length);
	if (rc < 0 || have <= length)
		return rc;
	rc = filter_need(r, "truncate", *out, &s);
	if (rc < 0)
		return rc;
	size_t keep = length > 0 ? (size_t)length : 0;

	/* A length that is no number: lastIndexOf(" ", NaN) looks at all of it. */
	if (!val_truthy(arg(a, 2)))
		keep = isnan(length) ? last_space(s, text_units(s)) : last_space(s, keep);
	if (isnan(length) && keep == text_units(s))
		keep = 0;
	if (!val_none(arg(a, 3)))
		rc = val_text(r, arg(a, 3), &end);
	if (rc < 0)
		return rc;
	struct text *head = text_sub(r, s, 0, keep);
	struct buf b = { .mem = r->mem };

	buf_add(&b, head->p, head->n);
	text_add(&b, end->p, end->n);
	*out = filter_like(arg(a, 0), text_new(r, b.p, b.n));
	return 0;
}

int filter_wordcount(struct run *r, const struct args *a, struct val *out)
{
	double count = 0;
	bool inside = false;
	struct text *s;
	int rc;

	*out = val_null();
	if (!val_truthy(arg(a, 0)))
		return 0;
	rc = filter_need(r, "wordcount", arg(a, 0), &s);

	for (size_t i = 0; rc == 0 && i < s->n; i++) {
		bool word = ascii_alnum(s->p[i]) || s->p[i] == '_';

		count += word && !inside;
		inside = word;
	}
	*out = count > 0 ? val_num(count) : val_null();
	return rc;
}

/* "" stands between all units, and at both ends. */
static int replace_nothing(struct run *r, struct val v, struct text *with, bool given, struct val *out)
{
	struct array *units = filter_list_of(r, v);
	struct buf b = { .mem = r->mem };
	int rc = run_room(r, (with->n + 4) * (units->n + 2));

	if (rc < 0)
		return rc;
	buf_add(&b, with->p, with->n);
	for (size_t i = 0; i < units->n; i++) {
		if (i && given)
			buf_add(&b, with->p, with->n);
		else if (i)
			buf_addc(&b, ',');
		text_add(&b, units->items[i].s->p, units->items[i].s->n);
	}
	buf_add(&b, with->p, with->n);
	*out = filter_like(v, text_new(r, b.p, b.n));
	return 0;
}

static int replace_text(struct run *r, struct text *s, const struct text *what, const struct text *with, double most,
			struct text **out)
{
	struct buf b = { .mem = r->mem };
	size_t from = 0, at;

	for (double k = 0; k < most && (at = text_find(s, what, from)) != SIZE_MAX; k++) {
		int rc = run_steps(r, 1);

		if (rc == 0)
			rc = run_room(r, b.n + s->n + with->n);
		if (rc < 0)
			return rc;
		text_add(&b, s->p + from, at - from);
		text_add(&b, with->p, with->n);
		from = at + what->n;
	}
	text_add(&b, s->p + from, s->n - from);
	*out = text_new(r, b.p, b.n);
	return 0;
}

static int replace_pattern(struct run *r, const struct args *a, struct val *out)
{
	struct text *s, *with;
	int rc = filter_need(r, "replace", arg(a, 0), &s);

	if (rc == 0)
		rc = val_text(r, arg(a, 2), &with);
	if (rc < 0)
		return rc;
	const struct pattern *given = arg(a, 1).re;

	if (!given)
		abort(); /* only called with one */
	struct pattern re = *given;

	return pattern_replace(r, &re, s, with, out);
}

int filter_replace(struct run *r, const struct args *a, struct val *out)
{
	struct val v = arg(a, 0);
	struct text *what, *with;
	double most = -1;
	int rc;

	if (arg(a, 1).t == VAL_REGEX)
		return replace_pattern(r, a, out);
	*out = v;
	if ((arg(a, 1).t != VAL_STR && arg(a, 1).t != VAL_NUM) || !(val_is_text(v) || v.t == VAL_NUM))
		return 0;
	rc = val_text(r, arg(a, 1), &what);
	if (rc == 0)
		rc = val_text(r, arg(a, 2), &with);
	if (rc == 0 && v.t == VAL_NUM)
		v = (struct val){ .t = VAL_STR, .s = number_text(r, v.num) };
	if (rc == 0 && arg(a, 3).t != VAL_UNDEF)
		rc = val_number(r, arg(a, 3), &most);
	if (rc < 0)
		return rc;
	if (what->n == 0)
		return replace_nothing(r, v, with, arg(a, 2).t != VAL_UNDEF, out);
	*out = v;
	if (most == 0 || text_find(v.s, what, 0) == SIZE_MAX)
		return 0;
	rc = replace_text(r, v.s, what, with, most == -1 ? INFINITY : most, &what);
	if (rc == 0)
		*out = filter_like(v, what);
	return rc;
}
