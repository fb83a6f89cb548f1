/* Replacing and splitting, by a text or a regular expression. */
#include "template/private.h"

enum { GROUPS = 32 };

int pattern_search(struct run *r, const struct pattern *re, struct str s, size_t from, struct str *groups, size_t n,
		   bool *found)
{
	int rc = run_steps(r, 1 + (s.n - from) / 64);

	*found = false;
	if (rc < 0)
		return rc;
	rc = regex_search(re->re, s, from, groups, n);
	if (rc < 0)
		return run_fail(r, "the regular expression /%.*s/ takes too long", (int)(re->source.n < 80 ? re->source.n : 80),
				re->source.p);
	*found = rc == 1 && !(re->sticky && groups[0].p != s.p + from);
	return 0;
}

/* The group that "$1" or "$12" names; digits is how many characters that took. 0: none. */
static size_t group_number(struct str t, size_t i, size_t groups, size_t *digits)
{
	size_t one = i < t.n && ascii_digit(t.p[i]) ? (size_t)(t.p[i] - '0') : 0, two = 0;

	if (i + 1 < t.n && ascii_digit(t.p[i]) && ascii_digit(t.p[i + 1]))
		two = one * 10 + (size_t)(t.p[i + 1] - '0');
	*digits = two && two < groups ? 2 : 1;
	return two && two < groups ? two : one < groups ? one : 0;
}

/* One replacement: "$&", "$1", "$$" and so on in `with`. */
static int expand(struct run *r, struct buf *b, struct str s, const struct text *with, const struct str *groups, size_t n)
{
	struct str t = { with->p, with->n }, hit = groups[0];
	size_t before = (size_t)(hit.p - s.p), digits, g;
	int rc = run_room(r, b->n + t.n);

	for (size_t i = 0; rc == 0 && i < t.n; i++) {
		char c = t.p[i] == '$' && i + 1 < t.n ? t.p[i + 1] : 0;

		if (c == '$') {
			buf_addc(b, '$');
		} else if (c == '&') {
			buf_add(b, hit.p, hit.n);
		} else if (c == '`') {
			buf_add(b, s.p, before);
		} else if (c == '\'') {
			buf_add(b, hit.p + hit.n, s.n - before - hit.n);
		} else if (c && (g = group_number(t, i + 1, n, &digits))) {
			if (groups[g].p)
				buf_add(b, groups[g].p, groups[g].n);
			i += digits - 1;
		} else {
			buf_addc(b, t.p[i]);
			continue;
		}
		i++;
		rc = run_room(r, b->n);
	}
	return rc;
}

int pattern_replace_text(struct run *r, const struct text *what, struct text *s, const struct text *with, struct val *out)
{
	size_t at = text_find(s, what, 0);
	struct buf b = { .mem = r->mem };
	struct str whole = { s->p, s->n }, hit;

	*out = (struct val){ .t = VAL_STR, .s = s };
	if (at == SIZE_MAX)
		return 0;
	hit = (struct str){ s->p + at, what->n };
	buf_add(&b, s->p, at);
	int rc = expand(r, &b, whole, with, &hit, 1);

	text_add(&b, s->p + at + what->n, s->n - at - what->n);
	*out = val_str(r, b.p, b.n);
	return rc;
}

/* The start of the next character. */
static size_t after(struct str s, size_t at)
{
	unsigned units;
	uint32_t cp;

	return at < s.n ? at + text_next(s.p + at, s.n - at, &cp, &units) : at + 1;
}

int pattern_replace(struct run *r, struct pattern *re, struct text *t, struct text *with, struct val *out)
{
	struct str s = { t->p, t->n }, groups[GROUPS];
	size_t n = regex_groups(re->re) < GROUPS ? regex_groups(re->re) : GROUPS;
	size_t from = re->sticky && !re->global && re->last <= s.n ? re->last : 0, done = 0;
	struct buf b = { .mem = r->mem };
	bool found = true;
	int rc = 0;

	while (rc == 0 && from <= s.n) {
		rc = pattern_search(r, re, s, from, groups, n, &found);
		if (rc < 0 || !found)
			break;
		size_t at = (size_t)(groups[0].p - s.p), end = at + groups[0].n;

		buf_add(&b, s.p + done, at - done);
		rc = expand(r, &b, s, with, groups, n);
		done = end;
		from = groups[0].n ? end : after(s, end);
		if (!re->global)
			break;
	}
	re->last = re->sticky && !re->global && found ? done : 0;
	text_add(&b, s.p + done, s.n - done);
	*out = val_str(r, b.p, b.n);
	return rc;
}

static bool full(const struct val *list, double most)
{
	return (double)list->a->n >= most;
}

int pattern_split_text(struct run *r, const struct text *at, struct text *s, double most, struct val *out)
{
	size_t from = 0, hit;
	int rc = 0;

	*out = val_array(r);
	if (most <= 0)
		return 0;
	if (!at || (s->n == 0 && at->n)) {
		array_push(r, out->a, (struct val){ .t = VAL_STR, .s = s });
		return 0;
	}
	if (at->n == 0) {
		for (size_t i = 0; rc == 0 && i < text_units(s) && !full(out, most); i++) {
			array_push(r, out->a, (struct val){ .t = VAL_STR, .s = text_sub(r, s, i, i + 1) });
			rc = run_steps(r, 1 + (s->units == s->n ? 0 : s->n / 64));
		}
		return rc;
	}
	while (rc == 0 && !full(out, most) && (hit = text_find(s, at, from)) != SIZE_MAX) {
		array_push(r, out->a, val_str(r, s->p + from, hit - from));
		from = hit + at->n;
		rc = run_steps(r, 1);
	}
	if (!full(out, most))
		array_push(r, out->a, val_str(r, s->p + from, s->n - from));
	return rc;
}

int pattern_split(struct run *r, const struct pattern *re, struct text *t, double most, struct val *out)
{
	struct str s = { t->p, t->n }, groups[GROUPS];
	size_t n = regex_groups(re->re) < GROUPS ? regex_groups(re->re) : GROUPS, from = 0, look = 0;
	struct pattern anywhere = *re;
	bool found;
	int rc = 0;

	anywhere.sticky = false;
	*out = val_array(r);
	while (rc == 0 && !full(out, most)) {
		rc = pattern_search(r, &anywhere, s, look, groups, n, &found);
		if (rc < 0 || !found)
			break;
		size_t at = (size_t)(groups[0].p - s.p), end = at + groups[0].n;

		if (s.n == 0) /* a match of nothing in nothing: no part at all */
			return 0;
		if (at >= s.n)
			break;
		look = groups[0].n ? end : after(s, at);
		if (end == from)
			continue;
		array_push(r, out->a, val_str(r, s.p + from, at - from));
		for (size_t i = 1; i < n && !full(out, most); i++)
			array_push(r, out->a, groups[i].p ? val_str(r, groups[i].p, groups[i].n) : val_undef());
		from = end;
	}
	if (rc == 0 && !full(out, most))
		array_push(r, out->a, val_str(r, s.p + from, s.n - from));
	return rc;
}
