/* What a source-code host has, asked of its API. */
#include "scaffolder/provider.h"

#include "catalog/scm.h"
#include "ext/json.h"

enum { WAIT_MS = 4000, MOST_BYTES = 4 << 20, MOST_MEMORY = 64 << 20 };

/*
 * Addresses below the API's base, with {owner}, {repo}, {path} (owner/repo as one segment) and {words}; which member is the
 * name. All of the same kind and question are asked in turn: until the first that answers, or, when add is set, for more.
 */
static const struct {
	enum scm_kind kind;
	const char *what, *path, *name;
	bool add;
} asks[] = {
	{ SCM_GITHUB, "owners", "/user/orgs?per_page=100", "login", true },
	{ SCM_GITHUB, "owners", "/user", "login", true },
	{ SCM_GITHUB, "repositories", "/orgs/{owner}/repos?per_page=100&sort=pushed", "name", false },
	{ SCM_GITHUB, "repositories", "/users/{owner}/repos?per_page=100&sort=pushed", "name", false },
	{ SCM_GITHUB, "branches", "/repos/{owner}/{repo}/branches?per_page=100", "name", false },
	{ SCM_GITLAB, "owners", "/groups?per_page=100&min_access_level=30&search={words}", "full_path", false },
	{ SCM_GITLAB, "repositories", "/groups/{owner}/projects?per_page=100&simple=true&search={words}", "path", false },
	{ SCM_GITLAB, "repositories", "/users/{owner}/projects?per_page=100&simple=true&search={words}", "path", false },
	{ SCM_GITLAB, "branches", "/projects/{path}/repository/branches?per_page=100&search={words}", "name", false },
	{ SCM_GITEA, "owners", "/user/orgs?limit=50", "username", true },
	{ SCM_GITEA, "owners", "/user", "login", true },
	{ SCM_GITEA, "repositories", "/orgs/{owner}/repos?limit=50", "name", false },
	{ SCM_GITEA, "repositories", "/users/{owner}/repos?limit=50", "name", false },
	{ SCM_GITEA, "branches", "/repos/{owner}/{repo}/branches?limit=50", "name", false },
};

int provider_part(struct ctx *cx, const char *text, const char **out)
{
	*out = url_encode(cx->mem, text, false);
	return streq(text, ".") || streq(text, "..") ? fail(cx, ERR_INPUT, "'%s' is not a name", text) : 0;
}

static int filled(struct ctx *cx, const struct provider_question *q, const char *path, const char **out)
{
	const struct {
		const char *hole, *value;
	} holes[] = {
		{ "{owner}", q->owner },
		{ "{repo}", q->repo },
		{ "{path}", arena_printf(cx->mem, "%s/%s", q->owner, q->repo) },
		{ "{words}", q->words },
	};
	struct buf b = { .mem = cx->mem };

	while (*path) {
		const char *part;
		size_t i = 0;

		while (i < LEN(holes) && !str_starts(path, holes[i].hole))
			i++;
		if (i == LEN(holes)) {
			buf_addc(&b, *path++);
			continue;
		}
		int rc = provider_part(cx, holes[i].value, &part);

		if (rc < 0)
			return rc;
		buf_adds(&b, part);
		path += strlen(holes[i].hole);
	}
	*out = buf_text(&b);
	return 0;
}

static void add_names(struct ctx *cx, const struct provider_question *q, const struct json *answer, const char *key,
		      struct json *to)
{
	size_t n = json_is(answer, JSON_ARRAY) ? answer->a.n : 1;

	for (size_t i = 0; i < n && to->a.n < PROVIDER_MOST; i++) {
		const struct json *one = json_is(answer, JSON_ARRAY) ? answer->a.items[i] : answer;
		const char *name = json_get_text(one, key, json_get_text(one, "name", ""));

		if (*name && strcasestr(name, q->words) && !json_has_text(to, str_of(name)))
			json_push(cx->mem, to, json_str(cx->mem, name));
	}
}

int provider_get(struct ctx *cx, const struct scm *s, const char *path, unsigned timeout_ms, struct json **out)
{
	struct fetch_request rq = { .url = arena_printf(cx->mem, "%s%s", s->api, path),
				    .timeout_ms = timeout_ms,
				    .connect_ms = timeout_ms / 2,
				    .max_bytes = MOST_BYTES,
				    .stay = true };
	struct fetch_answer an;
	struct scm own;
	int rc = scm_credentials(cx, s, scm_owner_of(cx, s, rq.url), &own);

	if (rc < 0)
		return rc;
	scm_headers(cx, &own, "application/json", &rq);
	rc = fetch(cx, &rq, &an);
	if (rc == 0 && an.status != 200)
		return an.status == 404 ? fail(cx, ERR_NOTFOUND, "%s has no such thing", s->host)
					: fail(cx, ERR_UPSTREAM, "%s answers with %d", s->host, an.status);
	if (rc < 0)
		return rc;
	rc = json_parse_within(cx, an.body, MOST_MEMORY, out);
	return rc < 0 ? fail_in(cx, ERR_UPSTREAM, "answer of %s", s->host) : 0;
}

static int ask(struct ctx *cx, const struct scm *s, const struct provider_question *q, size_t i, struct json *to)
{
	const char *path;
	struct json *v;
	int rc = filled(cx, q, asks[i].path, &path);

	if (rc == 0)
		rc = provider_get(cx, s, path, WAIT_MS, &v);
	if (rc == 0)
		add_names(cx, q, v, asks[i].name, to);
	return rc;
}

/* An app has no user whose organizations these were: it is installed at accounts. */
static int app_owners(struct ctx *cx, const struct scm *s, const struct provider_question *q, struct json *to)
{
	struct json *names = json_array(cx->mem);
	int rc = scm_app_owners(cx, s, names);

	for (size_t i = 0; i < names->a.n && to->a.n < PROVIDER_MOST; i++) {
		const char *name = json_text(names->a.items[i], "");

		if (strcasestr(name, q->words) && !json_has_text(to, str_of(name)))
			json_push(cx->mem, to, names->a.items[i]);
	}
	return rc;
}

int provider_names(struct ctx *cx, const struct provider_question *q, struct json **out)
{
	const struct scm *s = scm_by_host(cx, q->host);
	int rc = ERR_INPUT;

	*out = json_array(cx->mem);
	if (!*q->host)
		return fail(cx, ERR_INPUT, "the host is not known yet");
	if (!s || !*s->api)
		return fail(cx, ERR_INPUT, "no integration can be asked about “%.100s”", q->host);
	if (!streq(q->what, "owners") && !*q->owner)
		return fail(cx, ERR_INPUT, "whose %s?", q->what);
	if (streq(q->what, "branches") && !*q->repo)
		return fail(cx, ERR_INPUT, "branches of which repository?");
	if (s->n_apps && streq(q->what, "owners"))
		return app_owners(cx, s, q, *out);
	fail(cx, ERR_INPUT, "%s of %s cannot be looked up", q->what, s->host);
	for (size_t i = 0; i < LEN(asks); i++) {
		if (asks[i].kind != s->kind || !streq(asks[i].what, q->what))
			continue;
		int now = ask(cx, s, q, i, *out);

		rc = rc == 0 ? rc : now; /* one that answers is enough */
		if (!asks[i].add && now != ERR_NOTFOUND)
			break;
	}
	if (rc == 0)
		cx->err = (struct err){ 0 };
	return rc;
}
