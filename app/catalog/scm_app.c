/*
 * GitHub Apps: what is asked about an account goes with the token of the installation that it has. A process keeps what it
 * knows of each app: where it is installed, and the tokens it got.
 */
#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "catalog/scm.h"
#include "ext/crypto.h"
#include "ext/json.h"

enum {
	PER_PAGE = 100,
	PAGES_MOST = 100,
	WAIT_MS = 10000,
	BACK_S = 60, /* clocks differ */
	JWT_S = 540, /* GitHub takes ten minutes at most */
	RENEW_MS = 5 * 60 * 1000,
	LOOK_US = 60 * 1000000, /* so often it is looked whether it was installed elsewhere */
	TOKEN_MOST = 1024,
};

struct installation {
	struct installation *next;
	const char *owner;
	uint64_t id;
	bool suspended;
	uint64_t seen; /* the last look at which it was there */
	int64_t ends_ms;
	char token[TOKEN_MOST];
};

/* What a process knows of an app. */
struct known {
	struct known *next;
	const char *api, *id;
	struct installation *all;
	uint64_t look, looked_us; /* the last that went well, and when it was; 0: none */
};

static struct arena kept; /* as much as there are apps and accounts */
static struct known *knowns;

static struct known *known_of(const struct scm *s, const struct scm_app *app)
{
	struct known *k = knowns;

	while (k && (!streq(k->api, s->api) || !streq(k->id, app->id)))
		k = k->next;
	if (!k) {
		k = arena_new(&kept, struct known);
		*k = (struct known){ .next = knowns, .api = arena_strdup(&kept, s->api), .id = arena_strdup(&kept, app->id) };
		knowns = k;
	}
	return k;
}

/* ---- asking as the app ---- */

static int app_token(struct ctx *cx, const struct scm_app *app, const char **out)
{
	struct json *header = json_object(cx->mem), *claims = json_object(cx->mem);
	int64_t now = clock_wall_ms() / 1000;
	int rc;

	json_set(cx->mem, header, "alg", json_str(cx->mem, "RS256"));
	json_set(cx->mem, header, "typ", json_str(cx->mem, "JWT"));
	json_set(cx->mem, claims, "iat", json_num(cx->mem, (double)(now - BACK_S)));
	json_set(cx->mem, claims, "exp", json_num(cx->mem, (double)(now + JWT_S)));
	json_set(cx->mem, claims, "iss", json_str(cx->mem, app->id));
	rc = crypto_jwt_sign_rsa(cx, str_of(app->key), header, claims, out);
	return rc < 0 ? fail_in(cx, rc, "privateKey of the GitHub App %s", app->id) : 0;
}

static int refused(struct ctx *cx, const struct scm *s, const struct scm_app *app, int status)
{
	if (status == 401 || status == 403)
		return fail(cx, ERR_AUTH, "the GitHub App %s: %s does not know it, or its privateKey (%d)", app->id, s->host,
			    status);
	return fail(cx, ERR_UPSTREAM, "the GitHub App %s: %s answers with %d", app->id, s->host, status);
}

static int ask(struct ctx *cx, const struct scm *s, const struct scm_app *app, const char *method, const char *path,
	       struct json **out)
{
	struct fetch_request rq = {
		.method = method, .url = arena_printf(cx->mem, "%s%s", s->api, path), .timeout_ms = WAIT_MS, .stay = true
	};
	struct fetch_answer an;
	const char *token;
	int rc = app_token(cx, app, &token);

	if (rc < 0)
		return rc;
	struct scm as_app = scm_with_token(s, token);

	scm_headers(cx, &as_app, "application/vnd.github+json", &rq);
	if (streq(method, "POST"))
		rq.body = STR("{}");
	rc = fetch(cx, &rq, &an);
	if (rc == 0 && an.status == 404)
		return fail(cx, ERR_NOTFOUND, "the GitHub App %s: %s has no %s", app->id, s->host, path);
	if (rc == 0 && an.status != 200 && an.status != 201)
		return refused(cx, s, app, an.status);
	if (rc == 0)
		rc = json_parse(cx, an.body, out);
	return rc < 0 ? fail_in(cx, rc, "the GitHub App %s at %s", app->id, s->host) : 0;
}

/* ---- where it is installed ---- */

static struct installation *find(struct known *k, const char *owner)
{
	struct installation *i = k->all;

	while (i && (i->seen != k->look || !str_ieq(i->owner, owner)))
		i = i->next;
	return i;
}

static void take(struct known *k, const struct json *one)
{
	const char *owner = json_get_text(json_get(one, "account"), "login", "");
	uint64_t id = (uint64_t)json_get_num(one, "id", 0);
	struct installation *i = k->all;

	if (!*owner || !id)
		return;
	while (i && !str_ieq(i->owner, owner))
		i = i->next;
	if (!i) {
		i = arena_new(&kept, struct installation);
		*i = (struct installation){ .next = k->all, .owner = arena_strdup(&kept, owner) };
		k->all = i;
	}
	if (i->id != id)
		i->ends_ms = 0;
	i->id = id;
	i->suspended = json_is(json_get(one, "suspended_at"), JSON_STRING);
	i->seen = k->look + 1;
}

static int look(struct ctx *cx, const struct scm *s, const struct scm_app *app, struct known *k)
{
	struct json *list = NULL;

	for (int page = 1; page <= PAGES_MOST && (!list || json_len(list) == PER_PAGE); page++) {
		int rc = ask(cx, s, app, "GET", arena_printf(cx->mem, "/app/installations?per_page=%d&page=%d", PER_PAGE, page),
			     &list);

		if (rc < 0)
			return rc;
		for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++)
			take(k, list->a.items[i]);
	}
	k->look++;
	k->looked_us = clock_mono_us();
	return 0;
}

