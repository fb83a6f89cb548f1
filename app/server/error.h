/* Turns an error into an answer: Backstage's JSON for clients, a page for people. */
#ifndef SERVER_ERROR_H
#define SERVER_ERROR_H

#include "base/json.h"
#include "web/http.h"

/* Replaces whatever rs holds by the answer for code (negative ERR_*) and cx->err. Logs what must not be shown. */
void error_answer(struct req *rq, struct resp *rs, int code);
/* In Backstage's shape: {error: {name, message}, request: {method, url}, response: {statusCode}}. code: negative ERR_*. */
struct json *error_json(struct arena *mem, int code, const char *text, const char *method, const char *url);

#endif
