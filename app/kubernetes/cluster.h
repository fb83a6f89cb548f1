/* Kubernetes clusters: which there are, and how one is asked. */
#ifndef KUBERNETES_CLUSTER_H
#define KUBERNETES_CLUSTER_H

#include "base/ctx.h"
#include "base/json.h"
#include "ext/fetch.h"

/* What an API server is shown. */
enum cluster_credential {
	CREDENTIAL_NONE,        /* kubectl proxy */
	CREDENTIAL_TOKEN,       /* of a service account */
	CREDENTIAL_FILE,        /* the same in a file, which is read each time, as it is replaced now and then */
	CREDENTIAL_CERTIFICATE, /* a client's certificate and key */
	CREDENTIAL_USER,        /* the token of whoever asks, which comes with the question */
};

/* A kind of objects beyond those that Kubernetes has. */
struct custom_kind {
	const char *group, *version, *plural;
};
struct custom_kinds {
	struct custom_kind *items;
	size_t n, cap;
};

/* A text in PEM, or the file it is in; both NULL: none. */
struct pem {
	const char *text, *file;
};

/* Adds those of a list [{group, apiVersion, plural}]; v NULL: none. ERR_INPUT names the first that is none. */
int custom_kinds_read(struct ctx *cx, const struct json *v, struct custom_kinds *out);

struct cluster {
	const char *name, *title; /* title NULL: none */
	const char *url;          /* without a slash at the end */
	const char *provider;     /* "serviceAccount", "oidc", "clientCertificate", "localKubectlProxy", "google", "aks" */
	const char *oidc;         /* oidcTokenProvider; NULL: none */
	enum cluster_credential credential;
	const char *token, *token_file;
	struct pem certificate, key;
	struct pem ca; /* none: the system's */
	bool skip_tls, skip_metrics;
	bool from_catalog; /* its address is not the operator's word */
	bool public_only;  /* hence it is connected to at public addresses only, unless backend.reading.allow names it */
	bool is_named;     /* and yet the operator says that it may get tokens of who has signed in (userTokensTo) */
	struct custom_kinds custom;
	const char *dashboard_url, *dashboard_app; /* NULL: none */
	const struct json *dashboard_parameters;
};
struct clusters {
	struct cluster **items;
	size_t n, cap;
};

/* kubernetes.timeout: how long a cluster may take for all of one question. */
unsigned clusters_timeout_ms(const struct ctx *cx);
/* Is anything of Kubernetes configured? Without clusterLocatorMethods there is nothing of it anywhere. */
bool clusters_wanted(const struct ctx *cx);
/* At the start: ERR_INPUT names what of the section `kubernetes` cannot be used. */
int clusters_check(struct ctx *cx);
/*
 * All clusters: of the configuration, of the place the portal runs in, of kubeconfig files, of the catalog. In the order of the
 * locators, in cx->mem. ERR_INPUT when two have one
 * name; a locator that fails is an error, unless kubernetes.clusterLocatorContinueOnError says that it is left out.
 */
int clusters_load(struct ctx *cx, struct clusters *out);
/* The same without those of the catalog, which needs no database. */
int clusters_fixed(struct ctx *cx, struct clusters *out);
/* Is an entity a resource that describes a cluster? */
bool cluster_is_entity(const struct json *entity);
/* [{annotation ("": of none alone), text}]: what keeps such an entity from being a cluster that is asked; empty: nothing. */
struct json *cluster_problems(struct ctx *cx, const struct json *entity);
/* NULL: there is none. */
const struct cluster *cluster_named(const struct clusters *all, const char *name);

/* {name, title?, dashboardUrl?, dashboardApp?, dashboardParameters?}: as it stands beside its objects. */
struct json *cluster_json(struct arena *mem, const struct cluster *c);
/* {name, title?, dashboardUrl?, authProvider, oidcTokenProvider?}: as it stands in the list of clusters. */
struct json *cluster_item(struct arena *mem, const struct cluster *c);

/*
 * A cluster of the catalog as JSON, to be sent to the process that asks clusters, and back. Only those: the others' secrets
 * never leave the process that read them. ERR_INPUT when it is malformed.
 */
struct json *cluster_write(struct arena *mem, const struct cluster *c);
int cluster_read(struct ctx *cx, const struct json *v, struct cluster *out);

/*
 * The token that belongs to this cluster in Backstage's `auth` object of a request: auth.oidc.PROVIDER, auth.google, auth.aks.
 * NULL: there is none, or the cluster wants none.
 */
const char *cluster_user_token(const struct cluster *c, const struct json *auth);
/* What somebody has of the provider by which he signed in; tokens are NULL where there are none. */
struct cluster_user {
	const char *provider, *id, *access;
};
/*
 * By which provider of auth.providers one has to have signed in to ask this cluster as oneself; *access: it wants the access
 * token, as Google's and Azure's do, not the id token. NULL: by none. It wants no tokens of users, or its address is only an
 * entity's word.
 */
const char *cluster_sign_in(const struct cluster *c, bool *access);
/* The token that goes to this cluster; NULL: none. */
const char *cluster_session_token(const struct cluster *c, const struct cluster_user *u);
/* Does any cluster want tokens of those who sign in by this provider? Errors of clusters_load(). */
int clusters_want(struct ctx *cx, const char *provider, bool *id, bool *access);
/*
 * Fills what of a request says who asks and whom to believe: headers (Authorization, Accept), certificates, address checks.
 * user_token: of CREDENTIAL_USER, NULL otherwise. path begins with a slash. ERR_AUTH when a token is missing, ERR_UNAVAILABLE
 * when a file cannot be read. Everything lives in cx->mem or with the cluster. The answer's redirects are not followed: a
 * token is for one server.
 */
int cluster_request(struct ctx *cx, const struct cluster *c, const char *user_token, const char *path,
		    struct fetch_request *out);

#endif
