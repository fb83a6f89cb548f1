/* Health for load balancers and orchestrators, as Backstage's backends answer it. */
#include "catalog/entity.h"
#include "handlers/routes.h"
#include "server/scoreboard.h"

static int answer_ok(struct resp *rs)
{
	return resp_json_text(rs, 200, STR("{\"status\":\"ok\"}"));
}

static int answer_error(const struct req *rq, struct resp *rs, const char *why)
{
	struct json *v = json_object(rq->cx->mem);

	json_set(rq->cx->mem, v, "message", json_str(rq->cx->mem, why));
	json_set(rq->cx->mem, v, "status", json_str(rq->cx->mem, "error"));
	resp_header(rs, "Cache-Control", "no-store");
	return resp_json(rs, 503, v);
}

/* GET /.backstage/health/v1/readiness: may this host be sent requests? */
int health_readiness(struct req *rq, struct resp *rs)
{
	const struct board *b = scoreboard();

	if (b && b->state == BOARD_STARTING)
		return answer_error(rq, rs, "Backend has not started yet");
	if (b && b->state == BOARD_STOPPING)
		return answer_error(rq, rs, "Backend is shutting down");
	if (!rq->cx->db || catalog_ready(rq->cx) < 0)
		return answer_error(rq, rs, "The database is not available, or has no schema yet");
	return answer_ok(rs);
}

/* GET /.backstage/health/v1/liveness: a worker that answers lives. */
int health_liveness(struct req *rq, struct resp *rs)
{
	(void)rq;
	return answer_ok(rs);
}
