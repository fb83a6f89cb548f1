/* Asking the process that asks clusters: one connection for each question. */
#include "kubernetes/ask.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "ext/json.h"
#include "kubernetes/wire.h"

enum { PATIENCE_MS = 3000 }; /* beyond what the question says itself */

static const char *address;

void kube_client_setup(const char *socket)
{
	address = socket;
}

/* ---- the socket ---- */

static int connect_to(struct ctx *cx, unsigned wait_ms, int *out)
{
	unsigned ms = wait_ms + PATIENCE_MS;
	struct timeval patience = { .tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000 };
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	*out = -1;
	if (!address || strlen(address) >= sizeof(to.sun_path))
		return fail(cx, ERR_UNAVAILABLE, "nobody asks clusters here: kubernetes is not configured");
	memcpy(to.sun_path, address, strlen(address) + 1);
	*out = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*out < 0 || setsockopt(*out, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
	    setsockopt(*out, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0 ||
	    connect(*out, (const struct sockaddr *)&to, sizeof(to)) < 0)
		return fail(cx, ERR_UNAVAILABLE, "what asks the clusters is not there now: %s", strerror(errno));
	return 0;
}

/* *gone: it went away before it said anything, as one does that is replaced. */
static int try_ask(struct ctx *cx, struct str question, unsigned wait_ms, struct str *answer, bool *gone)
{
	struct kube_head head = { .n = (uint32_t)question.n };
	AUTO_FD fd = -1;
	int rc = connect_to(cx, wait_ms, &fd);

	*gone = false;
	if (rc < 0)
		return rc;
	errno = 0;
	if (!fd_send(fd, &head, sizeof(head)) || !fd_send(fd, question.p, question.n) || !fd_receive(fd, &head, sizeof(head))) {
		*gone = errno != EAGAIN;
		return fail(cx, ERR_UNAVAILABLE, "what asks the clusters did not answer: %s",
			    errno ? strerror(errno) : "it has gone");
	}
	char *bytes = arena_alloc(cx->mem, (size_t)head.n + 1);

	if (!fd_receive(fd, bytes, head.n))
		return fail(cx, ERR_UNAVAILABLE, "what asks the clusters stopped in the middle of its answer");
	if (head.code < 0)
		return fail(cx, head.code, "%s", bytes);
	*answer = (struct str){ bytes, head.n };
	return 0;
}

static int ask(struct ctx *cx, struct str question, unsigned wait_ms, struct str *answer)
{
	bool gone = true;
	int rc = 0;

	if (question.n > KUBE_QUESTION_MOST)
		return fail(cx, ERR_TOOLARGE, "too much is asked of the clusters at once");
	for (int i = 0; i < 2 && gone; i++) {
		cx->err = (struct err){ 0 };
		rc = try_ask(cx, question, wait_ms, answer, &gone);
	}
	return rc;
}

/* ---- questions ---- */

static struct json *lookup_json(struct arena *mem, const struct lookup *l, const struct kube_question *q)
{
	struct json *o = json_object(mem);
	const char *token = cluster_user_token(l->cluster, q->auth);

	if (!token)
		token = cluster_session_token(l->cluster, &q->user);
	if (l->cluster->from_catalog)
		json_set(mem, o, "catalog", cluster_write(mem, l->cluster));
	else
		json_set(mem, o, "cluster", json_str(mem, l->cluster->name));
	json_set(mem, o, "selector", json_str(mem, l->selector));
	if (l->ns)
		json_set(mem, o, "ns", json_str(mem, l->ns));
	if (token)
		json_set(mem, o, "token", json_str(mem, token));
	return o;
}

static struct json *custom_json(struct arena *mem, const struct custom_kinds *kinds)
{
	struct json *list = json_array(mem);

	for (size_t i = 0; i < kinds->n; i++) {
		struct json *o = json_object(mem);

		json_set(mem, o, "group", json_str(mem, kinds->items[i].group));
		json_set(mem, o, "apiVersion", json_str(mem, kinds->items[i].version));
		json_set(mem, o, "plural", json_str(mem, kinds->items[i].plural));
		json_push(mem, list, o);
	}
	return list;
}

int kube_ask(struct ctx *cx, const struct kube_question *q, struct str *answer)
{
	struct arena *mem = cx->mem;
	struct json *o = json_object(mem), *list = json_array(mem);
	struct buf b = { .mem = mem };
	/* All lists, then the events. */
	unsigned most = 2 * clusters_timeout_ms(cx), wait = q->wait_ms < most ? q->wait_ms : most;

	for (size_t i = 0; i < q->lookups.n; i++)
		json_push(mem, list, lookup_json(mem, &q->lookups.items[i], q));
	json_set(mem, o, "form", json_num(mem, q->form));
	json_set(mem, o, "wait", json_num(mem, wait));
	json_set(mem, o, "lookups", list);
	if (q->only)
		json_set(mem, o, "only", custom_json(mem, q->only));
	json_write(&b, o);
	return ask(cx, buf_str(&b), wait, answer);
}

int kube_status(struct ctx *cx, struct json **out)
{
	struct str answer;
	struct json *v;
	int rc = ask(cx, STR("{\"status\":true}"), 0, &answer);

	if (rc == 0)
		rc = json_parse(cx, answer, &v);
	if (rc == 0)
		*out = json_get(v, "items");
	return rc;
}
