/* The files of a folder as entries of a git index. Only for ext/git*.c. */
#ifndef EXT_GIT_FILES_H
#define EXT_GIT_FILES_H

#include <git2.h>

#include "ext/git_publish.h"

/* Puts the folder's files into the index, their bytes into the repository, which has the folder as its work tree. */
int git_files_put(struct ctx *cx, git_repository *repo, git_index *index, const struct git_publish *p);
/* A path within a repository in its plain form, "a/b"; "" is the root. ERR_DENIED for what leads outside or is git's own. */
int git_files_path(struct ctx *cx, const char *path, const char **out);

#endif
