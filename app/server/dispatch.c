/* The life of a request: route, who asks, may they, did they mean to, handler, answer. */
#include "server/dispatch.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/log.h"
#include "handlers/plugins.h"
#include "identity/identity.h"
#include "identity/policy.h"
#include "server/error.h"
#include "server/proxy_request.h"
#include "server/record.h"
#include "server/scoreboard.h"
#include "web/csrf.h"
#include "web/park.h"
#include "web/router.h"

/* As nginx makes them ($request_id), or what another proxy may send; never anything that could forge a log line. */
static bool is_request_id(const char *id)
{
	size_t n = id ? strlen(id) : 0;

	for (size_t i = 0; i < n; i++)
		if (!ascii_alnum(id[i]) && !strchr("-_.", id[i]))
			return false;
	return n >= 8 && n <= 47;
}

static const char *new_request_id(struct arena *mem)
{
	uint64_t r[2] = { 0 };

	if (getrandom(r, sizeof(r), 0) != sizeof(r))
		abort();
	return arena_printf(mem, "%016llx%016llx", (unsigned long long)r[0], (unsigned long long)r[1]);
}

static void name_request(struct req *rq)
{
	const char *id = req_header(rq, "x-request-id");

	rq->cx->request_id = is_request_id(id) ? id : new_request_id(rq->cx->mem);
	log_request_id(rq->cx->request_id);
	slot_what(rq->method_name, rq->path, rq->cx->request_id);
}

static int find_route(struct req *rq)
{
	if (route_find(routes, n_routes, rq) && (rq->route->flags & ROUTE_PLUGIN) && !plugins_answer(rq))
		rq->route = NULL;
	if (!rq->route)
		return fail(rq->cx, ERR_NOTFOUND, "there is nothing at %s %s", rq->method_name, rq->path);
	slot_what(rq->method_name, rq->route->pattern, rq->cx->request_id);
	return 0;
}

/*
 * Only the route table says which pool serves what: a web worker hands such a request back to nginx, which asks the right
 * pool with the same method and body.
 */
static const char *elsewhere(const struct req *rq)
{
	const struct slot *self = scoreboard_self();
	enum pool want = rq->route->flags & ROUTE_WAIT                   ? POOL_WAIT
			 : rq->route->flags & ROUTE_STREAM               ? POOL_STREAM
			 : rq->route->flags & (ROUTE_PLUGIN | ROUTE_LUA) ? POOL_PLUGIN
									 : POOL_WEB;

	if (!self || self->pool != POOL_WEB || want == POOL_WEB || scoreboard()->wanted[want] == 0)
		return NULL;
	return want == POOL_WAIT ? "@wait" : want == POOL_STREAM ? "@stream" : "@plugin";
}

/* Neither logged nor counted, nor given headers that nginx would keep: the other pool does all that. */
static void hand_over(struct req *rq, struct resp *rs, const char *to)
{
	resp_header(rs, "X-Accel-Redirect", to);
	resp_empty(rs, 200);
	if (rs->send)
		rs->send(rq, rs);
}

/*
 * A public route is answered whoever asks: what is wrong with a token does not matter there, and of the rest the handler is
 * told, as not all it shows is for everybody.
 */
static void go_on_as_nobody(struct ctx *cx, int rc)
{
	if (rc != ERR_AUTH) {
		log_warn("it cannot be found out who asks", "error", cx->err.text, NULL);
		cx->who_rc = rc;
	}
	cx->who = policy_nobody(cx);
	cx->err = (struct err){ 0 };
}

static int identify(struct req *rq)
{
	struct ctx *cx = rq->cx;
	struct proxy_request pr = proxy_request(rq);
	int rc = 0;

	cx->who = rq->as;
	if (!rq->as)
		rc = identity_load(cx, req_header(rq, "authorization"), req_cookie(rq, session_cookie(rq->https)), &cx->who);
	if (rc == 0 && cx->who->session && !proxy_agrees(cx, &pr, cx->who->session))
		rc = identity_load(cx, NULL, NULL, &cx->who);
	if (rc == 0)
		rc = policy_begin(cx);
	if (rc < 0 && !rq->route->permission) {
		go_on_as_nobody(cx, rc);
		return 0;
	}
	return rc;
}

