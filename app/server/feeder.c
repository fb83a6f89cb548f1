/* A follower's other half: a process that reads the database, so that no question waits for it. */
#include "server/feeder.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "ext/db.h"
#include "server/scoreboard.h"

enum {
	LOOK_MS = 50, /* so often it looks for changes of other hosts */
	RETRY_MS = 100,
	FLUSH = 32 << 10,
	PIECE = 16 << 10, /* taken in between two looks at who asks: less than a millisecond */
};

/* What it is told. */
static const char LOOK = '?', TURN_LOG = 'l';

/* What it says, each behind its length (32 bits): frames of its kind; 'S' a change that is in: seq (64); 'U' caught up; 'C' too
 * late. */

/* ---- the process ---- */

static void flush(struct feeder_out *s)
{
	for (size_t at = 0; at < s->out.n;) {
		ssize_t n = send(s->fd, s->out.p + at, s->out.n - at, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			_exit(0);
		at += n > 0 ? (size_t)n : 0;
	}
	buf_clear(&s->out);
	if (s->out.cap > 16 * FLUSH) {
		arena_reset(&s->mem);
		s->out = (struct buf){ .mem = &s->mem };
	}
}

size_t feeder_frame(struct feeder_out *s, char kind)
{
	size_t at = s->out.n;

	ask_u32(&s->out, 0);
	ask_u8(&s->out, (unsigned char)kind);
	return at;
}

void feeder_end(struct feeder_out *s, size_t at)
{
	size_t n = s->out.n - at - sizeof(uint32_t);

	for (size_t i = 0; i < sizeof(uint32_t); i++)
		s->out.p[at + i] = (char)(n >> (8 * i));
	if (s->out.n > FLUSH)
		flush(s);
}

void feeder_seq(struct feeder_out *s, uint64_t seq)
{
	size_t at = feeder_frame(s, 'S');

	ask_u64(&s->out, seq);
	feeder_end(s, at);
}

static void send_word(struct feeder_out *s, char kind)
{
	feeder_end(s, feeder_frame(s, kind));
	flush(s);
}

/* Until then, or until somebody asks for something. */
static void wait_for(const struct feeder_out *s, int ms)
{
	struct pollfd p = { s->fd, POLLIN, 0 };
	char words[64];
	ssize_t n = poll(&p, 1, ms) > 0 ? recv(s->fd, words, sizeof(words), MSG_DONTWAIT) : -1;

	if (n == 0)
		_exit(0);
	if (n > 0 && memchr(words, TURN_LOG, (size_t)n))
		settings_open_log(s->set);
}

static void follow(struct ctx *cx, const struct feeder_kind *kind, struct feeder_out *s, void *state)
{
	bool failing = false, caught_up = false;

	for (;;) {
		int rc = kind->step(state);

		if (rc == ERR_CONFLICT) {
			log_warn("it is built anew", "what", kind->what, "why", cx->err.text, NULL);
			send_word(s, 'C');
			_exit(0);
		}
		if (rc < 0 && !failing)
			log_warn("it cannot follow the database now, trying again", "what", kind->what, "why", cx->err.text,
				 NULL);
		if (rc >= 0 && failing)
			log_info("it follows the database again", "what", kind->what, NULL);
		failing = rc < 0;
		if (rc > 0)
			continue;
		flush(s);
		if (rc == 0 && !caught_up)
			send_word(s, 'U');
		caught_up |= rc == 0;
		wait_for(s, failing ? RETRY_MS : LOOK_MS);
	}
}

static void become_feeder(const struct feeder_kind *kind, const struct worker *w, int fd)
{
	struct feeder_out s = { .set = w->set, .fd = fd };
	struct feeder_at at;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "callboard-feed");
	scoreboard_set_self(NULL);
	close(w->listen_fd);
	s.out.mem = &s.mem;
	if (recv(fd, &at, sizeof(at), MSG_WAITALL) == (ssize_t)sizeof(at))
		follow(w->cx, kind, &s, kind->begin(w->cx, &s, &at));
	_exit(0);
}

/* ---- this side ---- */

int feeder_start(struct ctx *cx, struct feeder *f, const struct feeder_kind *kind, const struct worker *w)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return fail(cx, ERR_INTERNAL, "socketpair: %s", strerror(errno));
	f->pid = fork();
	if (f->pid == 0) {
		close(ends[0]);
		become_feeder(kind, w, ends[1]);
	}
	int error = errno;

	close(ends[1]);
	f->fd = ends[0];
	if (f->pid > 0)
		return 0;
	close(f->fd);
	return fail(cx, ERR_INTERNAL, "fork: %s", strerror(error));
}

void feeder_stop(struct feeder *f)
{
	if (f->pid <= 0)
		return;
	kill(f->pid, SIGKILL);
	while (waitpid(f->pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(f->fd);
	free(f->in.p); /* lint: make_room()'s own */
	arena_release(&f->mem);
	*f = (struct feeder){ .fd = -1 };
}

void feeder_begin(struct feeder *f, const struct feeder_at *at)
{
	if (send(f->fd, at, sizeof(*at), MSG_NOSIGNAL) != (ssize_t)sizeof(*at))
		log_error("the process that reads the database cannot be reached", "why", strerror(errno), NULL);
}

static void say(const struct feeder *f, char word)
{
	/* One that is busy has words enough to read when it is done. */
	(void)!send(f->fd, &word, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void feeder_look(const struct feeder *f)
{
	say(f, LOOK);
}

void feeder_turn_log(const struct feeder *f)
{
	say(f, TURN_LOG);
}

static enum feeder_said take_one(struct feeder *f, feeder_take_fn *take, void *held, uint64_t *seq, struct str frame)
{
	struct reader r = { frame.p, frame.p + frame.n, false };
	char kind = (char)read_u8(&r);

	switch (kind) {
	case 'S':
		*seq = read_u64(&r);
		return FEEDER_GOES_ON;
	case 'U':
		return FEEDER_CAUGHT_UP;
	case 'C':
		return FEEDER_TOO_LATE;
	default:
		take(held, kind, &r, &f->mem);
		arena_reset(&f->mem);
		return FEEDER_GOES_ON;
	}
}

/* Room for a piece more; a document may be larger than one. */
static void make_room(struct feeder *f)
{
	if (f->in.cap - f->in.n >= PIECE)
		return;
	f->in.cap = f->in.cap * 2 + 2 * PIECE;
	f->in.p = realloc(f->in.p, f->in.cap); /* lint: lives as long as the process */
	if (!f->in.p)
		abort();
}

enum feeder_said feeder_take(struct feeder *f, feeder_take_fn *take, void *held, uint64_t *seq)
{
	enum feeder_said said = FEEDER_GOES_ON;
	size_t at = 0;

	make_room(f);
	ssize_t n = recv(f->fd, f->in.p + f->in.n, PIECE, MSG_DONTWAIT);

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR) ? FEEDER_GOES_ON : FEEDER_GONE;
	f->in.n += (size_t)n;
	while (f->in.n - at >= sizeof(uint32_t)) {
		struct reader r = { f->in.p + at, f->in.p + f->in.n, false };
		size_t size = read_u32(&r);

		if (size > (size_t)(r.end - r.p))
			break;
		enum feeder_said one = take_one(f, take, held, seq, (struct str){ r.p, size });

		said = one > said ? one : said;
		at += sizeof(uint32_t) + size;
	}
	f->in.n -= at;
	memmove(f->in.p, f->in.p + at, f->in.n);
	return said;
}
