/* Requests that Lua makes, of a plugin or an action: their options, asking again, and the answer as a value. */
#ifndef PLUGINS_HTTP_ASK_H
#define PLUGINS_HTTP_ASK_H

#include "base/json.h"
#include "ext/fetch.h"

struct http_ask {
	struct fetch_request rq;
	double timeout_s; /* of one exchange */
	unsigned tries;
	uint64_t (*left_us)(void); /* how much time whoever asks has */
};

/*
 * Reads {method, url, headers, query, json, body, timeout, retries, etag}. What is in *out already stays: headers come behind
 * those of out->rq. ERR_INPUT names what is wrong.
 */
int http_ask_read(struct ctx *cx, const struct json *options, struct http_ask *out);
/*
 * Asks, and again when the server is away or asked too much, as long as there is time and rq.stop does not hold. Errors as of
 * fetch().
 */
int http_ask(struct ctx *cx, struct http_ask *ask, struct fetch_answer *an);
/* {status, ok, headers, url, body, json, json_error} */
struct json *http_answer(struct ctx *cx, const struct fetch_answer *an);

#endif
