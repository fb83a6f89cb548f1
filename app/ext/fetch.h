/* HTTP requests to other servers (libcurl): limits, address checks, no surprises. */
#ifndef EXT_FETCH_H
#define EXT_FETCH_H

#include "base/ctx.h"
#include "base/str.h"

struct fetch_header {
	const char *name, *value;
};

struct fetch_request {
	const char *method; /* NULL: GET */
	const char *url;    /* http or https */
	const struct fetch_header *headers;
	size_t n_headers;
	struct str body;             /* sent when body.p is set */
	const char *etag;            /* sent as If-None-Match unless NULL */
	unsigned timeout_ms;         /* whole exchange; 0: 30,000 */
	unsigned connect_ms;         /* 0: 5,000 */
	size_t max_bytes;            /* of the answer's body after decoding; 0: 10 MiB */
	const char *ca_file;         /* NULL: the system's */
	struct str ca;               /* PEM: these authorities and no others; p NULL: ca_file */
	struct str certificate, key; /* PEM: shown to the server; p NULL: none */
	/*
	 * Called for the first URL and for each redirect's target before anything is sent: 0 goes on, an error ends the
	 * fetch with it. At most 5 redirects. Credentials (headers named Authorization, Private-Token, Cookie) are not
	 * sent on to another host.
	 */
	int (*allow)(struct ctx *cx, const char *url, void *arg);
	void *allow_arg;
	/*
	 * Refuse to connect to loopback, link-local, private, multicast and unspecified addresses (checked on the address
	 * connected to, so a name that changes its mind does not help). For hosts nobody named in the configuration.
	 */
	bool public_only;
	bool stay;        /* a redirect is the answer */
	bool raw;         /* the body as it is sent: Content-Encoding is the caller's to deal with */
	bool unverified;  /* take any certificate of the server */
	unsigned idle_ms; /* the longest silence; 0: none is too long */
	/* Asked at least once a second: shall it end early? Then it is ERR_CONFLICT. NULL: never. */
	bool (*stop)(void *arg);
	void *stop_arg;
};

struct fetch_answer {
	int status;
	struct str body;
	const char *etag;                   /* NULL when there was none */
	const char *content_type;           /* "" when there was none */
	const char *url;                    /* after redirects */
	const char *retry_after;            /* NULL when there was none */
	const struct fetch_header *headers; /* all of them, names in lower case */
	size_t n_headers;
};

/* The first of this name (in lower case) among headers of an answer; NULL when there is none. */
const char *fetch_header(const struct fetch_header *headers, size_t n, const char *name);

/*
 * 0 for every complete answer whatever its status (304 too). ERR_TIMEOUT, ERR_TOOLARGE, ERR_UPSTREAM (no connection,
 * torn, too many redirects, bad length), ERR_DENIED (address or scheme); each message names the URL without its
 * credentials. Results live in cx->mem. Connections are kept and reused within the process.
 */
int fetch(struct ctx *cx, const struct fetch_request *rq, struct fetch_answer *out);
/* Several at once; rc[i] is what fetch() would have returned, text[i] the message (arena) when negative. */
void fetch_all(struct ctx *cx, const struct fetch_request *rq, struct fetch_answer *out, int *rc, const char **text, size_t n);

/* An answer whose body comes piece by piece: whatever its size, it needs the memory of one piece. */
struct fetch_flow;
/*
 * Sends a request and waits for the head of the answer: *head, without a body. *rq must live as long as cx->mem, which ends the
 * exchange. Errors as of fetch().
 */
int fetch_open(struct ctx *cx, const struct fetch_request *rq, struct fetch_answer *head, struct fetch_flow **out);
struct fetch_sink {
	/* A piece of the body; an error ends the exchange with it. */
	int (*piece)(struct ctx *cx, struct str bytes, void *arg);
	/* Asked now and then: shall it end early? Then fetch_pour() gives ERR_UNAVAILABLE. */
	bool (*ending)(void *arg);
	void *arg;
};
/* The rest of the answer, once. max_bytes counts what is poured. Errors as of fetch(), and piece()'s. */
int fetch_pour(struct ctx *cx, struct fetch_flow *f, const struct fetch_sink *to);

/* The parts of an absolute URL; all in cx->mem, "" when absent. ERR_INPUT when it is none. */
struct url {
	const char *scheme, *user, *host; /* host in lower case, IPv6 in brackets */
	const char *port;                 /* "" when the scheme's own or absent */
	const char *authority;            /* host[:port], without user */
	const char *path;                 /* with leading slash, still percent-encoded */
	const char *query, *fragment;     /* without ? and # */
};
int url_parse(struct ctx *cx, const char *text, struct url *out);
/* False when the host is written as an address that is not of the public internet; what names stand for is known later. */
bool url_may_be_public(const struct url *u);
/* A URL for messages: parameters that look like credentials are masked. url has no user any more. */
const char *url_shown(struct arena *mem, const char *url);
/* RFC 3986 reference resolution, as the browser's new URL(ref, base) does. NULL when it cannot be resolved. */
const char *url_resolve(struct ctx *cx, const char *base, const char *ref);
/* Percent-encodes all but unreserved characters; slashes stay when keep_slash. */
const char *url_encode(struct arena *mem, const char *s, bool keep_slash);
const char *url_unescape(struct arena *mem, const char *s);

#endif
