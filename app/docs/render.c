/* Renders pages in a process of their own, so that a page that takes too much, or kills it, is lost alone. */
#include "docs/render.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/sanitizer.h"

/* A page may wait for the disk and for other processes, beside its time of CPU. */
enum { WAIT_FACTOR = 10, WAIT_MORE_MS = 20000 };
enum { KEPT = 16 << 20, KEPT_STEP = 256 << 10 };

/* What the child says of each page. */
struct report {
	int rc;      /* of writing: the build cannot go on */
	bool failed; /* the page says why */
	uint32_t n;  /* bytes of its part */
	char text[200];
};
/* Memory that both see, since waking the parent for each page would cost as much as many a page. */
struct progress {
	_Atomic size_t done;
	struct report reports[];
};

static int append(struct ctx *cx, const struct render_job *job, const struct part *p, uint32_t *n)
{
	struct buf bytes = { .mem = cx->mem };

	part_write(p, &bytes);
	*n = (uint32_t)bytes.n;
	if (bytes.n > UINT32_MAX || !fd_write(job->to, bytes.p, bytes.n))
		return fail(cx, ERR_INTERNAL, "the parts of pages: %s", strerror(errno));
	return 0;
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
	rc = append(cx, job, &p, &report->n);
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

/* Pages follow one another: what one gives back the next takes, and the kernel need not clear it in between. */
static void keep_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, KEPT);
	mallopt(M_TRIM_THRESHOLD, KEPT);
	mallopt(M_TOP_PAD, KEPT_STEP);
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
	keep_memory();
}

static _Noreturn void child(const struct render_job *job, struct progress *progress)
{
	struct arena mem = { 0 };

	begin_child(job);
	for (size_t i = progress->done; i < job->n; i++) {
		struct ctx cx = { .mem = &mem, .request_id = "" };
		struct report *report = &progress->reports[i];

		limit_time(job->cpu_ms);
		report->rc = render_one(&cx, job, job->files[i], report);
		progress->done = i + 1;
		if (report->rc < 0)
			break;
		arena_reset(&mem);
	}
	_exit(0);
}

/* Waits for the child's end, which closes its end of the pipe. False: no page got done for too long. */
static bool wait_end(int from, uint64_t wait_ms, const struct progress *progress)
{
	struct pollfd p = { .fd = from, .events = POLLIN };
	size_t before;
	int ended;

	do {
		before = progress->done;
		ended = poll(&p, 1, (int)wait_ms);
	} while ((ended < 0 && errno == EINTR) || (ended == 0 && progress->done > before));
	return ended != 0;
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

/* The page at which the child ended. What it wrote of it lies in the file, and nothing names it. */
static int replace_page(struct ctx *cx, struct render_job *job, size_t file, const char *why, struct pack_place *place,
			size_t *failed)
{
	struct part p;
	struct stat st;
	int rc;

	give_up_page(job, file, why, failed);
	part_failed(cx, job->rules, file, why, &p);
	if (fstat(job->to, &st) < 0)
		return fail(cx, ERR_INTERNAL, "the parts of pages: %s", strerror(errno));
	place->at = (uint64_t)st.st_size;
	rc = append(cx, job, &p, &place->n);
	job->size = place->at + place->n;
	return rc;
}

/* Takes what the child says of the pages from first on; places of parts follow one another. */
static int take_reports(struct ctx *cx, struct render_job *job, const struct progress *progress, size_t first,
			struct pack_place *places, size_t *failed)
{
	for (size_t i = first; i < progress->done; i++) {
		const struct report *r = &progress->reports[i];
		const char *text = arena_strndup(cx->mem, r->text, strnlen(r->text, sizeof(r->text)));

		if (r->rc < 0)
			return fail(cx, ERR_INTERNAL, "%s", text);
		if (r->failed)
			give_up_page(job, job->files[i], text, failed);
		places[i].at = job->size;
		places[i].n = r->n;
		job->size += r->n;
	}
	return 0;
}

/* Lets a child render from the page that progress names; after it, that is the page after the last one that is done. */
static int render_some(struct ctx *cx, struct render_job *job, struct progress *progress, struct pack_place *places,
		       size_t *failed)
{
	int ends[2], status, rc;
	size_t first = progress->done;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(cx, ERR_INTERNAL, "no pipe for the renderer: %s", strerror(errno));

	AUTO_FD from = ends[0];
	pid_t pid = fork();

	if (pid == 0)
		child(job, progress);
	close(ends[1]);
	if (pid < 0)
		return fail(cx, ERR_INTERNAL, "no process for the renderer: %s", strerror(errno));

	bool ended = wait_end(from, job->cpu_ms * WAIT_FACTOR + WAIT_MORE_MS, progress);

	if (!ended)
		kill(pid, SIGKILL);
	status = wait_child(pid);
	if (progress->done > job->n)
		return fail(cx, ERR_INTERNAL, "the renderer has a fault");
	rc = take_reports(cx, job, progress, first, places, failed);
	if (rc == 0 && progress->done < job->n) {
		size_t at = progress->done++;

		rc = replace_page(cx, job, job->files[at], why_it_ended(cx, job, status, !ended), &places[at], failed);
	}
	return rc;
}

int render_pages(struct ctx *cx, struct render_job *job, struct pack_place *places, size_t *failed)
{
	size_t bytes = sizeof(struct progress) + job->n * sizeof(struct report);
	struct progress *progress;
	int rc = 0;

	if (!job->n)
		return 0;
	progress = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (progress == MAP_FAILED)
		return fail(cx, ERR_INTERNAL, "no memory for the renderer: %s", strerror(errno));
	while (progress->done < job->n && rc == 0)
		rc = render_some(cx, job, progress, places, failed);
	munmap(progress, bytes);
	return rc;
}
