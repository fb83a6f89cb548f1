/* callboard template --cases: runs a file of template cases, and says which fail. */
#include <errno.h>
#include <stdio.h>

#include "cmd_template.h"
#include "ext/json.h"
#include "template/template.h"

enum { MAX_FILE = 64 << 20 };

static int read_file(struct ctx *cx, const char *path, struct str *out)
{
	struct buf b = { .mem = cx->mem };
	FILE *f = fopen(path, "re");

	if (!f)
		return fail(cx, ERR_NOTFOUND, "%s: %s", path, strerror(errno));
	for (size_t n = 1; n > 0 && b.n <= MAX_FILE; b.n += n) {
		buf_need(&b, 65536);
		n = fread(b.p + b.n, 1, 65536, f);
	}
	bool bad = ferror(f);

	fclose(f);
	if (bad)
		return fail(cx, ERR_INPUT, "%s cannot be read (is it a folder?)", path);
	if (b.n > MAX_FILE)
		return fail(cx, ERR_TOOLARGE, "%s is larger than %d MiB", path, MAX_FILE >> 20);
	*out = buf_str(&b);
	return 0;
}

int cmd_template_cases(struct ctx *cx, int argc, char **argv)
{
	const char *path = NULL, *engine = "backstage";
	struct json *cases;
	struct str text;

	for (int i = 1; i < argc; i++) {
		if (streq(argv[i], "--cases") && i + 1 < argc)
			path = argv[++i];
		else if (streq(argv[i], "--engine") && i + 1 < argc)
			engine = argv[++i];
		else
			return cmd_usage(cx, "'%s' is not understood", argv[i]);
	}
	if (!path)
		return cmd_usage(cx, "--cases FILE is missing");
	if (!streq(engine, "backstage") && !streq(engine, "nunjucks"))
		return cmd_usage(cx, "the engine is 'backstage' or 'nunjucks', not '%s'", engine);
	int rc = read_file(cx, path, &text);

	if (rc == 0)
		rc = json_parse(cx, text, &cases);
	return rc < 0 ? fail_in(cx, rc, "%s", path) : template_run_cases(cx, cases, engine);
}
