/* What was put aside, and the marks that stand for it: STX, six letters from A to P, ETX. */
#include "markdown/private.h"

enum { DIGITS = MARK_LEN - 2, STASH_MAX = 1 << (4 * DIGITS), PLAIN_DEPTH = 8 };

size_t stash_add(struct md *md, struct stash s)
{
	if (md->stash.n + 1 >= STASH_MAX) {
		if (md->rc == 0)
			md->rc = fail(md->cx, ERR_TOOLARGE, "Markdown: the page has too many elements");
		return 0;
	}
	*list_add(md->mem, &md->stash) = s;
	return md->stash.n - 1;
}

size_t stash_raw(struct md *md, struct str html)
{
	return stash_add(md, (struct stash){ .kind = STASH_RAW, .text = html });
}

size_t stash_element(struct md *md, const char *tag, struct str text, bool atomic)
{
	return stash_add(md, (struct stash){ .kind = STASH_ELEMENT, .tag = tag, .text = text, .atomic = atomic });
}

void mark_add(struct buf *out, size_t id)
{
	char mark[MARK_LEN] = { [0] = STX, [MARK_LEN - 1] = ETX };

	for (int i = DIGITS; i > 0; i--, id >>= 4)
		mark[i] = (char)('A' + (id & 15));
	buf_add(out, mark, MARK_LEN);
}

struct str mark_text(struct md *md, size_t id)
{
	struct buf out = { .mem = md->mem };

	mark_add(&out, id);
	return buf_str(&out);
}

struct str mark_text_of(struct md *md, struct str html)
{
	return mark_text(md, stash_raw(md, html));
}

struct stash *mark_at(const struct md *md, struct str s, size_t at)
{
	size_t id = 0;

	if (s.n - at < MARK_LEN || s.p[at] != STX || s.p[at + MARK_LEN - 1] != ETX)
		return NULL;
	for (size_t i = 1; i <= DIGITS; i++) {
		unsigned digit = (unsigned)(s.p[at + i] - 'A');

		if (digit > 15)
			return NULL;
		id = id << 4 | digit;
	}
	return id < md->stash.n ? &md->stash.items[id] : NULL;
}

struct stash *mark_only(const struct md *md, struct str s)
{
	return s.n == MARK_LEN ? mark_at(md, s, 0) : NULL;
}

static void add_plain(struct md *md, struct str s, unsigned depth, struct buf *out)
{
	md->steps += s.n;
	for (size_t i = 0; i < s.n;) {
		const struct stash *m = s.p[i] == STX ? mark_at(md, s, i) : NULL;

		if (!m) {
			buf_addc(out, s.p[i++]);
			continue;
		}
		i += MARK_LEN;
		if (m->kind == STASH_CHAR || (m->kind == STASH_ELEMENT && m->atomic))
			buf_add(out, m->text.p, m->text.n);
		else if (m->kind == STASH_ELEMENT && depth)
			add_plain(md, m->text, depth - 1, out);
	}
}

struct str mark_plain(struct md *md, struct str s)
{
	struct buf out = { .mem = md->mem };

	if (!s.n || !memchr(s.p, STX, s.n))
		return s;
	add_plain(md, s, PLAIN_DEPTH, &out);
	return (struct str){ buf_text(&out), out.n };
}
