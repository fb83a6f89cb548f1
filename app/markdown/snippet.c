/*
 * Snippets: lines --8<-- "name", and blocks of names between two lines --8<--. Their text may name others.
 *
 * A name can be followed by lines ("name:3:9", ":3", "name:1:3,7:9") or by a section ("name:install"), which the lines
 * "--8<-- [start:install]" and "--8<-- [end:install]" bound in the file.
 */
#include "markdown/private.h"

enum { SNIPPET_DEPTH = 8, SNIPPETS_MAX = 500, RANGES_MAX = 16 };

struct snippets {
	struct md *md;
	const char *seen[SNIPPET_DEPTH]; /* what is being read: a text cannot contain itself */
	unsigned depth, count;
	size_t bytes;
	struct buf out;
};

struct range {
	size_t from, to;
};

static void read_text(struct snippets *sn, struct text t, struct str indent);

/* Length of the scissors ("--8<--", with any number of dashes from two on) at line[at]; 0: none. */
static size_t scissors(struct str line, size_t at)
{
	size_t i = at, dashes = 0;

	while (i < line.n && line.p[i] == '-')
		i++, dashes++;
	if (dashes < 2 || i + 2 > line.n || line.p[i] != '8' || line.p[i + 1] != '<')
		return 0;
	for (i += 2, dashes = 0; i < line.n && line.p[i] == '-'; i++)
		dashes++;
	return dashes < 2 ? 0 : i - at;
}

/* The name in quotes that ends the line; false: there is none. */
static bool quoted(struct str s, struct str *name)
{
	size_t n = s.n;

	while (s.n && s.p[0] == ' ')
		s = str_from(s, 1);
	if (s.n == n || s.n < 3 || (s.p[0] != '"' && s.p[0] != '\'') || s.p[s.n - 1] != s.p[0])
		return false;
	*name = str_part(s, 1, s.n - 1);
	return true;
}

static void refuse(struct snippets *sn, const char *why, unsigned most)
{
	if (sn->md->rc == 0)
		sn->md->rc = fail(sn->md->cx, ERR_TOOLARGE, "Markdown: %s (the limit is %u)", why, most);
}

/* Bytes that go into the page, or are read for it: what leaves nothing there costs all the same. */
static void count_bytes(struct snippets *sn, size_t n)
{
	sn->bytes += n;
	if (sn->bytes > sn->md->max_output)
		refuse(sn, "the snippets have too many bytes", (unsigned)sn->md->max_output);
}

static void add_line(struct snippets *sn, struct str indent, struct str line)
{
	if (sn->out.n)
		buf_addc(&sn->out, '\n');
	buf_add(&sn->out, indent.p, indent.n);
	buf_add(&sn->out, line.p, line.n);
	count_bytes(sn, indent.n + line.n + 1);
}

static bool is_bound(struct str line, const char *bound, struct str section)
{
	size_t at = str_find(line, 0, "-8<-"), n = strlen(bound);

	if (at == line.n)
		return false;
	at = str_find(line, at, bound);
	return at < line.n && line.n >= at + n + section.n + 1 && memcmp(line.p + at + n, section.p, section.n) == 0 &&
	       line.p[at + n + section.n] == ']';
}

static bool bounds_section(struct str line)
{
	size_t at = str_find(line, 0, "-8<-");

	return str_find(line, at, "[start:") < line.n || str_find(line, at, "[end:") < line.n;
}

static struct text section_of(struct text t, struct str section)
{
	size_t from = t.n, to = t.n;

	for (size_t i = 0; i < t.n && to == t.n; i++) {
		if (from == t.n && is_bound(t.line[i], "[start:", section))
			from = i + 1;
		else if (from < t.n && is_bound(t.line[i], "[end:", section))
			to = i;
	}
	return from < t.n ? text_part(t, from, to) : (struct text){ 0 };
}

