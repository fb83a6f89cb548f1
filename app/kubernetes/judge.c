/*
 * Health rules of plugins look at what a round brought. They run elsewhere (server/worker_rules.c); here they are asked, one
 * plugin after the other, and what they say is kept beside what the detectors found. Nothing waits for them: until they have
 * spoken, the view has what they said before.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "kubernetes/detect.h"
#include "kubernetes/judge_private.h"

enum {
	ASKING_MOST = 4,
	PATIENCE_US = 4 * 1000000, /* with one question: a call of rules ends after a second, and others may wait before it */
	LOOK_US = 15 * 1000000,    /* all of one look */
	AWAITED_US = 1500 * 1000,  /* after what it looks at has come */
};

void fleet_rules(struct fleet *e, const char *socket, const struct json *plugins)
{
	e->rules_socket = socket;
	e->rules = arena_array(&e->mem, struct rules_of, json_len(plugins) + 1);
	for (size_t i = 0; i < json_len(plugins); i++) {
		const struct json *p = plugins->a.items[i];

		e->rules[e->n_rules++] = (struct rules_of){ .plugin = json_get_text(p, "plugin", ""),
							    .title = json_get_text(p, "title", ""),
							    .kinds = json_get(p, "kinds"),
							    .with = json_get(p, "with") };
	}
}

/* ---- what a view keeps ---- */

static struct json *read_list(struct arena *mem, struct str text)
{
	struct json *v = kept_read(mem, text);

	return v ? v : json_array(mem);
}

void judge_mix(struct view *v)
{
	ARENA mem = { 0 };
	struct buf b = { .mem = &v->mixed };
	struct json *all, *told;

	arena_release(&v->mixed);
	v->all = (struct str){ 0 };
	if (v->told.n <= 2)
		return;
	all = read_list(&mem, v->findings);
	told = read_list(&mem, v->told);
	for (size_t i = 0; i < json_len(told); i++)
		json_push(&mem, all, told->a.items[i]);
	json_write(&b, findings_by_severity(&mem, all));
	v->all = buf_str(&b);
}

