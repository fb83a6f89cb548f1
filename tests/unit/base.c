/* Small parts that all others stand on: sorted names, folders, descriptors. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/folder.h"
#include "base/names.h"
#include "base/str.h"
#include "tests/unit/tap.h"

static struct arena mem;

static void test_names(void)
{
	static const struct item {
		const char *name;
		int n;
	} items[] = { { "a", 1 }, { "ab", 2 }, { "b", 3 }, { "c", 4 } };
	const char *names[] = { "b", "", "ab", "a" };

	names_sort(names, LEN(names));
	OK(streq(names[0], "") && streq(names[1], "a") && streq(names[2], "ab") && streq(names[3], "b"));
	names_sort(NULL, 0);
	for (size_t i = 0; i < LEN(items); i++) {
		const struct item *found = NAMES_FIND(items, str_of(items[i].name));

		OK(found && found->n == items[i].n);
	}
	/* A part of a name is another name, and what is looked for need not end where it does. */
	OK(!NAMES_FIND(items, STR("abc")) && !NAMES_FIND(items, STR("")) && !NAMES_FIND(items, STR("d")));
	OK(NAMES_FIND(items, ((struct str){ "abc", 2 })) == &items[1]);
}

static void test_folder(void)
{
	char path[] = "/tmp/callboard-unit-XXXXXX";
	struct text_list names;

	OK(mkdtemp(path));
	OK(folder_names(&mem, path, &names) && names.n == 0);
	for (const char *const *name = (const char *const[]){ "b", ".c", "a", NULL }; *name; name++)
		OK(mkdir(arena_printf(&mem, "%s/%s", path, *name), 0700) == 0);
	OK(folder_names(&mem, path, &names) && names.n == 3 && streq(names.items[0], ".c") && streq(names.items[1], "a"));
	OK(folder_remove(path));
	OK(!folder_names(&mem, path, &names) && errno == ENOENT && names.n == 0);
}

static void test_fd(void)
{
	struct arena own = { 0 };
	char got[8] = "";
	int ends[2];

	OK(pipe2(ends, O_CLOEXEC) == 0);
	fd_keep(&own, ends[1]);
	OK(fd_write(ends[1], "abc", 3) && read(ends[0], got, sizeof(got)) == 3 && streq(got, "abc"));
	arena_release(&own);
	OK(read(ends[0], got, sizeof(got)) == 0);
	close(ends[0]);
	OK(!fd_write(-1, "a", 1) && errno == EBADF);
}

int main(void)
{
	test_names();
	test_folder();
	test_fd();
	return DONE();
}