/* "3:9", ":9" or "3:" and lists of them with commas; 0: it is none. */
static size_t ranges_of(struct md *md, struct str s, struct range *out)
{
	size_t n = 0;

	while (s.p && n < RANGES_MAX) {
		struct str part = str_cut(&s, ','), first = str_cut(&part, ':');
		long from = 1, to = 1L << 30;

		if (first.n && !str_long(arena_strndup(md->mem, first.p, first.n), 1, 1 << 30, &from))
			return 0;
		if (part.n && !str_long(arena_strndup(md->mem, part.p, part.n), 1, 1 << 30, &to))
			return 0;
		out[n++] = (struct range){ (size_t)from - 1, (size_t)to };
	}
	return n;
}

static void read_named(struct snippets *sn, struct str name, struct str indent)
{
	struct md *md = sn->md;
	struct range ranges[RANGES_MAX];
	size_t colon = str_find(name, 0, ":"), n;
	struct str part = colon < name.n ? str_from(name, colon + 1) : (struct str){ 0 }, text;
	const char *file = arena_strndup(md->mem, name.p, colon);
	struct ctx cx = *md->cx;

	if (str_begins(name, "http://") || str_begins(name, "https://"))
		return;
	for (unsigned i = 0; i < sn->depth; i++)
		if (streq(sn->seen[i], file))
			return;
	if (++sn->count > SNIPPETS_MAX)
		refuse(sn, "the page has too many snippets", SNIPPETS_MAX);
	else if (sn->depth == SNIPPET_DEPTH)
		refuse(sn, "snippets are too deep in one another", SNIPPET_DEPTH);
	if (md->rc < 0 || !md->options->snippet || md->options->snippet(&cx, md->options->arg, file, &text) < 0)
		return;
	struct text t = text_split(md, str_rtrim(source_clean(md, text), '\n'));

	n = part.p ? ranges_of(md, part, ranges) : 0;
	count_bytes(sn, (text.n + t.n * sizeof(*t.line)) * (n ? n : 1));
	sn->seen[sn->depth++] = file;
	if (n == 0)
		read_text(sn, part.p ? section_of(t, part) : t, indent);
	for (size_t i = 0; i < n && md->rc == 0; i++) {
		size_t to = ranges[i].to < t.n ? ranges[i].to : t.n;

		if (ranges[i].from < to)
			read_text(sn, text_part(t, ranges[i].from, to), indent);
	}
	sn->depth--;
}

static struct str joined(struct snippets *sn, struct str a, struct str b)
{
	return a.n ? str_of(arena_printf(sn->md->mem, "%.*s%.*s", (int)a.n, a.p, (int)b.n, b.p)) : b;
}

static void read_text(struct snippets *sn, struct text t, struct str indent)
{
	bool block = false;

	for (size_t i = 0; i < t.n && sn->md->rc == 0; i++) {
		struct str line = t.line[i], name;
		size_t space = line_indent(line), cut = scissors(line, space);
		struct str rest = str_from(line, space + cut);

		if (cut && quoted(rest, &name)) {
			if (!block)
				read_named(sn, str_trim(name), joined(sn, indent, str_part(line, 0, space)));
		} else if (cut && rest.n == 0) {
			block = !block;
		} else if (!block) {
			/* Bounds of sections are for who includes, not for who reads. */
			if (!bounds_section(line))
				add_line(sn, indent, line);
		} else if (line_blank(line)) {
			add_line(sn, indent, (struct str){ "", 0 });
		} else if (!str_begins(str_from(line, space), "; ")) {
			read_named(sn, str_trim(line), joined(sn, indent, str_part(line, 0, space)));
		}
	}
}

struct str snippet_expand(struct md *md, struct str s)
{
	struct snippets sn = { .md = md, .out = { .mem = md->mem } };
	const struct json *append = md->set.auto_append;

	if (str_find(s, 0, "-8<-") == s.n && json_len(append) == 0)
		return s;
	read_text(&sn, text_split(md, s), (struct str){ "", 0 });
	for (size_t i = 0; json_is(append, JSON_ARRAY) && i < json_len(append); i++) {
		add_line(&sn, (struct str){ "", 0 }, (struct str){ "", 0 });
		read_named(&sn, str_of(json_text(append->a.items[i], "")), (struct str){ "", 0 });
	}
	return buf_str(&sn.out);
}
