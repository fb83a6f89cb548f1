/* Places in a form's values: JSON pointers, and what stands there. */
#include "scaffolder/form_private.h"

const char *form_below(struct arena *mem, const char *at, struct str key)
{
	struct buf b = { .mem = mem };

	buf_adds(&b, at);
	buf_addc(&b, '/');
	for (size_t i = 0; i < key.n; i++) {
		if (key.p[i] == '~')
			buf_adds(&b, "~0");
		else if (key.p[i] == '/')
			buf_adds(&b, "~1");
		else
			buf_addc(&b, key.p[i]);
	}
	return buf_text(&b);
}

const char *form_item(struct arena *mem, const char *at, size_t i)
{
	return arena_printf(mem, "%s/%zu", at, i);
}

/* The key that a step of a place means, in place. */
static struct str unescape(char *step)
{
	char *to = step;

	for (const char *from = step; *from; from++) {
		if (from[0] == '~' && (from[1] == '0' || from[1] == '1'))
			*to++ = *++from == '0' ? '~' : '/';
		else
			*to++ = *from;
	}
	*to = '\0';
	return str_of(step);
}

struct json *form_at(struct json *values, const char *place)
{
	struct json *v = values;
	struct str rest = str_of(place);
	ARENA mem = { 0 };

	str_cut(&rest, '/');
	while (v && rest.p) {
		struct str step = str_cut(&rest, '/');
		char *key = arena_strndup(&mem, step.p, step.n);
		long i;

		if (json_is(v, JSON_ARRAY))
			v = str_long(key, 0, (long)v->a.n - 1, &i) ? v->a.items[i] : NULL;
		else
			v = json_getn(v, unescape(key));
	}
	return v;
}

/* ---- repositories ---- */

static void put_encoded(struct buf *b, const char *s)
{
	for (; *s; s++) {
		if (ascii_alnum(*s) || strchr("*-._", *s))
			buf_addc(b, *s);
		else if (*s == ' ')
			buf_addc(b, '+');
		else
			buf_addf(b, "%%%02X", (unsigned char)*s);
	}
}

const char *form_repo_url(struct arena *mem, const struct json *parts)
{
	static const char *const names[] = { "owner", "repo", "organization", "workspace", "project" };
	struct buf b = { .mem = mem };
	char sep = '?';

	buf_adds(&b, json_get_text(parts, "host", ""));
	for (size_t i = 0; i < LEN(names); i++) {
		const char *text = json_get_text(parts, names[i], "");

		if (!*text)
			continue;
		buf_addc(&b, sep);
		buf_addf(&b, "%s=", names[i]);
		put_encoded(&b, text);
		sep = '&';
	}
	return buf_text(&b);
}

static const char *decoded(struct arena *mem, struct str s)
{
	struct buf b = { .mem = mem };

	for (size_t i = 0; i < s.n; i++) {
		int high = i + 2 < s.n && s.p[i] == '%' ? ascii_hex(s.p[i + 1]) : -1;
		int low = high >= 0 ? ascii_hex(s.p[i + 2]) : -1;

		if (low >= 0 && high + low > 0) {
			buf_addc(&b, (char)(high * 16 + low));
			i += 2;
		} else {
			buf_addc(&b, s.p[i] == '+' ? ' ' : s.p[i]);
		}
	}
	return buf_text(&b);
}

struct json *form_repo_parts(struct arena *mem, const char *url)
{
	struct str rest = str_of(url), host = str_cut(&rest, '?');
	struct json *parts = json_object(mem);

	json_set(mem, parts, "host", json_strn(mem, host.p, host.n));
	while (rest.p) {
		struct str value = str_cut(&rest, '&'), name = str_cut(&value, '=');

		if (name.n)
			json_setn(mem, parts, name, json_str(mem, value.p ? decoded(mem, value) : ""));
	}
	return parts;
}
