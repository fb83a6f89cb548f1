/* callboard template test: runs the cases beside a template, and says which fail (TAP). */
#include <stdio.h>

#include "base/folder.h"
#include "cmd_template.h"
#include "ext/crypto.h"
#include "scaffolder/dry_run.h"
#include "scaffolder/fit.h"
#include "scaffolder/template.h"

struct tests {
	struct template_file template;
	unsigned passed, failed;
};

static void find_cases(struct arena *mem, const char *dir, struct text_list *out)
{
	struct text_list names;

	folder_names(mem, dir, &names);
	for (size_t i = 0; i < names.n; i++)
		if (*names.items[i] != '.' && (str_ends(names.items[i], ".yaml") || str_ends(names.items[i], ".yml")))
			*list_add(mem, out) = arena_printf(mem, "%s/%s", dir, names.items[i]);
}

/* ---- what a case wants ---- */

/* The text of a file that was made; NULL: there is none. */
static const char *content_of(struct ctx *cx, const struct json *result, struct str path)
{
	const struct json *files = json_get(result, "directoryContents");
	struct str bytes;

	for (size_t i = 0; i < json_len(files); i++)
		if (str_is(path, json_get_text(files->a.items[i], "path", "")) &&
		    crypto_base64_decode(cx->mem, json_get(files->a.items[i], "base64Content")->s, &bytes))
			return arena_strndup(cx->mem, bytes.p, bytes.n);
	return NULL;
}

/* files: {path: its text | true: it is there | false: it is not} */
static int check_files(struct ctx *cx, const struct json *want, const struct json *result)
{
	for (size_t i = 0; json_is(want, JSON_OBJECT) && i < want->o.n; i++) {
		const char *path = want->o.m[i].key.p, *got = content_of(cx, result, want->o.m[i].key);
		const struct json *v = want->o.m[i].value;

		if (json_is(v, JSON_BOOL) ? v->b != (got != NULL) : !got)
			return fail(cx, ERR_INPUT, got ? "%s: there is such a file" : "%s: there is no such file", path);
		if (json_is(v, JSON_STRING) && !streq(v->s.p, got))
			return fail(cx, ERR_INPUT, "%s: holds\n%s", path, got);
	}
	return 0;
}

/* output: all that it names has to be so. */
static int check_output(struct ctx *cx, const struct json *want, const struct json *output)
{
	for (size_t i = 0; json_is(want, JSON_OBJECT) && i < want->o.n; i++) {
		const struct json *got = json_getn(output, want->o.m[i].key);
		struct buf b = { .mem = cx->mem };

		if (got && json_equal(got, want->o.m[i].value))
			continue;
		if (got)
			json_write(&b, got);
		return fail(cx, ERR_INPUT, "output.%s is %s", want->o.m[i].key.p, got ? buf_text(&b) : "not there");
	}
	return 0;
}

/* error: a part of it. */
static int check_error(struct ctx *cx, const char *want, int rc)
{
	if (rc == 0)
		return fail(cx, ERR_INPUT, "it gives no error");
	if (!strstr(cx->err.text, want))
		return rc;
	cx->err = (struct err){ 0 };
	return 0;
}

/* ---- running ---- */

static int run_template(struct ctx *cx, const struct tests *t, const struct json *c, struct json **result)
{
	struct text_list unknown = { 0 };
	const struct json *none = json_object(cx->mem), *given = json_get(c, "values");
	struct json *values = template_defaults(cx->mem, t->template.entity, false);

	for (size_t i = 0; json_is(given, JSON_OBJECT) && i < given->o.n; i++)
		json_setn(cx->mem, values, given->o.m[i].key, given->o.m[i].value);
	const struct dry_run d = { .entity = t->template.entity,
				   .values = values,
				   .secrets = json_get(c, "secrets"),
				   .user = none,
				   .source = t->template.source,
				   .host = template_offline_host(cx, &unknown) };
	const struct json *errors = template_misfits(cx->mem, d.entity, d.values);

	if (errors->a.n)
		return fail(cx, ERR_INPUT, "%s", fit_text(cx->mem, errors));
	return dry_run(cx, &d, result);
}

static int run_case(struct ctx *cx, const struct tests *t, const char *path)
{
	const char *error;
	struct json *c, *result = NULL;
	int rc = template_values_read(cx, path, &c);

	if (rc < 0)
		return rc;
	error = json_get_text(c, "error", NULL);
	rc = run_template(cx, t, c, &result);
	if (error)
		return check_error(cx, error, rc);
	if (rc == 0)
		rc = check_files(cx, json_get(c, "files"), result);
	return rc < 0 ? rc : check_output(cx, json_get(c, "output"), json_get(result, "output"));
}

static void report(struct ctx *cx, struct tests *t, const char *path, int rc)
{
	t->passed += rc == 0;
	t->failed += rc < 0;
	printf("%sok %u - %s\n", rc < 0 ? "not " : "", t->passed + t->failed, path);
	for (struct str rest = str_of(rc < 0 ? cx->err.text : NULL); rest.p;) {
		struct str line = str_cut(&rest, '\n');

		printf("#   %.*s\n", (int)line.n, line.p);
	}
	cx->err = (struct err){ 0 };
}

int cmd_template_test(struct ctx *cx, int argc, char **argv)
{
	struct text_list cases = { 0 };
	struct tests t = { 0 };

	if (argc != 2)
		return cmd_usage(cx, argc < 2 ? "DIR is missing" : "one DIR is enough");
	int rc = template_file_read(cx, argv[1], &t.template);

	if (rc == 0)
		rc = template_entity(cx, t.template.entity);
	if (rc < 0)
		return rc;
	find_cases(cx->mem, arena_printf(cx->mem, "%s/tests", t.template.folder), &cases);
	for (size_t i = 0; i < cases.n; i++)
		report(cx, &t, cases.items[i], run_case(cx, &t, cases.items[i]));
	printf("1..%zu\n", cases.n);
	if (!cases.n)
		return fail(cx, ERR_NOTFOUND, "%s/tests: there are no cases", t.template.folder);
	return t.failed ? 1 : 0;
}
