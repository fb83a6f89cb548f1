/* callboard lint: checks descriptors offline, for an editor or a repository's own CI. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <string.h>

#include "base/list.h"
#include "catalog/source.h"
#include "cmd.h"

enum { MAX_FILE = 10 << 20 };

struct lint {
	bool json;
	size_t files, entities, faults;
	struct json *list; /* for --json */
};

static int read_file(struct ctx *cx, const char *path, struct str *out)
{
	struct buf b = { .mem = cx->mem };
	FILE *f = streq(path, "-") ? stdin : fopen(path, "re");

	if (!f)
		return fail(cx, ERR_NOTFOUND, "%s", strerror(errno));
	for (size_t n = 1; n > 0 && b.n <= MAX_FILE; b.n += n) {
		buf_need(&b, 65536);
		n = fread(b.p + b.n, 1, 65536, f);
	}
	bool bad = ferror(f);

	if (f != stdin)
		fclose(f);
	if (bad)
		return fail(cx, ERR_INPUT, "cannot be read (is it a folder?)");
	if (b.n > MAX_FILE)
		return fail(cx, ERR_TOOLARGE, "larger than %d MiB", MAX_FILE >> 20);
	*out = buf_str(&b);
	return 0;
}

static void report(struct ctx *cx, struct lint *l, const char *file, uint32_t line, const char *ref, const char *message)
{
	l->faults++;
	if (!l->json) {
		if (line)
			printf("%s:%u: ", file, line);
		else
			printf("%s: ", file);
		printf("%s%s%s\n", ref ? ref : "", ref ? ": " : "", message);
		return;
	}
	struct json *v = json_object(cx->mem);

	json_set(cx->mem, v, "file", json_str(cx->mem, file));
	json_set(cx->mem, v, "line", line ? json_num(cx->mem, line) : json_null(cx->mem));
	json_set(cx->mem, v, "entity", ref ? json_str(cx->mem, ref) : json_null(cx->mem));
	json_set(cx->mem, v, "message", json_str(cx->mem, message));
	json_push(cx->mem, l->list, v);
}

/* What the file would be called as a location: placeholders are looked for beside it. */
static struct origin_of place_of(struct ctx *cx, const char *file)
{
	char *real = streq(file, "-") ? NULL : realpath(file, NULL);
	char cwd[4096];
	const char *path =
		real ? arena_strdup(cx->mem, real) : arena_printf(cx->mem, "%s/stdin", getcwd(cwd, sizeof(cwd)) ? cwd : "");
	struct location loc = { "file", path };

	free(real);
	return (struct origin_of){ .at = loc, .origin = loc, .provider = true, .offline = true };
}

static int lint_file(struct ctx *cx, const struct catalog_settings *s, struct lint *l, const char *file)
{
	struct origin_of from = place_of(cx, file);
	struct read_files files = { 0 };
	struct documents docs = { 0 };
	struct str text;
	int rc = read_file(cx, file, &text);

	l->files++;
	if (rc < 0) {
		report(cx, l, file, 0, NULL, arena_strdup(cx->mem, cx->err.text));
		return 0;
	}
	rc = source_documents(cx, s, &from, text, &files, &docs);
	for (size_t i = 0; rc == 0 && i < docs.n; i++) {
		const struct document *d = &docs.items[i];

		l->entities += d->ref != NULL;
		for (size_t k = 0; k < d->faults.n; k++)
			report(cx, l, file, d->faults.items[k].line, d->ref,
			       *d->faults.items[k].rule ? d->faults.items[k].rule : d->faults.items[k].message);
		for (size_t k = 0; k < d->notes.n; k++)
			report(cx, l, file, d->notes.items[k].line, d->ref, d->notes.items[k].message);
	}
	return rc;
}

int cmd_lint(struct ctx *cx, int argc, char **argv)
{
	const struct catalog_settings *s = catalog_settings(cx);
	struct lint l = { .list = json_array(cx->mem) };
	bool any = false;
	int rc = s ? 0 : cx->err.code;

	for (int i = 1; rc == 0 && i < argc; i++) {
		if (streq(argv[i], "--json")) {
			l.json = true;
		} else if (argv[i][0] == '-' && argv[i][1]) {
			fprintf(stderr, "callboard lint: unknown option %s\n", argv[i]);
			return 2;
		}
	}
	for (int i = 1; rc == 0 && i < argc; i++) {
		if (streq(argv[i], "--json"))
			continue;
		any = true;
		rc = lint_file(cx, s, &l, argv[i]);
	}
	if (rc < 0)
		return rc;
	if (!any) {
		fprintf(stderr, "usage: callboard lint [--json] FILE… (- for standard input)\n");
		return 2;
	}
	if (l.json) {
		struct buf out = { .mem = cx->mem };

		json_write_pretty(&out, l.list, 2);
		puts(buf_text(&out));
	} else if (!l.faults) {
		printf("%zu files, %zu entities: good\n", l.files, l.entities);
	}
	return l.faults ? 1 : 0;
}
