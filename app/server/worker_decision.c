/* A worker that decides in Lua: answers the other workers of this host, one question for each connection. */
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/buf.h"
#include "ext/json.h"
#include "plugins/decision.h"
#include "server/decision_client.h"
#include "server/scoreboard.h"
#include "server/worker.h"

enum { PATIENCE_S = 1 };

static void answer(struct ctx *cx, int fd, struct str text)
{
	struct json *question, *said = NULL;
	struct buf b = { .mem = cx->mem };
	int rc = json_parse(cx, text, &question);

	if (rc == 0) {
		slot_what("decide", decision_name(cx->mem, question), "");
		rc = decision_answer(cx, question, &said);
	}
	if (rc == 0)
		json_write(&b, said);
	/* Who asks may have gone meanwhile, and asks again. */
	(void)decision_send(fd, rc, rc < 0 ? str_of(cx->err.text) : buf_str(&b));
}

static bool serve_question(struct worker *w, void *arg)
{
	static const struct timeval patience = { .tv_sec = PATIENCE_S };
	int fd = accept4(w->listen_fd, NULL, NULL, SOCK_CLOEXEC), code;
	struct str text;

	(void)arg;
	if (fd < 0)
		return false;
	if (worker_peer_is_ours(fd) && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == 0 &&
	    decision_receive(fd, w->cx->mem, &code, &text)) {
		slot_begin(SLOT_BUSY, w->set->request_limit_us);
		answer(w->cx, fd, text);
	}
	close(fd);
	scoreboard_self()->served++;
	return true;
}

void worker_run_decisions(struct worker *w)
{
	worker_serve(w, w->set->request_limit_us, serve_question, NULL);
}
