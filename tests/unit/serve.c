/* The master and its workers, as processes: start, death, hang, reload, stop, and the master's own death. */
#include "server/serve.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "server/scoreboard.h"
#include "tests/unit/tap.h"

enum { PATIENCE_MS = 20000, STEP_MS = 5 };

static struct arena mem;
static struct ctx cx = { .mem = &mem, .request_id = "" };
static char dir[] = "/tmp/serve-XXXXXX";
static const struct board *board;
static pid_t master;

/* Waits until the condition holds, at most PATIENCE_MS. */
#define SOON(condition)                                                                                                        \
	do {                                                                                                                   \
		for (int ms_ = 0; ms_ < PATIENCE_MS && !(condition); ms_ += STEP_MS)                                           \
			poll(NULL, 0, STEP_MS);                                                                                \
		OK(condition);                                                                                                 \
	} while (0)

/* What the program does when it is started, or when it starts itself anew on a reload: serve STATE. */
static int serve(const char *state)
{
	static char name[] = "serve";
	char *argv[] = { name, NULL };
	struct json *conf = json_object(&mem), *server = json_object(&mem), *pools = json_object(&mem);
	static const struct {
		const char *pool;
		double workers;
	} sizes[] = { { "web", 2 }, { "stream", 1 }, { "job", 0 }, { "plugin", 0 } };

	for (size_t i = 0; i < LEN(sizes); i++) {
		struct json *pool = json_object(&mem);

		json_set(&mem, pool, "workers", json_num(&mem, sizes[i].workers));
		json_set(&mem, pools, sizes[i].pool, pool);
	}
	json_set(&mem, server, "state", json_str(&mem, state));
	json_set(&mem, server, "pools", pools);
	json_set(&mem, server, "requestTimeout", json_num(&mem, 1));
	json_set(&mem, server, "grace", json_num(&mem, 5));
	struct json *log = json_object(&mem);

	json_set(&mem, log, "path", json_fmt(&mem, "%s/log", state));
	json_set(&mem, server, "log", log);
	json_set(&mem, conf, "server", server);
	cx.conf = conf;
	return cmd_serve(&cx, 1, argv) < 0 ? 3 : 0;
}

static pid_t start(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl("/proc/self/exe", "serve-test", dir, (char *)NULL);
		_exit(127);
	}
	return pid;
}

static unsigned count(enum pool pool)
{
	unsigned n = 0;

	for (size_t i = 0; i < MAX_WORKERS; i++)
		n += board->slots[i].pid && board->slots[i].pool == pool && board->slots[i].state == SLOT_IDLE;
	return n;
}

static pid_t first_worker(enum pool pool)
{
	for (size_t i = 0; i < MAX_WORKERS; i++)
		if (board->slots[i].pid && board->slots[i].pool == pool)
			return board->slots[i].pid;
	return 0;
}

static bool is_gone(pid_t pid)
{
	return kill(pid, 0) < 0 && errno == ESRCH;
}

static bool is_up(void)
{
	return board->state == BOARD_RUNNING && board->master == master && count(POOL_WEB) == 2 && count(POOL_STREAM) == 1;
}

static int connect_web(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const struct timeval patience = { .tv_sec = 10 };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	snprintf(a.sun_path, sizeof(a.sun_path), "%s/web.sock", dir);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	close(fd);
	return -1;
}

static void record(struct buf *b, unsigned char type, const void *bytes, size_t n)
{
	const unsigned char head[8] = { 1, type, 0, 1, (unsigned char)(n >> 8), (unsigned char)n, 0, 0 };

	buf_add(b, head, sizeof(head));
	buf_add(b, bytes, n);
}

static void variable(struct buf *b, const char *name, const char *value)
{
	buf_addc(b, (char)strlen(name));
	buf_addc(b, (char)strlen(value));
	buf_adds(b, name);
	buf_adds(b, value);
}

static void begin(struct buf *b)
{
	static const unsigned char responder[8] = { 0, 1, 0, 0, 0, 0, 0, 0 };

	record(b, 1, responder, sizeof(responder));
}

