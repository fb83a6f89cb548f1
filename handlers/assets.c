/* Addresses of nginx/static: each with a mark of the file's content, so that browsers may keep it for good. */
#include "handlers/assets.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/list.h"

struct asset {
	const char *name;
	uint64_t mark;
};
static struct {
	struct arena mem;
	struct {
		struct asset *items;
		size_t n, cap;
	} list;
} assets;

static void add(const char *path, const char *name)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
		void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

		if (p != MAP_FAILED) {
			*list_add(&assets.mem, &assets.list) =
				(struct asset){ arena_strdup(&assets.mem, name), hash64(p, (size_t)st.st_size) };
			munmap(p, (size_t)st.st_size);
		}
	}
	close(fd);
}

/* Files of dir/sub; of the folders below, only those without a version in their name (those never change). */
static void add_all(const char *dir, const char *sub, unsigned depth)
{
	struct arena *mem = &assets.mem;
	DIR *d = opendir(*sub ? arena_printf(mem, "%s/%s", dir, sub) : dir);

	if (!d)
		return;
	for (struct dirent *e; (e = readdir(d));) {
		const char *name = *sub ? arena_printf(mem, "%s/%s", sub, e->d_name) : arena_strdup(mem, e->d_name);

		if (*e->d_name == '.' || str_ends(e->d_name, ".gz"))
			continue;
		if (e->d_type == DT_DIR && depth && !strchr(e->d_name, '-'))
			add_all(dir, name, depth - 1);
		else if (e->d_type == DT_REG)
			add(arena_printf(mem, "%s/%s", dir, name), name);
	}
	closedir(d);
}

void assets_prepare(struct ctx *cx)
{
	arena_release(&assets.mem);
	assets.mem = (struct arena){ 0 };
	assets.list.items = NULL;
	assets.list.n = assets.list.cap = 0;
	add_all(json_get_text(json_get(cx->conf, "server"), "static", "nginx/static"), "", 1);
}

const char *asset_url(struct arena *mem, const char *name)
{
	for (size_t i = 0; i < assets.list.n; i++)
		if (streq(assets.list.items[i].name, name))
			return arena_printf(mem, "/static/%s?v=%08x", name, (unsigned)assets.list.items[i].mark);
	return arena_printf(mem, "/static/%s", name);
}
