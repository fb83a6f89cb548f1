/* Servers, views and rounds. */
#ifndef KUBERNETES_FLEET_PRIVATE_H
#define KUBERNETES_FLEET_PRIVATE_H

#include "base/list.h"
#include "ext/fetch_lane.h"
#include "kubernetes/ask.h"
#include "kubernetes/cluster.h"
#include "kubernetes/fleet.h"

enum { MOST_VERSIONS = 3, N_KINDS = 16 };

/* A kind of objects as the API has it. */
struct kind_row {
	const char *type;                    /* "pods", as Backstage calls it */
	const char *group;                   /* "apps"; "": the core */
	const char *versions[MOST_VERSIONS]; /* the newest first */
	bool on_request, wide;               /* only where kubernetes.objectTypes names it; not in a namespace */
};
extern const struct kind_row kind_rows[N_KINDS];

/* A cluster, as it is known by having asked it. */
struct server {
	struct server *next;
	struct fleet *fleet;
	const char *key, *name; /* of its own memory */
	struct arena mem;
	struct fetch_lane *lane;
	unsigned version[N_KINDS]; /* that it has */
	unsigned rounds, views;    /* rounds under way */
	uint64_t fetches, requests;
	/* Since it does not answer: */
	unsigned failures;
	uint64_t spared_until_us; /* nobody asks it before; 0: it answers */
	int64_t since_ms;
	char why[512];
	uint64_t quiet_until_us; /* it said so itself (Retry-After): nothing is sent before; 0: it did not */
};

/* One list, as it is kept. */
struct kept_list {
	const char *type, *base; /* those of custom resources differ in where they are */
	const char *kind;        /* of its objects; "" when nobody knows */
	struct str text;         /* {"type", "resources"}; p NULL: of a view that keeps findings only */
	uint64_t at_us;
	int64_t at_ms;
	bool late; /* the last round did not bring it */
};

/* What is asked of a server, and what it said last. */
struct view {
	struct view *next;
	struct server *server;
	struct arena mem; /* of what is asked */
	const char *key, *selector, *ns;
	const struct json *catalog; /* of a cluster of the catalog: its description; NULL: it is configured */
	const char *token;          /* of whoever asks; NULL: the cluster's own */
	const struct custom_kinds *only;
	struct str cluster_json; /* as it stands in answers */
	bool findings_only, want_events;

	struct round *round; /* under way */
	unsigned waiting;    /* questions that wait for it */
	uint64_t asked_us, done_us;

	struct arena kept; /* of what was said: */
	bool has, has_events, failed, empty;
	uint64_t at_us;
	int64_t at_ms;
	struct {
		struct kept_list *items;
		size_t n, cap;
	} lists;
	struct str metrics, events, findings, detected, errors; /* JSON arrays; p NULL: none */
	struct str late_errors; /* the same with "at", where something late is shown; p NULL: nothing is late */
	struct arena tabled;
	struct str tables;     /* of the lists, for pages; p NULL: nobody has asked since they came */
	uint64_t events_at_us; /* when all of them had come */
	size_t bytes;

	struct judging *judging; /* rules look at what came last */
	struct arena ruled;      /* of what rules said last: */
	bool judged;
	struct str told;      /* their findings */
	const char **trouble; /* by plugin; NULL: it went well */
	struct arena mixed;
	struct str all; /* all findings, the worst first; p NULL: those in findings */
};

/* A plugin that has health rules. */
struct rules_of {
	const char *plugin, *title;
	const struct json *kinds, *with; /* that they look at, and want to see */
};

struct fleet {
	const struct json *conf;
	int ep;
	struct server *servers;
	struct view *views;
	unsigned refresh_ms, timeout_ms;
	unsigned n_views;
	bool put_off; /* something waits until less is under way */
	uint64_t tidied_us;
	size_t most_bytes, bytes;
	bool wanted[N_KINDS];
	const char *overrides[N_KINDS];
	struct custom_kinds custom;
	const char *rules_socket; /* where those are who run rules */
	struct rules_of *rules;
	size_t n_rules;
	struct judging *judgings;
	unsigned n_asking; /* of them, those that are answered just now */
	struct arena mem;
};

/* A question that waits. */
struct fleet_wait {
	enum kube_form form;
	uint64_t since_us, until_us;
	bool status;
	struct {
		struct view **items;
		size_t n, cap;
	} views;
	struct json *refused; /* items of clusters that cannot be asked, as they stand in the answer */
};

