/* The configuration's part about documentation. */
#include "docs/conf.h"

enum { BUILDS_MOST = 10, BUILDS = 2, SOURCE_MIB = 200, FILES = 20000, FETCH_S = 120, FETCH_MOST_S = 600 };

static double number(const struct json *v, double least, double most, double dflt)
{
	double n = json_is(v, JSON_NUMBER) ? v->num : dflt;

	return n < least ? least : n > most ? most : n;
}

struct docs_conf docs_conf(struct ctx *cx)
{
	const struct json *section = json_get(cx->conf, "techdocs"), *source = json_get(section, "source");
	const char *state = json_text(json_path(cx->conf, "server", "state", NULL), "/var/lib/callboard");
	const char *folder = json_text(json_path(section, "publisher", "local", "publishDirectory", NULL), "");

	return (struct docs_conf){
		.external = streq(json_get_text(section, "builder", "local"), "external"),
		.folder = *folder ? folder : arena_printf(cx->mem, "%s/docs", state),
		.builds = (unsigned)number(json_get(section, "builds"), 1, BUILDS_MOST, BUILDS),
		.source = { .bytes = (uint64_t)number(json_get(source, "size"), 1, 1 << 20, SOURCE_MIB) << 20,
			    .files = (uint64_t)number(json_get(source, "files"), 1, 1e6, FILES) },
		.fetch_ms = (unsigned)(number(json_get(source, "timeout"), 1, FETCH_MOST_S, FETCH_S) * 1000),
		.section = section,
	};
}
