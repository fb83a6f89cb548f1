/* The files of one plugin's folder: read without ever leaving it, listed, and summed up. */
#ifndef PLUGINS_FOLDER_H
#define PLUGINS_FOLDER_H

#include <stdbool.h>

#include "base/ctx.h"
#include "base/str.h"

enum { PLUGIN_FILE_MAX = 1 << 20, PLUGIN_FILES_MAX = 2000, PLUGIN_BYTES_MAX = 16 << 20 };

/*
 * The text of dir/name, NUL-terminated, in cx->mem. Links are followed as long as they stay within dir; hidden files are none.
 * ERR_NOTFOUND when there is no such file, ERR_DENIED when it may not be read or lies outside, ERR_TOOLARGE beyond
 * PLUGIN_FILE_MAX.
 */
int folder_read(struct ctx *cx, const char *dir, const char *name, struct str *text);
/* Is there such a file? The same rules. */
bool folder_has(const char *dir, const char *name);
/*
 * A sum over the names and contents of all files of a folder, and over salt, as 16 hexadecimal digits in cx->mem: it changes
 * when one of them does. Hidden files do not count. ERR_TOOLARGE beyond PLUGIN_FILES_MAX or PLUGIN_BYTES_MAX.
 */
int folder_hash(struct ctx *cx, const char *dir, struct str salt, const char **out);

#endif
