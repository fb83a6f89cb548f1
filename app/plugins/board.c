/* How plugins fare, in memory that all workers share: counters without locks, and the last error of each behind a small one. */
#include "plugins/board.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

enum { VERSION = 1, READ_TRIES = 100 };
static const uint64_t magic = 0x6e6967756c706263;

/* The last failure. seq is odd while somebody writes, and writer is who does: one that died there is stepped over. */
struct failure {
	uint32_t seq;
	int32_t writer;
	int64_t at_ms;
	char what[sizeof(((struct plugin_health *)0)->what)];
	char error[sizeof(((struct plugin_health *)0)->error)];
	char traceback[sizeof(((struct plugin_health *)0)->traceback)];
};

struct entry {
	char name[64], hash[24];
	uint64_t calls, failures, us, most_memory;
	uint32_t in_a_row, off;
	struct failure last;
} __attribute__((aligned(64)));

struct board_file {
	uint64_t magic, version, size;
	struct entry entries[PLUGINS_MAX];
};

static struct board_file *board;
static void (*set_mark)(unsigned index_1);

static struct entry *entry_of(const struct plugin *p)
{
	return board && p->index < PLUGINS_MAX ? &board->entries[p->index] : NULL;
}

/* ---- the file ---- */

static struct board_file *map(int fd, int prot)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || (size_t)st.st_size != sizeof(struct board_file))
		return NULL;
	struct board_file *b = mmap(NULL, sizeof(*b), prot, MAP_SHARED, fd, 0);

	return b == MAP_FAILED ? NULL : b;
}

static bool is_ours(const struct board_file *b)
{
	return b->magic == magic && b->version == VERSION && b->size == sizeof(*b);
}

/* What the program before this one, or the one before a reload, left; NULL when there is nothing to go on with. */
static struct board_file *open_old(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct board_file *b = fd < 0 ? NULL : map(fd, PROT_READ);

	if (fd >= 0)
		close(fd);
	if (!b || is_ours(b))
		return b;
	munmap(b, sizeof(*b));
	return NULL;
}

static void keep(struct entry *e, const struct board_file *old)
{
	for (size_t i = 0; old && i < PLUGINS_MAX; i++) {
		const struct entry *was = &old->entries[i];

		if (strncmp(was->name, e->name, sizeof(e->name)) == 0 && strncmp(was->hash, e->hash, sizeof(e->hash)) == 0) {
			*e = *was;
			e->last.seq = 0;
			e->last.writer = 0;
			return;
		}
	}
}

static void fill(struct board_file *b, const struct board_file *old)
{
	for (size_t i = 0; i < plugins()->n; i++) {
		const struct plugin *p = &plugins()->items[i];
		struct entry *e = &b->entries[i];

		/* Names too long for the board belong to plugins that are broken for just that, and never run. */
		str_put(e->name, sizeof(e->name), p->name);
		str_put(e->hash, sizeof(e->hash), p->hash);
		keep(e, old);
	}
	b->magic = magic;
	b->version = VERSION;
	b->size = sizeof(*b);
}

/* Written aside and renamed: workers of before a reload keep the one they know. */
static struct board_file *create(const char *path, const char *tmp, const struct board_file *old)
{
	struct board_file *b = NULL;
	int fd;

