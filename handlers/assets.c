/* What is in nginx/static: addresses, each with a mark of the content so that browsers may keep it for good; the icons. */
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
struct icon {
	const char *name;
	const char *shapes;
};
static struct {
	struct arena mem;
	struct {
		struct asset *items;
		size_t n, cap;
	} list;
	struct {
		struct icon *items;
		size_t n, cap;
	} icons;
} assets;

static const char icons_file[] = "vendor/icons.svg";

/* The text between two others, which *at then stands behind; NULL when they do not follow. */
static const char *between(struct arena *mem, const char **at, const char *from, const char *to)
{
	const char *begin = strstr(*at, from), *end = begin ? strstr(begin + strlen(from), to) : NULL;

	if (!end)
		return NULL;
	begin += strlen(from);
	*at = end + strlen(to);
	return arena_strndup(mem, begin, (size_t)(end - begin));
}

/* The sprite that nginx/npm/vendor.sh makes: <symbol id="NAME" viewBox="0 0 24 24">SHAPES</symbol>... */
static void add_icons(const char *sprite)
{
	for (struct icon icon;;) {
		icon.name = between(&assets.mem, &sprite, "<symbol id=\"", "\" viewBox=\"0 0 24 24\">");
		icon.shapes = icon.name ? between(&assets.mem, &sprite, "", "</symbol>") : NULL;
		if (!icon.shapes)
			return;
		*list_add(&assets.mem, &assets.icons) = icon;
	}
}

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
			if (streq(name, icons_file))
				add_icons(arena_strndup(&assets.mem, p, (size_t)st.st_size));
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
	memset(&assets, 0, sizeof assets);
	add_all(json_get_text(json_get(cx->conf, "server"), "static", "nginx/static"), "", 1);
}

const char *asset_icon(const char *name)
{
	for (size_t i = 0; i < assets.icons.n; i++)
		if (streq(assets.icons.items[i].name, name))
			return assets.icons.items[i].shapes;
	return NULL;
}

const char *asset_icons_url(struct arena *mem)
{
	return asset_url(mem, icons_file);
}

const char *asset_url(struct arena *mem, const char *name)
{
	for (size_t i = 0; i < assets.list.n; i++)
		if (streq(assets.list.items[i].name, name))
			return arena_printf(mem, "/static/%s?v=%08x", name, (unsigned)assets.list.items[i].mark);
	return arena_printf(mem, "/static/%s", name);
}
