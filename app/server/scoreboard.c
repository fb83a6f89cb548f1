/* What every worker is doing, in memory that all processes of the portal share. */
#include "server/scoreboard.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/str.h"

enum { VERSION = 3 };
static const uint64_t magic = 0x64616f62626c6c61;

static struct {
	struct board *board;
	struct slot *self;
	uint32_t jobs_seen;
} sb;

/* Changes whenever the file would be read wrongly: other sizes, other routes. */
static uint64_t layout(void)
{
	uint64_t h = VERSION + sizeof(struct board) * 31 + sizeof(struct route_stat) * 7 + N_COUNTERS;

	for (size_t i = 0; i < n_routes; i++)
		h = h * 1099511628211U + hash64(routes[i].pattern, strlen(routes[i].pattern)) + (uint64_t)routes[i].method;
	return h;
}

static size_t board_size(void)
{
	return sizeof(struct board) + (n_routes + 1) * sizeof(struct route_stat);
}

static struct board *map(int fd, int prot)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || (size_t)st.st_size != board_size())
		return NULL;
	struct board *b = mmap(NULL, board_size(), prot, MAP_SHARED, fd, 0);

	if (b == MAP_FAILED)
		return NULL;
	if (b->magic == magic && b->layout == layout() && b->n_routes == n_routes)
		return b;
	munmap(b, board_size());
	return NULL;
}

static struct board *open_board(const char *path, int flags, int prot)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW);
	struct board *b = fd < 0 ? NULL : map(fd, prot);

	if (fd >= 0)
		close(fd);
	return b;
}

/* Written aside and renamed: old workers keep the one they know. */
static int create_board(struct ctx *cx, const char *path)
{
	const char *tmp = arena_printf(cx->mem, "%s.new", path);
	struct board head = { .magic = magic, .layout = layout(), .n_routes = n_routes };

	unlink(tmp);
	int fd = open(tmp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

	if (fd < 0)
		return fail(cx, ERR_INTERNAL, "create '%s': %s", tmp, strerror(errno));
	bool ok = write(fd, &head, sizeof(head)) == (ssize_t)sizeof(head) && ftruncate(fd, (off_t)board_size()) == 0 &&
		  (sb.board = map(fd, PROT_READ | PROT_WRITE)) && rename(tmp, path) == 0;
	int why = errno;

	close(fd);
	return ok ? 0 : fail(cx, ERR_INTERNAL, "create '%s': %s", path, strerror(why));
}

int scoreboard_create(struct ctx *cx, const char *state, bool keep)
{
	const char *path = arena_printf(cx->mem, "%s/scoreboard", state);
	int rc = 0;

	sb.board = keep ? open_board(path, O_RDWR, PROT_READ | PROT_WRITE) : NULL;
	if (!sb.board && (rc = create_board(cx, path)) < 0)
		return rc;
	sb.board->generation++;
	counters_share(sb.board->counters);
	return 0;
}

int scoreboard_look(struct ctx *cx, const char *state, const struct board **out)
{
	const char *path = arena_printf(cx->mem, "%s/scoreboard", state);

	if (access(path, R_OK) < 0)
		return fail(cx, ERR_UNAVAILABLE, "'%s': %s", path, strerror(errno));
	*out = open_board(path, O_RDONLY, PROT_READ);
	if (!*out)
		return fail(cx, ERR_CONFLICT, "'%s' was written by another version of this program", path);
	return 0;
}

struct board *scoreboard(void)
{
	return sb.board;
}

struct slot *scoreboard_self(void)
{
	return sb.self;
}

void scoreboard_set_self(struct slot *slot)
{
	sb.self = slot;
}

void slot_state(enum slot_state state)
{
	if (sb.self)
		__atomic_store_n(&sb.self->state, (uint8_t)state, __ATOMIC_RELEASE);
}

void slot_begin(enum slot_state state, uint64_t limit_us)
{
	if (!sb.self)
		return;
	__atomic_store_n(&sb.self->limit_us, limit_us, __ATOMIC_RELAXED);
	__atomic_store_n(&sb.self->since_us, clock_mono_us(), __ATOMIC_RELAXED);
	slot_state(state);
}

void slot_renew(void)
{
	if (sb.self)
		__atomic_store_n(&sb.self->since_us, clock_mono_us(), __ATOMIC_RELAXED);
}

void slot_what(const char *method, const char *what, const char *request_id)
{
	if (!sb.self)
		return;
	str_put(sb.self->method, sizeof(sb.self->method), method);
	str_put(sb.self->what, sizeof(sb.self->what), what);
	str_put(sb.self->request_id, sizeof(sb.self->request_id), request_id);
}

void slot_plugin(unsigned index_1)
{
	if (sb.self)
		__atomic_store_n(&sb.self->plugin, (uint16_t)index_1, __ATOMIC_RELAXED);
}

void slot_held(uint32_t n)
{
	if (sb.self)
		__atomic_store_n(&sb.self->held, n, __ATOMIC_RELAXED);
}

void slot_end(void)
{
	if (!sb.self)
		return;
	__atomic_store_n(&sb.self->since_us, 0, __ATOMIC_RELAXED);
	slot_state(SLOT_IDLE);
	slot_plugin(0);
	slot_what("", "", "");
}

static const int statuses[N_STATUS] = { 200, 201, 202, 204, 301, 302, 303, 304, 307, 400, 401, 403,
					404, 409, 413, 415, 422, 429, 500, 501, 502, 503, 504, 0 };

int status_at(size_t i)
{
	return statuses[i];
}

static const uint64_t bounds[N_LATENCY] = { 500,    1000,   2500,   5000,    10000,   25000,   50000,
					    100000, 250000, 500000, 1000000, 2500000, 10000000 };

uint64_t latency_bound_us(size_t i)
{
	return bounds[i];
}

static void add(uint64_t *to, uint64_t n)
{
	__atomic_fetch_add(to, n, __ATOMIC_RELAXED);
}

void scoreboard_count(const struct route *route, int status, uint64_t us)
{
	size_t s = 0, l = 0;

	if (!sb.board)
		return;
	struct route_stat *r = &sb.board->routes[route ? (size_t)(route - routes) : n_routes];

	while (s < N_STATUS - 1 && statuses[s] != status)
		s++;
	while (l < N_LATENCY && us > bounds[l])
		l++;
	add(&r->status[s], 1);
	add(&r->latency[l], 1);
	add(&r->us, us);
	if (sb.self)
		add(&sb.self->served, 1);
}

static long futex(uint32_t *word, int op, uint32_t value, const struct timespec *timeout)
{
	return syscall(SYS_futex, word, op, value, timeout, NULL, 0);
}

void scoreboard_jobs_wait(unsigned timeout_ms)
{
	struct timespec t = { timeout_ms / 1000, (long)(timeout_ms % 1000) * 1000000 };

	if (sb.board) {
		futex(&sb.board->jobs_word, FUTEX_WAIT, sb.jobs_seen, &t);
		sb.jobs_seen = __atomic_load_n(&sb.board->jobs_word, __ATOMIC_ACQUIRE);
	} else {
		nanosleep(&t, NULL);
	}
}

void scoreboard_jobs_wake(void)
{
	if (!sb.board)
		return;
	__atomic_fetch_add(&sb.board->jobs_word, 1, __ATOMIC_RELEASE);
	futex(&sb.board->jobs_word, FUTEX_WAKE, INT_MAX, NULL);
}
