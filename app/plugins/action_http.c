/* What an action has in its context: http and scm, other systems and what the configuration says of them. */
#include "catalog/scm.h"
#include "plugins/action.h"
#include "plugins/api.h"
#include "plugins/http_ask.h"
#include "ext/crypto.h"
#include "scaffolder/run.h"

static uint64_t left_us(void)
{
	return sandbox_time_left_us(action_state());
}

bool action_stopped(void *arg)
{
	const struct scaffold_hooks *h = &action_current()->run->hooks;

	(void)arg;
	return h->cancelled && h->cancelled(h->arg);
}

/* ---- where to ---- */

struct asked_host {
	bool literal;  /* the host that was asked first is named in full */
	unsigned hops; /* 0: nothing was asked yet */
};

/* Hosts of integrations, and those of scaffolder.http.allow: one inside must be named in full, and is not redirected to. */
static int allow(struct ctx *cx, const char *url, void *arg)
{
	struct asked_host *a = arg;
	bool literal = false, fits;
	struct url u;
	int rc = url_parse(cx, url, &u);

	if (rc < 0)
		return rc;
	fits = scm_at(cx, NULL, &u) != NULL;
	literal = fits;
	fits = fits || scm_may_ask(cx, &u, &literal);
	if (!fits || (a->hops && a->literal && !literal))
		return fail(cx, ERR_DENIED, "%s://%s is neither a host of integrations nor named in scaffolder.http.allow",
			    u.scheme, u.authority);
	a->literal = a->hops++ ? a->literal : literal;
	return 0;
}

/* auth = "integration": what the integration of the URL's host has; {token = text}: somebody's own, as that host wants it. */
static int add_credentials(struct ctx *cx, const struct json *options, struct fetch_request *rq)
{
	const struct json *auth = json_get(options, "auth");
	const char *url = json_get_text(options, "url", ""), *owner = json_get_text(options, "owner", NULL);
	const char *token = json_get_text(auth, "token", NULL);
	const struct scm *found;
	struct scm own;
	struct url u;
	int rc = auth ? url_parse(cx, url, &u) : 0;

	if (!auth || rc < 0)
		return rc;
	if (!token && !streq(json_text(auth, ""), "integration"))
		return fail(cx, ERR_INPUT, "auth can be \"integration\" or {token = text}");
	found = scm_at(cx, NULL, &u);
	if (!found)
		return fail(cx, ERR_INPUT, "no integration of the configuration is at %s://%s", u.scheme, u.authority);
	if (token)
		own = scm_with_token(found, token);
	else
		rc = scm_credentials(cx, found, owner ? owner : scm_owner_of(cx, found, url), &own);
	if (rc == 0)
		scm_headers(cx, &own, NULL, rq);
	return rc;
}

/* What a dry run must not do, whatever its action thinks. */
static int check_dry(struct ctx *cx, const char *method)
{
	if (!action_current()->run->dry_run || streq(method, "GET") || streq(method, "HEAD"))
		return 0;
	return fail(cx, ERR_DENIED, "a dry run changes nothing elsewhere: it sends no %s", method);
}

static action_proxy_fn *proxy;

void actions_proxy(action_proxy_fn *fn)
{
	proxy = fn;
}

/* Has ask know where to: a URL that may be asked, or with proxy = "/name/rest" an endpoint of the proxy. */
static int aim(struct ctx *cx, const struct json *options, struct http_ask *ask)
{
	struct json *o = json_copy(cx->mem, options);
	const char *path = json_get_text(o, "proxy", NULL);
	int rc;

	if (!path) {
		rc = add_credentials(cx, o, &ask->rq);
		return rc < 0 ? rc : http_ask_read(cx, o, ask);
	}
	if (!proxy)
		return fail(cx, ERR_UNAVAILABLE, "there is no proxy here");
	rc = proxy(cx, path, json_get_text(o, "method", "GET"), &ask->rq);
	if (rc < 0)
		return rc;
	json_remove(o, "proxy");
	json_set(cx->mem, o, "url", json_str(cx->mem, ask->rq.url));
	return http_ask_read(cx, o, ask);
}

/* Who may be asked, first and after redirects; an endpoint of the proxy is asked alone. */
static int guard(struct ctx *cx, struct http_ask *ask, bool by_proxy, struct asked_host *host)
{
	int rc = by_proxy ? 0 : allow(cx, ask->rq.url, host);

	if (!by_proxy) {
		ask->rq.allow = allow;
		ask->rq.allow_arg = host;
		ask->rq.public_only = !host->literal;
	}
	ask->rq.stop = action_stopped;
	return rc;
}

int action_http_request(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const struct json *o;
	struct http_ask ask = { .left_us = left_us };
	struct asked_host host = { 0 };
	struct fetch_answer an = { 0 };
	int rc = api_table(cx, args, n, 0, "options", true, &o);

	(void)arg;
	if (rc == 0)
		rc = check_dry(cx, json_get_text(o, "method", "GET"));
	if (rc == 0 && action_plugin())
		return api_http_request(cx, action_plugin(), args, n, out);
	if (rc == 0)
		rc = aim(cx, o, &ask);
	if (rc == 0)
		rc = guard(cx, &ask, json_get(o, "proxy") != NULL, &host);
	if (rc == 0)
		rc = http_ask(cx, &ask, &an);
	if (action_stopped(NULL))
		return action_cancelled(cx, action_current());
	if (rc == 0)
		*out = http_answer(cx, &an);
	return rc;
}

