/* Trees of strangers on their way to a folder of ours. */
#include "ext/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/utf8.h"

enum { PATH_LONGEST = 1024, FOLDER_MODE = 0750, FILE_MODE = 0640, RUN_MODE = 0750 };

bool unpack_clean(const char *path)
{
	size_t n = strlen(path);

	for (struct str rest = str_of(path); rest.p;) {
		struct str part = str_cut(&rest, '/');

		if (part.n == 0 || str_is(part, ".") || str_is(part, ".."))
			return false;
	}
	return n <= PATH_LONGEST && utf8_valid(path, n);
}

static int disk(struct unpack *u, const char *path, int error)
{
	if (error == ENOSPC || error == EDQUOT)
		return fail(u->cx, ERR_UNAVAILABLE, "the disk is full");
	return fail(u->cx, ERR_INTERNAL, "write '%s': %s", path, strerrordesc_np(error));
}

int unpack_begin(struct unpack *u)
{
	return folder_make(u->cx->mem, u->to, FOLDER_MODE) ? 0 : disk(u, u->to, errno);
}

int unpack_file(struct unpack *u, const char *place, bool executable, int *fd)
{
	const char *path = arena_printf(u->cx->mem, "%s/%s", u->to, place);

	if (++u->done.files > u->limits->files)
		return fail(u->cx, ERR_TOOLARGE, "the source has more than %llu files", (unsigned long long)u->limits->files);
	if (!folder_make_for(u->cx->mem, path, FOLDER_MODE))
		return disk(u, path, errno);
	*fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, executable ? RUN_MODE : FILE_MODE);
	return *fd < 0 ? disk(u, path, errno) : 0;
}

int unpack_bytes(struct unpack *u, int fd, const void *bytes, size_t n)
{
	const char *p = bytes;

	u->done.bytes += n;
	if (u->done.bytes > u->limits->bytes)
		return fail(u->cx, ERR_TOOLARGE, "the source is larger than %llu MiB",
			    (unsigned long long)(u->limits->bytes >> 20));
	while (n) {
		ssize_t wrote = write(fd, p, n);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return disk(u, u->to, errno);
		p += wrote;
		n -= (size_t)wrote;
	}
	return 0;
}
