/* Clusters of the configuration, and the list of all. */
#include "kubernetes/cluster_private.h"

#include "base/duration.h"
#include "base/list.h"
#include "base/log.h"

enum { TIMEOUT_MS = 5000, TIMEOUT_LEAST_MS = 100, TIMEOUT_MOST_MS = 120000 };

unsigned clusters_timeout_ms(const struct ctx *cx)
{
	const struct json *v = json_path(cx->conf, "kubernetes", "timeout", NULL);
	struct ctx own = { .mem = cx->mem, .request_id = "" };
	int64_t ms;

	if (!v || config_duration_ms(&own, v, &ms) < 0)
		return TIMEOUT_MS;
	return ms < TIMEOUT_LEAST_MS ? TIMEOUT_LEAST_MS : ms > TIMEOUT_MOST_MS ? TIMEOUT_MOST_MS : (unsigned)ms;
}

bool clusters_wanted(const struct ctx *cx)
{
	return json_len(json_path(cx->conf, "kubernetes", "clusterLocatorMethods", NULL)) > 0;
}

const struct cluster *cluster_named(const struct clusters *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++)
		if (streq(all->items[i]->name, name))
			return all->items[i];
	return NULL;
}

int clusters_add(struct ctx *cx, struct clusters *all, struct cluster *c)
{
	if (cluster_named(all, c->name))
		return fail(cx, ERR_INPUT, "there are two clusters with the name '%s'", c->name);
	*list_add(cx->mem, all) = c;
	return 0;
}

/* ---- one cluster ---- */

static bool is_web_address(const char *url)
{
	return str_starts(url, "https://") || str_starts(url, "http://");
}

static int check_url(struct ctx *cx, struct cluster *c)
{
	struct url u;

	if (!c->url || !*c->url)
		return fail(cx, ERR_INPUT, "url is missing: the address of the API server");
	if (url_parse(cx, c->url, &u) < 0 || !is_web_address(c->url))
		return fail(cx, ERR_INPUT, "url '%.200s' is not the address of an API server", c->url);
	if (*u.user || *u.query || *u.fragment)
		return fail(cx, ERR_INPUT, "url must be an address alone, without user, query or fragment");
	size_t n = strlen(c->url);

	while (n && c->url[n - 1] == '/')
		n--;
	c->url = arena_strndup(cx->mem, c->url, n);
	return 0;
}

/* What each provider is shown as; those that are not here belong to clouds whose own signing is not done. */
static const struct {
	const char *name;
	enum cluster_credential credential;
} providers[] = {
	{ "serviceAccount", CREDENTIAL_TOKEN },
	{ "oidc", CREDENTIAL_USER },
	{ "google", CREDENTIAL_USER },
	{ "aks", CREDENTIAL_USER },
	{ "clientCertificate", CREDENTIAL_CERTIFICATE },
	{ "localKubectlProxy", CREDENTIAL_NONE },
};

static int check_account(struct ctx *cx, struct cluster *c)
{
	if (c->token && *c->token)
		return strpbrk(c->token, "\r\n") ? fail(cx, ERR_INPUT, "serviceAccountToken must be one line") : 0;
	c->credential = CREDENTIAL_FILE;
	if (c->token_file && *c->token_file)
		return 0;
	/* The token of this place is for the server of this place. */
	if (!cluster_is_here(c->url))
		return fail(cx, ERR_INPUT, "serviceAccountToken or serviceAccountTokenFile is missing");
	c->token_file = ACCOUNT_FOLDER "/token";
	if (!c->ca.text && !c->ca.file)
		c->ca.file = ACCOUNT_FOLDER "/ca.crt";
	return 0;
}

static bool is_there(const struct pem *p)
{
	return p->text || p->file;
}

static int check_pem(struct ctx *cx, struct pem *p, const char *what)
{
	if (p->text && !(p->text = cluster_pem(cx->mem, p->text)))
		return fail(cx, ERR_INPUT, "%s is neither PEM nor base64 of it", what);
	return 0;
}

static int check_provider(struct ctx *cx, struct cluster *c)
{
	if (!c->provider || !*c->provider)
		return fail(cx, ERR_INPUT, "authProvider is missing: serviceAccount, oidc or clientCertificate");
	for (size_t i = 0; i < LEN(providers); i++) {
		if (!streq(c->provider, providers[i].name))
			continue;
		c->credential = providers[i].credential;
		if (c->credential == CREDENTIAL_TOKEN)
			return check_account(cx, c);
		if (c->credential == CREDENTIAL_CERTIFICATE && (!is_there(&c->certificate) || !is_there(&c->key)))
			return fail(cx, ERR_INPUT, "clientCertificateData and clientKeyData (or the files) are missing");
		if (streq(c->provider, "oidc") && (!c->oidc || !*c->oidc))
			return fail(cx, ERR_INPUT,
				    "oidcTokenProvider is missing: the name of the token in a request's auth.oidc");
		return 0;
	}
	return fail(cx, ERR_INPUT,
		    "authProvider '%.100s' is not supported: use serviceAccount, oidc, clientCertificate, google or aks",
		    c->provider);
}

