/* How a connection comes to be passed on: its ticket, its cluster, and the cluster's word that it may be taken over. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "kubernetes/cluster.h"
#include "server/passage.h"

enum { HEAD_MOST = 32 << 10, PIECE = 4096, ANSWER_US = 30000000, TICKET_SIZE = 43 };

/* ---- heads ---- */

/* 1: a whole head has been heard, *n its size with the empty line; 0: not yet; -1: it does not come. */
static int hear_head(struct passage *p, enum passage_end end, size_t *n)
{
	char piece[PIECE];

	for (;;) {
		const char *stop = p->heard.n ? memmem(p->heard.p, p->heard.n, "\r\n\r\n", 4) : NULL;

		if (stop) {
			*n = (size_t)(stop - p->heard.p) + 4;
			return 1;
		}
		if (p->heard.n > HEAD_MOST)
			return -1;
		if (!p->can_read[end])
			return 0;
		ssize_t got = end == END_CLUSTER ? fetch_dial_recv(p->dial, piece, sizeof(piece))
						 : recv(p->fd[end], piece, sizeof(piece), 0);

		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			p->can_read[end] = false;
		else if (got <= 0)
			return -1;
		else
			buf_add(&p->heard, piece, (size_t)got);
	}
}

struct str head_value(struct str head, const char *name)
{
	for (struct str rest = head; rest.p;) {
		struct str value = str_cut(&rest, '\n'), key = str_cut(&value, ':');

		if (value.p && key.n == strlen(name) && strncasecmp(key.p, name, key.n) == 0)
			return str_trim(value);
	}
	return (struct str){ NULL, 0 };
}

/* ---- the cluster's answer ---- */

static void add_header(struct buf *b, const char *name, struct str value)
{
	if (value.p)
		buf_addf(b, "%s: %.*s\r\n", name, (int)value.n, value.p);
}

/* What of its head is for the client. */
static void open_up(struct passage *p, struct str head, size_t behind)
{
	static const char *const passing[] = { "Sec-WebSocket-Accept", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions",
					       "X-Stream-Protocol-Version" };
	struct buf b = { .mem = &p->mem };

	buf_addf(&b, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\n", p->t.upgrade);
	for (size_t i = 0; i < LEN(passing); i++)
		add_header(&b, passing[i], head_value(head, passing[i]));
	buf_addf(&b, "X-Request-Id: %s\r\n\r\n", p->cx.request_id);
	/* What it has said since. */
	ws_walk(&p->walk, p->heard.p + head.n, behind);
	buf_add(&b, p->heard.p + head.n, behind);
	p->to[END_CLIENT] = (struct passage_flow){ b.p, 0, b.n, behind };
	p->state = PASSAGE_OPEN;
	p->began_us = clock_mono_us();
	p->until_us = 0;
	passage_audit(p, NULL);
	p->begun = true;
}

static int status_of(struct str head)
{
	if (head.n < 13 || memcmp(head.p, "HTTP/1.", 7) != 0 || head.p[8] != ' ')
		return -1;
	for (size_t i = 9; i < 12; i++)
		if (!ascii_digit(head.p[i]))
			return -1;
	return (head.p[9] - '0') * 100 + (head.p[10] - '0') * 10 + head.p[11] - '0';
}

void passage_ask(struct passage *p)
{
	size_t n;
	int heard = hear_head(p, END_CLUSTER, &n);

	if (heard == 0)
		return;
	struct str head = { p->heard.p, n }, upgrade;
	int status = heard > 0 ? status_of(head) : -1;

	if (status < 100 || status > 599) {
		passage_refuse(p, fail(&p->cx, ERR_UPSTREAM, "cluster '%s' does not answer as it should", p->t.cluster));
		return;
	}
	if (status != 101) {
		passage_refuse_head(p, status, head);
		return;
	}
	upgrade = head_value(head, "upgrade");
	/* Only what was asked for has been judged. */
	if (upgrade.n != strlen(p->t.upgrade) || strncasecmp(upgrade.p, p->t.upgrade, upgrade.n) != 0) {
		passage_refuse(p, fail(&p->cx, ERR_UPSTREAM, "cluster '%s' speaks another protocol than %s", p->t.cluster,
				       p->t.upgrade));
		return;
	}
	open_up(p, head, p->heard.n - n);
}

/* ---- the request ---- */

static bool is_clean(const char *s, bool spaces)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 127 || (!spaces && *s == ' '))
			return false;
	return true;
}

static int add_line(struct passage *p, struct buf *b, const char *name, const char *value)
{
	if (!value)
		return 0;
	if (!is_clean(value, true))
		return fail(&p->cx, ERR_INPUT, "the header %s has characters that are not allowed", name);
	buf_addf(b, "%s: %s\r\n", name, value);
	return 0;
}

