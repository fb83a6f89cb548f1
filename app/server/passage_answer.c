/* What the client of a connection that cannot be passed on is told, and what the audit log is. */
#include <errno.h>

#include "base/clock.h"
#include "base/log.h"
#include "ext/crypto.h"
#include "ext/json.h"
#include "identity/audit.h"
#include "server/error.h"
#include "server/passage.h"

enum { BODY_MOST = 64 << 10, BODY_US = 5000000, SHA1 = 20, PIECE = 4096 };

/* ---- the audit log ---- */

static void set_number(struct arena *mem, struct json *v, const char *key, double n)
{
	json_set(mem, v, key, json_num(mem, n));
}

static struct json *meta_of(struct passage *p)
{
	struct arena *mem = &p->mem;
	struct json *v = p->t.meta ? json_copy(mem, p->t.meta) : json_object(mem);

	json_set(mem, v, "permission", json_str(mem, p->t.permission));
	if (p->begun) {
		uint64_t seconds = (clock_mono_us() - p->began_us) / 1000000;

		set_number(mem, v, "seconds", (double)seconds);
		set_number(mem, v, "bytesToCluster", (double)p->to[END_CLUSTER].passed);
		set_number(mem, v, "bytesToClient", (double)p->to[END_CLIENT].passed);
		json_set(mem, v, "why", json_str(mem, p->why ? p->why : "the worker has ended"));
	}
	return v;
}

void passage_audit(struct passage *p, const char *error)
{
	const struct tunnel *t = &p->t;
	const struct asked from = { t->ip, t->agent, t->host, t->method, t->url, NULL };

	p->cx.asked = &from;
	audit(&p->cx, &(struct audit_event){ .plugin = "kubernetes",
					     .event_id = arena_printf(&p->mem, "%s%s", t->event, p->begun ? "-end" : ""),
					     .severity = AUDIT_MEDIUM,
					     .status = error ? AUDIT_FAILED : AUDIT_SUCCEEDED,
					     .meta = meta_of(p),
					     .error = error,
					     .actor = t->actor });
	p->cx.asked = NULL;
}

/* ---- words ---- */

