/* Bells, answers that wait, and FastCGI answers whose readers are slow. */
#include "web/park.h"

#include <fastcgi.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bell.h"
#include "tests/unit/tap.h"
#include "web/fcgi_out.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem, .request_id = "r1" };

static void counts_rings(void)
{
	uint32_t a = bell("task:a"), before = bell_count(a);

	OK(bell("task:a") == a);
	OK(bell("task:b") != a);
	bell_ring("task:a");
	OK(bell_count(a) == before + 1);
	bell_ring_here("task:a");
	OK(bell_count(a) == before + 2);
	bell_ring("task:b");
	OK(bell_count(a) == before + 2);
}

static int events_of(int ep)
{
	struct epoll_event e;

	return epoll_wait(ep, &e, 1, 5000);
}

/* Each ring wakes all who wait, although nobody takes it out of the descriptor. */
static void wakes_other_processes(void)
{
	struct bells *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct epoll_event e = { .events = EPOLLIN | EPOLLET };
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), ep[2] = { epoll_create1(0), epoll_create1(0) };
	uint32_t b = bell("task:c");

	bells_share(shared, fd);
	OK(epoll_ctl(ep[0], EPOLL_CTL_ADD, fd, &e) == 0 && epoll_ctl(ep[1], EPOLL_CTL_ADD, fd, &e) == 0);
	for (int i = 0; i < 3; i++) {
		uint32_t seen = bell_count(b);
		pid_t pid = fork();

		if (pid == 0) {
			bell_ring("task:c");
			_exit(0);
		}
		OK(events_of(ep[0]) == 1 && events_of(ep[1]) == 1);
		OK(bell_count(b) == seen + 1);
		waitpid(pid, NULL, 0);
	}
	bells_share(shared, -1);
	close(fd);
	close(ep[0]);
	close(ep[1]);
}

/* ---- answers ---- */

static struct buf got;
static int rounds, ends_in;
static bool ending;

static int keep_piece(struct ctx *c, struct stream *to, struct str bytes)
{
	(void)c, (void)to;
	got.mem = &mem;
	buf_add(&got, bytes.p, bytes.n);
	return 0;
}

static bool is_ending(void)
{
	return ending;
}

static int look(struct ctx *c, struct stream *to, void *arg)
{
	const char *text = arena_printf(c->mem, "%s %d", (const char *)arg, ++rounds);
	int rc = sse_event(c, to, NULL, "log", text);

	return rc < 0 ? rc : rounds == ends_in ? PARK_OVER : PARK_WAIT;
}

static int last(struct ctx *c, struct stream *to, void *arg)
{
	(void)arg;
	return stream_write(c, to, STR("[]"));
}

static struct park *make(struct resp *rs)
{
	struct park *p;

	*rs = (struct resp){ .mem = &mem };
	if (park_new(&cx, rs, &p) < 0)
		return NULL;
	p->bell = "x";
	p->look = look;
	p->arg = arena_strdup(p->mem, "round");
	rounds = 0;
	buf_clear(&got);
	return p;
}

static int run(struct resp *rs)
{
	struct stream to = { .write = keep_piece, .ending = is_ending };

	return rs->stream(&cx, &to, rs->stream_arg);
}

static void waits_where_nobody_holds_it(void)
{
	struct resp rs;
	struct park *p = make(&rs);

	ends_in = 3;
	STR_EQ(p->request_id, "r1");
	OK(run(&rs) == 0);
	STR_EQ(buf_text(&got), "event: log\ndata: round 1\n\nevent: log\ndata: round 2\n\nevent: log\ndata: round 3\n\n");
	p = make(&rs);
	p->longest_us = 1;
	p->last = last;
	OK(run(&rs) == 0);
	STR_EQ(buf_text(&got), "event: log\ndata: round 1\n\n[]");
	p = make(&rs);
	ending = true;
	OK(run(&rs) == 0);
	STR_EQ(buf_text(&got), "event: log\ndata: round 1\n\n");
	ending = false;
}

static bool no_room(void)
{
	return false;
}

static void belongs_to_one(void)
{
	struct resp rs;
	struct park *p;

	/* Not taken: it goes with its answer. Taken: it stays. A leak or a use after free is for the sanitizer. */
	make(&rs);
	arena_reset(&mem);
	make(&rs);
	p = park_take(&rs);
	OK(rs.held && !rs.park);
	got = (struct buf){ 0 };
	arena_reset(&mem);
	STR_EQ(p->arg, "round");
	park_free(p);
	park_set_room(no_room);
	OK(park_new(&cx, &rs, &p) == ERR_UNAVAILABLE);
	park_set_room(NULL);
}

/* ---- slow readers ---- */

static size_t read_all(int fd, unsigned char *to, size_t most)
{
	size_t n = 0;

	for (ssize_t k; n < most && (k = recv(fd, to + n, most - n, MSG_DONTWAIT)) > 0;)
		n += (size_t)k;
	return n;
}

static void never_blocks(void)
{
	int ends[2];
	static char text[100000];
	static unsigned char bytes[8 << 20];
	size_t n = 0, pieces = 0;

	memset(text, 'x', sizeof(text));
	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	struct fcgi_out o = { .fd = ends[0], .id = 0x102 };

	while (!fcgi_out_waits(&o) && pieces < 50) {
		OK(fcgi_out_put(&o, (struct str){ text, sizeof(text) }));
		pieces++;
	}
	OK(fcgi_out_waits(&o) > 0 && pieces < 50);
	OK(fcgi_out_end(&o));
	for (int i = 0; i < 1000 && fcgi_out_waits(&o); i++) {
		n += read_all(ends[1], bytes + n, sizeof(bytes) - n);
		OK(fcgi_out_flush(&o));
	}
	n += read_all(ends[1], bytes + n, sizeof(bytes) - n);
	OK(fcgi_out_waits(&o) == 0);

	/* What came is whole records of the request, the text, and two that end it. */
	size_t payload = 0, at = 0, last_type = 0;

	while (at + FCGI_HEADER_LEN <= n) {
		size_t length = (size_t)bytes[at + 4] << 8 | bytes[at + 5];

		OK(bytes[at] == 1 && bytes[at + 2] == 1 && bytes[at + 3] == 2);
		last_type = bytes[at + 1];
		payload += last_type == FCGI_STDOUT ? length : 0;
		at += FCGI_HEADER_LEN + length + bytes[at + 6];
	}
	OK(at == n && last_type == FCGI_END_REQUEST);
	OK(payload == pieces * sizeof(text));
	OK(!fcgi_out_hung_up(&o));
	close(ends[1]);
	OK(fcgi_out_hung_up(&o));
	OK(!fcgi_out_put(&o, STR("more")));
	fcgi_out_close(&o);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	counts_rings();
	wakes_other_processes();
	waits_where_nobody_holds_it();
	belongs_to_one();
	never_blocks();
	arena_release(&mem);
	return DONE();
}
