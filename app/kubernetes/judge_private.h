/* Rules that look at what a round brought. */
#ifndef KUBERNETES_JUDGE_PRIVATE_H
#define KUBERNETES_JUDGE_PRIVATE_H

#include "kubernetes/fleet_private.h"
#include "kubernetes/wire.h"

struct texts {
	struct str *items;
	size_t n, cap;
};

/* One look of all rules at a view. */
struct judging {
	struct judging *next;
	struct view *view;
	struct arena mem;
	struct texts texts; /* what is asked of each plugin, one after the other */
	size_t text, plugin;
	struct json *found;
	const char **failed; /* by plugin */
	bool *given_up;      /* by plugin: its other texts are not asked */
	uint64_t begun_us;

	/* The question under way: */
	int fd; /* -1: none */
	uint64_t asked_us;
	struct kube_head head;
	struct str parts[3]; /* that are sent: the head, the plugin, the text */
	size_t part, moved;
	char *answer;
};

/*
 * The objects that rules look at, and what belongs to them, with their events: texts of a MiB or so, in j->mem, each
 * `"cluster":…,"objects":[…],"events":[…]}` of whole namespaces. What is too large of one is left out, and *left_out says
 * which.
 */
void judge_texts(struct judging *j, struct round *r, const struct json *events, const char **left_out);

#endif
