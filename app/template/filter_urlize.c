/* urlize: makes links of what looks like a URL, a host or a mail address. */
#include "template/filters.h"

static bool begins(struct str s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.n >= n && memcmp(s.p, prefix, n) == 0;
}

static bool ends(struct str s, const char *suffix)
{
	size_t n = strlen(suffix);

	return s.n >= n && memcmp(s.p + s.n - n, suffix, n) == 0;
}

/* One bracket in front and one mark behind do not belong to a word. */
static struct str without_marks(struct str s)
{
	static const char *const before[] = { "(", "<", "&lt;" }, *const behind[] = { ".", ",", ")", "&gt;" };

	for (size_t i = 0; i < LEN(before); i++)
		if (begins(s, before[i])) {
			s.p += strlen(before[i]);
			s.n -= strlen(before[i]);
			break;
		}
	for (size_t i = 0; i < LEN(behind); i++)
		if (ends(s, behind[i])) {
			s.n -= strlen(behind[i]);
			break;
		}
	return s;
}

static bool is_mail(struct str s)
{
	const char *at = memchr(s.p, '@', s.n);
	size_t label = 0, labels = 0;

	if (!at || at == s.p)
		return false;
	for (const char *p = s.p; p < at; p++)
		if (!ascii_alnum(*p) && !(*p && strchr("_.!#$%&'*+-/=?^`{|}~", *p)))
			return false;
	for (const char *p = at + 1; p <= s.p + s.n; p++) {
		bool end = p == s.p + s.n || *p == '.';

		if (!end && !ascii_alnum(*p) && *p != '-')
			return false;
		if (end && !label)
			return false;
		labels += end;
		label = end ? 0 : label + 1;
	}
	return labels >= 2;
}

static bool has_domain(struct str s)
{
	static const char *const domains[] = { ".org", ".net", ".com" };

	for (size_t i = 0; i + 4 <= s.n; i++)
		for (size_t k = 0; s.p[i] == '.' && k < LEN(domains); k++)
			if (memcmp(s.p + i, domains[k], 4) == 0 && (i + 4 == s.n || s.p[i + 4] == ':' || s.p[i + 4] == '/'))
				return true;
	return false;
}

struct style {
	size_t length; /* units that are shown */
	const char *rel;
};

static void link_to(struct run *r, struct buf *b, const char *scheme, struct str url, const struct style *how)
{
	struct text whole = { url.p, url.n, (size_t)UNITS_UNKNOWN };
	const struct text *shown = text_sub(r, &whole, 0, how->length);

	buf_adds(b, "<a href=\""); /* lint: markup is what this filter gives */
	buf_adds(b, scheme);
	buf_add(b, url.p, url.n);
	buf_addf(b, "\"%s>", how->rel);
	buf_add(b, shown->p, shown->n);
	buf_adds(b, "</a>"); /* lint: so it is */
}

static void add_word(struct run *r, struct buf *b, struct str word, const struct style *how)
{
	struct str url = without_marks(word);
	struct style mail = { SIZE_MAX, "" };

	if (begins(url, "http://") || begins(url, "https://"))
		link_to(r, b, "", url, how);
	else if (begins(url, "www."))
		link_to(r, b, "http://", url, how);
	else if (is_mail(url))
		link_to(r, b, "mailto:", url, &mail);
	else if (has_domain(url))
		link_to(r, b, "http://", url, how);
	else
		buf_add(b, word.p, word.n);
}

static int shown_length(struct run *r, struct val v, size_t *out)
{
	double length;
	int rc = 0;

	*out = SIZE_MAX;
	if (v.t == VAL_UNDEF || (v.t == VAL_NUM && isnan(v.num)))
		return 0;
	rc = val_number(r, v, &length);
	*out = length > 0 ? (length < 1e9 ? (size_t)length : SIZE_MAX) : 0;
	return rc;
}

int filter_urlize(struct run *r, const struct args *a, struct val *out)
{
	struct style how = { .rel = arg(a, 2).t == VAL_BOOL && arg(a, 2).b ? " rel=\"nofollow\"" : "" };
	struct buf b = { .mem = r->mem };
	struct text *s;
	size_t from = 0, len;
	int rc = filter_need(r, "urlize", arg(a, 0), &s);

	if (rc == 0)
		rc = shown_length(r, arg(a, 1), &how.length);
	for (size_t i = 0; rc == 0 && i < s->n; i += len) {
		unsigned units;
		uint32_t cp;

		len = text_next(s->p + i, s->n - i, &cp, &units);
		if (!text_space(cp))
			continue;
		if (i > from)
			add_word(r, &b, (struct str){ s->p + from, i - from }, &how);
		buf_add(&b, s->p + i, len);
		from = i + len;
	}
	if (rc < 0)
		return rc;
	if (s->n > from)
		add_word(r, &b, (struct str){ s->p + from, s->n - from }, &how);
	*out = val_str(r, b.p, b.n);
	return 0;
}
