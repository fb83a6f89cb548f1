/* A shell in a container, as a page, and the connection that its script opens. */
#include "handlers/handlers.h"
#include "handlers/kubernetes.h"
#include "handlers/kubernetes_find.h"
#include "handlers/kubernetes_page.h"
#include "handlers/links.h"
#include "handlers/page.h"
#include "identity/audit.h"
#include "identity/identity.h"

/* What is started is not the browser's to say. */
static const char command[] = "TERM=xterm-256color; export TERM; exec \"$(command -v bash || echo sh)\"";

static int check_enabled(struct ctx *cx)
{
	return kubernetes_enabled(cx, "podExec")
		       ? 0
		       : fail(cx, ERR_DENIED, "kubernetes.frontend.podExec.enabled is not set in the configuration");
}

/* ---- the page ---- */

static void add_running(struct arena *mem, const struct json *pod, struct json *out)
{
	const struct json *all = json_path(pod, "status", "containerStatuses", NULL);

	for (size_t i = 0; json_is(all, JSON_ARRAY) && i < all->a.n; i++)
		if (json_path(all->a.items[i], "state", "running", NULL))
			json_push(mem, out, json_str(mem, json_get_text(all->a.items[i], "name", "")));
}

int kubernetes_shell(struct req *rq, struct resp *rs)
{
	static const char *const known[] = { "cluster", "ns", "pod", "container", NULL };
	struct kubernetes_found f = { 0 };
	struct arena *mem = rq->cx->mem;
	struct json *choices = json_array(mem);
	const char *container = req_query(rq, "container");
	struct entity_page p;
	int rc = req_only_query(rq, known);

	if (rc == 0)
		rc = check_enabled(rq->cx);
	/* The route asks for the permission of shells; this page tells of pods as well. */
	if (rc == 0)
		rc = kubernetes_find_pod(rq, &p, &f);
	if (rc < 0)
		return kubernetes_locked(&p, rs, &f, rc);
	rc = entity_head(rq, p.vars, p.doc, "kubernetes");
	if (rc < 0)
		return rc;
	add_running(mem, f.object, choices);
	if (!container || !*container)
		container = choices->a.n ? json_text(choices->a.items[0], "") : "";
	struct json *w = kubernetes_container_vars(&p, &f, container, choices);

	json_set(mem, w, "connect",
		 json_str(mem,
			  link_kubernetes(mem, p.found.ref, "shell/connect", kubernetes_container_query(mem, &f, container))));
	json_set(mem, w, "runs", json_bool(mem, json_has_text(choices, str_of(container))));
	resp_header(rs, "Cache-Control", "no-store");
	return page_render(rq, rs, 200, "kubernetes/shell.html", p.vars);
}

/* ---- the connection ---- */

int kubernetes_shell_connect(struct req *rq, struct resp *rs)
{
	struct kubernetes_pipe pipe = { .method = "GET" };
	struct arena *mem = rq->cx->mem;
	const char *container = req_query(rq, "container");
	struct entity_page p;
	int rc = check_enabled(rq->cx);

	if (rc == 0)
		rc = kubernetes_open(rq, &p);
	if (rc == 0 && (!container || !*container))
		rc = fail(rq->cx, ERR_INPUT, "request/query must have required property 'container'");
	if (rc == 0)
		rc = kubernetes_object(rq, p.doc, req_query(rq, "cluster"), req_query(rq, "ns"), "pods", req_query(rq, "pod"),
				       &pipe);
	if (rc < 0)
		return rc;
	audit_note(rq->cx, "container", container);
	/* A terminal has one stream of output. */
	pipe.path = arena_printf(mem, "%s/exec?container=%s&stdin=true&stdout=true&tty=true&command=sh&command=-c&command=%s",
				 pipe.path, url_encode(mem, container, false), url_encode(mem, command, false));
	if (!kubernetes_wants_tunnel(rq))
		return fail(rq->cx, ERR_INPUT, "a shell is opened as a WebSocket, which did not arrive as one");
	return kubernetes_take_over(rq, rs, &pipe, &(struct kubernetes_purpose){ .event = "pods-exec", .tells = true });
}
