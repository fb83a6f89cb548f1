/*
 * What asks the clusters: one for all workers of a host, in a process of its own. It holds what was answered lately, asks each
 * cluster once a refresh interval for the same thing however many want it, and spares one that does not answer.
 */
#ifndef KUBERNETES_FLEET_H
#define KUBERNETES_FLEET_H

#include "base/buf.h"
#include "base/ctx.h"

struct fleet;
struct fleet_wait; /* a question that waits for its answer */

/* ep: an epoll set; events of the fleet have data.ptr != 0, and are given to fleet_event(). conf must last. */
struct fleet *fleet_new(const struct json *conf, int ep);
void fleet_free(struct fleet *e);
void fleet_event(struct fleet *e, void *data);
/* What is due by the clock. Call it at least whenever fleet_due_ms() has passed. */
void fleet_tick(struct fleet *e);
int fleet_due_ms(const struct fleet *e);

/*
 * Plugins whose health rules look at what is found: [{plugin, title, kinds, with}], and the socket of those who run them.
 * Before the first question; both must last.
 */
void fleet_rules(struct fleet *e, const char *socket, const struct json *plugins);

/*
 * Takes a question (ask.c writes it) and starts what has to be asked for. *out lives in cx->mem and must be given to
 * fleet_leave(). ERR_INPUT when it is malformed.
 */
int fleet_question(struct fleet *e, struct ctx *cx, struct str text, struct fleet_wait **out);
/* Is all there, or has it waited long enough? */
bool fleet_ready(const struct fleet *e, const struct fleet_wait *w);
/* Monotonic: when to look again though nothing has come. */
uint64_t fleet_until_us(const struct fleet_wait *w);
void fleet_answer(struct fleet *e, struct fleet_wait *w, struct buf *out);
/* It is answered, or who asked has gone. */
void fleet_leave(struct fleet *e, struct fleet_wait *w);

#endif
