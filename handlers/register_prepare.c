/* A first catalog file for a repository that has none: what it says, and the pull request that would bring it. */
#include "catalog/entity.h"
#include "catalog/prepare.h"
#include "catalog/query.h"
#include "catalog/ref.h"
#include "catalog/validate.h"
#include "base/list.h"
#include "ext/yaml.h"
#include "handlers/handlers.h"
#include "handlers/register.h"

enum { OWNERS_OFFERED = 500, FIELD_MAX = 4000 };

static const char *const fields[] = { "name", "description", "type", "lifecycle", "owner", "branch", "title", "body" };

/* Groups to choose from: names alone, in the default namespace. */
static int add_owners(struct ctx *cx, struct json *form)
{
	static const char *name = "metadata.name";
	struct query q = { 0 };
	struct facet found;
	struct json *list = json_array(cx->mem);
	int rc = filter_add(cx, &q.filter, "kind=group,metadata.namespace=default");

	if (rc == 0)
		rc = query_facets(cx, &q, &(struct text_list){ .items = &name, .n = 1 }, &found);
	for (size_t i = 0; rc == 0 && i < found.n && i < OWNERS_OFFERED; i++)
		json_push(cx->mem, list, json_str(cx->mem, found.items[i].value));
	json_set(cx->mem, form, "owners", list);
	return rc;
}

static int show(struct req *rq, struct resp *rs, int status, const char *target, struct json *form, struct json *vars)
{
	int rc = add_owners(rq->cx, form);

	json_set(rq->cx->mem, vars, "form", form);
	return rc < 0 ? rc : register_step(rq, rs, status, "prepare", target, vars);
}

static void set(struct arena *mem, struct json *form, const char *name, const char *value)
{
	json_set(mem, form, name, json_str(mem, value));
}

int register_propose(struct req *rq, struct resp *rs, const char *target, const struct json *proposal)
{
	struct arena *mem = rq->cx->mem;
	struct json *form = json_object(mem);
	const char *name = json_text(json_path(proposal, "metadata", "name", NULL), "");

	for (size_t i = 0; i < LEN(fields); i++)
		set(mem, form, fields[i], "");
	set(mem, form, "name", name);
	set(mem, form, "type", "service");
	set(mem, form, "lifecycle", "production");
	set(mem, form, "branch", "main");
	set(mem, form, "title", arena_printf(mem, "Add %s", register_file_name(rq->cx)));
	set(mem, form, "body",
	    "This file describes the repository to our developer portal: what it is, who owns it and how to find it. "
	    "Once it is on the main branch, the component can be registered in the catalog.");
	json_set(mem, form, "code_owners", json_bool(mem, false));
	json_set(mem, form, "errors", json_object(mem));
	return show(rq, rs, 200, target, form, json_object(mem));
}

/* ---- what the form says ---- */

static void read_form(struct req *rq, const struct params *in, struct json *form)
{
	struct arena *mem = rq->cx->mem;

	for (size_t i = 0; i < LEN(fields); i++) {
		const char *value = params_get(in, fields[i]);
		struct str s = str_trim(str_of(value ? value : ""));

		set(mem, form, fields[i], arena_strndup(mem, s.p ? s.p : "", s.n < FIELD_MAX ? s.n : FIELD_MAX));
	}
	json_set(mem, form, "code_owners", json_bool(mem, params_get(in, "code_owners") != NULL));
	json_set(mem, form, "errors", json_object(mem));
}

