/* Folders: made with their parents, listed, removed with what is in them. */
#ifndef BASE_FOLDER_H
#define BASE_FOLDER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/list.h"

/* Makes path and the folders above it; one that is there is left alone. False with errno. */
bool folder_make(struct arena *mem, const char *path, mode_t mode);
/* The folder that a file is in. */
bool folder_make_for(struct arena *mem, const char *file, mode_t mode);
/* The names in a folder, sorted, hidden ones among them. False with errno, and no names. */
bool folder_names(struct arena *mem, const char *path, struct text_list *out);
/* Removes path with all that is in it; links are removed, not followed. What is not there is no error. False with errno. */
bool folder_remove(const char *path);

#endif