/* Guests look at pages. Programs say who they are, also where guests are let in, as Backstage has it. */
static int allow(struct req *rq)
{
	struct ctx *cx = rq->cx;
	bool guest = !cx->who || cx->who->kind == WHO_GUEST;

	if (!rq->route->permission)
		return 0;
	if (guest && !rq->local && !(rq->route->flags & ROUTE_HTML))
		return fail(cx, ERR_AUTH, "Missing credentials");
	return identity_allow(cx, rq->route->permission);
}

static int check_intent(struct req *rq)
{
	bool changes = rq->method != GET && rq->method != HEAD && rq->method != OPTIONS;

	if (rq->route->flags & ROUTE_CSRF)
		return csrf_check(rq);
	if (rq->route->flags & ROUTE_CROSS_SITE)
		return 0;
	return changes && rq->cx->who && rq->cx->who->by_cookie ? csrf_check_origin(rq) : 0;
}

/* What is counted and logged of an answer when it has ended. */
struct visit {
	const struct route *route;
	const char *method, *path, *user, *request_id;
	int status;
	uint64_t began_us;
};

static void visit_over(const struct visit *v, size_t sent)
{
	uint64_t us = clock_mono_us() - v->began_us;
	ARENA mem = { 0 };

	scoreboard_count(v->route, v->status, us);
	log_info("request", "method", v->method, "path", v->path, "route", v->route ? v->route->pattern : "-", "status",
		 arena_printf(&mem, "%d", v->status), "ms", arena_printf(&mem, "%.1f", (double)us / 1000), "bytes",
		 arena_printf(&mem, "%zu", sent), "user", v->user, NULL);
}

static void held_over(void *arg, size_t sent)
{
	const struct visit *v = arg;

	log_request_id(v->request_id);
	visit_over(v, sent);
	log_request_id(NULL);
}

/* An answer that goes on after its request keeps what is to be told of it. */
static void keep_visit(struct park *p, const struct visit *v)
{
	struct visit *kept = arena_new(p->mem, struct visit);

	*kept = *v;
	kept->method = arena_strdup(p->mem, v->method);
	kept->path = arena_strdup(p->mem, v->path);
	kept->user = arena_strdup(p->mem, v->user);
	kept->request_id = p->request_id;
	p->over = held_over;
	p->over_arg = kept;
}

static void answer(struct req *rq, struct resp *rs, int rc)
{
	bool reached = false;

	if (rc == 0)
		rc = identify(rq); /* who is asking? */
	if (rc == 0)
		rc = allow(rq); /* may they? */
	if (rc == 0)
		rc = check_intent(rq); /* did they mean to? */
	if (rc == 0) {
		reached = true;
		rc = rq->route->run(rq, rs);
	}
	record_request(rq, rs, rc, reached);
	if (rc < 0)
		error_answer(rq, rs, rc); /* drops a half-built page */
	resp_finish(rq, rs);
}

void dispatch(struct req *rq, struct resp *rs)
{
	uint64_t start = clock_mono_us();
	int rc = rq->fault;

	name_request(rq);
	record_origin(rq);
	if (rc == 0)
		rc = find_route(rq);
	if (rc == 0 && elsewhere(rq)) {
		hand_over(rq, rs, elsewhere(rq));
		return;
	}
	answer(rq, rs, rc);
	const struct visit v = { rq->route,          rq->method_name, rq->path, rq->cx->who ? rq->cx->who->ref : "-",
				 rq->cx->request_id, rs->status,      start };

	if (rs->park)
		keep_visit(rs->park, &v);
	size_t sent = rs->send ? rs->send(rq, rs) : 0;

	if (!rs->held)
		visit_over(&v, sent);
}
