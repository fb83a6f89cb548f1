/* The sockets that nginx connects to: our own, systemd's, or those of the master before us. */
#include "server/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/str.h"
#include "server/handover.h"

enum { BACKLOG = 1024 };

static int new_socket(int family)
{
	return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* Bound under another name and renamed, so that there is no moment without a socket. */
static int open_unix(struct ctx *cx, const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const char *tmp = arena_printf(cx->mem, "%s.new", path);
	int fd;

	if (strlen(tmp) >= sizeof(addr.sun_path))
		return fail(cx, ERR_INTERNAL, "the path of socket '%s' is longer than %zu bytes", path,
			    sizeof(addr.sun_path) - 5);
	memcpy(addr.sun_path, tmp, strlen(tmp) + 1);
	unlink(tmp);
	fd = new_socket(AF_UNIX);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || chmod(tmp, 0660) < 0 || listen(fd, BACKLOG) < 0 ||
	    rename(tmp, path) < 0) {
		int why = errno;

		if (fd >= 0)
			close(fd);
		return fail(cx, ERR_INTERNAL, "listen on '%s': %s", path, strerror(why));
	}
	return fd;
}

static int bind_any(const struct addrinfo *list)
{
	int fd = -1, on = 1;

	for (const struct addrinfo *a = list; a && fd < 0; a = a->ai_next) {
		fd = new_socket(a->ai_family);
		if (fd < 0)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		if (bind(fd, a->ai_addr, a->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0) {
			int why = errno;

			close(fd);
			fd = -1;
			errno = why;
		}
	}
	return fd;
}

/* "host:port", "[::1]:port" or ":port". */
static int open_tcp(struct ctx *cx, const char *address)
{
	const struct addrinfo want = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
	const char *colon = strrchr(address, ':');
	struct addrinfo *list;
	long port;

	if (!colon || !str_long(colon + 1, 1, 65535, &port))
		return fail(cx, ERR_INTERNAL, "listen on '%s': neither a path nor host:port", address);
	struct str host = { address, (size_t)(colon - address) };

	if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = (struct str){ host.p + 1, host.n - 2 };
	const char *name = host.n ? arena_strndup(cx->mem, host.p, host.n) : NULL;
	int rc = getaddrinfo(name, colon + 1, &want, &list);

	if (rc != 0)
		return fail(cx, ERR_INTERNAL, "listen on '%s': %s", address, gai_strerror(rc));
	int fd = bind_any(list), why = errno;

	freeaddrinfo(list);
	return fd >= 0 ? fd : fail(cx, ERR_INTERNAL, "listen on '%s': %s", address, strerror(why));
}

static const char *note_of(struct arena *mem, const char *address, bool foreign)
{
	return arena_printf(mem, "%s %s", foreign ? "systemd" : "own", address);
}

/* The predecessor's, unless the configuration now says another address. */
static int take_predecessors(struct ctx *cx, const char *address, const char *name, bool *foreign)
{
	const char *note;
	int fd = handover_take(cx->mem, name, &note);

	if (fd < 0)
		return -1;
	*foreign = str_starts(note, "systemd ");
	if (*foreign || streq(note, note_of(cx->mem, address, false)))
		return fd;
	close(fd);
	if (str_starts(note, "own /"))
		unlink(note + 4);
	return -1;
}

static int find_systemds(char *const *names, int n, const char *name)
{
	for (int i = 0; i < n && names; i++)
		if (streq(names[i], name))
			return SD_LISTEN_FDS_START + i;
	return -1;
}

static int open_one(struct ctx *cx, const struct settings *set, enum pool p, char *const *names, int n_names, bool *foreign)
{
	const char *address = set->listen[p];
	int fd = take_predecessors(cx, address, pool_name(p), foreign);

	if (fd >= 0)
		return fd;
	fd = find_systemds(names, n_names, pool_name(p));
	*foreign = fd >= 0;
	if (fd < 0)
		return address[0] == '/' ? open_unix(cx, address) : open_tcp(cx, address);
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return fail(cx, ERR_INTERNAL, "systemd's socket '%s': %s", pool_name(p), strerror(errno));
	return fd;
}

int sockets_open(struct ctx *cx, const struct settings *set, struct sockets *out)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(1, &names), rc = 0;

	for (enum pool p = 0; p < N_POOLS && rc >= 0; p++) {
		out->of[p].fd = -1;
		if (!set->listen[p])
			continue;
		rc = open_one(cx, set, p, names, n, &out->of[p].foreign);
		out->of[p].fd = rc;
	}
	for (int i = 0; i < n && names; i++)
		free(names[i]);
	free(names);
	return rc < 0 ? rc : 0;
}

void sockets_remove(const struct settings *set, const struct sockets *s)
{
	for (enum pool p = 0; p < N_POOLS; p++)
		if (s->of[p].fd >= 0 && !s->of[p].foreign && set->listen[p][0] == '/')
			unlink(set->listen[p]);
}

void sockets_keep(struct sockets *s, enum pool mine)
{
	for (enum pool p = 0; p < N_POOLS; p++) {
		if (p == mine || s->of[p].fd < 0)
			continue;
		close(s->of[p].fd);
		s->of[p].fd = -1;
	}
}

void sockets_hand_over(const struct settings *set, const struct sockets *s)
{
	ARENA mem = { 0 };

	for (enum pool p = 0; p < N_POOLS; p++)
		if (s->of[p].fd >= 0)
			handover_put(pool_name(p), s->of[p].fd, note_of(&mem, set->listen[p], s->of[p].foreign));
}

void sockets_take_back(const struct sockets *s)
{
	for (enum pool p = 0; p < N_POOLS; p++)
		if (s->of[p].fd >= 0)
			handover_cancel(pool_name(p), s->of[p].fd);
}