int cluster_finish(struct ctx *cx, struct cluster *c)
{
	int rc = check_url(cx, c);

	if (rc == 0 && c->dashboard_url && !is_web_address(c->dashboard_url))
		rc = fail(cx, ERR_INPUT, "dashboardUrl must begin with http:// or https://");
	if (rc == 0)
		rc = check_pem(cx, &c->ca, "caData");
	if (rc == 0)
		rc = check_pem(cx, &c->certificate, "clientCertificateData");
	if (rc == 0)
		rc = check_pem(cx, &c->key, "clientKeyData");
	return rc < 0 ? rc : check_provider(cx, c);
}

/* A part of a path of the API: what a label of DNS may have, and nothing that means something in a path. */
static bool is_part(const char *s, bool dots)
{
	if (!s || !ascii_alnum(*s))
		return false;
	for (; *s; s++)
		if (!ascii_alnum(*s) && *s != '-' && !(dots && *s == '.'))
			return false;
	return true;
}

int custom_kinds_read(struct ctx *cx, const struct json *v, struct custom_kinds *out)
{
	if (v && !json_is(v, JSON_ARRAY))
		return fail(cx, ERR_INPUT, "customResources must be a list");
	for (size_t i = 0; i < json_len(v); i++) {
		const struct json *item = v->a.items[i];
		struct custom_kind k = { json_get_text(item, "group", NULL), json_get_text(item, "apiVersion", NULL),
					 json_get_text(item, "plural", NULL) };

		if (!is_part(k.group, true) || !is_part(k.version, false) || !is_part(k.plural, false))
			return fail(cx, ERR_INPUT, "customResources[%zu] must have group, apiVersion and plural", i);
		*list_add(cx->mem, out) = k;
	}
	return 0;
}

static int read_cluster(struct ctx *cx, const struct json *v, struct cluster *c)
{
	const struct json *meta = json_get(v, "authMetadata");

	*c = (struct cluster){
		.name = json_get_text(v, "name", NULL),
		.title = json_get_text(v, "title", NULL),
		.url = json_get_text(v, "url", NULL),
		.provider = json_get_text(v, "authProvider", json_get_text(meta, "kubernetes.io/auth-provider", NULL)),
		.oidc = json_get_text(v, "oidcTokenProvider", json_get_text(meta, "kubernetes.io/oidc-token-provider", NULL)),
		.token = json_get_text(v, "serviceAccountToken", json_get_text(meta, "serviceAccountToken", NULL)),
		.token_file = json_get_text(v, "serviceAccountTokenFile", NULL),
		.certificate = { json_get_text(v, "clientCertificateData", NULL),
				 json_get_text(v, "clientCertificateFile", NULL) },
		.key = { json_get_text(v, "clientKeyData", NULL), json_get_text(v, "clientKeyFile", NULL) },
		.ca = { json_get_text(v, "caData", NULL), json_get_text(v, "caFile", NULL) },
		.skip_tls = json_get_bool(v, "skipTLSVerify", false),
		.skip_metrics = json_get_bool(v, "skipMetricsLookup", false),
		.dashboard_url = json_get_text(v, "dashboardUrl", NULL),
		.dashboard_app = json_get_text(v, "dashboardApp", NULL),
		.dashboard_parameters = json_get(v, "dashboardParameters"),
	};
	if (!c->name || !*c->name)
		return fail(cx, ERR_INPUT, "name is missing");
	int rc = custom_kinds_read(cx, json_get(v, "customResources"), &c->custom);

	return rc < 0 ? rc : cluster_finish(cx, c);
}

/* ---- the locators ---- */

static int locate_config(struct ctx *cx, const struct json *v, struct clusters *all)
{
	const struct json *list = json_get(v, "clusters");
	int rc = 0;

	if (!json_is(list, JSON_ARRAY))
		return fail(cx, ERR_INPUT, "clusters is missing: a list");
	for (size_t i = 0; rc == 0 && i < list->a.n; i++) {
		struct cluster *c = arena_new(cx->mem, struct cluster);

		rc = read_cluster(cx, list->a.items[i], c);
		if (rc < 0)
			return fail_in(cx, rc, "clusters[%zu]%s%s", i, c->name ? " " : "", c->name ? c->name : "");
		rc = clusters_add(cx, all, c);
	}
	return rc;
}

