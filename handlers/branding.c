/* What makes the portal a company's own: its logo and its accent colour (app.branding). */
#include "handlers/branding.h"

#include <math.h>

#include "base/hash.h"
#include "handlers/handlers.h"
#include "handlers/links.h"

struct colour {
	const char *css; /* "#0f766e"; NULL: none was set, or it is none */
	double light;    /* relative luminance, 0 to 1 */
};

/* WCAG 2: of one channel of sRGB. */
static double linear(int byte)
{
	double c = byte / 255.0;

	return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

/* Only #rrggbb: a colour goes into a style sheet as it is. */
static struct colour colour_of(const struct json *branding, const char *key)
{
	const char *s = json_get_text(branding, key, "");
	int byte[3];

	if (strlen(s) != 7 || *s != '#')
		return (struct colour){ 0 };
	for (int i = 0; i < 3; i++) {
		int hi = ascii_hex(s[1 + i * 2]), lo = ascii_hex(s[2 + i * 2]);

		if (hi < 0 || lo < 0)
			return (struct colour){ 0 };
		byte[i] = hi * 16 + lo;
	}
	return (struct colour){ s, 0.2126 * linear(byte[0]) + 0.7152 * linear(byte[1]) + 0.0722 * linear(byte[2]) };
}

/* For one theme. Black or white, whichever is read better on it (they are equal at 0.179). */
static void add_accent(struct buf *b, const char *theme, struct colour c)
{
	if (c.css)
		buf_addf(b,
			 ":root { --%s-accent: %s; --%s-accent-text: %s; --%s-accent-tint: color-mix(in oklch, %s 12%%, "
			 "var(--surface)); }\n",
			 theme, c.css, theme, c.light > 0.179 ? "#000" : "#fff", theme, c.css);
}

static const char *style(struct ctx *cx)
{
	const struct json *branding = json_path(cx->conf, "app", "branding", NULL);
	struct buf b = { .mem = cx->mem };

	add_accent(&b, "light", colour_of(branding, "accent"));
	add_accent(&b, "dark", colour_of(branding, "accentDark"));
	return buf_text(&b);
}

struct json *branding_json(struct ctx *cx)
{
	const struct json *branding = json_path(cx->conf, "app", "branding", NULL);
	const char *logo = json_get_text(branding, "logo", ""), *css = style(cx);
	struct json *v = json_object(cx->mem);

	json_set(cx->mem, v, "logo", json_str(cx->mem, *logo && !streq(link_external(logo), "#") ? logo : ""));
	json_set(cx->mem, v, "style",
		 *css ? json_fmt(cx->mem, "/branding.css?v=%08x", (unsigned)hash64(css, strlen(css))) : json_str(cx->mem, ""));
	return v;
}

int branding_style(struct req *rq, struct resp *rs)
{
	resp_header(rs, "Cache-Control", "public, max-age=86400");
	return resp_text(rs, 200, "text/css; charset=utf-8", str_of(style(rq->cx)));
}
