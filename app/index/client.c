/* Asking the index process: one connection for each process, opened again when it is lost. */
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

static struct {
	const char *socket;
	struct index_shared *shared, alone;
	bool awaited, anew;
	int fd;
	pid_t pid; /* that opened it */
} client = { .shared = &client.alone, .fd = -1 };

void index_client_setup(const char *socket, struct index_shared *shared, bool awaited)
{
	client.socket = socket;
	client.shared = shared ? shared : &client.alone;
	client.awaited = awaited;
}

void index_client_anew(void)
{
	client.anew = true;
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
	raise_to(&client.shared->want_seq, seq);
	if (client.awaited)
		raise_to(&client.shared->must_seq, seq);
}

static void hang_up(void)
{
	/* What a parent opened is its own: closing our copy does not end its connection. */
	if (client.fd >= 0)
		close(client.fd);
	client.fd = -1;
}

static bool connect_again(void)
{
	static const struct timeval patience = { .tv_sec = PATIENCE_US / 1000000 };
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (!client.socket || strlen(client.socket) >= sizeof(addr.sun_path))
		return false;
	memcpy(addr.sun_path, client.socket, strlen(client.socket) + 1);
	client.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	client.pid = getpid();
	if (client.fd >= 0 && setsockopt(client.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0 &&
	    setsockopt(client.fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == 0 &&
	    connect(client.fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return true;
	hang_up();
	return false;
}

static bool send_all(struct iovec *v, int n)
{
	while (n > 0) {
		ssize_t done = sendmsg(client.fd, &(struct msghdr){ .msg_iov = v, .msg_iovlen = (size_t)n }, MSG_NOSIGNAL);

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
static size_t receive(char *to, size_t least, size_t most)
{
	size_t got = 0;

	while (got < least) {
		ssize_t n = recv(client.fd, to + got, most - got, 0);

		if (n <= 0)
			return 0;
		got += (size_t)n;
	}
	return got;
}

/* One try: true when an answer has come whole. Most are short and come in one piece. */
static bool try_ask(struct ctx *cx, struct str request, struct index_answer_head *head, char **answer)
{
	struct index_ask_head ask = { .n = (uint32_t)(sizeof(ask) - sizeof(ask.n) + request.n),
				      .flags = client.anew ? INDEX_ASK_ANEW : 0,
				      .must_seq = get(&client.shared->must_seq),
				      .want_seq = get(&client.shared->want_seq) };
	struct iovec v[] = { { &ask, sizeof(ask) }, { (void *)(uintptr_t)request.p, request.n } };
	char first[16384];
	size_t got = send_all(v, 2) ? receive(first, sizeof(*head), sizeof(first)) : 0;

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
	return got == head->n || receive(*answer + got, head->n - got, head->n - got);
}

static int away(struct ctx *cx)
{
	const struct index_shared *s = client.shared;

	switch (get(&s->state)) {
	case INDEX_LOADING:
		return fail(cx, ERR_UNAVAILABLE,
			    "The catalog's index is being loaded (%llu entities so far); try again in a moment",
			    (unsigned long long)get(&s->documents));
	case INDEX_FULL:
		return fail(cx, ERR_UNAVAILABLE,
			    "The catalog's index needs more memory than the %llu MiB that server.indexMemoryLimit allows",
			    (unsigned long long)get(&s->limit) >> 20);
	default:
		return fail(cx, ERR_UNAVAILABLE, "The catalog's index does not answer now; try again in a moment");
	}
}

/* The next ones need not wait as long, until the index says that it is there. */
static void give_up(uint64_t now)
{
	uint64_t none = 0;

	__atomic_compare_exchange_n(&client.shared->away_us, &none, now - PATIENCE_US, false, __ATOMIC_ACQ_REL,
				    __ATOMIC_ACQUIRE);
}

/* A connection that was lost is opened again; but what it asks may be what ends the index. */
static bool ask_until(struct ctx *cx, struct str request, uint64_t until_us, struct index_answer_head *head, char **answer)
{
	for (unsigned tries = 0; tries < TRIES && clock_mono_us() < until_us;) {
		if (client.fd < 0 && !connect_again()) {
			poll(NULL, 0, PAUSE_MS);
			continue;
		}
		if (try_ask(cx, request, head, answer))
			return true;
		hang_up();
		tries++;
	}
	return false;
}

int index_ask(struct ctx *cx, struct str request, struct str *answer)
{
	struct index_answer_head head;
	uint64_t now = clock_mono_us(), since = get(&client.shared->away_us);
	char *bytes;

	if (request.n > INDEX_ASK_MOST - sizeof(struct index_ask_head))
		return fail(cx, ERR_TOOLARGE, "The query is larger than %d MiB", INDEX_ASK_MOST >> 20);
	if (client.fd >= 0 && client.pid != getpid())
		hang_up();
	if (!ask_until(cx, request, (since && since < now ? since : now) + PATIENCE_US, &head, &bytes)) {
		give_up(clock_mono_us());
		return away(cx);
	}
	*answer = (struct str){ bytes, head.n };
	return head.code ? fail(cx, head.code, "%s", bytes) : 0;
}
