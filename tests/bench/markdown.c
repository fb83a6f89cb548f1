/* How fast Markdown is rendered. usage: markdown FILE... (rounds over all of them, in this process's own time) */
#include "markdown/markdown.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 20 };

static struct arena texts, mem;

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct str read_file(const char *name)
{
	struct buf b = { .mem = &texts };
	char piece[65536];
	FILE *f = fopen(name, "r");
	size_t n;

	if (!f) {
		perror(name);
		exit(1);
	}
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(&b, piece, n);
	fclose(f);
	return (struct str){ buf_text(&b), b.n };
}

int main(int argc, char **argv)
{
	struct str *files = arena_calloc(&texts, (size_t)argc, sizeof(*files));
	struct ctx cx = { .mem = &mem };
	size_t bytes = 0, steps = 0, most = 0;

	if (argc < 2) {
		fprintf(stderr, "usage: markdown FILE...\n");
		return 2;
	}
	for (int i = 1; i < argc; i++)
		files[i] = read_file(argv[i]);
	double begin = cpu_seconds();

	for (int round = 0; round < ROUNDS; round++)
		for (int i = 1; i < argc; i++) {
			struct markdown_page page;

			if (markdown_render(&cx, files[i], NULL, &page) < 0) {
				fprintf(stderr, "%s: %s\n", argv[i], cx.err.text);
				return 1;
			}
			bytes += files[i].n;
			steps += page.steps;
			most = mem.used > most ? mem.used : most;
			arena_reset(&mem);
		}
	double seconds = cpu_seconds() - begin;

	printf("%d pages, %.1f KB: %.1f MB/s, %.1f us a page\n", argc - 1, (double)bytes / ROUNDS / 1e3,
	       (double)bytes / seconds / 1e6, seconds * 1e6 / ROUNDS / (argc - 1));
	printf("%.1f steps a byte, at most %.1f MB of memory for a page\n", (double)steps / (double)bytes, (double)most / 1e6);
	return 0;
}