/* Was what it holds new enough for somebody who asks then? What has come since he asked is. */
bool view_is_fresh(const struct fleet *e, const struct view *v, uint64_t at_us);
bool server_is_spared(const struct server *s);
/* It wants to be left alone for so long, and is: nothing is sent before. */
void server_quiet(struct server *s, const char *retry_after);
bool server_is_quiet(const struct server *s);
struct server *server_get(struct fleet *e, const char *key, const char *name);
void server_free(struct server *s);

/* One asking of a server for all that a view wants. */
struct call;
struct round {
	struct view *view;
	struct arena mem;
	struct ctx cx;
	struct cluster cluster;
	uint64_t begun_us;
	struct {
		struct call **items;
		size_t n, cap;
	} calls;
	unsigned open;            /* calls under way */
	size_t bytes;             /* that have come */
	bool second, with_events; /* events are asked for, where somebody wants them */
	unsigned heard, broken;   /* answers; those of them with a status above 499 */
	unsigned came, lost;      /* lists that came, and that did not by no word about what there is */
	struct json *errors;
	int rc; /* of a server that cannot be asked, with its words in cx.err */
};

/* What it holds has changed: counts it. */
void view_weigh(struct view *v);
/* Asks now. The view has no round yet. */
void round_begin(struct view *v);
/* Sends what was put off while the server wanted to be left alone. May end the round. */
void round_resume(struct round *r);
/* Ends what is under way without a word. */
void round_drop(struct round *r);
/* All has come, or nothing will: takes it into the view. Frees the round. */
void round_finish(struct round *r);
/* For the server's sake: counts whether it answered, and says when it is asked again. */
void server_note(struct server *s, bool answered, const char *why);
/* Adds to an answer why nobody can be asked what one of its lookups asks; cx->err says it. */
void fleet_refuse(struct ctx *cx, struct fleet_wait *w, const struct json *ask);
/* Something is done: others may begin. */
void fleet_next(struct fleet *e);

/* What a call found: where an answer has its type. */
struct call {
	struct round *round;
	const char *type;
	int row; /* of kind_rows; -1: none */
	enum { CALL_OBJECTS, CALL_METRICS, CALL_EVENTS } what;
	const char *base; /* "/apis/apps/v1/namespaces/x/deployments" */
	unsigned version, chunks;
	bool whole;                   /* without limit, since the pieces ran out of time */
	struct json *items;           /* NULL: an error */
	struct json *error;           /* that says so; NULL: none */
	bool lost;                    /* by an error that says nothing of what there is: what was known before still holds */
	const struct kept_list *late; /* items are those of an earlier round */
	const char *kind;             /* of the list, without "List" */
	const char *api;              /* of the list: "apps/v1" */
	struct arena mem;             /* of one exchange */
	struct ctx cx;
	struct fetch_request rq;
	struct fetch_ticket *ticket;
	bool put_off;      /* until the server wants to be asked again */
	const char *token; /* of the piece that is asked for; NULL: the first */
	const char *ns;    /* of events */
};

/* ---- judge.c: health rules of plugins ---- */

/* Has the rules look at what a round brought, whose events are these; what they say comes into the view by and by. */
void judge_begin(struct round *r, const struct json *events);
/* The view goes, or what rules said of it means nothing any more. */
void judge_forget(struct view *v);
/* An event of the epoll set that is none of a server's, perhaps. */
void judge_event(struct fleet *e, const void *data);
/* What is due by the clock. */
void judge_tick(struct fleet *e);
/* Are rules just looking at it, and worth waiting for? */
bool judge_is_awaited(const struct view *v);
/* Puts together what detectors and rules have found, after either has changed. */
void judge_mix(struct view *v);
/* [{plugin, title, state: "ok" | "pending" | "failed", message?}] */
void judge_write(const struct view *v, struct buf *out);

/* Takes out of an object what nobody may see (a secret's values) and what nobody wants (managedFields). */
void object_clean(struct arena *mem, struct json *object, bool secret);
/* The value of a text that is kept; NULL: nothing is. */
struct json *kept_read(struct arena *mem, struct str text);
/* All lists have come or will not: gives those that are lost what is known of them from before. */
void kept_fill(struct round *r);
/* Makes the view's lists those of the round. */
void kept_lists(const struct round *r, struct arena *kept);
/* A round brought nothing: what was there before stays. False: nothing was, or it is too old. */
bool kept_stay(struct view *v, struct arena *kept);
/* Of findings and events of before, those about what did not come: added to those that did. */
struct json *kept_findings(struct round *r, struct json *findings);
void kept_events(struct round *r, struct json *events);
/* [{pod, cpu, memory, containers}] of the pods that have metrics. */
struct json *usage_of(struct arena *mem, const struct json *pods, const struct json *metrics);

#endif
