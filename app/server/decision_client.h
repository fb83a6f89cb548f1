/* Asking the workers that decide in Lua (pool "policy"). */
#ifndef SERVER_DECISION_CLIENT_H
#define SERVER_DECISION_CLIENT_H

#include <stdint.h>

#include "base/ctx.h"
#include "base/json.h"

/*
 * A connection is for one question. A frame is its length without this number, then what is below, then JSON (of an error its
 * text). code: 0, or a negative ERR_*; of a question 0.
 */
struct decision_head {
	uint32_t n;
	int32_t code;
};
enum { DECISION_MOST = 4 << 20 };

/* Where they listen, a path, which must last; in a worker, before its first question. */
void decision_client_setup(const char *socket);
/*
 * A decider_fn (identity/decider.h): what is known without Lua, else what a worker says or said lately (decision_kept.h; of
 * sign-ins never). Waits three seconds at most. After one that took long and failed the others of the same request fail at
 * once; where no worker answered, those of all requests for a second.
 */
int decision_ask(struct ctx *cx, const struct json *question, struct json **answer);

/* Both sides. False: whoever is at the other end has gone, waited too long, or says what none of ours says. */
bool decision_send(int fd, int code, struct str text);
bool decision_receive(int fd, struct arena *mem, int *code, struct str *text);

#endif
