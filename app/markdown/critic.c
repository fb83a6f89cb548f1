/* CriticMarkup: {++ ++}, {-- --}, {~~ ~> ~~}, {== ==} and {>> <<}. */
#include "markdown/private.h"

enum critic { INSERT, DELETE, SUBSTITUTE, HIGHLIGHT, COMMENT, KINDS };

static const char *const opens[KINDS] = { "{++", "{--", "{~~", "{==", "{>>" };
static const char *const closes[KINDS] = { "++}", "--}", "~~}", "==}", "<<}" };

struct critics {
	struct md *md;
	const char *mode;
	struct str s;
	size_t close[KINDS], arrow; /* the next end of each kind, and the next "~>", as far as they were looked for */
	struct buf out;
};

/* The end of what begins at from; ends only move on, so that all searches together read the text once. */
static size_t close_of(struct critics *c, enum critic kind, size_t from)
{
	if (c->close[kind] < from)
		c->close[kind] = str_find(c->s, from, closes[kind]);
	return c->close[kind];
}

static void add_mark(struct critics *c, const char *html)
{
	mark_add(&c->out, stash_add(c->md, (struct stash){ .kind = STASH_RAW, .text = str_of(html), .critic = true }));
}

static bool only_newlines(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '\n')
			return false;
	return s.n >= 2;
}

static void add_edit(struct critics *c, const char *tag, bool accepted, struct str text)
{
	struct arena *mem = c->md->mem;

	if (!streq(c->mode, "view")) {
		if (accepted == streq(c->mode, "accept"))
			buf_add(&c->out, text.p, text.n);
	} else if (only_newlines(text)) {
		bool insert = streq(tag, "ins");

		buf_adds(&c->out, insert ? "\n\n" : "");
		add_mark(c, arena_printf(mem, "<%s class=\"critic break\">&nbsp;</%s>", tag, tag));
		buf_adds(&c->out, insert ? "\n\n" : "");
	} else {
		add_mark(c, arena_printf(mem, "<%s class=\"critic\">", tag));
		buf_add(&c->out, text.p, text.n);
		add_mark(c, arena_printf(mem, "</%s>", tag));
	}
}

static void add_comment(struct critics *c, struct str text)
{
	struct buf html = { .mem = c->md->mem };

	if (!streq(c->mode, "view"))
		return;
	buf_adds(&html, "<span class=\"critic comment\">");
	md_escape_attr(&html, text);
	buf_adds(&html, "</span>");
	add_mark(c, buf_text(&html));
}

static void add(struct critics *c, enum critic kind, struct str text)
{
	size_t mid;

	switch (kind) {
	case INSERT:
		add_edit(c, "ins", true, text);
		break;
	case DELETE:
		add_edit(c, "del", false, text);
		break;
	case SUBSTITUTE:
		mid = str_find(text, 0, "~>");
		add_edit(c, "del", false, str_part(text, 0, mid));
		add_edit(c, "ins", true, str_from(text, mid + 2));
		break;
	case HIGHLIGHT:
		if (streq(c->mode, "view"))
			add_edit(c, "mark", true, text);
		else
			buf_add(&c->out, text.p, text.n);
		break;
	default:
		add_comment(c, text);
	}
}

/* Which markup begins at s[at]; KINDS: none that also ends. */
static enum critic kind_at(struct critics *c, size_t at, size_t *end)
{
	struct str rest = str_from(c->s, at);

	for (enum critic kind = 0; kind < KINDS; kind++) {
		if (!str_begins(rest, opens[kind]))
			continue;
		*end = close_of(c, kind, at + 3);
		if (*end == c->s.n)
			return KINDS;
		/* A substitution without "~>" is none. */
		if (c->arrow < at + 3)
			c->arrow = str_find(c->s, at + 3, "~>");
		if (kind == SUBSTITUTE && c->arrow >= *end)
			return KINDS;
		return kind;
	}
	return KINDS;
}

struct str critic_read(struct md *md, struct str s)
{
	struct critics c = { .md = md, .mode = md->set.critic, .s = s, .out = { .mem = md->mem } };
	size_t done = 0, end = 0;

	for (size_t at = str_find(s, 0, "{"); at < s.n; at = str_find(s, at, "{")) {
		enum critic kind = kind_at(&c, at, &end);

		if (kind == KINDS) {
			at++;
			continue;
		}
		buf_add(&c.out, s.p + done, at - done);
		add(&c, kind, str_part(s, at + 3, end));
		done = at = end + 3;
	}
	if (done == 0)
		return s;
	buf_add(&c.out, s.p + done, s.n - done);
	return buf_str(&c.out);
}
