/* /api/scaffolder/v2/autocomplete: what a source-code host has, asked with the token of whoever fills in a form. */
#include "base/list.h"
#include "catalog/scm.h"
#include "ext/json.h"
#include "handlers/handlers.h"
#include "scaffolder/provider.h"

enum { ANSWER_MS = 10000 };

/* %s: the members of context, in the order of needs. Of each item, id and title are members. */
static const struct source {
	enum scm_kind kind;
	const char *resource, *needs[2], *path, *id, *title;
} sources[] = {
	{ SCM_GITHUB, "repositoriesWithOwner", { NULL }, "/user/repos?per_page=100&sort=full_name", "full_name", NULL },
	{ SCM_GITHUB, "branches", { "owner", "repository" }, "/repos/%s/%s/branches?per_page=100", "name", NULL },
	{ SCM_GITLAB, "groups", { NULL }, "/groups?per_page=100&all_available=false", "id", "full_path" },
	{ SCM_GITLAB, "repositories", { "id" }, "/groups/%s/projects?per_page=100&simple=true", "id", "name" },
	{ SCM_GITEA, "owners", { NULL }, "/user/orgs?limit=50", "username", NULL },
	{ SCM_GITEA, "repositories", { "owner" }, "/users/%s/repos?limit=50", "name", NULL },
	{ SCM_GITEA, "branches", { "owner", "repository" }, "/repos/%s/%s/branches?limit=50", "name", NULL },
};

static bool has_provider(const char *name)
{
	for (size_t i = 0; i < LEN(sources); i++)
		if (streq(scm_kind_name(sources[i].kind), name))
			return true;
	return false;
}

static int find_source(struct req *rq, const struct source **out)
{
	const char *provider = req_param(rq, "provider"), *resource = req_param(rq, "resource");

	if (!has_provider(provider))
		return fail(rq->cx, ERR_INPUT, "Unsupported provider: %.100s", provider);
	for (size_t i = 0; i < LEN(sources); i++) {
		*out = &sources[i];
		if (streq(scm_kind_name(sources[i].kind), provider) && streq(sources[i].resource, resource))
			return 0;
	}
	return fail(rq->cx, ERR_INPUT, "Invalid resource: %.100s", resource);
}

/* That of context.host, or the first of this kind. Other hosts are never asked. */
static const struct scm *find_host(struct ctx *cx, enum scm_kind kind, const char *host)
{
	const struct scm_conf *conf = scm_conf(cx);

	for (size_t i = 0; i < conf->scms.n; i++)
		if (conf->scms.items[i].kind == kind && *conf->scms.items[i].api &&
		    (!host || str_ieq(conf->scms.items[i].host, host)))
			return &conf->scms.items[i];
	return NULL;
}

static int path_of(struct req *rq, const struct source *s, const struct json *context, struct buf *out)
{
	size_t k = 0;

	for (const char *p = s->path; *p; p++) {
		if (*p != '%') {
			buf_addc(out, *p);
			continue;
		}
		const char *value = json_get_text(context, s->needs[k], NULL), *part;

		if (!value)
			return fail(rq->cx, ERR_INPUT, "Missing %s context parameter", s->needs[k]);
		if (provider_part(rq->cx, value, &part) < 0)
			return fail_in(rq->cx, ERR_INPUT, "context.%s", s->needs[k]);
		buf_adds(out, part);
		k++;
		p++;
	}
	return 0;
}

static struct json *text_of(struct arena *mem, const struct json *v)
{
	struct buf b = { .mem = mem };

	if (json_is(v, JSON_STRING))
		return json_copy(mem, v);
	json_write(&b, v);
	return json_str(mem, buf_text(&b));
}

static int ask(struct ctx *cx, const struct source *s, const struct scm *host, const char *path, struct json **out)
{
	struct json *list, *results = json_array(cx->mem);
	int rc = provider_get(cx, host, path, ANSWER_MS, &list);

	if (rc < 0)
		return rc;
	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++) {
		struct json *item = json_object(cx->mem);

		if (!json_get(list->a.items[i], s->id))
			continue;
		json_set(cx->mem, item, "id", text_of(cx->mem, json_get(list->a.items[i], s->id)));
		if (s->title && json_get(list->a.items[i], s->title))
			json_set(cx->mem, item, "title", text_of(cx->mem, json_get(list->a.items[i], s->title)));
		json_push(cx->mem, results, item);
	}
	*out = json_object(cx->mem);
	json_set(cx->mem, *out, "results", results);
	return 0;
}

int scaffolder_api_autocomplete(struct req *rq, struct resp *rs)
{
	static const char *const none[] = { NULL };
	struct buf path = { .mem = rq->cx->mem };
	const struct json *context;
	const struct source *s = NULL;
	const struct scm *found;
	struct json *body, *out = NULL;
	struct scm host;
	int rc = body_object(rq, none, NULL, &body);

	if (rc == 0 && !*json_get_text(body, "token", ""))
		rc = fail(rq->cx, ERR_INPUT, "Missing token query parameter");
	if (rc == 0)
		rc = find_source(rq, &s);
	if (rc < 0)
		return rc;
	context = json_get(body, "context");
	found = find_host(rq->cx, s->kind, json_get_text(context, "host", NULL));
	if (!found)
		return fail(rq->cx, ERR_INPUT, "No integration has the host %.200s",
			    json_get_text(context, "host", "asked for"));
	/* With the rights of whoever asks, never with ours. */
	host = scm_with_token(found, json_get_text(body, "token", ""));
	rc = path_of(rq, s, context, &path);
	if (rc == 0)
		rc = ask(rq->cx, s, &host, buf_text(&path), &out);
	return rc < 0 ? rc : resp_json(rs, 200, out);
}
