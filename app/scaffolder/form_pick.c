/* What the pickers of forms offer. */
#include "scaffolder/form_pick.h"

#include "catalog/ref.h"
#include "catalog/scm.h"
#include "identity/identity.h"
#include "scaffolder/form_private.h"

/* ---- entities ---- */

static struct json *one_member(struct arena *mem, const char *key, struct json *value)
{
	struct json *o = json_object(mem);

	json_set(mem, o, key, value);
	return o;
}

static struct json *as_list(struct arena *mem, struct json *v)
{
	struct json *list = json_array(mem);

	json_push(mem, list, v);
	return list;
}

static struct json *condition(struct arena *mem, struct str key, struct json *value)
{
	struct json *test, *o = json_object(mem);

	if (json_is(value, JSON_OBJECT))
		test = one_member(mem, "$exists", json_bool(mem, json_get_bool(value, "exists", true)));
	else
		test = one_member(mem, "$in", json_is(value, JSON_ARRAY) ? value : as_list(mem, value));
	json_setn(mem, o, key, test);
	return o;
}

static struct json *all_of(struct arena *mem, const struct json *filter)
{
	struct json *all = json_array(mem);

	for (size_t i = 0; json_is(filter, JSON_OBJECT) && i < filter->o.n; i++)
		json_push(mem, all, condition(mem, filter->o.m[i].key, filter->o.m[i].value));
	return one_member(mem, "$all", all);
}

static struct json *owned_by(struct ctx *cx)
{
	struct json *refs = json_array(cx->mem);

	for (const char **ref = cx->who ? cx->who->owns : NULL; ref && *ref; ref++)
		json_push(cx->mem, refs, json_str(cx->mem, *ref));
	return condition(cx->mem, STR("relations.ownedby"), refs);
}

struct json *form_entity_predicate(struct ctx *cx, const struct json *filter, bool owned)
{
	struct json *all = json_array(cx->mem), *any = json_array(cx->mem);

	if (json_is(filter, JSON_OBJECT) && filter->o.n)
		json_push(cx->mem, all, all_of(cx->mem, filter));
	for (size_t i = 0; json_is(filter, JSON_ARRAY) && i < filter->a.n; i++)
		json_push(cx->mem, any, all_of(cx->mem, filter->a.items[i]));
	if (any->a.n)
		json_push(cx->mem, all, one_member(cx->mem, "$any", any));
	if (owned)
		json_push(cx->mem, all, owned_by(cx));
	return all->a.n ? one_member(cx->mem, "$all", all) : NULL;
}

struct json *form_entity_filter(struct arena *mem, const struct json *schema)
{
	const struct json *filter = form_ui(schema, "catalogFilter"), *kinds = form_ui(schema, "allowedKinds");
	struct json *both;

	if (json_is(filter, JSON_OBJECT) || json_is(filter, JSON_ARRAY))
		return json_copy(mem, filter);
	if (json_len(kinds))
		return one_member(mem, "kind", json_copy(mem, kinds));
	if (!streq(form_ui_text(schema, "field", ""), "OwnerPicker"))
		return json_object(mem);
	both = as_list(mem, json_str(mem, "Group"));
	json_push(mem, both, json_str(mem, "User"));
	return one_member(mem, "kind", both);
}

const char *form_default_kind(const struct json *schema)
{
	return form_ui_text(schema, "defaultKind", streq(form_ui_text(schema, "field", ""), "OwnerPicker") ? "Group" : "");
}

const char *form_default_namespace(const struct json *schema)
{
	return form_ui_text(schema, "defaultNamespace", "");
}

const char *form_ref_text(struct arena *mem, const char *ref, const char *kind, const char *ns)
{
	if (*ns && !str_ieq(ns, "default"))
		return ref;
	return ref_humanise(mem, ref, *kind ? str_lower(mem, kind, strlen(kind)) : NULL);
}

/* ---- repositories ---- */

static bool has_host(const struct json *list, const char *host)
{
	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++)
		if (str_ieq(json_get_text(list->a.items[i], "host", ""), host))
			return true;
	return false;
}

const char *form_host_kind(struct ctx *cx, const char *host)
{
	static const char *const others[] = { "azure", "gerrit" };
	const struct scm_conf *conf = scm_conf(cx);

	for (size_t i = 0; i < conf->scms.n; i++)
		if (str_ieq(conf->scms.items[i].host, host))
			return scm_kind_name(conf->scms.items[i].kind);
	for (size_t i = 0; i < LEN(others); i++)
		if (has_host(json_path(cx->conf, "integrations", others[i], NULL), host))
			return others[i];
	return str_ieq(host, "dev.azure.com") ? "azure" : "";
}

/* Those that the field allows; else all that are configured. */
static struct json *hosts_of(struct ctx *cx, const struct json *schema)
{
	const struct json *allowed = form_ui(schema, "allowedHosts");
	const struct scm_conf *conf = scm_conf(cx);
	struct json *list = json_array(cx->mem);

