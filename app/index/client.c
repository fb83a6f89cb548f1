/* Asking a process that answers others: one connection for each that asks, opened again when it is lost. */
#include "index/client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

enum { PATIENCE_US = 1000000, PAUSE_MS = 5, TRIES = 3 };

static struct index_shared alone;
static struct index_line index_line = INDEX_LINE("The catalog's index", "entities", "server.indexMemoryLimit");
static bool awaited;

void index_line_setup(struct index_line *line, const char *socket, struct index_shared *shared)
{
	line->socket = socket;
	line->shared = shared ? shared : &alone;
}

void index_client_setup(const char *socket, struct index_shared *shared, bool awaits)
{
	index_line_setup(&index_line, socket, shared);
	awaited = awaits;
}

void index_client_anew(void)
{
	index_line.flags |= INDEX_ASK_ANEW;
}

static uint64_t get(const uint64_t *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static void raise_to(uint64_t *p, uint64_t n)
{
	uint64_t old = get(p);

	while (old < n && !__atomic_compare_exchange_n(p, &old, n, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		;
}

void index_wrote(uint64_t seq)
{
	struct index_shared *shared = index_line.shared ? index_line.shared : &alone;

	raise_to(&shared->want_seq, seq);
	if (awaited)
		raise_to(&shared->must_seq, seq);
}

static void hang_up(struct index_line *line)
{
	/* What a parent opened is its own: closing our copy does not end its connection. */
	if (line->fd >= 0)
		close(line->fd);
	line->fd = -1;
}

static bool connect_again(struct index_line *line)
{
	static const struct timeval patience = { .tv_sec = PATIENCE_US / 1000000 };
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (!line->socket || strlen(line->socket) >= sizeof(addr.sun_path))
		return false;
	memcpy(addr.sun_path, line->socket, strlen(line->socket) + 1);
	line->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	line->pid = getpid();
	if (line->fd >= 0 && setsockopt(line->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0 &&
	    setsockopt(line->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == 0 &&
	    connect(line->fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return true;
	hang_up(line);
	return false;
}

static bool send_all(struct index_line *line, struct iovec *v, int n)
{
	while (n > 0) {
		ssize_t done = sendmsg(line->fd, &(struct msghdr){ .msg_iov = v, .msg_iovlen = (size_t)n }, MSG_NOSIGNAL);

		if (done < 0)
			return false;
		for (; n > 0 && done >= (ssize_t)v->iov_len; v++, n--)
			done -= (ssize_t)v->iov_len;
		if (n > 0) {
			v->iov_base = (char *)v->iov_base + done;
			v->iov_len -= (size_t)done;
		}
	}
	return true;
}

/* Reads at least `least` bytes: how many, or 0. */
static size_t receive(struct index_line *line, char *to, size_t least, size_t most)
{
	size_t got = 0;

	while (got < least) {
		ssize_t n = recv(line->fd, to + got, most - got, 0);

		if (n <= 0)
			return 0;
		got += (size_t)n;
	}
	return got;
}

/* One try: true when an answer has come whole. Most are short and come in one piece. */
static bool try_ask(struct ctx *cx, struct index_line *line, struct str request, struct index_answer_head *head, char **answer)
{
	struct index_ask_head ask = { .n = (uint32_t)(sizeof(ask) - sizeof(ask.n) + request.n),
				      .flags = line->flags,
				      .must_seq = get(&line->shared->must_seq),
				      .want_seq = get(&line->shared->want_seq) };
	struct iovec v[] = { { &ask, sizeof(ask) }, { (void *)(uintptr_t)request.p, request.n } };
	char first[16384];
	size_t got = send_all(line, v, 2) ? receive(line, first, sizeof(*head), sizeof(first)) : 0;

	if (!got)
		return false;
	memcpy(head, first, sizeof(*head));
	got -= sizeof(*head);
	if (head->n < sizeof(head->code) || head->n > INDEX_ANSWER_MOST || got > head->n - sizeof(head->code))
		return false;
	head->n -= (uint32_t)sizeof(head->code);
	*answer = arena_alloc(cx->mem, head->n + 1);
	memcpy(*answer, first + sizeof(*head), got);
	(*answer)[head->n] = '\0';
	return got == head->n || receive(line, *answer + got, head->n - got, head->n - got);
}

static int away(struct ctx *cx, const struct index_line *line)
{
	const struct index_shared *s = line->shared;

	switch (get(&s->state)) {
	case INDEX_LOADING:
		return fail(cx, ERR_UNAVAILABLE, "%s is being loaded (%llu %s so far); try again in a moment", line->name,
			    (unsigned long long)get(&s->documents), line->things);
	case INDEX_FULL:
		return fail(cx, ERR_UNAVAILABLE, "%s needs more memory than the %llu MiB that %s allows", line->name,
			    (unsigned long long)get(&s->limit) >> 20, line->limit);
	default:
		return fail(cx, ERR_UNAVAILABLE, "%s does not answer now; try again in a moment", line->name);
	}
}

/* The next ones need not wait as long, until the index says that it is there. */
static void give_up(struct index_line *line, uint64_t now)
{
	uint64_t none = 0;

	__atomic_compare_exchange_n(&line->shared->away_us, &none, now - PATIENCE_US, false, __ATOMIC_ACQ_REL,
				    __ATOMIC_ACQUIRE);
}

/* A connection that was lost is opened again; but what it asks may be what ends the index. */
static bool ask_until(struct ctx *cx, struct index_line *line, struct str request, uint64_t until_us,
		      struct index_answer_head *head, char **answer)
{
	for (unsigned tries = 0; tries < TRIES && clock_mono_us() < until_us;) {
		if (line->fd < 0 && !connect_again(line)) {
			poll(NULL, 0, PAUSE_MS);
			continue;
		}
		if (try_ask(cx, line, request, head, answer))
			return true;
		hang_up(line);
		tries++;
	}
	return false;
}

int index_line_ask(struct ctx *cx, struct index_line *line, struct str request, struct str *answer)
{
	struct index_answer_head head;

	if (!line->shared)
		line->shared = &alone;
	uint64_t now = clock_mono_us(), since = get(&line->shared->away_us);
	char *bytes;

	if (request.n > INDEX_ASK_MOST - sizeof(struct index_ask_head))
		return fail(cx, ERR_TOOLARGE, "The query is larger than %d MiB", INDEX_ASK_MOST >> 20);
	if (line->fd >= 0 && line->pid != getpid())
		hang_up(line);
	if (!ask_until(cx, line, request, (since && since < now ? since : now) + PATIENCE_US, &head, &bytes)) {
		give_up(line, clock_mono_us());
		return away(cx, line);
	}
	*answer = (struct str){ bytes, head.n };
	return head.code ? fail(cx, head.code, "%s", bytes) : 0;
}

int index_ask(struct ctx *cx, struct str request, struct str *answer)
{
	return index_line_ask(cx, &index_line, request, answer);
}
