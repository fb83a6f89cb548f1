/* What the files of fetch share. */
#ifndef EXT_FETCH_PRIVATE_H
#define EXT_FETCH_PRIVATE_H

#include <curl/curl.h>

#include "base/buf.h"
#include "ext/fetch.h"

/* One request and its redirects. */
struct transfer {
	struct ctx *cx;
	const struct fetch_request *rq;
	CURL *easy;
	struct curl_slist *headers;
	const char *url, *shown; /* without user and password; for messages without secret parameters too */
	const char *user, *password;
	const char *method;
	struct str body; /* of the request */
	bool secrets;    /* still at the host they are meant for */
	unsigned hops;
	uint64_t deadline;   /* monotonic, microseconds */
	struct buf received; /* decoded */
	size_t max;
	bool too_large, refused;
	struct {
		struct fetch_header *items;
		size_t n, cap;
	} heads;
	char why[CURL_ERROR_SIZE];
	struct fetch_flow *flow; /* where the body goes; NULL: into received */
};

/* Those with different rules share no connections; flows have one of their own, as they are there while others come and go. */
enum fetch_pool { FETCH_ANY, FETCH_PUBLIC, FETCH_FLOW, FETCH_POOLS };
CURLM *fetch_pool(enum fetch_pool which);
/* Makes t->easy ready for the first hop. */
int fetch_start(struct transfer *t);
/* A hop is over. 1: t->easy is ready for the next; 0: *out is filled. */
int fetch_finish(struct transfer *t, CURLcode code, struct fetch_answer *out);
/* What is known of the answer by now. */
void fetch_fill(const struct transfer *t, struct fetch_answer *out);
/* Will this head, which has come, be followed elsewhere? */
bool fetch_moves_on(const struct transfer *t);
void fetch_clean(struct transfer *t);

/* The end of a head; a part of a body, which gives what libcurl's write function gives. */
void fetch_flow_head(struct fetch_flow *f);
size_t fetch_flow_body(struct fetch_flow *f, const char *bytes, size_t n);

#endif
