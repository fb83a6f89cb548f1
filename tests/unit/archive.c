/* Archives of strangers: what is unpacked, what is left out, and what ends it. */
#include "ext/archive.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/folder.h"
#include "tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem };
static char dir[] = "/tmp/archive-XXXXXX";
static unsigned made;

enum { BLOCK = 512, MODE_AT = 100, SIZE_AT = 124, TIME_AT = 136, SUM_AT = 148, TYPE_AT = 156, LINK_AT = 157, MAGIC_AT = 257 };

/* One header of a tar, and the bytes behind it. type: '0' a file, '1' a hard link, '2' a symlink, '3' a device, '5' a folder.
 */
static void add(struct buf *tar, const char *name, char type, const char *link, const char *bytes, size_t n)
{
	char head[BLOCK] = { 0 };
	unsigned sum = 0;

	snprintf(head, MODE_AT, "%s", name);
	snprintf(head + MODE_AT, 8, "%07o", 0644);
	snprintf(head + SIZE_AT, 12, "%011o", (unsigned)n);
	snprintf(head + TIME_AT, 12, "%011o", 0);
	memset(head + SUM_AT, ' ', 8);
	head[TYPE_AT] = type;
	snprintf(head + LINK_AT, 100, "%s", link);
	memcpy(head + MAGIC_AT, "ustar\00000", 8);
	for (size_t i = 0; i < BLOCK; i++)
		sum += (unsigned char)head[i];
	snprintf(head + SUM_AT, 8, "%06o", sum);
	buf_add(tar, head, BLOCK);
	buf_add(tar, bytes, n);
	while (tar->n % BLOCK)
		buf_addc(tar, '\0');
}

static void add_file(struct buf *tar, const char *name, const char *text)
{
	add(tar, name, '0', "", text, strlen(text));
}

/* The tar as a tar.gz that can be read from its beginning. */
static int packed(const struct buf *tar)
{
	const char *path = arena_printf(&mem, "%s/in-%u.tar", dir, ++made);
	char end[2 * BLOCK] = { 0 };
	FILE *f = fopen(path, "w");

	if (!f || fwrite(tar->p, 1, tar->n, f) != tar->n || fwrite(end, 1, sizeof(end), f) != sizeof(end) || fclose(f) != 0 ||
	    system(arena_printf(&mem, "gzip -f %s", path)) != 0)
		abort();
	return open(arena_printf(&mem, "%s.gz", path), O_RDONLY | O_CLOEXEC);
}

static int unpack(const struct buf *tar, const char *below, const struct unpack_limits *limits, struct unpack_result *out)
{
	int fd = packed(tar);

	cx.err = (struct err){ 0 };
	*out = (struct unpack_result){ 0 };
	folder_remove(arena_printf(&mem, "%s/to", dir));
	int rc = archive_unpack(&cx, fd, below, arena_printf(&mem, "%s/to", dir), limits, out);

	close(fd);
	return rc;
}

static const char *text_of(const char *name)
{
	FILE *f = fopen(arena_printf(&mem, "%s/to/%s", dir, name), "r");
	char text[100] = "";

	if (!f)
		return NULL;
	size_t n = fread(text, 1, sizeof(text) - 1, f);

	fclose(f);
	return arena_strndup(&mem, text, n);
}

static const struct unpack_limits wide = { .bytes = 1 << 20, .files = 100 };

static void test_files(void)
{
	struct buf tar = { .mem = &mem };
	struct unpack_result r;

	add(&tar, "repo-1/", '5', "", "", 0);
	add_file(&tar, "repo-1/mkdocs.yml", "root");
	add_file(&tar, "repo-1/docs/index.md", "index");
	add_file(&tar, "repo-1/docs/sub/a.md", "a");
	add_file(&tar, "repo-1/docsx/b.md", "b");
	OK(unpack(&tar, "", &wide, &r) == 0);
	OK(r.files == 4 && r.bytes == 11 && r.left_out == 0);
	STR_EQ(text_of("mkdocs.yml"), "root");
	STR_EQ(text_of("docs/sub/a.md"), "a");
	OK(unpack(&tar, "docs", &wide, &r) == 0);
	STR_EQ(text_of("index.md"), "index");
	STR_EQ(text_of("b.md"), NULL);
	OK(unpack(&tar, "no/such", &wide, &r) == 0 && r.files == 0);
}

