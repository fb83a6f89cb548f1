/* /create/edit: the template editor. What the browser asks of it: a template's files, and what is wrong with a text. */
#include <stdio.h>

#include "catalog/query.h"
#include "catalog/settings.h"
#include "ext/crypto.h"
#include "ext/yaml.h"
#include "handlers/create.h"
#include "handlers/entity_view.h"
#include "handlers/handlers.h"
#include "handlers/page.h"
#include "plugins/action.h"
#include "scaffolder/dry_run.h"
#include "scaffolder/source.h"
#include "scaffolder/template.h"

enum { OFFERED = 50, FILES_MOST = 2000, BYTES_MOST = 7 << 20 };

static void set_text(struct arena *mem, struct json *v, const char *key, const char *text)
{
	json_set(mem, v, key, json_str(mem, text));
}

/* ---- what is wrong with a text ---- */

static void tell(struct arena *mem, struct faults *faults, uint32_t line, const char *text)
{
	*list_add(mem, faults) = (struct fault){ "InputError", text, text, line };
}

/* "… (line 3, column 1)" -> 3 */
static uint32_t line_of(const char *text)
{
	const char *at = strstr(text, "(line ");
	unsigned line = 0;

	return at && sscanf(at, "(line %u", &line) == 1 ? line : 0;
}

static bool is_template(const struct json *v)
{
	return streq(json_get_text(v, "kind", ""), "Template");
}

/* The first Template among a file's documents. */
static struct json *find_template(struct ctx *cx, const struct yaml_docs *docs, struct faults *faults)
{
	size_t before = faults->n;

	for (size_t i = 0; i < docs->n; i++) {
		const struct yaml_doc *d = &docs->items[i];
		uint32_t line = d->error ? line_of(d->error) : 0;

		if (d->error)
			tell(cx->mem, faults, line ? line : d->line, d->error);
		else if (is_template(d->value))
			return d->value;
	}
	if (faults->n == before)
		tell(cx->mem, faults, docs->n ? docs->items[0].line : 1,
		     "there is no Template in it: apiVersion scaffolder.backstage.io/v1beta3, kind Template");
	return NULL;
}

void create_template_read(struct ctx *cx, struct str text, struct faults *faults, struct json **out)
{
	const struct catalog_settings *set = catalog_settings(cx);
	struct yaml_docs docs = { 0 };

	*out = NULL;
	if (!set || yaml_read(cx, text, NULL, &docs) < 0) {
		tell(cx->mem, faults, 0, arena_strdup(cx->mem, cx->err.text));
		cx->err = (struct err){ 0 };
		return;
	}
	struct json *found = find_template(cx, &docs, faults);

	if (!found || !validate_envelope(cx->mem, found, faults))
		return;
	if (validate_entity(cx->mem, &set->kinds, found, faults))
		*out = found;
	template_lint(cx, found, action_lua_host(), &(struct template_source){ 0 }, faults);
}

struct json *create_faults(struct arena *mem, const struct faults *faults)
{
	struct json *list = json_array(mem);

	for (size_t i = 0; i < faults->n; i++) {
		const struct fault *f = &faults->items[i];
		struct json *v = json_object(mem);

		json_set(mem, v, "line", json_num(mem, f->line));
		set_text(mem, v, "message", *f->rule ? f->rule : f->message);
		json_push(mem, list, v);
	}
	return list;
}

int create_failed(struct req *rq, struct resp *rs, int rc)
{
	struct json *v;

	if (rc != ERR_INPUT && rc != ERR_PLUGIN && rc != ERR_DENIED && rc != ERR_NOTFOUND && rc != ERR_TOOLARGE &&
	    rc != ERR_UPSTREAM && rc != ERR_CONFLICT && rc != ERR_TIMEOUT)
		return rc;
	v = json_object(rq->cx->mem);
	set_text(rq->cx->mem, v, "failed", rq->cx->err.text);
	rq->cx->err = (struct err){ 0 };
	return resp_json(rs, 200, v);
}

/* POST {template}: {faults, whole, title, values: the defaults of its form}. */
int create_edit_check(struct req *rq, struct resp *rs)
{
	static const char *const need[] = { "template", NULL };
	struct ctx *cx = rq->cx;
	struct json *body, *entity, *v = json_object(cx->mem);
	struct faults faults = { 0 };
	const char *text;
	int rc = body_object(rq, need, NULL, &body);

	if (rc == 0)
		rc = body_text(rq, body, "template", &text);
	if (rc < 0)
		return create_failed(rq, rs, rc);
	create_template_read(cx, str_of(text), &faults, &entity);
	json_set(cx->mem, v, "faults", create_faults(cx->mem, &faults));
	json_set(cx->mem, v, "whole", json_bool(cx->mem, entity));
	json_set(cx->mem, v, "values", entity ? template_defaults(cx->mem, entity, false) : json_object(cx->mem));
	set_text(cx->mem, v, "title",
		 json_get_text(json_get(entity, "metadata"), "title", json_get_text(json_get(entity, "metadata"), "name", "")));
	return resp_json(rs, 200, v);
}

