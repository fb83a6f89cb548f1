/* Folders of plugins for tests: written into a directory of their own. */
#ifndef TESTS_UNIT_PLUGINS_H
#define TESTS_UNIT_PLUGINS_H

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "ext/json.h"
#include "plugins/plugin.h"
#include "tests/unit/tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem, .request_id = "" };
static char place[] = "/tmp/plugins-XXXXXX";

/* place/name with its folders. */
static inline const char *put_bytes(const char *name, const char *bytes, size_t n)
{
	char *path = arena_printf(&mem, "%s/%s", place, name);
	FILE *f;

	for (char *slash = path + strlen(place) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0777);
		*slash = '/';
	}
	f = fopen(path, "we");
	if (!f || fwrite(bytes, 1, n, f) != n || fclose(f) != 0)
		abort();
	return path;
}

static inline const char *put(const char *name, const char *text)
{
	return put_bytes(name, text, strlen(text));
}

/* A configuration as JSON; %s is the place. */
static inline void configure(const char *before, const char *after)
{
	const char *text = arena_printf(&mem, "%s%s%s", before, place, after);
	struct json *conf;

	if (json_parse(&cx, str_of(text), &conf) < 0)
		abort();
	cx.conf = conf;
}

static inline void begin_place(void)
{
	if (!mkdtemp(place))
		abort();
	configure("{\"plugins\":{\"directories\":[\"", "/own\"]}}");
}

static inline int end_place(void)
{
	int rc = system(arena_printf(&mem, "rm -rf %s", place));

	arena_release(&mem);
	return DONE() || rc != 0;
}

/* What is wrong with a plugin whose manifest is this. "" for nothing. */
static inline const char *wrong(const char *manifest)
{
	struct plugin p;
	const char *dir = arena_printf(&mem, "%s/own/one", place);

	put("own/one/plugin.lua", manifest);
	plugin_read(&cx, dir, &p);
	if (!p.error)
		return "";
	/* Each line begins with the file. */
	return strncmp(p.error, dir, strlen(dir)) == 0 ? p.error + strlen(dir) + 1 : p.error;
}

#endif
