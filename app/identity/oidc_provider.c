/* Which OpenID Connect providers are configured, and where each is found. */
#include <string.h>

#include "base/log.h"
#include "identity/oidc.h"

/* What Backstage's settings of a provider say instead of metadataUrl. "%s" is the setting, without slashes at its end. */
static const struct known {
	const char *name, *setting, *dflt, *before, *behind;
} known[] = {
	{ "google", NULL, "https://accounts.google.com", "", "" },
	{ "gitlab", "audience", "https://gitlab.com", "", "" },
	{ "okta", "audience", NULL, "", "" },
	{ "auth0", "domain", NULL, "https://", "" },
	{ "onelogin", "issuer", NULL, "", "" },
	{ "microsoft", "tenantId", NULL, "https://login.microsoftonline.com/", "/v2.0" },
	{ "oidc", NULL, NULL, "", "" },
};

static const struct known *find_known(const char *name)
{
	for (size_t i = 0; i < LEN(known); i++)
		if (streq(known[i].name, name))
			return &known[i];
	return NULL;
}

/* Where the metadata is; NULL when the settings do not say. */
static const char *metadata_url(struct ctx *cx, const char *name, const struct json *conf)
{
	const char *url = json_get_text(conf, "metadataUrl", NULL), *server = json_get_text(conf, "authServerId", "");
	const struct known *k = find_known(name);
	const char *base = k && k->setting ? json_get_text(conf, k->setting, k->dflt) : k ? k->dflt : NULL;
	size_t n = base ? strlen(base) : 0;

	if (url && *url)
		return strstr(url, "/.well-known/") ? url : arena_printf(cx->mem, "%s/.well-known/openid-configuration", url);
	while (n && base[n - 1] == '/')
		n--;
	if (!n)
		return NULL;
	if (streq(name, "okta") && *server)
		return arena_printf(cx->mem, "%.*s/oauth2/%s/.well-known/openid-configuration", (int)n, base, server);
	return arena_printf(cx->mem, "%s%.*s%s/.well-known/openid-configuration", k->before, (int)n, base, k->behind);
}

bool oidc_is_provider(struct ctx *cx, const char *name)
{
	const struct json *conf = provider_conf(cx, name);

	return json_is(conf, JSON_OBJECT) && metadata_url(cx, name, conf) && *json_get_text(conf, "clientId", "");
}

static void add_scope(struct buf *out, struct str word)
{
	struct str have = buf_str(out);

	if (!word.n)
		return;
	for (struct str rest = have; rest.p;)
		if (str_eq(str_cut(&rest, ' '), word))
			return;
	if (out->n)
		buf_addc(out, ' ');
	buf_add(out, word.p, word.n);
}

/* A text with spaces between, or a list of texts. */
static void add_scopes(struct buf *out, const struct json *v)
{
	struct str rest = str_of(json_text(v, ""));

	while (rest.p)
		add_scope(out, str_cut(&rest, ' '));
	for (size_t i = 0; json_is(v, JSON_ARRAY) && i < v->a.n; i++)
		add_scope(out, str_of(json_text(v->a.items[i], "")));
}

static const char *scope_of(struct arena *mem, const struct json *conf)
{
	struct buf out = { .mem = mem };

	add_scope(&out, STR("openid"));
	if (json_get(conf, "scope")) {
		add_scopes(&out, json_get(conf, "scope"));
	} else {
		add_scope(&out, STR("profile"));
		add_scope(&out, STR("email"));
	}
	add_scopes(&out, json_get(conf, "additionalScopes"));
	return buf_text(&out);
}

/* "auto" is Backstage's word for leaving it to the provider. */
static const char *prompt_of(const struct json *conf)
{
	const char *prompt = json_get_text(conf, "prompt", "");

	return streq(prompt, "auto") ? "" : prompt;
}

static int check(struct ctx *cx, const struct oidc_provider *p)
{
	if (!p->metadata_url)
		return fail(cx, ERR_INPUT, "auth.providers.%s: metadataUrl is missing", p->name);
	if (!*p->client_id)
		return fail(cx, ERR_INPUT, "auth.providers.%s: clientId is missing", p->name);
	if (!str_starts(p->metadata_url, "https://") && !str_starts(p->metadata_url, "http://"))
		return fail(cx, ERR_INPUT, "auth.providers.%s: metadataUrl is no http or https address", p->name);
	return 0;
}

int oidc_provider_find(struct ctx *cx, const char *name, const char *env, const char *base, struct oidc_provider *out)
{
	const char *ours = json_get_text(json_get(cx->conf, "auth"), "environment", "development");
	const struct json *conf = provider_conf(cx, name);

	/* Whatever else is configured for is not for this portal: it might let in whom this one does not. */
	if (!json_is(conf, JSON_OBJECT) || (env && *env && !streq(env, ours)))
		return fail(cx, ERR_NOTFOUND, "sign-in by '%.40s' is not configured%s%.40s%s", name, env ? " for '" : "",
			    env ? env : "", env ? "'" : "");
	if (!find_known(name) && !json_get(conf, "metadataUrl"))
		return fail(cx, ERR_NOTFOUND, "'%.40s' is no OpenID Connect provider", name);
	*out = (struct oidc_provider){
		.name = name,
		.conf = conf,
		.metadata_url = metadata_url(cx, name, conf),
		.client_id = json_get_text(conf, "clientId", ""),
		.client_secret = json_get_text(conf, "clientSecret", ""),
		.scope = scope_of(cx->mem, conf),
		.prompt = prompt_of(conf),
		.callback = json_get_text(conf, "callbackUrl", NULL),
		.auth_method = json_get_text(conf, "tokenEndpointAuthMethod", ""),
		.access_type = json_get_text(conf, "accessType", ""),
		.keep_tokens = json_get_bool(conf, "keepTokens", true),
	};
	if (!out->callback)
		out->callback = arena_printf(cx->mem, "%s/api/auth/%s/handler/frame", base, name);
	log_mask(out->client_secret);
	return check(cx, out);
}