/* ---- a template of the catalog ---- */

/* What the catalog has added to it is not part of the file. */
static int entity_text(struct ctx *cx, const struct json *entity, const char **out)
{
	static const char *const added[] = { "relations", "status" }, *const meta[] = { "uid", "etag" };
	struct json *copy = json_copy(cx->mem, entity), *kept = json_object(cx->mem);
	struct json *notes = json_path(copy, "metadata", "annotations", NULL);
	struct buf b = { .mem = cx->mem };

	for (size_t i = 0; i < LEN(added); i++)
		json_remove(copy, added[i]);
	for (size_t i = 0; i < LEN(meta); i++)
		json_remove(json_get(copy, "metadata"), meta[i]);
	for (size_t i = 0; json_is(notes, JSON_OBJECT) && i < notes->o.n; i++)
		if (!str_starts(notes->o.m[i].key.p, "backstage.io/"))
			json_setn(cx->mem, kept, notes->o.m[i].key, notes->o.m[i].value);
	json_remove(json_get(copy, "metadata"), "annotations");
	if (kept->o.n)
		json_set(cx->mem, json_get(copy, "metadata"), "annotations", kept);
	int rc = yaml_write_file(cx, copy, &b);

	*out = buf_text(&b);
	return rc;
}

/* The name of the file that it was read from; "template.yaml" where that is not known. */
static const char *file_name(struct arena *mem, const struct json *entity)
{
	const char *from =
		json_get_text(json_path(entity, "metadata", "annotations", NULL), "backstage.io/managed-by-location", "");
	const char *slash = strrchr(from, '/');
	size_t n = slash ? strcspn(slash + 1, "?#") : 0;

	return n ? arena_strndup(mem, slash + 1, n) : "template.yaml";
}

static int add_file(struct ctx *cx, const struct workspace *from, const struct workspace_entry *e, const char *path,
		    struct json *list)
{
	struct json *v = json_object(cx->mem);
	struct str bytes;
	int rc = workspace_read(cx, from, e->path, BYTES_MOST, &bytes);

	if (rc < 0)
		return rc;
	set_text(cx->mem, v, "path", path);
	set_text(cx->mem, v, "base64Content", crypto_base64(cx->mem, bytes));
	json_push(cx->mem, list, v);
	return 0;
}

static int too_much(struct ctx *cx)
{
	return fail(cx, ERR_TOOLARGE,
		    "what is beside the template is more than %d files or %d MiB: open a folder of your own that has only what "
		    "it needs",
		    FILES_MOST, BYTES_MOST >> 20);
}

/* All that is beside the template, and below. */
static int add_files(struct ctx *cx, const struct workspace *from, const char *folder, struct json *list)
{
	struct workspace_entries all = { 0 };
	size_t skip = *folder ? strlen(folder) + 1 : 0;
	uint64_t bytes = 0;
	int rc = workspace_list(cx, from, folder, true, &all);

	for (size_t i = 0; rc == 0 && i < all.n; i++) {
		const struct workspace_entry *e = &all.items[i];

		if (e->kind != WORKSPACE_FILE || str_starts(e->path + skip, ".git/"))
			continue;
		bytes += e->bytes;
		rc = list->a.n >= FILES_MOST || bytes > BYTES_MOST ? too_much(cx) : add_file(cx, from, e, e->path + skip, list);
	}
	return rc;
}

/* GET ?template=REF: {template: the name of its file, text: when that file has others as well, files: [{path, base64Content}]}.
 */
int create_edit_files(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	const char *ref = req_query(rq, "template"), *folder = "", *text = "";
	struct json *entity, *v = json_object(cx->mem), *list = json_array(cx->mem);
	struct workspace from;
	int rc = template_read(rq->cx, ref ? ref : "", &entity);

	if (rc < 0)
		return create_failed(rq, rs, rc);
	struct template_source source = template_source_of(cx, entity);

	rc = entity_text(cx, entity, &text);
	if (rc == 0)
		rc = source_tree(cx, &source, "./", NULL, arena_printf(cx->mem, "%s/dry-run", scaffold_folder(cx)), &from,
				 &folder);
	if (rc == 0)
		rc = add_files(cx, &from, folder, list);
	if (rc < 0)
		return create_failed(rq, rs, rc);
	set_text(cx->mem, v, "template", file_name(cx->mem, entity));
	set_text(cx->mem, v, "text", text);
	json_set(cx->mem, v, "files", list);
	return resp_json(rs, 200, v);
}