/* What the portal answers to GET path, over FastCGI as nginx speaks it; "" when it does not. */
static const char *get(const char *path)
{
	struct buf b = { .mem = &mem }, vars = { .mem = &mem }, answer = { .mem = &mem };
	char part[4096];
	int fd = connect_web();

	if (fd < 0)
		return "";
	variable(&vars, "REQUEST_METHOD", "GET");
	variable(&vars, "REQUEST_URI", path);
	begin(&b);
	record(&b, 4, vars.p, vars.n);
	record(&b, 4, "", 0);
	record(&b, 5, "", 0);
	if (write(fd, b.p, b.n) != (ssize_t)b.n)
		buf_clear(&b);
	for (ssize_t n; (n = read(fd, part, sizeof(part))) > 0;)
		buf_add(&answer, part, (size_t)n);
	close(fd);
	/* The head follows the eight bytes of the first record. */
	return answer.n > 8 ? answer.p + 8 : "";
}

static bool lives(void)
{
	const char *answer = get("/.backstage/health/v1/liveness");

	return str_starts(answer, "Status: 200 OK\r\n") && strstr(answer, "{\"status\":\"ok\"}");
}

static void starts(void)
{
	master = start();
	SOON(scoreboard_look(&cx, dir, &board) == 0);
	SOON(board && is_up());
	if (tap_bad) {
		/* Nothing that follows could work. */
		kill(master, SIGKILL);
		exit(DONE());
	}
	OK(lives());
	OK(str_starts(get("/nothing/here"), "Status: 404 Not Found\r\n"));
	OK(strstr(get("/api/none/x?a=b"), "\"url\":\"/x?a=b\"") != NULL);
}

static void refuses_a_second_one(void)
{
	int status = 0;
	pid_t other = start();

	OK(waitpid(other, &status, 0) == other);
	OK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
	OK(lives());
}

static void replaces_the_dead(void)
{
	pid_t victim = first_worker(POOL_WEB);

	kill(victim, SIGKILL);
	SOON(board->ends[POOL_WEB][END_CRASHED] == 1 && is_up());
	OK(is_gone(victim));
	OK(lives());
}

/* A request that never comes to its end holds one worker until its time is over, and no longer. */
static void ends_the_hung(void)
{
	struct buf b = { .mem = &mem };
	int fd = connect_web();

	begin(&b);
	record(&b, 4, "half a record", 13);
	OK(write(fd, b.p, b.n - 5) == (ssize_t)b.n - 5);
	OK(lives());
	SOON(board->ends[POOL_WEB][END_TIMEOUT] == 1 && is_up());
	close(fd);
}

static void reloads(void)
{
	pid_t before = first_worker(POOL_WEB);
	unsigned lost = 0;

	kill(master, SIGHUP);
	for (int i = 0; i < 100000 && board->generation == 1; i++)
		if (!lives())
			lost++;
	OK(lost == 0);
	SOON(board->generation == 2 && is_up() && is_gone(before));
	OK(board->master == master);
	OK(lives());
}

static void stops(void)
{
	int status = 0;
	const char *path = arena_printf(&mem, "%s/web.sock", dir);

	/* Were it to hang, the test would not. */
	alarm(60);
	kill(master, SIGTERM);
	OK(waitpid(master, &status, 0) == master);
	OK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	OK(count(POOL_WEB) == 0);
	OK(access(path, F_OK) < 0);
}

/* Without their master, workers leave; the next server takes over the place they leave behind. */
static void survives_the_masters_death(void)
{
	pid_t orphan;

	master = start();
	SOON(scoreboard_look(&cx, dir, &board) == 0 && is_up());
	orphan = first_worker(POOL_WEB);
	kill(master, SIGKILL);
	OK(waitpid(master, NULL, 0) == master);
	SOON(is_gone(orphan));
	master = start();
	SOON(scoreboard_look(&cx, dir, &board) == 0 && is_up());
	OK(lives());
	stops();
}

static void remove_state(void)
{
	static const char *const files[] = { "scoreboard", "master.pid", "log" };

	for (size_t i = 0; i < LEN(files); i++)
		unlink(arena_printf(&mem, "%s/%s", dir, files[i]));
	rmdir(dir);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return serve(argv[1]);
	if (!mkdtemp(dir))
		return 1;
	starts();
	refuses_a_second_one();
	replaces_the_dead();
	ends_the_hung();
	reloads();
	stops();
	survives_the_masters_death();
	remove_state();
	arena_release(&mem);
	return DONE();
}