static int locate_proxy(struct ctx *cx, const struct json *v, struct clusters *all)
{
	struct cluster *c = arena_new(cx->mem, struct cluster);

	(void)v;
	*c = (struct cluster){
		.name = "local", .url = "http://localhost:8001", .provider = "localKubectlProxy", .skip_metrics = true
	};
	return clusters_add(cx, all, c);
}

static const struct {
	const char *type;
	int (*locate)(struct ctx *cx, const struct json *v, struct clusters *all);
} locators[] = {
	{ "config", locate_config },         { "catalog", locate_catalog },         { "inCluster", locate_in_cluster },
	{ "kubeconfig", locate_kubeconfig }, { "localKubectlProxy", locate_proxy },
};

static int locate(struct ctx *cx, const struct json *v, bool fixed, struct clusters *all)
{
	const char *type = json_get_text(v, "type", "");

	for (size_t i = 0; i < LEN(locators); i++)
		if (streq(type, locators[i].type))
			return fixed && locators[i].locate == locate_catalog ? 0 : locators[i].locate(cx, v, all);
	return fail(cx, ERR_INPUT,
		    "type '%.100s' is not supported: use config, catalog, inCluster, kubeconfig or localKubectlProxy", type);
}

static int load(struct ctx *cx, bool fixed, bool tolerant, struct clusters *out)
{
	const struct json *kubernetes = json_get(cx->conf, "kubernetes"), *all = json_get(kubernetes, "clusterLocatorMethods");
	bool go_on = tolerant && json_get_bool(kubernetes, "clusterLocatorContinueOnError", false);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < json_len(all); i++) {
		size_t had = out->n;

		rc = locate(cx, all->a.items[i], fixed, out);
		if (rc == 0)
			continue;
		fail_in(cx, rc, "kubernetes.clusterLocatorMethods[%zu]", i);
		if (!go_on)
			return rc;
		log_warn("a cluster locator is left out", "why", cx->err.text, NULL);
		cx->err = (struct err){ 0 };
		out->n = had;
		rc = 0;
	}
	return rc;
}

int clusters_load(struct ctx *cx, struct clusters *out)
{
	return load(cx, false, true, out);
}

int clusters_fixed(struct ctx *cx, struct clusters *out)
{
	return load(cx, true, true, out);
}

int clusters_check(struct ctx *cx)
{
	static const char *const methods[] = { "multiTenant", "singleTenant", "catalogRelation" };
	const struct json *kubernetes = json_get(cx->conf, "kubernetes");
	const char *method = json_text(json_path(kubernetes, "serviceLocatorMethod", "type", NULL), methods[0]);
	struct clusters all = { 0 };
	struct custom_kinds custom = { 0 };
	int rc = load(cx, true, true, &all);
	bool known = false;

	for (size_t i = 0; i < LEN(methods); i++)
		known = known || streq(method, methods[i]);
	if (rc == 0 && !known)
		rc = fail(cx, ERR_INPUT,
			  "kubernetes.serviceLocatorMethod.type must be multiTenant, singleTenant or catalogRelation, not "
			  "'%.100s'",
			  method);
	if (rc == 0 && custom_kinds_read(cx, json_get(kubernetes, "customResources"), &custom) < 0)
		rc = fail_in(cx, ERR_INPUT, "kubernetes");
	return rc;
}

/* ---- as JSON ---- */

static void set_text(struct arena *mem, struct json *o, const char *key, const char *value)
{
	if (value && *value)
		json_set(mem, o, key, json_str(mem, value));
}

struct json *cluster_json(struct arena *mem, const struct cluster *c)
{
	struct json *o = json_object(mem);

	set_text(mem, o, "name", c->name);
	set_text(mem, o, "title", c->title);
	set_text(mem, o, "dashboardUrl", c->dashboard_url);
	set_text(mem, o, "dashboardApp", c->dashboard_app);
	if (json_is(c->dashboard_parameters, JSON_OBJECT))
		json_set(mem, o, "dashboardParameters", json_copy(mem, c->dashboard_parameters));
	return o;
}

struct json *cluster_item(struct arena *mem, const struct cluster *c)
{
	struct json *o = json_object(mem);

	set_text(mem, o, "name", c->name);
	set_text(mem, o, "title", c->title);
	set_text(mem, o, "dashboardUrl", c->dashboard_url);
	set_text(mem, o, "authProvider", c->provider);
	set_text(mem, o, "oidcTokenProvider", c->oidc);
	return o;
}
