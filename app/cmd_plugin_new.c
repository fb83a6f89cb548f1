/* callboard plugin new: a small plugin to begin with, made of the files of lua/starter. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "cmd.h"
#include "plugins/folder.h"
#include "plugins/plugin.h"
#include "server/config.h"

struct starter {
	const char *from, *name, *title;
};

/* In a source tree, or where it was installed. */
static const char *starter_dir(struct arena *mem)
{
	const char *share = config_share(mem), *source = arena_printf(mem, "%s/lua/starter", share);

	return access(source, R_OK) == 0 ? source : arena_printf(mem, "%s/starter", share);
}

/* "tech-docs" becomes "Tech docs". */
static const char *title_of(struct arena *mem, const char *name)
{
	char *title = arena_strdup(mem, name);

	for (char *c = title; *c; c++)
		if (*c == '-')
			*c = ' ';
	if (*title >= 'a' && *title <= 'z')
		*title = (char)(*title - 'a' + 'A');
	return title;
}

/* @NAME@ and @TITLE@ stand for what they say. */
static struct str fill_in(struct arena *mem, const struct starter *s, struct str text)
{
	struct buf b = { .mem = mem };

	for (const char *p = text.p; *p;) {
		if (str_starts(p, "@NAME@")) {
			buf_adds(&b, s->name);
			p += strlen("@NAME@");
		} else if (str_starts(p, "@TITLE@")) {
			buf_adds(&b, s->title);
			p += strlen("@TITLE@");
		} else {
			buf_addc(&b, *p++);
		}
	}
	return buf_str(&b);
}

static int cannot_write(struct ctx *cx, const char *path)
{
	return fail(cx, ERR_INTERNAL, "write '%s': %s", path, strerror(errno));
}

static int copy_file(struct ctx *cx, const struct starter *s, const char *name, const char *to)
{
	struct str text;
	int rc = folder_read(cx, s->from, name, &text), fd;
	bool ok;

	if (rc < 0)
		return rc;
	text = fill_in(cx->mem, s, text);
	fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return cannot_write(cx, to);
	ok = write(fd, text.p, text.n) == (ssize_t)text.n;
	close(fd);
	return ok ? 0 : cannot_write(cx, to);
}

static int copy_folder(struct ctx *cx, const struct starter *s, const char *below, const char *to)
{
	DIR *d = opendir(arena_printf(cx->mem, "%s/%s", s->from, below));
	int rc = mkdir(to, 0777) < 0 ? cannot_write(cx, to) : 0;

	if (!d)
		rc = fail(cx, ERR_INTERNAL, "read '%s/%s': %s", s->from, below, strerror(errno));
	for (const struct dirent *e; rc == 0 && (e = readdir(d));) {
		const char *name = arena_printf(cx->mem, "%s%s%s", below, *below ? "/" : "", e->d_name);
		const char *target = arena_printf(cx->mem, "%s/%s", to, e->d_name);

		if (*e->d_name == '.')
			continue;
		rc = e->d_type == DT_DIR ? copy_folder(cx, s, name, target) : copy_file(cx, s, name, target);
	}
	if (d)
		closedir(d);
	return rc;
}

/* As somebody would type it here: without detours, and relative to where they are. */
static const char *shown_path(struct arena *mem, const char *path)
{
	char real[PATH_MAX], here[PATH_MAX];
	size_t n;

	if (!realpath(path, real) || !getcwd(here, sizeof(here)))
		return path;
	n = strlen(here);
	return arena_strdup(mem, strncmp(real, here, n) == 0 && real[n] == '/' ? real + n + 1 : real);
}

/* The first of plugins.directories, or ./plugins. */
static const char *default_dir(const struct ctx *cx)
{
	const struct json *list = json_path(cx->conf, "plugins", "directories", NULL);

	return json_len(list) && json_is(list, JSON_ARRAY) ? json_text(list->a.items[0], "plugins") : "plugins";
}

/* Are plugins looked for there? */
static bool is_looked_at(struct ctx *cx, const char *dir)
{
	size_t n;
	const char *const *dirs = plugin_directories(cx, &n);

	for (size_t i = 0; i < n; i++)
		if (streq(dirs[i], dir))
			return true;
	return false;
}

static int make(struct ctx *cx, const char *name, const char *dir)
{
	struct starter s = { .from = starter_dir(cx->mem), .name = name, .title = title_of(cx->mem, name) };
	const char *to = arena_printf(cx->mem, "%s/%s", dir, name);
	int rc;

	if (mkdir(dir, 0777) < 0 && errno != EEXIST)
		return cannot_write(cx, dir);
	if (access(to, F_OK) == 0)
		return fail(cx, ERR_CONFLICT, "'%s' is there already; nothing was changed", to);
	rc = copy_folder(cx, &s, "", to);
	if (rc < 0)
		return rc;
	to = shown_path(cx->mem, to);
	printf("Made %s. Read plugin.lua in it, and change what you like.\n", to);
	printf("Check it:   callboard plugin check %s && callboard plugin test %s\n", to, to);
	if (is_looked_at(cx, dir))
		printf("See it:     /%s in the portal, at once under 'make run', otherwise after a reload\n", name);
	else
		printf("See it:     /%s in the portal, once %s is in plugins.directories and the portal was reloaded\n", name,
		       dir);
	return 0;
}

int cmd_plugin_new(struct ctx *cx, int argc, char **argv)
{
	const char *name = NULL, *dir = NULL, *why;

	for (int i = 1; i < argc; i++) {
		if (streq(argv[i], "--dir") && i + 1 < argc)
			dir = argv[++i];
		else if (*argv[i] == '-' || name)
			return cmd_usage(cx, "'%s' is not understood", argv[i]);
		else
			name = argv[i];
	}
	if (!name)
		return cmd_usage(cx, "new needs the name of the plugin");
	why = plugin_name_problem(cx->mem, name);
	if (why)
		return fail(cx, ERR_INPUT, "%s", why);
	return make(cx, name, dir ? dir : default_dir(cx));
}
