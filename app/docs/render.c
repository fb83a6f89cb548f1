/* Renders pages in a process of their own, so that a page that takes too much, or kills it, is lost alone. */
#include "docs/render.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/sanitizer.h"

/* A page may wait for the disk and for other processes, beside its time of CPU. */
enum { WAIT_FACTOR = 10, WAIT_MORE_MS = 20000 };

/* What the child says of each page. */
struct report {
	int rc;      /* of writing: the build cannot go on */
	bool failed; /* the page says why */
	char text[200];
};

static int write_part(struct ctx *cx, const struct render_job *job, size_t file, const struct part *p)
{
	struct buf bytes = { .mem = cx->mem };

	part_write(p, &bytes);
	return dir_write(cx, job->parts, job->rules->plan->files.items[file].path, buf_str(&bytes));
}

static int render_one(struct ctx *cx, const struct render_job *job, size_t file, struct report *report)
{
	const struct plan *plan = job->rules->plan;
	struct str source;
	struct part p;
	int rc = tree_read(cx, plan->tree, plan->files.items[file].source, PAGE_MAX, &source);

	if (rc == 0)
		rc = part_render(cx, job->rules, file, source, &p);
	if (rc < 0) {
		report->failed = true;
		str_put(report->text, sizeof(report->text), cx->err.text);
		part_failed(cx, job->rules, file, arena_strdup(cx->mem, cx->err.text), &p);
	}
	rc = write_part(cx, job, file, &p);
	if (rc < 0)
		str_put(report->text, sizeof(report->text), cx->err.text);
	return rc;
}

static void limit_time(uint64_t ms)
{
	const struct itimerval t = { .it_value = { (time_t)(ms / 1000), (suseconds_t)(ms % 1000) * 1000 } };

	setitimer(ITIMER_PROF, &t, NULL);
}

static void limit_memory(uint64_t bytes)
{
	struct rlimit limit = { 0, 0 };
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	setrlimit(RLIMIT_CORE, &limit);
	if (!CAN_LIMIT_MEMORY || !f || fscanf(f, "%lu", &pages) != 1)
		pages = 0;
	if (f)
		fclose(f);
	limit.rlim_cur = limit.rlim_max = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + bytes;
	if (pages)
		setrlimit(RLIMIT_AS, &limit);
}

/* What a worker catches, its child does not. */
static void begin_child(const struct render_job *job)
{
	sigset_t none;

	sigemptyset(&none);
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	limit_memory(job->memory);
}

static _Noreturn void child(const struct render_job *job, size_t from, int to)
{
	begin_child(job);
	for (size_t i = from; i < job->n; i++) {
		ARENA mem = { 0 };
		struct ctx cx = { .mem = &mem, .request_id = "" };
		struct report report = { 0 };

		limit_time(job->cpu_ms);
		report.rc = render_one(&cx, job, job->files[i], &report);
		limit_time(0);
		if (write(to, &report, sizeof(report)) != sizeof(report) || report.rc < 0)
			break;
	}
	_exit(0);
}

enum heard { REPORT, ENDED, STUCK };

static enum heard wait_report(int from, uint64_t wait_ms, struct report *out)
{
	struct pollfd p = { .fd = from, .events = POLLIN };
	int ready;

	while ((ready = poll(&p, 1, (int)wait_ms)) < 0 && errno == EINTR)
		;
	if (ready == 0)
		return STUCK;
	return read(from, out, sizeof(*out)) == sizeof(*out) ? REPORT : ENDED;
}

static const char *why_it_ended(struct ctx *cx, const struct render_job *job, int status, bool stuck)
{
	int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (stuck)
		return "it took too long";
	if (sig == SIGPROF || sig == SIGXCPU)
		return arena_printf(cx->mem, "it takes more than %llu ms of processor time", (unsigned long long)job->cpu_ms);
	if (sig == SIGABRT || sig == SIGSEGV || sig == SIGBUS)
		return arena_printf(cx->mem, "it takes more memory than the %llu MiB allowed, or its renderer has a fault",
				    (unsigned long long)(job->memory >> 20));
	return arena_printf(cx->mem, "its renderer was ended (signal %d)", sig);
}

static void give_up_page(const struct render_job *job, size_t file, const char *why, size_t *failed)
{
	++*failed;
	note_warn(job->notes, job->rules->plan->files.items[file].source, 0, "the page could not be rendered: %s", why);
}

static int wait_child(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* The page at which the child ended. */
static int replace_page(struct ctx *cx, const struct render_job *job, size_t file, const char *why, size_t *failed)
{
	struct part p;

	give_up_page(job, file, why, failed);
	part_failed(cx, job->rules, file, why, &p);
	return write_part(cx, job, file, &p);
}

/* Follows one child; *next becomes the page after the last one that is done, one way or the other. */
static int follow(struct ctx *cx, const struct render_job *job, pid_t pid, int from, size_t *next, size_t *failed)
{
	uint64_t wait_ms = job->cpu_ms * WAIT_FACTOR + WAIT_MORE_MS;
	struct report report = { 0 };
	enum heard heard = REPORT;

	while (*next < job->n && (heard = wait_report(from, wait_ms, &report)) == REPORT && report.rc == 0) {
		if (report.failed)
			give_up_page(job, job->files[*next], arena_strdup(cx->mem, report.text), failed);
		++*next;
	}
	if (heard == STUCK)
		kill(pid, SIGKILL);

	int status = wait_child(pid);

	if (report.rc < 0)
		return fail(cx, report.rc, "%s", report.text);
	if (*next == job->n)
		return 0;
	return replace_page(cx, job, job->files[(*next)++], why_it_ended(cx, job, status, heard == STUCK), failed);
}

int render_pages(struct ctx *cx, const struct render_job *job, size_t *failed)
{
	int rc = 0;

	for (size_t next = 0; next < job->n && rc == 0;) {
		int ends[2];

		if (pipe2(ends, O_CLOEXEC) < 0)
			return fail(cx, ERR_INTERNAL, "no pipe for the renderer: %s", strerror(errno));

		AUTO_FD from = ends[0];
		pid_t pid = fork();

		if (pid == 0)
			child(job, next, ends[1]);
		close(ends[1]);
		if (pid < 0)
			return fail(cx, ERR_INTERNAL, "no process for the renderer: %s", strerror(errno));
		rc = follow(cx, job, pid, from, &next, failed);
	}
	return rc;
}
