/* Clusters that are asked with the token of whoever has signed in: which they are, and what is said when there is none. */
#include "ext/json.h"
#include "handlers/auth_record.h"
#include "handlers/kubernetes.h"
#include "handlers/links.h"
#include "handlers/sign_in.h"
#include "identity/identity.h"
#include "identity/oidc.h"
#include "identity/provider_token.h"
#include "identity/session.h"
#include "kubernetes/ask.h"

static void set_text(struct arena *mem, struct json *v, const char *key, const char *text)
{
	json_set(mem, v, key, json_str(mem, text));
}

/* ---- tokens ---- */

static const struct session *session_of(const struct ctx *cx)
{
	return cx->who ? cx->who->session : NULL;
}

/* Where to the tokens of this provider go; "": nowhere. */
static const char *receivers(struct arena *mem, const struct lookups *l, const char *provider, bool *id, bool *access)
{
	struct buf b = { .mem = mem };
	const struct cluster *last = NULL;

	*id = *access = false;
	for (size_t i = 0; i < l->n; i++) {
		const struct cluster *c = l->items[i].cluster;
		bool other;
		const char *wanted = cluster_sign_in(c, &other);

		if (!wanted || !streq(wanted, provider))
			continue;
		*(other ? access : id) = true;
		if (c != last)
			buf_addf(&b, "%s%s", b.n ? ", " : "", c->name);
		last = c;
	}
	return b.n ? buf_text(&b) : "";
}

static int get(struct ctx *cx, const char *cookie, bool access, const char **out, bool *first, bool *away)
{
	struct provider_token t;
	int rc = provider_token_get(cx, cookie, access, &t);

	if (rc < 0)
		return rc;
	*out = t.text;
	*first = *first || t.first;
	*away = *away || t.state == PROVIDER_TOKEN_AWAY;
	return 0;
}

int kubernetes_user(struct req *rq, const struct lookups *lookups, struct cluster_user *out, bool *away)
{
	struct ctx *cx = rq->cx;
	const struct session *s = session_of(cx);
	const char *cookie = s ? req_cookie(rq, session_cookie(rq->https)) : NULL, *to;
	bool id, access, first = false;
	int rc = 0;

	*out = (struct cluster_user){ 0 };
	*away = false;
	if (!cookie)
		return 0;
	to = receivers(cx->mem, lookups, s->provider, &id, &access);
	if (id)
		rc = get(cx, cookie, false, &out->id, &first, away);
	if (rc == 0 && access)
		rc = get(cx, cookie, true, &out->access, &first, away);
	out->provider = s->provider;
	if (rc == 0 && first)
		auth_record(rq, "token-use", NULL, "clusters", to, 0);
	return rc;
}

int kubernetes_ask(struct req *rq, struct kube_question *q, struct str *answer)
{
	bool away;
	int rc = kubernetes_user(rq, &q->lookups, &q->user, &away);

	return rc < 0 ? rc : kube_ask(rq->cx, q, answer);
}

/* ---- what is said when there is none ---- */

static const char *here(const struct req *rq)
{
	return *rq->query_string ? arena_printf(rq->cx->mem, "%s?%s", rq->path, rq->query_string) : rq->path;
}

/* Does signing in by it bring a token? */
static bool is_kept(struct ctx *cx, const char *provider)
{
	return oidc_is_provider(cx, provider) && json_get_bool(provider_conf(cx, provider), "keepTokens", true);
}

static struct json *lock_json(struct req *rq, const struct cluster *c)
{
	struct ctx *cx = rq->cx;
	struct arena *mem = cx->mem;
	const struct session *s = session_of(cx);
	const char *name = c->title ? c->title : c->name,
		   *environment = json_get_text(json_get(cx->conf, "auth"), "environment", "development");
	bool access;
	const char *provider = cluster_sign_in(c, &access);
	struct json *v = json_object(mem);
	bool again = s && provider && streq(s->provider, provider);

	set_text(mem, v, "url", "");
	set_text(mem, v, "label", "");
	if (!provider) {
		set_text(mem, v, "text",
			 arena_printf(
				 mem,
				 "%s shows each user only what they may see, but where it is only the catalog says: tokens of "
				 "who has signed in are not sent to it.",
				 name));
		return v;
	}
	if (!is_kept(cx, provider)) {
		set_text(mem, v, "text",
			 arena_printf(mem,
				      "%s shows each user only what they may see, by a token of '%s'. This portal keeps none: "
				      "nobody signs in to it that way.",
				      name, provider));
		return v;
	}
	set_text(mem, v, "text",
		 arena_printf(mem,
			      again ? "Your sign-in has ended for %s, which shows each user only what they may see."
				    : "%s shows each user only what they may see.",
			      name));
	set_text(mem, v, "url", link_sign_in_start(mem, provider, environment, sign_in_target(here(rq))));
	set_text(mem, v, "label",
		 arena_printf(mem, "Sign in %swith %s to see it", again ? "again " : "", sign_in_title(provider)));
	return v;
}

/* The provider is away: that passes, and signing in would not help. */
static void tell_away(struct arena *mem, struct json *item, const char *provider)
{
	struct json *errors = json_array(mem), *e = json_object(mem);

	set_text(mem, e, "errorType", "FETCH_ERROR");
	set_text(mem, e, "message",
		 arena_printf(mem, "Your sign-in has to be renewed for it, and %s does not answer now",
			      sign_in_title(provider)));
	json_push(mem, errors, e);
	json_set(mem, item, "errors", errors);
}

static void lock(struct req *rq, const struct kube_question *q, bool away, const struct json *items)
{
	for (size_t i = 0; i < json_len(items); i++) {
		struct json *item = items->a.items[i];
		const struct cluster *c = NULL;
		bool access;

		for (size_t j = 0; j < q->lookups.n && !c; j++)
			if (streq(q->lookups.items[j].cluster->name, json_get_text(json_get(item, "cluster"), "name", "")))
				c = q->lookups.items[j].cluster;
		if (!c || c->credential != CREDENTIAL_USER || cluster_session_token(c, &q->user))
			continue;
		const char *provider = cluster_sign_in(c, &access);

		if (away && provider && streq(provider, q->user.provider)) {
			tell_away(rq->cx->mem, item, provider);
			continue;
		}
		set_text(rq->cx->mem, item, "state", "locked");
		json_set(rq->cx->mem, item, "errors", json_array(rq->cx->mem));
		json_set(rq->cx->mem, item, "lock", lock_json(rq, c));
	}
}

int kubernetes_look(struct req *rq, struct kube_question *q, size_t most, struct json **items)
{
	struct str text = STR("{\"items\":[]}");
	struct json *v;
	bool away;
	int rc = kubernetes_user(rq, &q->lookups, &q->user, &away);

	if (rc == 0 && q->lookups.n)
		rc = kube_ask(rq->cx, q, &text);
	if (rc < 0)
		return rc;
	v = json_read(rq->cx->mem, text, most);
	if (!v)
		rc = json_parse_within(rq->cx, text, most, &v);
	if (rc < 0)
		return rc;
	*items = json_get(v, "items");
	lock(rq, q, away, *items);
	return 0;
}