void judge_write(const struct view *v, struct buf *out)
{
	const struct fleet *e = v->server->fleet;

	buf_addc(out, '[');
	for (size_t i = 0; v->has && i < e->n_rules; i++) {
		const char *failed = v->judged ? v->trouble[i] : NULL;

		buf_adds(out, i ? ",{\"plugin\":" : "{\"plugin\":");
		json_write_text(out, str_of(e->rules[i].plugin));
		buf_adds(out, ",\"title\":");
		json_write_text(out, str_of(e->rules[i].title));
		buf_addf(out, ",\"state\":\"%s\"", failed ? "failed" : v->judged ? "ok" : "pending");
		if (failed) {
			buf_adds(out, ",\"message\":");
			json_write_text(out, str_of(failed));
		}
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

bool judge_is_awaited(const struct view *v)
{
	return v->judging && clock_mono_us() < v->judging->begun_us + AWAITED_US;
}

/* ---- the end of a look ---- */

static void hang_up(struct fleet *e, struct judging *j)
{
	if (j->fd < 0)
		return;
	close(j->fd);
	j->fd = -1;
	e->n_asking--;
}

static void drop(struct judging *j)
{
	struct fleet *e = j->view->server->fleet;
	struct judging **at = &e->judgings;

	while (*at != j)
		at = &(*at)->next;
	*at = j->next;
	hang_up(e, j);
	j->view->judging = NULL;
	arena_release(&j->mem);
	free(j);
}

void judge_forget(struct view *v)
{
	if (v->judging)
		drop(v->judging);
	arena_release(&v->ruled);
	arena_release(&v->mixed);
	v->judged = false;
	v->trouble = NULL;
	v->told = v->all = (struct str){ 0 };
}

static void keep(struct judging *j)
{
	struct view *v = j->view;
	size_t n = v->server->fleet->n_rules;
	struct buf b = { .mem = &v->ruled };

	arena_release(&v->ruled);
	v->trouble = arena_array(&v->ruled, const char *, n + 1);
	for (size_t i = 0; i < n; i++)
		v->trouble[i] = j->failed[i] ? arena_strdup(&v->ruled, j->failed[i]) : NULL;
	json_write(&b, j->found);
	v->told = buf_str(&b);
	v->judged = true;
	judge_mix(v);
	view_weigh(v);
}

/* ---- one question ---- */

/* The first thing that went wrong is told. */
static void note(struct judging *j, const char *why, bool give_up)
{
	if (!j->failed[j->plugin])
		j->failed[j->plugin] = arena_strdup(&j->mem, why);
	j->given_up[j->plugin] = j->given_up[j->plugin] || give_up;
}

/* 1: it is connected; 0: nobody is free to take it now; -1: it cannot be. */
static int dial(struct fleet *e, struct judging *j)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	if (!e->rules_socket || strlen(e->rules_socket) >= sizeof(to.sun_path))
		return -1;
	memcpy(to.sun_path, e->rules_socket, strlen(e->rules_socket) + 1);
	j->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (j->fd < 0)
		return -1;
	if (connect(j->fd, (const struct sockaddr *)&to, sizeof(to)) < 0 ||
	    epoll_ctl(e->ep, EPOLL_CTL_ADD, j->fd, &(struct epoll_event){ .events = EPOLLOUT, .data.ptr = j }) < 0) {
		int why = errno;

		close(j->fd);
		j->fd = -1;
		return why == EAGAIN ? 0 : -1;
	}
	e->n_asking++;
	return 1;
}

static void fill(struct judging *j)
{
	struct buf b = { .mem = &j->mem };

	buf_adds(&b, "{\"plugin\":");
	json_write_text(&b, str_of(j->view->server->fleet->rules[j->plugin].plugin));
	buf_addc(&b, ',');
	j->parts[1] = buf_str(&b);
	j->parts[2] = j->texts.items[j->text];
	j->head = (struct kube_head){ .n = (uint32_t)(j->parts[1].n + j->parts[2].n) };
	j->parts[0] = (struct str){ (const char *)&j->head, sizeof(j->head) };
	j->part = j->moved = 0;
	j->answer = NULL;
	j->asked_us = clock_mono_us();
}

static void go_on(struct judging *j);

/* The question has its answer, or will have none: on to the next. */
static void next(struct judging *j)
{
	hang_up(j->view->server->fleet, j);
	j->plugin++;
	go_on(j);
}

static bool is_late(const struct judging *j)
{
	return clock_mono_us() > j->begun_us + LOOK_US;
}

/* Asks the next question that there is, or ends. */
static void go_on(struct judging *j)
{
	struct fleet *e = j->view->server->fleet;
	int rc = 0;

	for (; j->text < j->texts.n; j->text++, j->plugin = 0)
		for (; j->plugin < e->n_rules; j->plugin++) {
			if (j->given_up[j->plugin])
				continue;
			if (is_late(j)) {
				note(j, "there was no time to look at all objects", true);
				continue;
			}
			if (e->n_asking >= ASKING_MOST || (rc = dial(e, j)) == 0)
				return;
			if (rc > 0) {
				fill(j);
				return;
			}
			note(j, "nobody runs them just now", true);
		}
	keep(j);
	drop(j);
}

/* Somebody has hung up: others may ask. A look that ends is no more in the list. */
static void go_on_all(struct fleet *e)
{
	for (struct judging *j = e->judgings, *later; j; j = later) {
		later = j->next;
		if (j->fd < 0)
			go_on(j);
	}
}

static void take_answer(struct judging *j)
{
	struct ctx cx = { .mem = &j->mem, .request_id = "" };
	struct json *said;

	if (j->head.code < 0) {
		note(j, j->answer, true);
		return;
	}
	said = read_list(&j->mem, (struct str){ j->answer, j->head.n });
	const char *failed = json_get_text(said, "failed", NULL);
	const struct json *found = json_get(said, "findings");

	for (size_t i = 0; i < json_len(found); i++)
		json_push(cx.mem, j->found, found->a.items[i]);
	if (failed)
		note(j, failed, json_get_bool(said, "stopped", false));
}

/* ---- bytes ---- */

/* False: it has gone. */
static bool send_more(struct fleet *e, struct judging *j)
{
	while (j->part < LEN(j->parts)) {
		struct str s = j->parts[j->part];
		ssize_t n = send(j->fd, s.p + j->moved, s.n - j->moved, MSG_NOSIGNAL);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		j->moved += (size_t)n;
		if (j->moved == s.n) {
			j->part++;
			j->moved = 0;
		}
	}
	return epoll_ctl(e->ep, EPOLL_CTL_MOD, j->fd, &(struct epoll_event){ .events = EPOLLIN, .data.ptr = j }) == 0;
}

/* False: it has gone, or says what none of ours says. *whole: all is there. */
static bool receive_more(struct judging *j, bool *whole)
{
	const size_t head = sizeof(j->head);
	bool in_head = j->moved < head;
	char *to = in_head ? (char *)&j->head + j->moved : j->answer + (j->moved - head);
	ssize_t n = recv(j->fd, to, in_head ? head - j->moved : head + j->head.n - j->moved, 0);

	*whole = false;
	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	j->moved += (size_t)n;
	if (in_head && j->moved == head) {
		if (!j->head.n || j->head.n > RULES_ANSWER_MOST)
			return false;
		j->answer = arena_alloc(&j->mem, (size_t)j->head.n + 1);
		j->answer[j->head.n] = '\0';
	}
	*whole = j->moved == head + j->head.n && j->answer;
	return true;
}

void judge_event(struct fleet *e, const void *data)
{
	struct judging *j = e->judgings;
	bool whole = false, there;

	while (j && j != data)
		j = j->next;
	if (!j || j->fd < 0)
		return;
	there = j->part < LEN(j->parts) ? send_more(e, j) : receive_more(j, &whole);
	if (there && !whole)
		return;
	if (whole)
		take_answer(j);
	else
		note(j, "the worker that ran them has ended", true);
	next(j);
	go_on_all(e);
}

void judge_tick(struct fleet *e)
{
	uint64_t now = clock_mono_us();

	for (struct judging *j = e->judgings, *later; j; j = later) {
		later = j->next;
		if (j->fd < 0) {
			go_on(j);
		} else if (now > j->asked_us + PATIENCE_US) {
			note(j, "they did not answer in time", true);
			next(j);
		}
	}
}

/* ---- the beginning ---- */

void judge_begin(struct round *r, const struct json *events)
{
	struct view *v = r->view;
	struct fleet *e = v->server->fleet;
	const char *left_out;
	struct judging *j;

	/* One that takes longer than a round tells of the one before. */
	if (!e->n_rules || !r->with_events || v->judging)
		return;
	j = calloc(1, sizeof(*j)); /* lint: until all have spoken */
	if (!j)
		abort();
	j->view = v;
	j->fd = -1;
	j->begun_us = clock_mono_us();
	j->found = json_array(&j->mem);
	j->failed = arena_array(&j->mem, const char *, e->n_rules);
	j->given_up = arena_array(&j->mem, bool, e->n_rules);
	j->next = e->judgings;
	e->judgings = j;
	v->judging = j;
	judge_texts(j, r, events, &left_out);
	for (size_t i = 0; left_out && i < e->n_rules; i++)
		j->failed[i] = left_out;
	go_on(j);
}
