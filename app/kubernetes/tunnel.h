/*
 * A connection that is to be taken over (exec, attach, port-forward): what is known of it when the request has been judged, on
 * its way to the process that holds it.
 */
#ifndef KUBERNETES_TUNNEL_H
#define KUBERNETES_TUNNEL_H

#include "base/ctx.h"
#include "base/json.h"

/* The headers of a WebSocket's handshake that go to the cluster, and those of its answer that come back. */
struct tunnel_handshake {
	const char *key, *version, *protocol, *extensions; /* NULL: none */
};

struct tunnel {
	const char *cluster;                    /* its name */
	const char *method, *path;              /* path: with its query */
	const char *upgrade;                    /* "websocket", "SPDY/3.1" */
	const char *authorization, *user_token; /* as of struct kubernetes_pipe; NULL: the cluster's own */
	struct tunnel_handshake hand;
	/* The client is a page of ours: what goes wrong is told by a WebSocket that is closed at once, as browsers hide
	 * answers. */
	bool tells;

	/* For the audit log: the event, its meta data, and who asked for it from where. */
	const char *event, *permission, *actor, *ip, *agent, *host, *url, *request_id;
	const struct json *meta;
};

/* Why not, as the client of a WebSocket is told: 4000 and the status that an answer would have had. */
enum { TUNNEL_CLOSE = 4000 };

/* Leaves it for a few seconds. *ticket, in cx->mem, is what it can be taken with, once, on any host. */
int tunnel_leave(struct ctx *cx, const struct tunnel *t, const char **ticket);
/* ERR_DENIED: nothing has been left under that ticket, or it was too long ago. In cx->mem. */
int tunnel_take(struct ctx *cx, const char *ticket, struct tunnel *out);

#endif
