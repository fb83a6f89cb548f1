/* Tokens of other programs: static ones, and signed ones of issuers whose keys can be fetched. */
#include "identity/external.h"

#include <string.h>

#include "base/list.h"
#include "base/log.h"
#include "base/str.h"
#include "ext/crypto.h"
#include "identity/jwks.h"

struct words {
	const char **items;
	size_t n, cap;
};

/* A text is a list of words between commas or white space; an array is a list of texts. */
static void add_words(struct arena *mem, const struct json *v, struct words *out)
{
	if (json_is(v, JSON_ARRAY)) {
		for (size_t i = 0; i < v->a.n; i++)
			if (json_is(v->a.items[i], JSON_STRING))
				*list_add(mem, out) = json_text(v->a.items[i], "");
		return;
	}
	for (const char *at = json_text(v, ""); *at;) {
		size_t n = strcspn(at, ", \t\n");

		if (n)
			*list_add(mem, out) = arena_strndup(mem, at, n);
		at += n + (at[n] != '\0');
	}
}

static struct words words_of(struct arena *mem, const struct json *v)
{
	struct words w = { 0 };

	add_words(mem, v, &w);
	return w;
}

static bool has_word(const struct words *w, const char *word)
{
	for (size_t i = 0; i < w->n; i++)
		if (streq(w->items[i], word))
			return true;
	return false;
}

static const struct who *service(struct ctx *cx, const char *subject, const struct json *entry)
{
	struct who *who = arena_new(cx->mem, struct who);
	const char **owns = arena_array(cx->mem, const char *, 2);

	owns[0] = subject;
	*who = (struct who){ .kind = WHO_SERVICE,
			     .ref = subject,
			     .name = subject,
			     .owns = owns,
			     .limits = json_get(entry, "accessRestrictions") };
	return who;
}

/* All are compared, so that the time taken does not tell which one was nearly right. */
static const struct json *find_static(const struct json *entries, const char *token)
{
	const struct json *found = NULL;

	for (size_t i = 0; i < entries->a.n; i++) {
		const struct json *e = entries->a.items[i];
		const char *want = json_text(json_path(e, "options", "token", NULL), "");

		if (!streq(json_get_text(e, "type", ""), "static") || !*want)
			continue;
		log_mask(want);
		if (str_secret_eq(token, want))
			found = e;
	}
	return found;
}

/* Is one of the values (a text or a list of texts) among the words? Without words everything is. */
static bool claim_fits(struct arena *mem, const struct json *claim, const struct json *wanted)
{
	struct words want = words_of(mem, wanted);

	if (!wanted)
		return true;
	if (json_is(claim, JSON_STRING))
		return has_word(&want, json_text(claim, ""));
	for (size_t i = 0; json_is(claim, JSON_ARRAY) && i < claim->a.n; i++)
		if (has_word(&want, json_text(claim->a.items[i], "")))
			return true;
	return false;
}

/* 1: *out is who it is; 0: not a token of this issuer. */
static int try_jwks(struct ctx *cx, const struct json *entry, const char *token, const struct who **out)
{
	const struct json *opt = json_get(entry, "options"), *algorithm = json_get(opt, "algorithm"), *keys = NULL;
	const char *url = json_get_text(opt, "url", NULL), *prefix = json_get_text(opt, "subjectPrefix", "");
	struct words algorithms = words_of(cx->mem, algorithm);
	struct json *claims = NULL;
	int rc = url ? jwks_get(cx, url, token, &keys) : 0;

	if (!keys)
		return rc;
	*list_add(cx->mem, &algorithms) = NULL;
	rc = crypto_jwt_verify(cx, token, keys, &(struct jwt_rules){ .algorithms = algorithm ? algorithms.items : NULL },
			       &claims);
	if (rc == ERR_AUTH)
		log_debug("token refused", "url", url, "why", cx->err.text, NULL);
	if (rc < 0)
		return rc == ERR_AUTH ? 0 : rc;
	const char *sub = json_get_text(claims, "sub", "");

	if (!*sub || !claim_fits(cx->mem, json_get(claims, "iss"), json_get(opt, "issuer")) ||
	    !claim_fits(cx->mem, json_get(claims, "aud"), json_get(opt, "audience")))
		return 0;
	*out = service(cx, arena_printf(cx->mem, "external:%s%s%s", prefix, *prefix ? ":" : "", sub), entry);
	return 1;
}

int external_find(struct ctx *cx, const char *token, const struct who **out)
{
	const struct json *entries = json_path(cx->conf, "backend", "auth", "externalAccess", NULL), *found;
	int away = 0;

	if (!json_is(entries, JSON_ARRAY))
		return fail(cx, ERR_AUTH, "Illegal token");
	found = find_static(entries, token);
	if (found) {
		*out = service(cx, json_text(json_path(found, "options", "subject", NULL), "external"), found);
		return 0;
	}
	for (size_t i = 0; i < entries->a.n && strchr(token, '.'); i++) {
		const struct json *e = entries->a.items[i];
		int rc = streq(json_get_text(e, "type", ""), "jwks") ? try_jwks(cx, e, token, out) : 0;

		if (rc == 1)
			return 0;
		away = rc < 0 ? rc : away;
	}
	return away ? fail_in(cx, away, "the token cannot be checked now") : fail(cx, ERR_AUTH, "Illegal token");
}

const char *permission_action(const char *permission)
{
	static const struct {
		const char *verb, *action;
	} actions[] = {
		{ "read", "read" },      { "create", "create" }, { "update", "update" }, { "delete", "delete" },
		{ "refresh", "update" }, { "analyze", "read" },  { "manage", "update" }, { "cancel", "update" },
	};
	const char *verb = strrchr(permission, '.');

	for (size_t i = 0; verb && i < LEN(actions); i++)
		if (streq(verb + 1, actions[i].verb))
			return actions[i].action;
	return "";
}

static bool limit_allows(struct arena *mem, const struct json *limit, const char *permission)
{
	const struct json *names = json_get(limit, "permission"), *attributes = json_get(limit, "permissionAttribute");
	struct words w;

	if (names) {
		w = words_of(mem, names);
		if (!has_word(&w, permission))
			return false;
	}
	if (attributes) {
		const char *action = permission_action(permission);

		w = words_of(mem, json_get(attributes, "action"));
		if (!*action || !has_word(&w, action))
			return false;
	}
	return true;
}

/* The plugin is the first word of the permission's name: "catalog.entity.read" belongs to "catalog"; "*" is every plugin. */
int external_allow(struct ctx *cx, const struct json *limits, const char *permission)
{
	size_t n = strcspn(permission, ".");
	bool plugin_named = false;

	if (!limits)
		return 0;
	for (size_t i = 0; json_is(limits, JSON_ARRAY) && i < limits->a.n; i++) {
		const struct json *limit = limits->a.items[i];
		const char *plugin = json_get_text(limit, "plugin", "");

		if (!str_is((struct str){ permission, n }, plugin) && !streq(plugin, "*"))
			continue;
		plugin_named = true;
		if (limit_allows(cx->mem, limit, permission))
			return 0;
	}
	if (!plugin_named)
		return fail(cx, ERR_DENIED, "This token's access is restricted, and not to plugin '%.*s'", (int)n, permission);
	return fail(cx, ERR_DENIED, "This token's access is restricted, and not to permission '%s'", permission);
}