	for (size_t i = 0; json_is(allowed, JSON_ARRAY) && i < allowed->a.n; i++)
		if (json_is(allowed->a.items[i], JSON_STRING))
			json_push(cx->mem, list, allowed->a.items[i]);
	for (size_t i = 0; !json_len(allowed) && i < conf->scms.n; i++)
		json_push(cx->mem, list, json_str(cx->mem, conf->scms.items[i].host));
	return list;
}

struct part {
	const char *name, *label, *allowed, *what;
};
/* What each kind of host needs to name a repository; others are like GitHub. */
static const struct {
	const char *kind;
	struct part parts[4];
} addresses[] = {
	{ "bitbucketCloud",
	  { { "workspace", "Workspace", "allowedOwners", "" },
	    { "project", "Project", "allowedProjects", "" },
	    { "repo", "Repository", "allowedRepos", "" } } },
	{ "bitbucketServer",
	  { { "project", "Project", "allowedProjects", "" }, { "repo", "Repository", "allowedRepos", "" } } },
	{ "azure",
	  { { "organization", "Organization", "allowedOrganizations", "" },
	    { "project", "Project", "allowedProjects", "" },
	    { "repo", "Repository", "allowedRepos", "" } } },
	{ "gerrit", { { "owner", "Parent project", "allowedOwners", "" }, { "repo", "Repository", "allowedRepos", "" } } },
	{ "", { { "owner", "Owner", "allowedOwners", "owners" }, { "repo", "Repository", "allowedRepos", "repositories" } } },
};

static struct json *repo_field(struct arena *mem, const struct part *p, const char *text, const struct json *choices)
{
	struct json *v = json_object(mem);
	const char *first = json_len(choices) ? json_text(choices->a.items[0], "") : "";

	json_set(mem, v, "name", json_str(mem, p->name));
	json_set(mem, v, "label", json_str(mem, p->label));
	json_set(mem, v, "help", json_str(mem, ""));
	json_set(mem, v, "text", json_str(mem, *text ? text : first));
	json_set(mem, v, "choices", json_is(choices, JSON_ARRAY) ? json_copy(mem, choices) : json_array(mem));
	json_set(mem, v, "what", json_str(mem, p->what));
	return v;
}

static void add_words(struct arena *mem, struct json *field, const struct json *schema, const char *name)
{
	const char *label = form_ui_text(schema, arena_printf(mem, "%sLabel", name), NULL);
	const char *help = form_ui_text(schema, arena_printf(mem, "%sDescription", name), NULL);

	if (label)
		json_set(mem, field, "label", json_str(mem, label));
	if (help)
		json_set(mem, field, "help", json_str(mem, help));
}

const char *form_repo_host(struct ctx *cx, const struct json *schema, const char *url)
{
	const char *host = json_get_text(form_repo_parts(cx->mem, url), "host", "");
	const struct json *hosts = hosts_of(cx, schema);

	return *host || !json_len(hosts) ? host : json_text(hosts->a.items[0], "");
}

struct json *form_repo_fields(struct ctx *cx, const struct json *schema, const char *url)
{
	static const struct part host_part = { "host", "Host", "allowedHosts", "" };
	struct arena *mem = cx->mem;
	struct json *parts = form_repo_parts(mem, url), *list = json_array(mem);
	struct json *host = repo_field(mem, &host_part, json_get_text(parts, "host", ""), hosts_of(cx, schema));
	const char *kind = form_host_kind(cx, json_get_text(host, "text", ""));
	bool quiet = json_get_bool(json_get(schema, "ui:options"), "disableRepoAutocomplete", false);
	size_t k = 0;

	while (k + 1 < LEN(addresses) && !streq(addresses[k].kind, kind))
		k++;
	json_push(mem, list, host);
	for (const struct part *p = addresses[k].parts; p < addresses[k].parts + 4 && p->name; p++) {
		struct json *field = repo_field(mem, p, json_get_text(parts, p->name, ""), form_ui(schema, p->allowed));

		if (quiet && streq(p->name, "repo"))
			json_set(mem, field, "what", json_str(mem, ""));
		add_words(mem, field, schema, p->name);
		json_push(mem, list, field);
	}
	return list;
}

static const char *repo_value_in(const struct json *schema, const struct json *values)
{
	const struct json *properties = json_get(schema, "properties");

	for (size_t i = 0; json_is(properties, JSON_OBJECT) && i < properties->o.n; i++) {
		const char *text = json_text(json_getn(values, properties->o.m[i].key), "");

		if (*text && streq(form_widget(properties->o.m[i].value), "repo-url"))
			return text;
	}
	return "";
}

const char *form_repo_value(const struct json *pages, const struct json *values)
{
	const char *text = "";

	for (size_t i = 0; !*text && i < json_len(pages); i++)
		text = repo_value_in(pages->a.items[i], values);
	return text;
}
