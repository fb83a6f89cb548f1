/* Folders: made with their parents, listed, removed with what is in them. */
#include "base/folder.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/names.h"

enum { OPEN_FOLDERS = 16 };

static bool make_parents(char *path, mode_t mode)
{
	for (char *slash = path; (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		if (mkdir(path, mode) < 0 && errno != EEXIST)
			return false;
		*slash = '/';
	}
	return true;
}

bool folder_make_for(struct arena *mem, const char *file, mode_t mode)
{
	return make_parents(arena_strdup(mem, file), mode);
}

bool folder_make(struct arena *mem, const char *path, mode_t mode)
{
	return folder_make_for(mem, path, mode) && (mkdir(path, mode) == 0 || errno == EEXIST);
}

bool folder_names(struct arena *mem, const char *path, struct text_list *out)
{
	AUTO_DIR d = opendir(path);

	*out = (struct text_list){ 0 };
	for (const struct dirent *e; d && (e = readdir(d));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			*list_add(mem, out) = arena_strdup(mem, e->d_name);
	names_sort(out->items, out->n);
	return d != NULL;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

bool folder_remove(const char *path)
{
	return nftw(path, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT;
}
