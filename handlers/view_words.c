/* What views can say beyond the template language: filters and functions for entities, times, numbers, icons. */
#include "handlers/view_words.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "catalog/ref.h"
#include "ext/html.h"
#include "handlers/assets.h"
#include "handlers/links.h"
#include "markdown/markdown.h"

enum { MARKDOWN_MOST = 256 << 10 };

#define FILTER(name)                                                                                                           \
	static int name(struct ctx *cx, void *arg, struct json *const *args, size_t n, const struct json *kwargs,              \
			struct json **out)

static const char *text_of(struct json *const *args, size_t n, size_t i)
{
	return i < n ? json_text(args[i], "") : "";
}

static int say(struct ctx *cx, struct json **out, const char *s)
{
	*out = json_str(cx->mem, s);
	return 0;
}

/* ---- entities ---- */

FILTER(filter_entity_url)
{
	(void)arg;
	(void)kwargs;
	return say(cx, out, link_entity(cx->mem, text_of(args, n, 0)));
}

FILTER(filter_humanise)
{
	(void)arg;
	(void)kwargs;
	return say(cx, out, ref_humanise(cx->mem, text_of(args, n, 0), n > 1 ? json_text(args[1], NULL) : NULL));
}

FILTER(filter_kind_of)
{
	const char *ref = text_of(args, n, 0), *colon = strchr(ref, ':');

	(void)arg;
	(void)kwargs;
	return say(cx, out, colon ? arena_strndup(cx->mem, ref, (size_t)(colon - ref)) : "");
}

const char *kind_icon(const char *kind)
{
	static const char *const icons[][2] = {
		{ "component", "box" }, { "api", "plug" },         { "resource", "database" },
		{ "system", "layers" }, { "domain", "globe" },     { "group", "users" },
		{ "user", "user" },     { "location", "map-pin" }, { "template", "file-plus" },
	};

	for (size_t i = 0; i < LEN(icons); i++)
		if (str_ieq(icons[i][0], kind))
			return icons[i][1];
	return "shapes";
}

FILTER(filter_kind_icon)
{
	(void)arg;
	(void)kwargs;
	return say(cx, out, kind_icon(text_of(args, n, 0)));
}

const char *kind_plural(struct arena *mem, const char *kind)
{
	size_t n = strlen(kind);
	char last = n ? kind[n - 1] : '\0', before = n > 1 ? kind[n - 2] : '\0';

	if (last == 'y' && !strchr("aeiou", before))
		return arena_printf(mem, "%.*sies", (int)n - 1, kind);
	if (last == 's' || last == 'x' || last == 'z' || (last == 'h' && (before == 's' || before == 'c')))
		return arena_printf(mem, "%ses", kind);
	return n ? arena_printf(mem, "%ss", kind) : "";
}

FILTER(filter_plural)
{
	(void)arg;
	(void)kwargs;
	return say(cx, out, kind_plural(cx->mem, text_of(args, n, 0)));
}

FILTER(filter_external)
{
	(void)arg;
	(void)kwargs;
	return say(cx, out, link_external(text_of(args, n, 0)));
}

FILTER(filter_encoded)
{
	(void)arg;
	(void)kwargs;
	return say(cx, out, link_encode(cx->mem, text_of(args, n, 0)));
}

/* ---- words ---- */

FILTER(filter_grouped)
{
	double v = n && json_is(args[0], JSON_NUMBER) ? args[0]->num : 0;
	char digits[32];
	struct buf b = { .mem = cx->mem };
	int len = snprintf(digits, sizeof(digits), "%.0f", fabs(v));

	(void)arg;
	(void)kwargs;
	if (v < 0)
		buf_addc(&b, '-');
	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			buf_addc(&b, ',');
		buf_addc(&b, digits[i]);
	}
	return say(cx, out, buf_text(&b));
}

const char *time_words(struct arena *mem, int64_t wall_ms, int64_t now_ms)
{
	static const struct {
		int64_t s;
		const char *name;
	} units[] = { { 365 * 86400, "year" }, { 30 * 86400, "month" }, { 86400, "day" }, { 3600, "hour" }, { 60, "minute" } };
	int64_t s = (now_ms - wall_ms) / 1000, away = s < 0 ? -s : s;

	for (size_t i = 0; i < LEN(units); i++) {
		if (away >= units[i].s) {
			long long k = away / units[i].s;
			const char *more = k == 1 ? "" : "s";

			return s < 0 ? arena_printf(mem, "in %lld %s%s", k, units[i].name, more)
				     : arena_printf(mem, "%lld %s%s ago", k, units[i].name, more);
		}
	}
	return "just now";
}

/* "2026-11-25T03:06:29.123Z" or milliseconds; false for anything else. */
static bool time_of(const struct json *v, int64_t *ms)
{
	if (json_is(v, JSON_NUMBER)) {
		*ms = (int64_t)v->num;
		return true;
	}
	return json_is(v, JSON_STRING) && clock_parse(json_text(v, ""), ms);
}

FILTER(filter_when)
{
	int64_t ms;
	char exact[25];

	(void)arg;
	(void)kwargs;
	if (!n || !time_of(args[0], &ms))
		return say(cx, out, "");
	clock_format(ms, exact);
	return say(cx, out,
		   arena_printf(cx->mem, "<time datetime=\"%s\" title=\"%.10s %.8s UTC\">%s</time>", exact, exact, exact + 11,
				time_words(cx->mem, ms, clock_wall_ms())));
}