	unlink(tmp);
	fd = open(tmp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (fd < 0)
		return NULL;
	if (ftruncate(fd, sizeof(*b)) == 0 && (b = map(fd, PROT_READ | PROT_WRITE))) {
		fill(b, old);
		if (rename(tmp, path) < 0) {
			munmap(b, sizeof(*b));
			b = NULL;
		}
	}
	close(fd);
	return b;
}

int plugin_board_prepare(struct ctx *cx, const char *state_dir)
{
	const char *path = arena_printf(cx->mem, "%s/plugins", state_dir);
	struct board_file *old = open_old(path);
	struct board_file *b = create(path, arena_printf(cx->mem, "%s.new", path), old);
	int why = errno;

	if (old)
		munmap(old, sizeof(*old));
	if (!b)
		return fail(cx, ERR_INTERNAL, "create '%s': %s", path, strerror(why));
	if (board)
		munmap(board, sizeof(*board));
	board = b;
	return 0;
}

/* ---- the last failure ---- */

static bool is_alive(int32_t pid)
{
	return kill(pid, 0) == 0 || errno != ESRCH;
}

/* False when somebody else writes just now: one of two errors at the same moment is enough. */
static bool begin_write(struct failure *f)
{
	int32_t who = 0, me = (int32_t)getpid();

	if (!__atomic_compare_exchange_n(&f->writer, &who, me, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED) &&
	    (is_alive(who) || !__atomic_compare_exchange_n(&f->writer, &who, me, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)))
		return false;
	__atomic_store_n(&f->seq, f->seq | 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	return true;
}

static void end_write(struct failure *f)
{
	__atomic_store_n(&f->seq, f->seq + 1, __ATOMIC_RELEASE);
	__atomic_store_n(&f->writer, 0, __ATOMIC_RELEASE);
}

static void note_failure(struct entry *e, const char *what, const char *error, const char *traceback)
{
	struct failure *f = &e->last;

	if (!begin_write(f))
		return;
	f->at_ms = clock_wall_ms();
	str_put(f->what, sizeof(f->what), what);
	str_put(f->error, sizeof(f->error), error);
	str_put(f->traceback, sizeof(f->traceback), traceback);
	end_write(f);
}

/* A writer that dies leaves seq odd: then what is there is taken as it is, each text with its end. */
static void read_failure(const struct failure *f, struct plugin_health *out)
{
	for (int i = 0; i < READ_TRIES; i++) {
		uint32_t seq = __atomic_load_n(&f->seq, __ATOMIC_ACQUIRE);

		out->failed_at_ms = f->at_ms;
		memcpy(out->what, f->what, sizeof(out->what));
		memcpy(out->error, f->error, sizeof(out->error));
		memcpy(out->traceback, f->traceback, sizeof(out->traceback));
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (!(seq & 1) && __atomic_load_n(&f->seq, __ATOMIC_RELAXED) == seq)
			break;
	}
	out->what[sizeof(out->what) - 1] = '\0';
	out->error[sizeof(out->error) - 1] = '\0';
	out->traceback[sizeof(out->traceback) - 1] = '\0';
}

/* ---- counting ---- */

struct plugin_health plugin_health(const struct plugin *p)
{
	struct entry *e = entry_of(p);
	struct plugin_health h = { 0 };

	if (!e)
		return h;
	h.calls = __atomic_load_n(&e->calls, __ATOMIC_RELAXED);
	h.failures = __atomic_load_n(&e->failures, __ATOMIC_RELAXED);
	h.us = __atomic_load_n(&e->us, __ATOMIC_RELAXED);
	h.most_memory = __atomic_load_n(&e->most_memory, __ATOMIC_RELAXED);
	h.in_a_row = __atomic_load_n(&e->in_a_row, __ATOMIC_RELAXED);
	h.off = __atomic_load_n(&e->off, __ATOMIC_RELAXED);
	read_failure(&e->last, &h);
	return h;
}

bool plugin_is_off(const struct plugin *p)
{
	const struct entry *e = entry_of(p);

	return e && __atomic_load_n(&e->off, __ATOMIC_RELAXED);
}

static void count_failure(struct entry *e, const char *what, const char *error, const char *traceback, bool harmful)
{
	__atomic_fetch_add(&e->failures, 1, __ATOMIC_RELAXED);
	note_failure(e, what, error, traceback);
	if (harmful && __atomic_add_fetch(&e->in_a_row, 1, __ATOMIC_RELAXED) >= PLUGIN_FAILURES &&
	    !__atomic_exchange_n(&e->off, 1, __ATOMIC_RELAXED))
		log_error("plugin switched off after too many failures", "plugin", e->name, "what", what, "error", error, NULL);
}

void plugin_count(const struct plugin *p, const char *what, uint64_t us, uint64_t memory, const char *error,
		  const char *traceback, bool harmful)
{
	struct entry *e = entry_of(p);

	if (!e)
		return;
	__atomic_fetch_add(&e->calls, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&e->us, us, __ATOMIC_RELAXED);
	for (uint64_t most = __atomic_load_n(&e->most_memory, __ATOMIC_RELAXED); memory > most;)
		if (__atomic_compare_exchange_n(&e->most_memory, &most, memory, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			break;
	if (error)
		count_failure(e, what, error, traceback ? traceback : "", harmful);
	else if (__atomic_load_n(&e->in_a_row, __ATOMIC_RELAXED))
		__atomic_store_n(&e->in_a_row, 0, __ATOMIC_RELAXED);
}

void plugin_blame(const struct plugin *p, const char *what, const char *error)
{
	struct entry *e = entry_of(p);

	if (e)
		count_failure(e, what, error, "", false);
}

void plugin_killed(unsigned index, const char *why)
{
	if (!board || index >= plugins()->n)
		return;
	__atomic_fetch_add(&board->entries[index].calls, 1, __ATOMIC_RELAXED);
	count_failure(&board->entries[index], "a call that its worker did not survive", why, "", true);
}

void plugin_switch_on(const struct plugin *p)
{
	struct entry *e = entry_of(p);

	if (!e)
		return;
	__atomic_store_n(&e->in_a_row, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&e->off, 0, __ATOMIC_RELAXED);
}

/* ---- who runs what ---- */

void plugin_set_mark(void (*fn)(unsigned index_1))
{
	set_mark = fn;
}

void plugin_mark(const struct plugin *p)
{
	if (set_mark)
		set_mark(p ? p->index + 1 : 0);
}
