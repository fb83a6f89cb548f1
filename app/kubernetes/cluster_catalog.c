/* Clusters that the catalog tells of: whoever may write an entity names an address there, so that it is not believed much. */
#include "base/log.h"
#include "catalog/query.h"
#include "catalog/scm.h"
#include "ext/crypto.h"
#include "ext/json.h"
#include "kubernetes/cluster_private.h"

enum { CLUSTERS_MOST = 500 };

#define ANNOTATION(name) "kubernetes.io/" name

static const char *note(const struct json *annotations, const char *name)
{
	const char *text = json_get_text(annotations, name, NULL);

	return text && *text ? text : NULL;
}

/* An address that the operator allowed to read from may be private; any other must be of the public internet. */
static int judge_address(struct ctx *cx, struct cluster *c)
{
	struct url u;

	c->from_catalog = c->public_only = true;
	if (!str_starts(c->url, "https://"))
		return fail(cx, ERR_INPUT, "%s must begin with https://", ANNOTATION("api-server"));
	if (url_parse(cx, c->url, &u) < 0)
		return cx->err.code;
	c->public_only = !scm_allowed(cx, &u);
	return 0;
}

/* By its whole name, or by the end of it after "*". */
static bool is_named(const struct json *hosts, const char *host)
{
	for (size_t i = 0; json_is(hosts, JSON_ARRAY) && i < hosts->a.n; i++) {
		const char *name = json_text(hosts->a.items[i], "");

		if (str_starts(name, "*.") ? str_ends(host, name + 1) : *name && streq(host, name))
			return true;
	}
	return false;
}

static int judge_provider(struct ctx *cx, const struct cluster *c)
{
	/* The portal's own tokens go where the configuration says, not where an entity says. */
	if (c->credential != CREDENTIAL_USER)
		return fail(cx, ERR_INPUT, "%s '%s' is not for clusters of the catalog: use oidc, google or aks",
			    ANNOTATION("auth-provider"), c->provider);
	return 0;
}

static int finish(struct ctx *cx, struct cluster *c)
{
	int rc = cluster_finish(cx, c);

	if (rc == 0)
		rc = judge_address(cx, c);
	return rc < 0 ? rc : judge_provider(cx, c);
}

static int read_entity(struct ctx *cx, const struct json *entity, struct cluster *c)
{
	const struct json *meta = json_get(entity, "metadata"), *a = json_get(meta, "annotations");
	const char *parameters = note(a, ANNOTATION("dashboard-parameters"));
	struct json *parsed = NULL;

	if (parameters && json_parse_within(cx, str_of(parameters), 1 << 20, &parsed) < 0)
		return fail_in(cx, ERR_INPUT, "%s", ANNOTATION("dashboard-parameters"));
	*c = (struct cluster){
		.name = json_get_text(meta, "name", ""),
		.title = json_get_text(meta, "title", NULL),
		.url = note(a, ANNOTATION("api-server")),
		.provider = note(a, ANNOTATION("auth-provider")),
		.oidc = note(a, ANNOTATION("oidc-token-provider")),
		.ca = { .text = note(a, ANNOTATION("api-server-certificate-authority")) },
		.skip_tls = streq(json_get_text(a, ANNOTATION("skip-tls-verify"), ""), "true"),
		.skip_metrics = streq(json_get_text(a, ANNOTATION("skip-metrics-lookup"), ""), "true"),
		.dashboard_url = note(a, ANNOTATION("dashboard-url")),
		.dashboard_app = note(a, ANNOTATION("dashboard-app")),
		.dashboard_parameters = parsed,
	};
	return finish(cx, c);
}

/* ---- for whoever has written it ---- */

static void tell(struct arena *mem, struct json *out, const char *annotation, const char *text)
{
	struct json *o = json_object(mem);

	json_set(mem, o, "annotation", json_str(mem, annotation));
	json_set(mem, o, "text", json_str(mem, text));
	json_push(mem, out, o);
}

bool cluster_is_entity(const struct json *entity)
{
	return str_ieq(json_get_text(entity, "kind", ""), "resource") &&
	       str_ieq(json_get_text(json_get(entity, "spec"), "type", ""), "kubernetes-cluster");
}

struct json *cluster_problems(struct ctx *cx, const struct json *entity)
{
	static const char *const wanted[][2] = {
		{ ANNOTATION("api-server"),
		  "It is missing: the address of the API server, such as https://k8s.example.com:6443." },
		{ ANNOTATION("api-server-certificate-authority"),
		  "It is missing: the certificate of the authority to believe, base64 of PEM." },
		{ ANNOTATION("auth-provider"), "It is missing: whose token is shown, oidc, google or aks." },
	};
	const struct json *a = json_path(entity, "metadata", "annotations", NULL);
	struct json *out = json_array(cx->mem);
	struct ctx own = { .mem = cx->mem, .conf = cx->conf, .request_id = cx->request_id };
	struct cluster c;
	struct url u;

