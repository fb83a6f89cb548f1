/* The folder that one run of a template works in: everything is opened beneath it, and what it may hold is limited. */
#ifndef SCAFFOLDER_WORKSPACE_H
#define SCAFFOLDER_WORKSPACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/ctx.h"
#include "base/list.h"
#include "base/str.h"

/* What people and templates see in place of the folder's own path. */
#define WORKSPACE_SHOWN "/workspace"

/* Zero means the default in brackets. */
struct workspace_limits {
	uint64_t bytes; /* of all files [512 MiB] */
	uint64_t files; /* files, folders and links [50,000] */
};

struct workspace {
	int fd;
	const char *path;
	struct workspace_limits limits;
	uint64_t bytes, files; /* that were written so far; what is deleted is given back */
};

enum workspace_kind { WORKSPACE_FILE, WORKSPACE_FOLDER, WORKSPACE_LINK };
struct workspace_entry {
	const char *path; /* relative to the workspace, without "./" */
	enum workspace_kind kind;
	mode_t mode; /* permissions only */
	uint64_t bytes;
};
struct workspace_entries {
	struct workspace_entry *items;
	size_t n, cap;
};

/*
 * A new, empty one in the folder `in` (made when missing), which only this user can enter. It goes when cx->mem is reset; one
 * that shall outlive that is made by its owner and opened.
 */
int workspace_make(struct ctx *cx, const char *in, const struct workspace_limits *limits, struct workspace *out);
/* A folder that is there; what it holds already counts. The descriptor lives as long as cx->mem. ERR_NOTFOUND. */
int workspace_open(struct ctx *cx, const char *path, const struct workspace_limits *limits, struct workspace *out);
/* The same to read from it: nothing is counted. */
int workspace_source(struct ctx *cx, const char *path, struct workspace *out);

/*
 * The form of a path that all functions below take: relative, without ".", ".." and empty parts; "" is the workspace itself.
 * Below WORKSPACE_SHOWN an absolute path is one of ours. ERR_DENIED for what leads outside and for ".git", which belongs to
 * whoever publishes the files; ERR_INPUT for what no file can be called.
 */
int workspace_path(struct ctx *cx, const char *path, const char **out);

/*
 * All paths from here on are made clean first, so that any text may be given. Links are followed as long as they stay beneath
 * the workspace; ERR_DENIED where one leads outside, ERR_NOTFOUND, ERR_TOOLARGE beyond a limit, ERR_UNAVAILABLE: the disk is
 * full.
 */
bool workspace_has(struct ctx *cx, const struct workspace *w, const char *path);
/* Of the entry itself, a link unfollowed. */
int workspace_stat(struct ctx *cx, const struct workspace *w, const char *path, struct workspace_entry *out);
/* A file's bytes, NUL-terminated. */
int workspace_read(struct ctx *cx, const struct workspace *w, const char *path, size_t most, struct str *out);
/* At most its first 8,000 bytes. */
int workspace_head(struct ctx *cx, const struct workspace *w, const char *path, struct str *out);
/* Replaces a file or makes it, with the folders on the way. mode 0: 0644, or what the file has. */
int workspace_write(struct ctx *cx, struct workspace *w, const char *path, struct str bytes, mode_t mode);
int workspace_folder(struct ctx *cx, struct workspace *w, const char *path);
int workspace_mode(struct ctx *cx, struct workspace *w, const char *path, mode_t mode);
/* A file or folder with all that is in it; nothing when it is not there. */
int workspace_delete(struct ctx *cx, struct workspace *w, const char *path);
/* ERR_CONFLICT when `to` is there and overwrite is not set. */
int workspace_rename(struct ctx *cx, struct workspace *w, const char *from, const char *to, bool overwrite);

/*
 * What is in a folder, by path: a folder before what is in it. deep: also what is in its folders. Links are entries, and never
 * followed.
 */
int workspace_list(struct ctx *cx, const struct workspace *w, const char *folder, bool deep, struct workspace_entries *out);
/* The entries of the whole workspace that fit a glob (glob_match()), dotfiles included. */
int workspace_glob(struct ctx *cx, const struct workspace *w, const char *glob, struct workspace_entries *out);

/*
 * Copies a file, a link or a folder's content of one workspace (or the same one) to another, modes kept, links as links, ".git"
 * left out. What is there already is replaced, unless keep.
 */
int workspace_copy(struct ctx *cx, const struct workspace *from, const char *source, struct workspace *to, const char *target,
		   bool keep);

/*
 * The whole workspace as a stream of bytes, which put is given in pieces of `piece` bytes (the last may have fewer); and what
 * such a stream holds, put into an empty workspace. Contents, modes, links and empty folders, as workspace_list() tells them.
 * Nothing is made outside of the workspace, whatever the stream says: ERR_INPUT, or as above. put and get are as of ext/tar.h.
 */
int workspace_pack(struct ctx *cx, const struct workspace *w, size_t piece,
		   int (*put)(struct ctx *cx, void *arg, struct str bytes), void *arg);
int workspace_unpack(struct ctx *cx, struct workspace *w, int (*get)(struct ctx *cx, void *arg, struct str *bytes), void *arg);

#endif
