/* Clusters that files tell of: the one the portal runs in, and those of a kubeconfig. */
#include <fcntl.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "ext/crypto.h"
#include "ext/yaml.h"
#include "kubernetes/cluster_private.h"

enum { FILE_MOST = 1 << 20 };

int cluster_file(struct ctx *cx, const char *path, const char **out)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct buf b = { .mem = cx->mem };
	char piece[8192];
	ssize_t n = 0;

	while (fd >= 0 && b.n < FILE_MOST && (n = read(fd, piece, sizeof(piece))) > 0)
		buf_add(&b, piece, (size_t)n);
	if (fd < 0 || n < 0)
		return fail(cx, ERR_UNAVAILABLE, "%s cannot be read: %s", path, strerror(errno));
	struct str text = str_trim((struct str){ buf_text(&b), b.n });

	*out = arena_strndup(cx->mem, text.p, text.n);
	return 0;
}

const char *cluster_pem(struct arena *mem, const char *text)
{
	struct str s = str_trim(str_of(text)), plain;

	if (strstr(text, "-----BEGIN "))
		return text;
	if (!s.n || !crypto_base64_decode(mem, s, &plain))
		return NULL;
	text = arena_strndup(mem, plain.p, plain.n);
	return strstr(text, "-----BEGIN ") ? text : NULL;
}

/* ---- the one around us ---- */

static const char *here(struct arena *mem)
{
	const char *host = getenv("KUBERNETES_SERVICE_HOST"), *port = getenv("KUBERNETES_SERVICE_PORT");
	bool wide = host && strchr(host, ':') && *host != '[';

	if (!host || !*host)
		return NULL;
	return arena_printf(mem, "https://%s%s%s:%s", wide ? "[" : "", host, wide ? "]" : "", port && *port ? port : "443");
}

bool cluster_is_here(const char *url)
{
	static const char *const names[] = { "https://kubernetes.default", "https://kubernetes.default.svc",
					     "https://kubernetes.default.svc.cluster.local" };
	ARENA mem = { 0 };
	const char *place = here(&mem);

	if (!place)
		return false;
	for (size_t i = 0; i < LEN(names); i++)
		if (streq(url, names[i]))
			return true;
	return streq(url, place) || (str_ends(place, ":443") && strlen(url) == strlen(place) - 4 && str_starts(place, url));
}

int locate_in_cluster(struct ctx *cx, const struct json *v, struct clusters *all)
{
	const char *folder = json_get_text(v, "directory", ACCOUNT_FOLDER);
	struct cluster *c = arena_new(cx->mem, struct cluster);

	*c = (struct cluster){ .name = json_get_text(v, "name", "local"),
			       .title = json_get_text(v, "title", NULL),
			       .url = here(cx->mem),
			       .provider = "serviceAccount",
			       .token_file = arena_printf(cx->mem, "%s/token", folder),
			       .ca = { .file = arena_printf(cx->mem, "%s/ca.crt", folder) },
			       .skip_metrics = json_get_bool(v, "skipMetricsLookup", false) };
	if (!c->url)
		return fail(cx, ERR_INPUT, "the portal does not run in a cluster: KUBERNETES_SERVICE_HOST is not set");
	int rc = custom_kinds_read(cx, json_get(v, "customResources"), &c->custom);

	if (rc == 0)
		rc = cluster_finish(cx, c);
	return rc < 0 ? rc : clusters_add(cx, all, c);
}

/* ---- kubeconfig ---- */

/* The `what` of the item that is called name in a list of {name, what: {…}}. */
static const struct json *named(const struct json *list, const char *name, const char *what)
{
	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++)
		if (streq(json_get_text(list->a.items[i], "name", ""), name))
			return json_get(list->a.items[i], what);
	return NULL;
}

/* Its files are named from where it is. */
static const char *file_beside(struct arena *mem, const char *config, const char *file)
{
	const char *slash = strrchr(config, '/');

	if (!file || *file == '/' || !slash)
		return file;
	return arena_printf(mem, "%.*s/%s", (int)(slash - config), config, file);
}

static void read_user(struct arena *mem, const char *path, const struct json *user, struct cluster *c)
{
	c->token = json_get_text(user, "token", NULL);
	c->token_file = file_beside(mem, path, json_get_text(user, "tokenFile", NULL));
	c->certificate = (struct pem){ json_get_text(user, "client-certificate-data", NULL),
				       file_beside(mem, path, json_get_text(user, "client-certificate", NULL)) };
	c->key = (struct pem){ json_get_text(user, "client-key-data", NULL),
			       file_beside(mem, path, json_get_text(user, "client-key", NULL)) };
	c->provider = c->certificate.text || c->certificate.file ? "clientCertificate" : "serviceAccount";
	/* As kubectl has it: a file is newer than a text. */
	if (c->token_file)
		c->token = NULL;
}

static int read_context(struct ctx *cx, const char *path, const struct json *config, const char *name, struct clusters *all)
{
	const struct json *context = named(json_get(config, "contexts"), name, "context");
	const struct json *server = named(json_get(config, "clusters"), json_get_text(context, "cluster", ""), "cluster");
	const struct json *user = named(json_get(config, "users"), json_get_text(context, "user", ""), "user");
	struct cluster *c = arena_new(cx->mem, struct cluster);

	if (!context || !server)
		return fail(cx, ERR_INPUT, "context '%s' or its cluster is not there", name);
	if (json_get(user, "exec") || json_get(user, "auth-provider"))
		return fail(cx, ERR_INPUT,
			    "context '%s': its user is made by a program (exec, auth-provider), which is not run", name);
	*c = (struct cluster){ .name = name,
			       .url = json_get_text(server, "server", NULL),
			       .ca = { json_get_text(server, "certificate-authority-data", NULL),
				       file_beside(cx->mem, path, json_get_text(server, "certificate-authority", NULL)) },
			       .skip_tls = json_get_bool(server, "insecure-skip-tls-verify", false) };
	read_user(cx->mem, path, user, c);
	int rc = cluster_finish(cx, c);

	return rc < 0 ? fail_in(cx, rc, "context '%s'", name) : clusters_add(cx, all, c);
}

int locate_kubeconfig(struct ctx *cx, const struct json *v, struct clusters *all)
{
	const char *path = json_get_text(v, "file", getenv("KUBECONFIG")), *text;
	const struct json *wanted = json_get(v, "contexts"), *contexts;
	struct json *config;
	int rc;

	if (!path || !*path)
		return fail(cx, ERR_INPUT, "file is missing: the path of a kubeconfig");
	rc = cluster_file(cx, path, &text);
	if (rc == 0)
		rc = yaml_read_one(cx, str_of(text), NULL, &config);
	if (rc < 0)
		return fail_in(cx, rc, "%s", path);
	contexts = wanted ? wanted : json_get(config, "contexts");
	for (size_t i = 0; rc == 0 && json_is(contexts, JSON_ARRAY) && i < contexts->a.n; i++) {
		const struct json *item = contexts->a.items[i];

		rc = read_context(cx, path, config, json_text(item, json_get_text(item, "name", "")), all);
	}
	return rc < 0 ? fail_in(cx, rc, "%s", path) : 0;
}
