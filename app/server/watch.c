/* Says when a file of a plugin has changed: inotify on every folder below the directories of plugins. */
#include "server/watch.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "plugins/plugin.h"

enum {
	CALM_US = 100000,
	MAX_DEPTH = 16,
	MAX_FOLDERS = 4096,
	EVENTS = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF |
		 IN_ONLYDIR,
};

struct watch {
	int fd;
	const char *const *dirs;
	size_t n;
	bool *there; /* by directory: one that is made later is found by looking again */
	unsigned folders;
	uint64_t changed_us; /* when the last change was seen; 0: none since it was told */
};

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* What is watched already stays so. False when path is no folder. */
static bool add(struct watch *w, const char *path, unsigned depth)
{
	DIR *dir;

	if (depth > MAX_DEPTH || w->folders >= MAX_FOLDERS)
		return true;
	if (inotify_add_watch(w->fd, path, EVENTS) < 0)
		return false;
	w->folders++;
	dir = opendir(path);
	for (const struct dirent *e; dir && (e = readdir(dir));) {
		ARENA mem = { 0 };
		const char *below = arena_printf(&mem, "%s/%s", path, e->d_name);

		if (*e->d_name != '.' && (e->d_type == DT_DIR || (e->d_type != DT_REG && is_folder(below))))
			add(w, below, depth + 1);
	}
	if (dir)
		closedir(dir);
	return true;
}

static void look(struct watch *w)
{
	w->folders = 0;
	for (size_t i = 0; i < w->n; i++)
		w->there[i] = add(w, w->dirs[i], 0);
}

/* True when a directory has come that was not there. */
static bool look_for_missing(struct watch *w)
{
	bool came = false;

	for (size_t i = 0; i < w->n; i++)
		if (!w->there[i] && add(w, w->dirs[i], 0))
			came = w->there[i] = true;
	return came;
}

/* Of plugins, and of the policy where one is chosen. */
static const char *const *directories(struct ctx *cx, size_t *n)
{
	bool chosen = json_get_text(json_get(cx->conf, "permission"), "policy", NULL);
	size_t n_plugins, n_policies = 0;
	const char *const *of_plugins = plugin_directories(cx, &n_plugins);
	const char *const *of_policies = chosen ? policy_directories(cx, &n_policies) : NULL;
	const char **all = arena_array(cx->mem, const char *, n_plugins + n_policies + 1);

	for (size_t i = 0; i < n_plugins; i++)
		all[i] = of_plugins[i];
	for (size_t i = 0; i < n_policies; i++)
		all[n_plugins + i] = of_policies[i];
	*n = n_plugins + n_policies;
	return all;
}

struct watch *watch_open(struct ctx *cx)
{
	struct watch *w;

	if (!json_get_bool(json_get(cx->conf, "plugins"), "watch", false))
		return NULL;
	w = arena_new(cx->mem, struct watch);
	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w->fd < 0) {
		log_warn("files of plugins are not watched", "why", strerror(errno), NULL);
		return NULL;
	}
	w->dirs = directories(cx, &w->n);
	w->there = arena_array(cx->mem, bool, w->n);
	look(w);
	return w;
}

int watch_fd(const struct watch *w)
{
	return w ? w->fd : -1;
}

/* Hidden files are no part of a plugin: editors keep theirs so. */
static bool counts(const struct inotify_event *e)
{
	return !(e->mask & IN_IGNORED) && (e->len == 0 || *e->name != '.');
}

static void take_events(struct watch *w)
{
	_Alignas(struct inotify_event) char bytes[16384];
	bool folders = false;
	ssize_t n;

	while ((n = read(w->fd, bytes, sizeof(bytes))) > 0) {
		for (const char *p = bytes; p < bytes + n;) {
			/* The buffer is aligned for it, and each event is padded. */
			const struct inotify_event *e = (const void *)p;

			if (counts(e)) {
				w->changed_us = clock_mono_us();
				folders = folders || (e->mask & (IN_ISDIR | IN_Q_OVERFLOW | IN_DELETE_SELF | IN_MOVE_SELF));
			}
			p += sizeof(*e) + e->len;
		}
	}
	if (folders)
		look(w);
}

int watch_wait_ms(const struct watch *w, int most)
{
	uint64_t now = clock_mono_us();

	if (!w || !w->changed_us)
		return most;
	if (now >= w->changed_us + CALM_US)
		return 0;
	int left = (int)((w->changed_us + CALM_US - now) / 1000 + 1);

	return left < most ? left : most;
}

bool watch_changed(struct watch *w)
{
	if (!w)
		return false;
	take_events(w);
	if (look_for_missing(w))
		w->changed_us = clock_mono_us();
	if (!w->changed_us || clock_mono_us() < w->changed_us + CALM_US)
		return false;
	w->changed_us = 0;
	return true;
}

void watch_close(struct watch *w)
{
	if (w)
		close(w->fd);
}
