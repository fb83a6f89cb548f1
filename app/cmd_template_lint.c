/* callboard template lint: what is wrong with templates, with file and line. */
#include <stdio.h>

#include "catalog/settings.h"
#include "catalog/validate.h"
#include "cmd_template.h"
#include "scaffolder/template.h"

static void print(const char *path, const struct faults *faults)
{
	for (size_t i = 0; i < faults->n; i++) {
		const struct fault *f = &faults->items[i];

		if (f->line)
			printf("%s:%u: %s\n", path, f->line, *f->rule ? f->rule : f->message);
		else
			printf("%s: %s\n", path, *f->rule ? f->rule : f->message);
	}
}

/* How many faults were found and told. */
static size_t lint(struct ctx *cx, const struct catalog_settings *set, const char *path)
{
	struct faults faults = { 0 };
	struct template_file t;

	if (template_file_read(cx, path, &t) < 0) {
		printf("%s\n", cx->err.text);
		cx->err = (struct err){ 0 };
		return 1;
	}
	if (validate_envelope(cx->mem, t.entity, &faults)) {
		validate_entity(cx->mem, &set->kinds, t.entity, &faults);
		template_lint(cx, t.entity, template_offline_host(cx, NULL), &t.source, &faults);
	}
	print(t.path, &faults);
	return faults.n;
}

int cmd_template_lint(struct ctx *cx, int argc, char **argv)
{
	const struct catalog_settings *set = catalog_settings(cx);
	size_t faults = 0;

	if (argc < 2)
		return cmd_usage(cx, "PATH is missing");
	if (!set)
		return cx->err.code;
	for (int i = 1; i < argc; i++)
		faults += lint(cx, set, argv[i]);
	if (!faults)
		printf("%d templates: good\n", argc - 1);
	return faults ? 1 : 0;
}
