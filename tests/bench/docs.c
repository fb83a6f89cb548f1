/* What building a site costs in a process that is there, as the portal's worker and docs serve are. usage: docs SOURCE WORK
 * [ROUNDS] Prints milliseconds of processor time, of this process and its renderers: a full build; one page changed, brought up
 * to date where it is; built beside, as the portal does; the same of a source all of whose files are new; and opening a page
 * for a reader, in microseconds. */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "docs/reader.h"

#include "base/folder.h"
#include "docs/site.h"

enum { ROUNDS = 10, READS = 1000 };

static const char *source, *work;

static double cpu_ms(void)
{
	static const int whose[] = { RUSAGE_SELF, RUSAGE_CHILDREN };
	double ms = 0;

	for (size_t i = 0; i < LEN(whose); i++) {
		struct rusage r;

		getrusage(whose[i], &r);
		ms += (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e3 +
		      (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e3;
	}
	return ms;
}

static void stop(const char *why)
{
	fprintf(stderr, "docs: %s\n", why);
	exit(1);
}

static void change_page(struct arena *mem)
{
	FILE *f = fopen(arena_printf(mem, "%s/docs/index.md", source), "ae");

	if (!f || fputs("word\n", f) < 0 || fclose(f) != 0)
		stop("docs/index.md cannot be written");
}

static int touch(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	return type == FTW_F ? utimensat(AT_FDCWD, path, NULL, 0) : 0;
}

/* As if the source had been fetched anew: nothing tells that its files are as they were but what is in them. */
static void touch_all(void)
{
	if (nftw(source, touch, 16, FTW_PHYS) != 0)
		stop("the source cannot be written");
}

/* Builds number to, with what number from left (-1: nothing), and returns its time. */
static double build(int from, int to)
{
	struct arena mem = { 0 };
	struct ctx cx = { .mem = &mem, .request_id = "" };
	struct site_result result;
	struct site_options options = {
		.source = source,
		.out = arena_printf(&mem, "%s/out%d", work, to),
		.reader = arena_printf(&mem, "%s/reader%d", work, to),
		.assets = "nginx/static",
		.in_place = from == to,
	};
	double begin;

	if (from >= 0) {
		options.previous_out = arena_printf(&mem, "%s/out%d", work, from);
		options.previous_reader = arena_printf(&mem, "%s/reader%d", work, from);
		change_page(&mem);
	}
	begin = cpu_ms();
	if (site_build(&cx, &options, &result) < 0)
		stop(cx.err.text);
	if (from >= 0 && result.rendered != 1)
		stop("more than the changed page was rendered");
	begin = cpu_ms() - begin;
	arena_release(&mem);
	return begin;
}

static void drop(int number)
{
	struct arena mem = { 0 };

	folder_remove(arena_printf(&mem, "%s/out%d", work, number));
	folder_remove(arena_printf(&mem, "%s/reader%d", work, number));
	arena_release(&mem);
}

static double read_page(void)
{
	struct arena mem = { 0 };
	const char *folder = arena_printf(&mem, "%s/reader0", work);
	double begin = cpu_ms();

	for (int i = 0; i < READS; i++) {
		ARENA of_one = { 0 };
		struct ctx cx = { .mem = &of_one, .request_id = "" };
		struct reader_page page;

		if (reader_open(&cx, folder, "", "/docs/default/component/x/", &page) < 0)
			stop(cx.err.text);
	}
	begin = cpu_ms() - begin;
	arena_release(&mem);
	return begin * 1e3 / READS;
}

int main(int argc, char **argv)
{
	int rounds = argc > 3 ? atoi(argv[3]) : ROUNDS;
	double full = 0, in_place = 0, beside = 0, fetched = 0;

	if (argc < 3 || rounds < 1) {
		fprintf(stderr, "usage: docs SOURCE WORK [ROUNDS]\n");
		return 2;
	}
	source = argv[1];
	work = argv[2];
	for (int i = 0; i < rounds; i++) {
		drop(0);
		full += build(-1, 0);
	}
	for (int i = 0; i < rounds; i++)
		in_place += build(0, 0);
	for (int i = 0; i < rounds; i++) {
		drop(1);
		beside += build(0, 1);
	}
	for (int i = 0; i < rounds; i++) {
		drop(1);
		touch_all();
		fetched += build(0, 1);
	}
	drop(1);
	printf("%.1f %.2f %.2f %.2f %.0f\n", full / rounds, in_place / rounds, beside / rounds, fetched / rounds, read_page());
	drop(0);
	return 0;
}