static void test_hostile(void)
{
	struct buf links = { .mem = &mem }, up = { .mem = &mem }, absolute = { .mem = &mem };
	struct unpack_result r;
	struct stat st;

	add(&links, "r/out", '2', "/etc", "", 0);
	add_file(&links, "r/out/passwd", "written through a link");
	add(&links, "r/hard", '1', "r/out/passwd", "", 0);
	add(&links, "r/device", '3', "", "", 0);
	OK(unpack(&links, "", &wide, &r) == 0);
	OK(r.left_out == 3);
	OK(lstat(arena_printf(&mem, "%s/to/out", dir), &st) == 0 && S_ISDIR(st.st_mode));
	STR_EQ(text_of("hard"), NULL);
	STR_EQ(text_of("device"), NULL);
	add_file(&up, "r/../../climbed", "x");
	OK(unpack(&up, "", &wide, &r) == ERR_INPUT);
	STR_EQ(cx.err.text, "the archive has a path that leads outside: r/../../climbed");
	add_file(&absolute, "/tmp/absolute", "x");
	OK(unpack(&absolute, "", &wide, &r) == ERR_INPUT);
}

static void test_limits(void)
{
	struct buf tar = { .mem = &mem }, bomb = { .mem = &mem };
	size_t n = 32 << 20;
	char *zeros = arena_alloc(&mem, n);
	struct unpack_result r;

	add_file(&tar, "r/a", "12345");
	add_file(&tar, "r/b", "12345");
	OK(unpack(&tar, "", &(struct unpack_limits){ .bytes = 10, .files = 2 }, &r) == 0);
	OK(unpack(&tar, "", &(struct unpack_limits){ .bytes = 9, .files = 2 }, &r) == ERR_TOOLARGE);
	OK(unpack(&tar, "", &(struct unpack_limits){ .bytes = 10, .files = 1 }, &r) == ERR_TOOLARGE);
	add(&bomb, "r/zeros", '0', "", zeros, n);
	OK(unpack(&bomb, "", &(struct unpack_limits){ .bytes = 1 << 30, .files = 2 }, &r) == ERR_TOOLARGE);
	OK(strstr(cx.err.text, "200 times") != NULL);
	/* Also where nobody wants what grows. */
	OK(unpack(&bomb, "docs", &(struct unpack_limits){ .bytes = 1 << 30, .files = 2 }, &r) == ERR_TOOLARGE);
}

static void test_damaged(void)
{
	struct buf tar = { .mem = &mem };
	struct unpack_result r;

	buf_adds(&tar, "this is no archive at all, only a text that goes on for a while");
	OK(unpack(&tar, "", &wide, &r) == ERR_INPUT);
	tar = (struct buf){ .mem = &mem };
	add_file(&tar, "r/a", "12345");
	tar.n -= BLOCK; /* the file's bytes are missing */
	OK(unpack(&tar, "", &wide, &r) <= 0);
	/* Cut off in the middle of a file that is wanted, and of one that is not. */
	tar = (struct buf){ .mem = &mem };
	add(&tar, "r/long", '0', "", arena_alloc(&mem, 1 << 20), 1 << 20);
	tar.n = 1 << 19;
	OK(unpack(&tar, "", &wide, &r) == ERR_INPUT);
	OK(unpack(&tar, "docs", &wide, &r) == ERR_INPUT);
}

int main(void)
{
	if (!mkdtemp(dir))
		abort();
	test_files();
	test_hostile();
	test_limits();
	test_damaged();
	folder_remove(dir);
	arena_release(&mem);
	return DONE();
}