/* How long something took, from milliseconds: "40 ms", "0.4 s", "12 s", "3 min 5 s", "2 h 10 min". */
FILTER(filter_lasted)
{
	double ms = n && json_is(args[0], JSON_NUMBER) && args[0]->num > 0 ? args[0]->num : 0;
	long long s = (long long)(ms / 1000);

	(void)arg;
	(void)kwargs;
	if (ms < 95)
		return say(cx, out, arena_printf(cx->mem, "%.0f ms", ms));
	if (s < 10)
		return say(cx, out, arena_printf(cx->mem, "%.1f s", ms / 1000));
	if (s < 60)
		return say(cx, out, arena_printf(cx->mem, "%lld s", s));
	if (s < 3600)
		return say(cx, out, arena_printf(cx->mem, "%lld min %lld s", s / 60, s % 60));
	return say(cx, out, arena_printf(cx->mem, "%lld h %lld min", s / 3600, s / 60 % 60));
}

/* The time of day, UTC: "03:06:29". */
FILTER(filter_clock)
{
	int64_t ms;
	char exact[25];

	(void)arg;
	(void)kwargs;
	if (!n || !time_of(args[0], &ms))
		return say(cx, out, "");
	clock_format(ms, exact);
	return say(cx, out, arena_strndup(cx->mem, exact + 11, 8));
}

/* The first letters of the first two words. */
FILTER(filter_initials)
{
	const char *s = text_of(args, n, 0);
	struct buf b = { .mem = cx->mem };
	bool at_start = true;

	(void)arg;
	(void)kwargs;
	for (int letters = 0; *s && letters < 2;) {
		uint32_t letter;
		size_t len = utf8_next(s, strlen(s), &letter);

		if (at_start && !strchr(" .-_@", *s)) {
			if (*s >= 'a' && *s <= 'z')
				buf_addc(&b, (char)(*s - 32));
			else
				buf_add(&b, s, len);
			letters++;
		}
		at_start = strchr(" .-_", *s) != NULL;
		s += len;
	}
	return say(cx, out, buf_text(&b));
}

/* Markdown of strangers; a text that cannot be rendered stays a text. */
FILTER(filter_markdown)
{
	const char *text = text_of(args, n, 0);
	struct markdown_options options = { .max_output = MARKDOWN_MOST };
	struct html_policy policy = { .strict = true, .max_output = MARKDOWN_MOST };
	struct err before = cx->err;
	struct markdown_page page;
	struct html_clean clean;
	struct buf b = { .mem = cx->mem };

	(void)arg;
	(void)kwargs;
	if (strlen(text) <= MARKDOWN_MOST && markdown_render(cx, str_of(text), &options, &page) == 0 &&
	    html_clean(cx, page.html, &policy, &clean) == 0) {
		*out = json_strn(cx->mem, clean.html.p ? clean.html.p : "", clean.html.n);
		return 0;
	}
	cx->err = before;
	html_write_text(&b, str_of(text));
	return say(cx, out, buf_text(&b));
}

/* ---- what is drawn ---- */

/* Text as it may stand between double quotes. */
static void put_attribute(struct buf *b, const char *s)
{
	for (; *s; s++) {
		if (strchr("<>&\"'", *s))
			buf_addf(b, "&#%d;", *s);
		else
			buf_addc(b, *s);
	}
}

FILTER(global_icon)
{
	const char *name = text_of(args, n, 0), *label = text_of(args, n, 1);
	const char *shapes = asset_icon(name);
	struct buf b = { .mem = cx->mem };

	(void)arg;
	(void)kwargs;
	buf_adds(&b, "<svg class=\"icon\"");
	if (*label) {
		buf_adds(&b, " role=\"img\" aria-label=\"");
		put_attribute(&b, label);
		buf_adds(&b, "\"");
	} else {
		buf_adds(&b, " aria-hidden=\"true\"");
	}
	if (shapes) {
		/* In the page itself they are there at once; <use> costs a tree of its own for each. */
		buf_addf(&b, " viewBox=\"0 0 24 24\">%s</svg>", shapes);
	} else {
		buf_addf(&b, "><use href=\"%s#", asset_icons_url(cx->mem));
		put_attribute(&b, name);
		buf_adds(&b, "\"/></svg>");
	}
	return say(cx, out, buf_text(&b));
}

FILTER(global_static)
{
	(void)arg;
	(void)kwargs;
	return say(cx, out, asset_url(cx->mem, text_of(args, n, 0)));
}

void view_words_add(struct template_env *env)
{
	static const struct {
		const char *name;
		template_fn *fn;
		bool safe;
	} filters[] = {
		{ "entity_url", filter_entity_url, false },
		{ "humanise", filter_humanise, false },
		{ "kind_of", filter_kind_of, false },
		{ "kind_icon", filter_kind_icon, false },
		{ "plural", filter_plural, false },
		{ "external", filter_external, false },
		{ "encoded", filter_encoded, false },
		{ "grouped", filter_grouped, false },
		{ "when", filter_when, true },
		{ "initials", filter_initials, false },
		{ "lasted", filter_lasted, false },
		{ "clock", filter_clock, false },
		{ "markdown", filter_markdown, true },
	};

	for (size_t i = 0; i < LEN(filters); i++)
		template_add_filter(env, filters[i].name, filters[i].fn, NULL, filters[i].safe);
	template_add_global(env, "icon", global_icon, NULL, true);
	template_add_global(env, "static", global_static, NULL, false);
}
