/* The audit log's rows about sign-ins and tokens. */
#include "handlers/auth_record.h"

#include "identity/audit.h"

void auth_record(struct req *rq, const char *event, const char *actor, const char *key, const char *value, int rc)
{
	struct ctx *cx = rq->cx;
	const struct asked *asked = cx->asked;
	struct asked plain = asked ? *asked : (struct asked){ .method = rq->method_name };
	struct json *meta = json_object(cx->mem);

	json_set(cx->mem, meta, key, json_str(cx->mem, value));
	plain.url = rq->path;
	cx->asked = &plain;
	audit(cx, &(struct audit_event){ .plugin = "auth",
					 .event_id = event,
					 .severity = rc < 0 ? AUDIT_HIGH : AUDIT_MEDIUM,
					 .status = rc < 0 ? AUDIT_FAILED : AUDIT_SUCCEEDED,
					 .meta = meta,
					 .error = rc < 0 ? arena_strdup(cx->mem, cx->err.text) : NULL,
					 .actor = actor,
					 /* anybody can fail to sign in, without end */
					 .only_log = rc < 0 && !actor });
	cx->asked = asked;
}