static int write_request(struct passage *p, struct buf *b)
{
	const struct tunnel *t = &p->t;
	bool socket = str_ieq(t->upgrade, "websocket");
	const char *whole = url_resolve(&p->cx, p->rq.url, "");
	const struct {
		const char *name, *value;
	} lines[] = {
		{ "Sec-WebSocket-Key", t->hand.key },
		{ "Sec-WebSocket-Version", t->hand.version },
		{ socket ? "Sec-WebSocket-Protocol" : "X-Stream-Protocol-Version", t->hand.protocol },
		{ "Sec-WebSocket-Extensions", t->hand.extensions },
		{ "Authorization", t->authorization },
	};
	struct url u;
	int rc = whole ? url_parse(&p->cx, whole, &u) : fail(&p->cx, ERR_INPUT, "the path is none of the Kubernetes API");

	if (rc == 0 && (!is_clean(u.path, false) || !is_clean(u.query, false) || !is_clean(t->method, false)))
		rc = fail(&p->cx, ERR_INPUT, "the path is none of the Kubernetes API");
	if (rc < 0)
		return rc;
	buf_addf(b, "%s %s%s%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: callboard\r\nConnection: Upgrade\r\nUpgrade: %s\r\n",
		 t->method, u.path, *u.query ? "?" : "", u.query, u.authority, t->upgrade);
	if (!streq(t->method, "GET"))
		buf_adds(b, "Content-Length: 0\r\n");
	for (size_t i = 0; rc == 0 && i < p->rq.n_headers; i++)
		if (!str_ieq(p->rq.headers[i].name, "Accept"))
			rc = add_line(p, b, p->rq.headers[i].name, p->rq.headers[i].value);
	for (size_t i = 0; rc == 0 && i < LEN(lines); i++)
		rc = add_line(p, b, lines[i].name, lines[i].value);
	buf_adds(b, "\r\n");
	return rc;
}

/* The log says more than the client, for whom a cluster's address need not be. */
static int explain(struct passage *p, int rc)
{
	log_warn("a cluster cannot be asked", "cluster", p->t.cluster, "why", p->cx.err.text, NULL);
	return fail(&p->cx, rc == ERR_TIMEOUT ? rc : ERR_UPSTREAM, "cluster '%s' %s", p->t.cluster,
		    rc == ERR_TIMEOUT ? "did not answer in time" : "cannot be asked; the log says why");
}

static void dialled(struct ctx *cx, int rc, const struct fetch_answer *none, void *arg)
{
	struct passage *p = arg;
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = &p->tags[END_CLUSTER] };
	struct buf request = { .mem = cx->mem };

	(void)none;
	log_request_id(cx->request_id);
	if (rc < 0) {
		p->dial = NULL;
		rc = explain(p, rc);
	} else {
		rc = write_request(p, &request);
	}
	log_request_id(NULL);
	if (rc < 0) {
		passage_refuse(p, rc);
		return;
	}
	p->fd[END_CLUSTER] = fetch_dial_fd(p->dial);
	if (epoll_ctl(p->all->ep, EPOLL_CTL_ADD, p->fd[END_CLUSTER], &e) < 0)
		abort();
	p->can_read[END_CLUSTER] = p->can_write[END_CLUSTER] = true;
	p->heard = (struct buf){ .mem = cx->mem };
	p->to[END_CLUSTER] = (struct passage_flow){ request.p, 0, request.n, 0 };
	p->state = PASSAGE_ASK;
	p->until_us = clock_mono_us() + ANSWER_US;
	passage_step(p);
}

/* The token that came with the request goes instead of the cluster's own, which is then not even read. */
static int dial(struct passage *p)
{
	struct clusters all = { 0 };
	int rc = clusters_load(&p->cx, &all);
	const struct cluster *found = rc == 0 ? cluster_named(&all, p->t.cluster) : NULL;

	if (rc == 0 && !found)
		rc = fail(&p->cx, ERR_NOTFOUND, "Cluster '%s' not found", p->t.cluster);
	if (rc < 0)
		return rc;
	struct cluster c = *found;

	if (p->t.authorization)
		c.credential = CREDENTIAL_NONE;
	rc = cluster_request(&p->cx, &c, p->t.user_token, p->t.path, &p->rq);
	if (rc < 0)
		return rc;
	p->rq.timeout_ms = clusters_timeout_ms(&p->cx);
	p->state = PASSAGE_DIAL;
	p->until_us = 0;
	p->dial = fetch_lane_dial(p->all->lane, &p->cx, &p->rq, dialled, p);
	return 0;
}

/* ---- the ticket ---- */

static int may_have_one(struct passage *p)
{
	const struct settings *set = p->all->w->set;
	uint64_t his = 0;

	if (p->all->n > set->tunnel_limit)
		return fail(&p->cx, ERR_UNAVAILABLE, "too many connections are open");
	for (const struct passage *o = p->all->first; o; o = o->next)
		his += o->counted && o->state < PASSAGE_LAST && streq(o->t.actor, p->t.actor);
	if (his >= set->tunnels_per_user)
		return fail(&p->cx, ERR_TOOMANY, "%llu connections of yours are open; end one of them first",
			    (unsigned long long)his);
	p->counted = true;
	return 0;
}

void passage_ticket(struct passage *p)
{
	size_t n;
	int heard = hear_head(p, END_CLIENT, &n);

	if (heard == 0)
		return;
	struct str said = heard > 0 ? head_value((struct str){ p->heard.p, n }, "x-callboard-tunnel") : (struct str){ NULL, 0 };

	/* nginx sends nothing else, and nobody else may come. */
	if (said.n != TICKET_SIZE) {
		p->state = PASSAGE_OVER;
		return;
	}
	int rc = tunnel_take(&p->cx, arena_strndup(&p->mem, said.p, said.n), &p->t);

	if (rc == 0) {
		p->cx.request_id = p->t.request_id;
		log_request_id(p->cx.request_id);
		rc = may_have_one(p);
	}
	if (rc == 0)
		rc = dial(p);
	if (rc < 0)
		passage_refuse(p, rc);
	log_request_id(NULL);
}
