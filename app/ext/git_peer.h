/* The git server at the other end: its URL, what it is shown of us, and what its errors mean. Only for ext/git*.c. */
#ifndef EXT_GIT_PEER_H
#define EXT_GIT_PEER_H

#include <git2.h>

#include "ext/git.h"

#define AUTO_REMOTE __attribute__((cleanup(git_peer_freep))) git_remote *
void git_peer_freep(git_remote **remote);

struct git_peer {
	struct ctx *cx;
	const struct git_source *src;
	const char *url;   /* without a password */
	const char *shown; /* without a user, too */
	const char *host, *username, *password;
	unsigned asked; /* how often the server wanted credentials */
	bool too_large, stranger;
	const git_remote_head **heads; /* what it has; of git_peer_list() */
	size_t n_heads;
};

/* Takes user and password out of the URL, so that no message of libgit2 can show them. ERR_INPUT: no URL for git. */
int git_peer_open(struct ctx *cx, const struct git_source *src, struct git_peer *out);
/* Credentials, the key of an ssh server, and how much is received. The payload is the peer. */
void git_peer_callbacks(struct git_peer *peer, git_remote_callbacks *cb);
/* Asks what it has; the list lives as long as the remote. */
int git_peer_list(struct git_peer *peer, git_remote *remote);
/* Of the list, by its full name; NULL when there is none. */
const git_remote_head *git_peer_head(const struct git_peer *peer, const char *name);
/* Fetches what the specs name into the remote's repository. */
int git_peer_fetch(struct git_peer *peer, git_remote *remote, const git_strarray *specs);
/* Words what libgit2 said: ERR_TOOLARGE, ERR_AUTH, ERR_NOTFOUND, ERR_UPSTREAM. */
int git_peer_error(const struct git_peer *peer, int code);

#endif
