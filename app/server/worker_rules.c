/* A worker that runs health rules of plugins: answers the one that asks clusters, one question for each connection. */
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/fd.h"
#include "ext/json.h"
#include "kubernetes/wire.h"
#include "plugins/health.h"
#include "server/scoreboard.h"
#include "server/worker.h"

enum { PATIENCE_S = 2, MEMORY_MOST = 256 << 20 };

static bool read_question(int fd, struct arena *mem, struct str *out)
{
	struct kube_head head;
	char *bytes;

	if (!fd_receive(fd, &head, sizeof(head)) || !head.n || head.n > RULES_QUESTION_MOST)
		return false;
	bytes = arena_alloc(mem, (size_t)head.n + 1);
	bytes[head.n] = '\0';
	*out = (struct str){ bytes, head.n };
	return fd_receive(fd, bytes, head.n);
}

static int judge(struct ctx *cx, struct str text, struct buf *out)
{
	struct json *question = json_read(cx->mem, text, MEMORY_MOST), *answer;
	int rc = question ? 0 : json_parse_within(cx, text, MEMORY_MOST, &question);

	if (rc == 0) {
		slot_what("rules", json_get_text(question, "plugin", ""), "");
		rc = health_judge(cx, question, &answer);
	}
	if (rc == 0)
		json_write(out, answer);
	if (rc == 0 && out->n > RULES_ANSWER_MOST)
		rc = fail(cx, ERR_TOOLARGE, "its rules say more than %d MiB", RULES_ANSWER_MOST >> 20);
	return rc;
}

/* Who asks may have gone meanwhile. */
static void answer(struct ctx *cx, int fd, struct str text)
{
	struct buf out = { .mem = cx->mem };
	struct kube_head head = { .code = judge(cx, text, &out) };
	struct str said = head.code < 0 ? str_of(cx->err.text) : buf_str(&out);

	head.n = (uint32_t)said.n;
	(void)(fd_send(fd, &head, sizeof(head)) && fd_send(fd, said.p, said.n));
}

static bool serve_question(struct worker *w, void *arg)
{
	static const struct timeval patience = { .tv_sec = PATIENCE_S };
	AUTO_FD fd = accept4(w->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	struct str text;

	(void)arg;
	if (fd < 0)
		return false;
	if (worker_peer_is_ours(fd) && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == 0 && read_question(fd, w->cx->mem, &text)) {
		slot_begin(SLOT_BUSY, w->set->request_limit_us);
		answer(w->cx, fd, text);
	}
	scoreboard_self()->served++;
	return true;
}

void worker_run_rules(struct worker *w)
{
	worker_serve(w, w->set->request_limit_us, serve_question, NULL);
}