int action_http_escape(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const char *text;
	int rc = api_text(cx, args, n, 0, "text", &text);

	(void)arg;
	if (rc == 0)
		*out = json_str(cx->mem, url_encode(cx->mem, text, n > 1 && scaffold_truth(args[1])));
	return rc;
}

/* ---- scm ---- */

static struct json *scm_json(struct arena *mem, const struct scm *s)
{
	struct json *v = json_object(mem);

	json_set(mem, v, "kind", json_str(mem, scm_kind_name(s->kind)));
	json_set(mem, v, "host", json_str(mem, s->host));
	json_set(mem, v, "base", json_str(mem, s->base));
	json_set(mem, v, "api", json_str(mem, s->api));
	json_set(mem, v, "has_signing_key", json_bool(mem, *s->signing_key));
	json_set(mem, v, "has_credentials", json_bool(mem, scm_has_credentials(s)));
	return v;
}

/* find("github.com"): {kind, host, base, api, has_credentials, has_signing_key}, nil when no integration has this host. */
int action_scm_find(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const char *host;
	const struct scm *s;
	int rc = api_text(cx, args, n, 0, "host", &host);

	(void)arg;
	s = rc == 0 ? scm_by_host(cx, str_lower(cx->mem, host, strlen(host))) : NULL;
	if (s)
		*out = scm_json(cx->mem, s);
	return rc;
}

/* A value of a query string: "+" is a blank. */
static const char *query_text(struct arena *mem, struct str s)
{
	char *text = arena_strndup(mem, s.p, s.n);

	for (char *p = text; *p; p++)
		if (*p == '+')
			*p = ' ';
	return url_unescape(mem, text);
}

static void read_parts(struct arena *mem, struct str query, struct json *to)
{
	static const char *const parts[] = { "owner", "repo", "organization", "workspace", "project" };

	while (query.p) {
		struct str value = str_cut(&query, '&'), key = str_cut(&value, '=');

		for (size_t i = 0; i < LEN(parts); i++)
			if (str_is(key, parts[i]) && value.p && !json_get(to, parts[i]))
				json_set(mem, to, parts[i], json_str(mem, query_text(mem, value)));
	}
}

static const char *missing_part(const struct scm *s, const struct json *v)
{
	static const char *const two[] = { "owner", "repo" }, *const cloud[] = { "workspace", "project", "repo" },
				 *const server[] = { "project", "repo" };
	bool is_cloud = s->kind == SCM_BITBUCKET_CLOUD, is_server = s->kind == SCM_BITBUCKET_SERVER;
	const char *const *parts = is_cloud ? cloud : is_server ? server : two;

	if (s->kind == SCM_GITLAB && *json_get_text(v, "project", ""))
		return NULL;
	for (size_t i = 0; i < (is_cloud ? LEN(cloud) : LEN(two)); i++)
		if (!*json_get_text(v, parts[i], ""))
			return parts[i];
	return NULL;
}

/* No part of a URL's path may lead elsewhere in the API. */
static const char *odd_part(const struct json *v)
{
	for (size_t i = 0; i < v->o.n; i++) {
		const char *text = json_text(v->o.m[i].value, "");

		for (struct str rest = str_of(text); rest.p;) {
			struct str part = str_cut(&rest, '/');

			if (str_is(part, ".") || str_is(part, "..") || strpbrk(text, "?#%\\\n\r"))
				return v->o.m[i].key.p;
		}
	}
	return NULL;
}

/* repo("github.com?owner=o&repo=r"): what find() gives of the host, with owner, repo, organization, workspace, project. */
int action_scm_repo(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	struct json *parts = json_object(cx->mem);
	const char *text, *host, *bad;
	const struct scm *s;
	int rc = api_text(cx, args, n, 0, "repoUrl", &text);

	(void)arg;
	if (rc < 0)
		return rc;
	if (str_starts(text, "https://"))
		text += strlen("https://");
	host = str_lower(cx->mem, text, strcspn(text, "?/#"));
	s = scm_by_host(cx, host);
	if (!s)
		return fail(cx, ERR_INPUT,
			    "No matching integration configuration for host %s, please check your integrations config", host);
	read_parts(cx->mem, str_of(strchr(text, '?') ? strchr(text, '?') + 1 : NULL), parts);
	bad = missing_part(s, parts);
	if (bad)
		return fail(cx, ERR_INPUT, "Invalid repo URL passed to publisher: %s, missing %s", text, bad);
	bad = odd_part(parts);
	if (bad)
		return fail(cx, ERR_INPUT, "Invalid repo URL passed to publisher: %s, odd %s", text, bad);
	*out = scm_json(cx->mem, s);
	json_set(cx->mem, *out, "needs_token",
		 json_bool(cx->mem, json_get_bool(json_get(cx->conf, "scaffolder"), "requireScmUserCredentials", false)));
	for (size_t i = 0; i < parts->o.n; i++)
		json_setn(cx->mem, *out, parts->o.m[i].key, parts->o.m[i].value);
	return 0;
}

/* sealed(key, text): text as only whoever has the private key can read it. */
int action_scm_sealed(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const char *key, *text, *box;
	int rc = api_text(cx, args, n, 0, "key", &key);

	(void)arg;
	if (rc == 0)
		rc = api_text(cx, args, n, 1, "text", &text);
	if (rc == 0)
		rc = crypto_sealed_box(cx, str_of(key), args[1]->s, &box);
	if (rc == 0)
		*out = json_str(cx->mem, box);
	return rc;
}
