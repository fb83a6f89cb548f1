/* callboard template run: a dry run of a template, or with --apply a real one, without a server and without a database. */
#include <stdio.h>

#include "base/list.h"
#include "cmd_template.h"
#include "ext/yaml.h"
#include "scaffolder/dry_run.h"
#include "scaffolder/fit.h"
#include "scaffolder/template.h"

struct options {
	const char *path, *values, *secrets, *out, *checkpoints;
	bool examples; /* fields without a value get one of their type, which need not fit */
	bool apply;    /* it is no dry run */
};

static int read_options(struct ctx *cx, int argc, char **argv, struct options *o)
{
	for (int i = 1; i < argc; i++) {
		const char **to = streq(argv[i], "--values")        ? &o->values
				  : streq(argv[i], "--secrets")     ? &o->secrets
				  : streq(argv[i], "--out")         ? &o->out
				  : streq(argv[i], "--checkpoints") ? &o->checkpoints
								    : NULL;

		o->examples = o->examples || streq(argv[i], "--examples");
		o->apply = o->apply || streq(argv[i], "--apply");
		if (streq(argv[i], "--examples") || streq(argv[i], "--apply"))
			continue;
		if (to && i + 1 == argc)
			return cmd_usage(cx, "%s needs a value", argv[i]);
		if (to)
			*to = argv[++i];
		else if (*argv[i] == '-' || o->path)
			return cmd_usage(cx, "'%s' is not understood", argv[i]);
		else
			o->path = argv[i];
	}
	if (o->checkpoints && !(o->apply && o->out))
		return cmd_usage(cx, "--checkpoints goes with --apply and --out");
	return o->path ? 0 : cmd_usage(cx, "PATH is missing");
}

static int read_all(struct ctx *cx, const struct options *o, struct template_file *t, struct dry_run *d)
{
	struct json *given = NULL, *values = NULL, *secrets = json_object(cx->mem);
	int rc = template_file_read(cx, o->path, t);

	if (rc == 0)
		values = template_defaults(cx->mem, t->entity, o->examples);
	if (rc == 0 && o->values)
		rc = template_values_read(cx, o->values, &given);
	for (size_t i = 0; rc == 0 && i < json_len(given); i++)
		json_setn(cx->mem, values, given->o.m[i].key, given->o.m[i].value);
	if (rc == 0 && o->secrets)
		rc = template_values_read(cx, o->secrets, &secrets);
	*d = (struct dry_run){ .entity = t->entity,
			       .values = values,
			       .secrets = secrets,
			       .user = json_object(cx->mem),
			       .source = t->source,
			       .log = json_array(cx->mem),
			       .out = o->out };
	return rc;
}

static void print_log(const struct json *log)
{
	for (size_t i = 0; i < log->a.n; i++) {
		const struct json *body = json_get(log->a.items[i], "body");
		const char *step = json_get_text(body, "stepId", NULL);

		printf("%s%s%s\n", step ? step : "", step ? ": " : "", json_get_text(body, "message", ""));
	}
}

static int print_result(struct ctx *cx, const struct json *result, const char *out)
{
	const struct json *files = json_get(result, "directoryContents");
	struct buf b = { .mem = cx->mem };
	int rc = yaml_write_file(cx, json_get(result, "output"), &b);

	for (size_t i = 0; i < json_len(files); i++)
		printf("file: %s\n", json_get_text(files->a.items[i], "path", ""));
	if (rc == 0)
		printf("output:\n%s", buf_text(&b));
	if (out)
		printf("%zu files are in %s\n", json_len(files), out);
	return rc;
}

int cmd_template_run(struct ctx *cx, int argc, char **argv)
{
	struct text_list unknown = { 0 };
	struct options o = { 0 };
	struct template_file t;
	struct dry_run d;
	struct json *result, *errors;
	int rc = read_options(cx, argc, argv, &o);

	if (rc == 0)
		rc = read_all(cx, &o, &t, &d);
	if (rc == 0)
		rc = template_entity(cx, t.entity);
	if (rc < 0)
		return rc;
	errors = template_misfits(cx->mem, t.entity, d.values);
	if (errors->a.n && !o.examples)
		return fail(cx, ERR_INPUT, "the values do not fit the form: %s", fit_text(cx->mem, errors));
	if (o.apply)
		return template_apply(
			cx, &(struct template_apply){ t.entity, d.values, d.secrets, t.source, o.out, o.checkpoints });
	d.host = template_offline_host(cx, &unknown);
	rc = dry_run(cx, &d, &result);
	print_log(d.log);
	for (size_t i = 0; i < unknown.n; i++)
		printf("%s is not installed here: it was left out\n", unknown.items[i]);
	return rc < 0 ? rc : print_result(cx, result, o.out);
}
