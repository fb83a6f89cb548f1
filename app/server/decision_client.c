/* Asking the workers that decide in Lua: one connection for each question, so that none of them is held by one that asks
 * seldom. */
#include "server/decision_client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/str.h"
#include "ext/json.h"
#include "plugins/decision.h"
#include "server/decision_kept.h"

/* More than a call may take, and some time to wait for a worker. */
enum { PATIENCE_S = 3, SLOW_US = 500000, REST_US = 1000000, REST_REQUEST_US = 60000000 };

static const char *address;

/* After a failure that took long. */
static struct {
	uint64_t until_us;
	bool all; /* nobody asks; else those of one request do not */
	char request[48];
} rest;

void decision_client_setup(const char *socket)
{
	address = socket;
}

/* ---- frames ---- */

bool decision_send(int fd, int code, struct str text)
{
	struct decision_head head = { .n = (uint32_t)(sizeof(head.code) + text.n), .code = code };

	return text.n <= DECISION_MOST && fd_send(fd, &head, sizeof(head)) && fd_send(fd, text.p, text.n);
}

bool decision_receive(int fd, struct arena *mem, int *code, struct str *text)
{
	struct decision_head head;
	char *bytes;

	if (!fd_receive(fd, &head, sizeof(head)) || head.n < sizeof(head.code) || head.n > sizeof(head.code) + DECISION_MOST ||
	    head.code > 0)
		return false;
	head.n -= (uint32_t)sizeof(head.code);
	bytes = arena_alloc(mem, head.n + 1);
	bytes[head.n] = '\0';
	*code = head.code;
	*text = (struct str){ bytes, head.n };
	return fd_receive(fd, bytes, head.n);
}

/* ---- asking ---- */

/* -1 with errno. */
static int connect_to(const char *path)
{
	static const struct timeval patience = { .tv_sec = PATIENCE_S };
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd;

	if (!path || strlen(path) >= sizeof(to.sun_path)) {
		errno = ENOENT;
		return -1;
	}
	memcpy(to.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == 0 &&
	    connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	int why = errno;

	if (fd >= 0)
		close(fd);
	errno = why;
	return -1;
}

static int ask_worker(struct ctx *cx, struct str question, struct str *answer)
{
	int code = 0, fd = connect_to(address);

	if (fd < 0)
		return fail(cx, ERR_UNAVAILABLE, "no worker decides in Lua now: %s", strerror(errno));
	bool good = decision_send(fd, 0, question);

	errno = 0;
	good = good && decision_receive(fd, cx->mem, &code, answer);
	int why = errno;

	close(fd);
	if (!good)
		return fail(cx, ERR_UNAVAILABLE, "%s",
			    why == EAGAIN ? "no worker decided within 3 seconds"
					  : "the worker that should decide has ended; the log says of what");
	return code < 0 ? fail(cx, code, "%s", answer->p) : 0;
}

/*
 * A page asks many questions, and must not wait for each. What one has no answer for, for another it may have; where no worker
 * answers at all, nobody need wait.
 */
static int ask_in_time(struct ctx *cx, struct str question, struct str *answer)
{
	uint64_t begun = clock_mono_us(), now;

	if (begun < rest.until_us && (rest.all || streq(rest.request, cx->request_id)))
		return fail(cx, ERR_UNAVAILABLE, "what decides in Lua took too long a moment ago");
	int rc = ask_worker(cx, question, answer);

	now = clock_mono_us();
	if (rc < 0 && now > begun + SLOW_US) {
		rest.all = now > begun + PATIENCE_S * 1000000U;
		rest.until_us = now + (rest.all ? REST_US : REST_REQUEST_US);
		snprintf(rest.request, sizeof(rest.request), "%s", cx->request_id);
	}
	return rc;
}

int decision_ask(struct ctx *cx, const struct json *question, struct json **answer)
{
	struct buf text = { .mem = cx->mem };
	bool lasts = !json_get(question, "resolver");
	struct str said;
	int rc = decision_known(cx, question, answer);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	json_write(&text, question);
	if (lasts && decision_kept(buf_str(&text), &said))
		return json_parse(cx, said, answer);
	rc = ask_in_time(cx, buf_str(&text), &said);
	if (rc == 0)
		rc = json_parse(cx, said, answer);
	if (rc == 0 && lasts)
		decision_keep(buf_str(&text), said);
	return rc;
}