	for (size_t i = 0; i < LEN(wanted); i++)
		if (!note(a, wanted[i][0]))
			tell(cx->mem, out, wanted[i][0], wanted[i][1]);
	if (out->a.n == 0 && read_entity(&own, entity, &c) < 0)
		tell(cx->mem, out, "", own.err.text);
	/* Names are looked up when somebody asks; what is written as a number is known now. */
	if (note(a, ANNOTATION("api-server")) && url_parse(&own, note(a, ANNOTATION("api-server")), &u) == 0 &&
	    !scm_allowed(&own, &u) && !url_may_be_public(&u))
		tell(cx->mem, out, ANNOTATION("api-server"),
		     arena_printf(cx->mem,
				  "%.200s is no public address. Clusters that entities name are asked at public ones only, or "
				  "where backend.reading.allow names their host.",
				  u.host));
	return out;
}

/* Those without all three annotations are no clusters to be asked, as in Backstage. */
static int find_entities(struct ctx *cx, struct entities *out)
{
	static const char filter[] = "kind=resource,spec.type=kubernetes-cluster,"
				     "metadata.annotations.kubernetes.io/api-server,"
				     "metadata.annotations.kubernetes.io/api-server-certificate-authority,"
				     "metadata.annotations.kubernetes.io/auth-provider";
	struct query q = { .orders = { { "metadata.name", false } }, .n_orders = 1, .limit = CLUSTERS_MOST };
	struct query_page page;
	/* Which clusters there are does not depend on who asks; what may be seen of them, the caller decides. */
	struct ctx all = { .mem = cx->mem, .db = cx->db, .conf = cx->conf, .request_id = cx->request_id };
	int rc = filter_add(&all, &q.filter, filter);

	if (rc == 0)
		rc = query_page(&all, &q, &page);
	if (rc == 0)
		rc = query_bodies(&all, &q, page.hits, page.n, out);
	cx->err = all.err;
	return rc;
}

int locate_catalog(struct ctx *cx, const struct json *v, struct clusters *all)
{
	struct entities found = { 0 };
	int rc = find_entities(cx, &found);

	for (size_t i = 0; rc == 0 && i < found.n; i++) {
		struct cluster *c = arena_new(cx->mem, struct cluster);
		struct json *entity;

		rc = json_parse(cx, found.items[i].body, &entity);
		if (rc == 0 && read_entity(cx, entity, c) == 0) {
			struct url u;

			c->is_named =
				!c->skip_tls && url_parse(cx, c->url, &u) == 0 && is_named(json_get(v, "userTokensTo"), u.host);
			rc = clusters_add(cx, all, c);
			continue;
		}
		/* Whoever writes one entity badly must not take the others away from everybody. */
		log_debug("a cluster of the catalog is left out", "entity", found.items[i].ref, "why", cx->err.text, NULL);
		cx->err = (struct err){ 0 };
		rc = 0;
	}
	return rc;
}

/* ---- between processes ---- */

static void put(struct arena *mem, struct json *o, const char *key, const char *value)
{
	if (value)
		json_set(mem, o, key, json_str(mem, value));
}

struct json *cluster_write(struct arena *mem, const struct cluster *c)
{
	struct json *o = json_object(mem);

	put(mem, o, "name", c->name);
	put(mem, o, "title", c->title);
	put(mem, o, "url", c->url);
	put(mem, o, "provider", c->provider);
	put(mem, o, "oidc", c->oidc);
	put(mem, o, "ca", c->ca.text);
	put(mem, o, "dashboardUrl", c->dashboard_url);
	put(mem, o, "dashboardApp", c->dashboard_app);
	json_set(mem, o, "skipTls", json_bool(mem, c->skip_tls));
	json_set(mem, o, "skipMetrics", json_bool(mem, c->skip_metrics));
	if (c->dashboard_parameters)
		json_set(mem, o, "dashboardParameters", json_copy(mem, c->dashboard_parameters));
	return o;
}

/* Judged again: what is asked for here is checked where it is done. */
int cluster_read(struct ctx *cx, const struct json *v, struct cluster *out)
{
	*out = (struct cluster){
		.name = json_get_text(v, "name", ""),
		.title = json_get_text(v, "title", NULL),
		.url = json_get_text(v, "url", NULL),
		.provider = json_get_text(v, "provider", NULL),
		.oidc = json_get_text(v, "oidc", NULL),
		.ca = { .text = json_get_text(v, "ca", NULL) },
		.skip_tls = json_get_bool(v, "skipTls", false),
		.skip_metrics = json_get_bool(v, "skipMetrics", false),
		.dashboard_url = json_get_text(v, "dashboardUrl", NULL),
		.dashboard_app = json_get_text(v, "dashboardApp", NULL),
		.dashboard_parameters = json_get(v, "dashboardParameters"),
	};
	return finish(cx, out);
}
