/* Unpacks archives of strangers (libarchive). */
#ifndef EXT_ARCHIVE_H
#define EXT_ARCHIVE_H

#include "ext/unpack.h"

/*
 * Unpacks the regular files of a tar.gz, read from fd, into the folder to (made with its parents), without the one folder that
 * every path begins with. below: only what is in this folder of the archive, which becomes to itself; "" for all. Links and
 * devices are never made. ERR_INPUT: no such archive, or a path that climbs out; ERR_TOOLARGE: a limit, or more than 200 times
 * what was sent; ERR_UNAVAILABLE: the disk is full. What was unpacked until then stays for the caller to remove.
 */
int archive_unpack(struct ctx *cx, int fd, const char *below, const char *to, const struct unpack_limits *limits,
		   struct unpack_result *out);

#endif