static void check(struct ctx *cx, struct json *form)
{
	struct json *errors = json_get(form, "errors");
	struct err before = cx->err;
	struct ref r;

	if (!valid_name(str_of(json_get_text(form, "name", ""))))
		set(cx->mem, errors, "name", "Letters, digits, - _ and . in between, at most 63 of them.");
	if (!*json_get_text(form, "type", ""))
		set(cx->mem, errors, "type", "Say what it is: service, website, library, or a word of your own.");
	if (!*json_get_text(form, "lifecycle", ""))
		set(cx->mem, errors, "lifecycle", "Say how far it is: experimental, production or deprecated.");
	if (!*json_get_text(form, "branch", ""))
		set(cx->mem, errors, "branch", "Name the branch that the file will be on.");
	if (!*json_get_text(form, "owner", ""))
		set(cx->mem, errors, "owner",
		    json_get_bool(form, "code_owners", false)
			    ? "No CODEOWNERS file that can be read names one owner for everything: choose one."
			    : "Choose the group that answers for it.");
	else if (ref_parse(cx, json_get_text(form, "owner", ""), "group", NULL, &r) < 0)
		set(cx->mem, errors, "owner", "This is no reference to a group or a user.");
	cx->err = before;
}

static struct json *document_of(struct arena *mem, const struct json *form)
{
	struct json *doc = json_object(mem), *meta = json_object(mem), *spec = json_object(mem);
	const char *description = json_get_text(form, "description", "");

	set(mem, doc, "apiVersion", "backstage.io/v1alpha1");
	set(mem, doc, "kind", "Component");
	set(mem, meta, "name", json_get_text(form, "name", ""));
	if (*description)
		set(mem, meta, "description", description);
	json_set(mem, doc, "metadata", meta);
	set(mem, spec, "type", json_get_text(form, "type", ""));
	set(mem, spec, "lifecycle", json_get_text(form, "lifecycle", ""));
	set(mem, spec, "owner", json_get_text(form, "owner", ""));
	json_set(mem, doc, "spec", spec);
	return doc;
}

/* Whether somebody of that name is there already, which need not be wrong: they may come later. */
static int owner_known(struct ctx *cx, const char *owner, bool *known)
{
	struct text_list refs = { 0 };
	struct ref r;
	int rc = ref_parse(cx, owner, "group", NULL, &r);

	if (rc == 0) {
		*list_add(cx->mem, &refs) = ref_format(cx->mem, &r);
		rc = entity_exist(cx, &refs, known);
	}
	return rc;
}

static int add_yaml(struct req *rq, struct json *vars, const struct json *form, const char *target)
{
	struct arena *mem = rq->cx->mem;
	struct buf text = { .mem = mem };
	const char *branch = json_get_text(form, "branch", ""), *name = register_file_name(rq->cx), *link, *file;
	struct json *v = json_object(mem);
	bool known = false;
	int rc = yaml_write(rq->cx, document_of(mem, form), &text);

	if (rc == 0)
		rc = owner_known(rq->cx, json_get_text(form, "owner", ""), &known);
	if (rc < 0)
		return rc;
	link = prepare_new_file_url(rq->cx, target, branch, name, buf_text(&text));
	file = prepare_file_url(rq->cx, target, branch, name);
	set(mem, v, "text", buf_text(&text));
	set(mem, v, "link", link ? link : "");
	set(mem, v, "file", file ? file : "");
	set(mem, v, "branch", register_branch(rq->cx));
	json_set(mem, v, "owner_known", json_bool(mem, known));
	json_set(mem, vars, "yaml", v);
	return 0;
}

int register_prepared(struct req *rq, struct resp *rs, const struct params *in, const char *target)
{
	struct arena *mem = rq->cx->mem;
	struct json *form = json_object(mem), *vars = json_object(mem);
	const char *owner = "";
	bool good;
	int rc = 0;

	read_form(rq, in, form);
	if (json_get_bool(form, "code_owners", false)) {
		rc = prepare_code_owner(rq->cx, target, &owner);
		if (*owner)
			set(mem, form, "owner", owner);
	}
	check(rq->cx, form);
	good = !json_len(json_get(form, "errors"));
	if (rc == 0 && good)
		rc = add_yaml(rq, vars, form, target);
	return rc < 0 ? rc : show(rq, rs, good ? 200 : 400, target, form, vars);
}