static bool looked_lately(const struct known *k)
{
	return k->looked_us && clock_mono_us() - k->looked_us < LOOK_US;
}

/* ---- its tokens ---- */

static int get_token(struct ctx *cx, const struct scm *s, const struct scm_app *app, struct installation *i)
{
	struct json *v;
	int rc = ask(cx, s, app, "POST",
		     arena_printf(cx->mem, "/app/installations/%llu/access_tokens", (unsigned long long)i->id), &v);

	if (rc < 0)
		return rc;
	const char *token = json_get_text(v, "token", "");

	if (!*token || strlen(token) >= sizeof(i->token) || strpbrk(token, "\r\n") ||
	    !clock_parse(json_get_text(v, "expires_at", ""), &i->ends_ms))
		return fail(cx, ERR_UPSTREAM, "the GitHub App %s: %s gives no token for %s", app->id, s->host, i->owner);
	memcpy(i->token, token, strlen(token) + 1);
	return 0;
}

static bool may_use(const struct scm_app *app, const char *owner)
{
	size_t n = json_len(app->owners);

	for (size_t i = 0; i < n; i++)
		if (str_ieq(json_text(app->owners->a.items[i], ""), owner))
			return true;
	return !json_is(app->owners, JSON_ARRAY);
}

/* 1: *token is what the installation gives; 0: there is none. */
static int token_of(struct ctx *cx, const struct scm *s, const struct scm_app *app, struct installation *i, const char **token)
{
	int rc = 0;

	if (!i)
		return 0;
	if (i->suspended)
		return fail(cx, ERR_DENIED, "the GitHub App %s is suspended for %s", app->id, i->owner);
	if (i->ends_ms - clock_wall_ms() < RENEW_MS)
		rc = get_token(cx, s, app, i);
	*token = i->token;
	return rc < 0 ? rc : 1;
}

/* 1: *token is the app's at the owner's; 0: it is not installed there, or not to be used. */
static int token_at(struct ctx *cx, const struct scm *s, const struct scm_app *app, const char *owner, const char **token)
{
	struct known *k = known_of(s, app);
	struct installation *i = find(k, owner);
	int rc = 0;

	if (!may_use(app, owner))
		return 0;
	if ((!i || i->suspended) && !looked_lately(k))
		rc = look(cx, s, app, k);
	if (rc == 0)
		rc = token_of(cx, s, app, find(k, owner), token);
	if (rc == ERR_NOTFOUND) {
		/* Taken away since then, and perhaps installed anew. */
		rc = look(cx, s, app, k);
		if (rc == 0)
			rc = token_of(cx, s, app, find(k, owner), token);
	}
	return rc;
}

/* For what everybody may read: GitHub lets who has a token ask more often. */
static int token_of_any(struct ctx *cx, const struct scm *s, const struct scm_app *app, const char **token)
{
	struct known *k = known_of(s, app);
	struct installation *i = k->all;

	if (!app->public_access)
		return 0;
	while (i && (i->seen != k->look || i->suspended || !may_use(app, i->owner)))
		i = i->next;
	return token_of(cx, s, app, i, token);
}

int scm_credentials(struct ctx *cx, const struct scm *s, const char *owner, struct scm *out)
{
	const char *token = NULL;
	int rc = 0;

	*out = *s;
	if (!s->n_apps || !owner || !*owner || !*s->api)
		return 0;
	for (size_t i = 0; rc == 0 && i < s->n_apps; i++)
		rc = token_at(cx, s, &s->apps[i], owner, &token);
	for (size_t i = 0; rc == 0 && !*s->token && i < s->n_apps; i++)
		rc = token_of_any(cx, s, &s->apps[i], &token);
	/* That GitHub does not know the app does not mean that what is to be read is gone. */
	if (rc == ERR_NOTFOUND)
		rc = fail_in(cx, ERR_UPSTREAM, "%s", s->host);
	if (rc == 1)
		*out = scm_with_token(s, arena_strdup(cx->mem, token));
	return rc < 0 ? rc : 0;
}

int scm_app_owners(struct ctx *cx, const struct scm *s, struct json *list)
{
	for (size_t i = 0; i < s->n_apps; i++) {
		struct known *k = known_of(s, &s->apps[i]);
		int rc = looked_lately(k) ? 0 : look(cx, s, &s->apps[i], k);

		if (rc < 0)
			return rc;
		for (const struct installation *at = k->all; at; at = at->next)
			if (at->seen == k->look && !at->suspended && may_use(&s->apps[i], at->owner))
				json_push(cx->mem, list, json_str(cx->mem, at->owner));
	}
	return 0;
}

/* ---- whose URL it is ---- */

/* What stands behind base in a URL, without a slash in front; NULL when it is not there. */
static const char *behind(const char *base, const char *url)
{
	size_t n = strlen(base);

	return n && str_starts(url, base) && url[n] == '/' ? url + n + 1 : NULL;
}

const char *scm_owner_of(struct ctx *cx, const struct scm *s, const char *url)
{
	static const char *const parts[] = { "repos/", "orgs/", "users/" };
	const char *rest = behind(s->api, url);
	bool api = rest;

	if (!rest && !(rest = behind(s->raw, url)))
		rest = behind(s->base, url);
	for (size_t i = 0; api && i < LEN(parts); i++)
		if (str_starts(rest, parts[i])) {
			rest += strlen(parts[i]);
			api = false;
		}
	return rest && !api ? url_unescape(cx->mem, arena_strndup(cx->mem, rest, strcspn(rest, "/?#"))) : "";
}
