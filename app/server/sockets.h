/* The sockets that nginx (and, to the index, our own workers) connect to: our own, systemd's, or those of the master before us.
 */
#ifndef SERVER_SOCKETS_H
#define SERVER_SOCKETS_H

#include "server/settings.h"

struct sockets {
	struct {
		int fd;       /* -1: this pool does not listen */
		bool foreign; /* systemd owns it */
	} of[N_POOLS];
};

/*
 * Opens one listening socket per pool with an address: the predecessor's when it has the same address, systemd's by name
 * (FileDescriptorName=web), else a new one. A unix socket replaces the file of an earlier master in one step.
 * ERR_INTERNAL names the address that cannot be had.
 */
int sockets_open(struct ctx *cx, const struct settings *set, struct sockets *out);
/* Removes our unix sockets from the file system. */
void sockets_remove(const struct settings *set, const struct sockets *s);
/* Closes all but the one of this pool, in a worker. */
void sockets_keep(struct sockets *s, enum pool mine);
/* To the program that takes our place; and back, when it could not. */
void sockets_hand_over(const struct settings *set, const struct sockets *s);
void sockets_take_back(const struct sockets *s);

#endif
