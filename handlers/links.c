/* URLs of the portal's own pages, made in one place. */
#include "handlers/links.h"

#include "base/buf.h"

const char *link_encode(struct arena *mem, const char *s)
{
	struct buf b = { .mem = mem };

	for (; *s; s++) {
		if (ascii_alnum(*s) || strchr("-._~", *s))
			buf_addc(&b, *s);
		else
			buf_addf(&b, "%%%02X", (unsigned char)*s);
	}
	return buf_text(&b);
}

const char *link_entity(struct arena *mem, const char *ref)
{
	const char *colon = strchr(ref, ':'), *slash = colon ? strchr(colon, '/') : NULL;

	if (!slash)
		return "#";
	return arena_printf(mem, "/catalog/%s/%s/%s",
			    link_encode(mem, arena_strndup(mem, colon + 1, (size_t)(slash - colon - 1))),
			    link_encode(mem, arena_strndup(mem, ref, (size_t)(colon - ref))), link_encode(mem, slash + 1));
}

const char *link_kind(struct arena *mem, const char *kind, const char *cursor)
{
	if (!cursor)
		return arena_printf(mem, "/catalog?filters[kind]=%s", link_encode(mem, kind));
	return arena_printf(mem, "/catalog?filters[kind]=%s&after=%s", link_encode(mem, kind), link_encode(mem, cursor));
}

const char *link_external(const char *url)
{
	static const char *const schemes[] = { "http://", "https://", "mailto:" };

	for (size_t i = 0; i < LEN(schemes); i++)
		if (strncasecmp(url, schemes[i], strlen(schemes[i])) == 0)
			return url;
	return url[0] == '/' && url[1] != '/' && url[1] != '\\' ? url : "#";
}
