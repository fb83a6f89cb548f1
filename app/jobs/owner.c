/* Which process has claimed a job, and taking back what dead ones left. */
#include "jobs/owner.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/list.h"
#include "base/log.h"
#include "base/str.h"
#include "ext/db.h"
#include "jobs/jobs.h"
#include "sql/job.h"

enum { FREE_DEATHS = 2, FIRST_PAUSE_MS = 1000, LAST_PAUSE_MS = 60000 };

static bool read_text(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, size - 1);

	if (fd >= 0)
		close(fd);
	out[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* When a process began, in ticks since the host did; 0 when there is none, or nothing but its exit status. */
static unsigned long long start_of(long pid)
{
	unsigned long long start;
	char path[40], text[1024], state;

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	if (!read_text(path, text, sizeof(text)))
		return 0;
	/* pid (name) state ...: a name may hold spaces and brackets. The start is the 20th after it. */
	const char *rest = strrchr(text, ')');

	if (!rest || sscanf(rest, ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &state,
			    &start) != 2)
		return 0;
	return state == 'Z' || state == 'X' ? 0 : start;
}

/* What all process numbers of this boot of this host and this container have in front; "" when /proc cannot be read. */
static const char *prefix(struct arena *mem)
{
	char boot[40], space[64];
	ssize_t n = readlink("/proc/self/ns/pid", space, sizeof(space) - 1);
	unsigned long long number;

	if (n <= 0 || !read_text("/proc/sys/kernel/random/boot_id", boot, sizeof(boot)))
		return "";
	space[n] = '\0';
	if (strlen(boot) < 36 || sscanf(space, "pid:[%llu]", &number) != 1)
		return "";
	return arena_printf(mem, "%.36s:%llu:", boot, number);
}

const char *job_owner(struct arena *mem)
{
	const char *at = prefix(mem);
	unsigned long long start = start_of(getpid());

	return *at && start ? arena_printf(mem, "%s%ld:%llu", at, (long)getpid(), start) : NULL;
}

/* rest: "pid:start" */
static bool is_dead(const char *rest)
{
	unsigned long long start;
	long pid;

	return sscanf(rest, "%ld:%llu", &pid, &start) == 2 && start_of(pid) != start;
}

static uint64_t pause_after(uint64_t attempt)
{
	uint64_t ms = FIRST_PAUSE_MS;

	if (attempt <= FREE_DEATHS)
		return 0;
	for (uint64_t i = FREE_DEATHS + 1; i < attempt && ms < LAST_PAUSE_MS; i++)
		ms *= 2;
	return ms < LAST_PAUSE_MS ? ms : LAST_PAUSE_MS;
}

struct lost {
	struct q_job_return_in *items;
	size_t n, cap;
};

int job_return_lost(struct ctx *cx)
{
	const char *own = job_owner(cx->mem), *before = prefix(cx->mem);
	struct q_job_running_out row;
	struct lost lost = { 0 };
	DB_ROWS rows = { 0 };
	int rc = 0;

	if (!own)
		return 0;
	rc = q_job_running_open(cx, &(struct q_job_running_in){ .like = arena_printf(cx->mem, "%s%%", before) }, &rows);
	while (rc >= 0 && (rc = q_job_running_next(&rows, &row)) == 1)
		if (streq(row.owner, own) || is_dead(row.owner + strlen(before)))
			*list_add(cx->mem, &lost) = (struct q_job_return_in){ pause_after(row.attempt), row.id, row.lease };
	db_rows_close(&rows);
	if (rc < 0 || !lost.n)
		return rc;
	log_info("jobs of dead workers are taken up again", "jobs", arena_printf(cx->mem, "%zu", lost.n), NULL);
	rc = q_job_return_many(cx, lost.items, lost.n);
	if (rc == 0)
		job_wake();
	return rc;
}