/* ---- the page ---- */

static struct json *fields_json(struct arena *mem)
{
	static const struct {
		const char *name, *about, *example;
	} fields[] = {
#define FIELD(name, about, example) { name, about, example },
#include "handlers/create_fields.def"
#undef FIELD
	};
	struct json *list = json_array(mem);

	for (size_t i = 0; i < LEN(fields); i++) {
		struct json *v = json_object(mem);

		set_text(mem, v, "name", fields[i].name);
		set_text(mem, v, "about", fields[i].about);
		set_text(mem, v, "example", fields[i].example);
		json_push(mem, list, v);
	}
	return list;
}

/* The templates that one may begin with; words narrow them down. */
static int add_templates(struct ctx *cx, struct json *vars, const char *words)
{
	struct query q = {
		.orders = { { "metadata.name", false } }, .n_orders = 1, .limit = OFFERED, .text = *words ? words : NULL
	};
	struct query_page page = { 0 };
	struct json *rows = json_array(cx->mem);
	int rc = filter_add(cx, &q.filter, "kind=template");

	*list_add(cx->mem, &q.text_fields) = "metadata.name";
	*list_add(cx->mem, &q.text_fields) = "metadata.title";
	if (rc == 0)
		rc = entity_rows(cx, &q, &page, &rows);
	json_set(cx->mem, vars, "templates", rows);
	json_set(cx->mem, vars, "total", json_num(cx->mem, (double)page.total));
	return rc;
}

/* What the editor begins with: a template of the catalog, the sample, or what was sent to be checked. */
static int beginning(struct req *rq, struct json *vars, const char **text)
{
	const char *ref = req_query(rq, "template");
	struct json *entity;
	struct str sample;
	int rc = 0;

	*text = "";
	set_text(rq->cx->mem, vars, "ref", ref ? ref : "");
	if (ref && *ref) {
		rc = template_read(rq->cx, ref, &entity);
		return rc < 0 ? rc : entity_text(rq->cx, entity, text);
	}
	if (req_query(rq, "sample")) {
		rc = page_view_text(rq->cx, "create/sample.yaml", &sample);
		*text = rc < 0 ? "" : sample.p;
	}
	return rc;
}

static int show(struct req *rq, struct resp *rs, struct json *vars, const char *text, const char *words, bool editing)
{
	struct arena *mem = rq->cx->mem;
	int rc = editing ? 0 : add_templates(rq->cx, vars, words);

	if (rc < 0)
		return rc;
	json_set(mem, vars, "editing", json_bool(mem, editing));
	json_set(mem, vars, "fields", fields_json(mem));
	set_text(mem, vars, "text", text);
	set_text(mem, vars, "words", words);
	set_text(mem, vars, "tab", "edit");
	return page_render(rq, rs, 200, "create/edit.html", vars);
}

int create_edit(struct req *rq, struct resp *rs)
{
	static const char *const known[] = { "template", "sample", "new", "q", NULL };
	const char *words = req_query(rq, "q"), *text;
	struct json *vars = json_object(rq->cx->mem);
	int rc = req_only_query(rq, known);

	if (rc == 0)
		rc = beginning(rq, vars, &text);
	if (rc < 0)
		return rc;
	json_set(rq->cx->mem, vars, "faults", json_null(rq->cx->mem));
	return show(rq, rs, vars, text, words ? words : "",
		    req_query(rq, "template") || req_query(rq, "sample") || req_query(rq, "new"));
}

/* The same without scripts: the text comes back with what is wrong with it. */
int create_edit_post(struct req *rq, struct resp *rs)
{
	struct json *vars = json_object(rq->cx->mem), *entity;
	struct faults faults = { 0 };
	struct params form;
	int rc = req_form(rq, &form);
	const char *text = rc < 0 ? NULL : params_get(&form, "template"), *ref = rc < 0 ? NULL : params_get(&form, "ref");

	if (rc < 0)
		return rc;
	create_template_read(rq->cx, str_of(text ? text : ""), &faults, &entity);
	json_set(rq->cx->mem, vars, "faults", create_faults(rq->cx->mem, &faults));
	set_text(rq->cx->mem, vars, "ref", ref ? ref : "");
	return show(rq, rs, vars, text ? text : "", "", true);
}