const char *passage_accept(struct arena *mem, const char *key)
{
	const char *text = arena_printf(mem, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
	char hex[2 * SHA1 + 1], bytes[SHA1];

	crypto_sha1_hex(str_of(text), hex);
	for (size_t i = 0; i < SHA1; i++)
		bytes[i] = (char)(ascii_hex(hex[2 * i]) << 4 | ascii_hex(hex[2 * i + 1]));
	return crypto_base64(mem, (struct str){ bytes, sizeof(bytes) });
}

/* A WebSocket that is closed at once, with the reason: a browser shows its page nothing of another answer. */
static void tell(struct passage *p, int status, const char *why)
{
	const struct tunnel_handshake *h = &p->t.hand;
	char frame[WS_CLOSE_MOST];
	struct buf b = { .mem = &p->mem };

	buf_addf(
		&b,
		"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: %s\r\n",
		passage_accept(&p->mem, h->key));
	if (h->protocol)
		buf_addf(&b, "Sec-WebSocket-Protocol: %.*s\r\n", (int)strcspn(h->protocol, ", "), h->protocol);
	buf_adds(&b, "\r\n");
	buf_add(&b, frame, ws_close(frame, TUNNEL_CLOSE + (unsigned)status, why));
	passage_say(p, &b);
}

static void answer(struct passage *p, int status, struct str type, struct str body)
{
	struct buf b = { .mem = &p->mem };

	buf_addf(&b, "HTTP/1.1 %d -\r\nConnection: close\r\nContent-Type: %.*s\r\nContent-Length: %zu\r\n", status, (int)type.n,
		 type.p, body.n);
	/* As a page, what a cluster says can do nothing on this portal's address. */
	buf_adds(&b, "Content-Security-Policy: default-src 'none'; sandbox; frame-ancestors 'none'\r\n"
		     "X-Content-Type-Options: nosniff\r\n");
	if (*p->cx.request_id)
		buf_addf(&b, "X-Request-Id: %s\r\n", p->cx.request_id);
	buf_adds(&b, "\r\n");
	buf_add(&b, body.p, body.n);
	passage_say(p, &b);
}

static void note(struct passage *p, const char *why)
{
	p->why = why;
	if (p->t.event)
		passage_audit(p, why);
}

void passage_refuse(struct passage *p, int rc)
{
	struct arena *mem = &p->mem;
	const char *why = arena_strdup(mem, p->cx.err.text), *url = p->t.url ? p->t.url : "/";
	struct buf b = { .mem = mem };

	if (p->state == PASSAGE_DIAL && p->dial) {
		fetch_lane_drop(p->all->lane, p->dial);
		p->dial = NULL;
	}
	log_warn("a connection is not taken over", "error", why, "name", err_name(rc), NULL);
	note(p, why);
	if (p->t.tells) {
		tell(p, err_status(rc), why);
		return;
	}
	json_write(&b, error_json(mem, rc, why, p->t.method ? p->t.method : "GET", url));
	answer(p, err_status(rc), STR("application/json"), buf_str(&b));
}

/* ---- what a cluster says instead ---- */

void passage_refuse_head(struct passage *p, int status, struct str head)
{
	if (status < 200) {
		/* A word in between: the answer itself is yet to come. */
		memmove(p->heard.p, p->heard.p + head.n, p->heard.n - head.n);
		p->heard.n -= head.n;
		return;
	}
	p->state = PASSAGE_REFUSED;
	p->until_us = clock_mono_us() + BODY_US;
}

/* False: there is more to come. */
static bool undo_chunks(struct str in, struct buf *out)
{
	for (size_t at = 0;;) {
		const char *line = in.p + at, *end = memmem(line, in.n - at, "\r\n", 2);
		size_t size = 0;

		if (!end)
			return false;
		for (const char *c = line; c < end && ascii_hex(*c) >= 0 && size < BODY_MOST; c++)
			size = size * 16 + (size_t)ascii_hex(*c);
		at += (size_t)(end - line) + 2;
		if (!size)
			return true;
		if (size + 2 > in.n - at)
			return false;
		buf_add(out, in.p + at, size);
		at += size + 2;
	}
}

/* Is the body there? Then it is in *out. */
static bool is_whole(struct passage *p, struct str head, struct buf *out)
{
	struct str body = { p->heard.p + head.n, p->heard.n - head.n }, length = head_value(head, "content-length");
	long n;

	if (str_is(head_value(head, "transfer-encoding"), "chunked"))
		return undo_chunks(body, out);
	bool known = length.p && str_long(arena_strndup(&p->mem, length.p, length.n), 0, BODY_MOST, &n);

	if (known && body.n > (size_t)n)
		body.n = (size_t)n;
	buf_add(out, body.p, body.n);
	return known && body.n == (size_t)n;
}

static const char *message_of(struct passage *p, struct str body, int status)
{
	struct ctx cx = { .mem = &p->mem, .request_id = "" };
	struct json *v;
	const char *said = json_parse_within(&cx, body, BODY_MOST, &v) == 0 ? json_get_text(v, "message", "") : "";

	return arena_printf(&p->mem, "cluster '%s' answered with status %d%s%.500s", p->t.cluster, status, *said ? ": " : "",
			    said);
}

void passage_refused(struct passage *p)
{
	struct str head = { p->heard.p, (size_t)((char *)memmem(p->heard.p, p->heard.n, "\r\n\r\n", 4) - p->heard.p) + 4 };
	struct buf body = { .mem = &p->mem };
	bool gone = clock_mono_us() > p->until_us;
	char piece[PIECE];

	while (p->can_read[END_CLUSTER] && !gone && p->heard.n < BODY_MOST) {
		ssize_t n = fetch_dial_recv(p->dial, piece, sizeof(piece));

		if (n > 0)
			buf_add(&p->heard, piece, (size_t)n);
		else if (n < 0 && (errno == EAGAIN || errno == EINTR))
			p->can_read[END_CLUSTER] = false;
		else
			gone = true;
	}
	head.p = p->heard.p;
	if (!is_whole(p, head, &body) && !gone && p->heard.n < BODY_MOST)
		return;
	int status = (head.p[9] - '0') * 100 + (head.p[10] - '0') * 10 + head.p[11] - '0';
	struct str type = head_value(head, "content-type");
	const char *why = message_of(p, buf_str(&body), status);

	note(p, why);
	if (p->t.tells)
		tell(p, status, why);
	else
		answer(p, status, type.p ? type : STR("text/plain"), buf_str(&body));
}
