/* Cuts a template's text into text, prints and tags; white space control, comments and raw blocks happen here. */
#include "template/private.h"

struct scan {
	struct parser *p;
	struct str s;
	size_t at;
	uint32_t line;
	size_t stray; /* the next end of a comment, once it was looked for */
	bool looked;
	bool content;    /* something but white space stands before `at` on its line */
	struct buf text; /* pending */
	uint32_t text_line;
	struct pieces *out;
};

static bool starts(const struct scan *s, size_t at, const char *what)
{
	size_t n = strlen(what);

	return s->s.n - at >= n && memcmp(s->s.p + at, what, n) == 0;
}

/* Does anything but white space stand there? */
static bool has_content(const char *p, const char *end)
{
	for (; p < end; p++)
		if (*p != ' ' && *p != '\t' && *p != '\r' && *p != '\f' && *p != '\v')
			return true;
	return false;
}

static void advance(struct scan *s, size_t to)
{
	const char *p = s->s.p + s->at, *end = s->s.p + to;

	if (to <= s->at)
		return;
	for (const char *line; (line = memchr(p, '\n', (size_t)(end - p)));) {
		s->line++;
		s->content = false;
		p = line + 1;
	}
	s->content = s->content || has_content(p, end);
	s->at = to;
}

static void take_text(struct scan *s, size_t to)
{
	if (s->text.n == 0)
		s->text_line = s->line;
	buf_add(&s->text, s->s.p + s->at, to - s->at);
	advance(s, to);
}

static void flush_text(struct scan *s)
{
	if (s->text.n)
		*list_add(s->p->mem, s->out) = (struct piece){ PIECE_TEXT, { s->text.p, s->text.n }, s->text_line };
	s->text = (struct buf){ .mem = s->p->mem };
}

/* Cuts white space off the end of the pending text; only up to the start of the line when `line`. */
static void trim_text(struct scan *s, bool line)
{
	struct str t = { s->text.p, s->text.n };

	if (!line) {
		s->text.n = text_trim(t, false, true).n;
		return;
	}
	while (t.n && (t.p[t.n - 1] == ' ' || t.p[t.n - 1] == '\t' || t.p[t.n - 1] == '\r'))
		t.n--;
	if (!s->content && (t.n == 0 || t.p[t.n - 1] == '\n'))
		s->text.n = t.n;
}

static void skip_space(struct scan *s)
{
	struct str rest = { s->s.p + s->at, s->s.n - s->at };

	advance(s, s->s.n - text_trim(rest, true, false).n);
}

static void skip_newline(struct scan *s)
{
	if (starts(s, s->at, "\r\n"))
		advance(s, s->at + 2);
	else if (starts(s, s->at, "\n"))
		advance(s, s->at + 1);
}

/* Position of the next end of a comment; looked for once, since nearly no text has one that is stray. */
static size_t next_stray(struct scan *s)
{
	if (s->stray < s->at || !s->looked) {
		const char *p = s->s.p + s->at, *end = s->s.p + s->s.n;

		while ((p = memchr(p, '#', (size_t)(end - p))) && (p + 1 == end || p[1] != '}'))
			p++;
		s->stray = p ? (size_t)(p - s->s.p) : s->s.n;
		s->looked = true;
	}
	return s->stray;
}

/* Position of the next opening, of a stray end of a comment, or the end. The time it takes does not depend on what is behind.
 */
static size_t next_opening(struct scan *s, const char *print)
{
	bool dollar = print[0] == '$';
	size_t stray = next_stray(s);

	for (size_t i = s->at; i < stray; i++) {
		const char *p = memchr(s->s.p + i, '{', stray - i);

		if (!p)
			break;
		i = (size_t)(p - s->s.p);
		char next = i + 1 < s->s.n ? p[1] : '\0';

		if (next == '%' || next == '#' || (next == '{' && !dollar))
			return i;
		if (next == '{' && i > s->at && p[-1] == '$')
			return i - 1;
	}
	return stray;
}

/* Where the code ends that begins at `at`; strings and regular expressions are skipped. SIZE_MAX: nowhere. */
static size_t code_end(const struct scan *s, size_t at, const char *close)
{
	while (at < s->s.n) {
		char c = s->s.p[at];

		if (c == close[0] && starts(s, at, close))
			return at;
		/* What else may begin something that is skipped; most bytes do not. */
		size_t next = c == '"' || c == '\'' || c == 'r' ? lex_skip(s->s, at) : at;

		if (next == 0)
			return SIZE_MAX;
		at = next > at ? next : at + 1;
	}
	return SIZE_MAX;
}

static size_t comment_end(const struct scan *s, size_t at)
{
	const char *p = memmem(s->s.p + at, s->s.n - at, "#}", 2);

	return p ? (size_t)(p - s->s.p) : SIZE_MAX;
}

static size_t spaces(const struct scan *s, size_t at)
{
	while (at < s->s.n && (s->s.p[at] == ' ' || (s->s.p[at] >= 9 && s->s.p[at] <= 13)))
		at++;
	return at;
}

/* The end of a raw block: raw blocks nest. *end is behind its tag. */
static size_t raw_end(const struct scan *s, const char *name, size_t *end)
{
	unsigned depth = 1;

	for (size_t at = s->at; at < s->s.n;) {
		const char *p = memmem(s->s.p + at, s->s.n - at, "{%", 2);

		if (!p)
			return SIZE_MAX;
		size_t start = (size_t)(p - s->s.p), i = spaces(s, start + 2);
		bool closes = starts(s, i, "end");

		at = start + 2;
		i += closes ? 3 : 0;
		if (!starts(s, i, name))
			continue;
		i = spaces(s, i + strlen(name));
		if (!starts(s, i, "%}"))
			continue;
		at = *end = i + 2;
		depth += closes ? -1u : 1;
		if (depth == 0)
			return start;
	}
	return SIZE_MAX;
}

static bool is_raw(struct str tag, const char **name)
{
	*name = str_is(tag, "raw") ? "raw" : "verbatim";
	return str_is(tag, *name);
}

static int take_raw(struct scan *s, const char *name, bool trim)
{
	size_t end, start;

	if (s->p->env->flags & TEMPLATE_TRIM_BLOCKS)
		skip_newline(s);
	start = raw_end(s, name, &end);
	if (start == SIZE_MAX)
		return parse_fail(s->p, s->line, "'end%s' is missing", name);
	if (memchr(s->s.p + start, '\n', end - start))
		return parse_fail(s->p, s->line, "the tag 'end%s' must stand on one line", name);
	take_text(s, start);
	advance(s, end);
	if (trim)
		skip_space(s);
	return 0;
}

static int take_code(struct scan *s, enum piece_type t, const char *open, const char *close)
{
	bool left = starts(s, s->at + strlen(open), "-");
	uint32_t line = s->line;
	const char *raw;

	if (t == PIECE_TAG && (s->p->env->flags & TEMPLATE_LSTRIP_BLOCKS))
		trim_text(s, true);
	if (left)
		trim_text(s, false);
	flush_text(s);
	size_t from = s->at + strlen(open) + left;
	size_t end = t == PIECE_END ? comment_end(s, from) : code_end(s, from, close);

	if (end == SIZE_MAX)
		return parse_fail(s->p, line, "'%s' has no '%s'", open, close);
	bool right = end > from && s->s.p[end - 1] == '-';
	struct str code = text_trim((struct str){ s->s.p + from, end - right - from }, true, true);

	advance(s, (size_t)(code.p - s->s.p)); /* the line where the code begins */
	if (t != PIECE_END && !(t == PIECE_TAG && is_raw(code, &raw)))
		*list_add(s->p->mem, s->out) = (struct piece){ t, code, s->line };
	advance(s, end + 2);
	if (t == PIECE_TAG && is_raw(code, &raw))
		return take_raw(s, raw, right);
	if (right)
		skip_space(s);
	else if (t == PIECE_TAG && (s->p->env->flags & TEMPLATE_TRIM_BLOCKS))
		skip_newline(s);
	return 0;
}

int scan_template(struct parser *p, struct str text, struct pieces *out)
{
	const char *print = p->env->flags & TEMPLATE_DOLLAR ? "${{" : "{{";
	struct scan s = { .p = p, .s = text, .line = 1, .text = { .mem = p->mem }, .out = out };
	int rc = 0;

	while (rc == 0 && s.at < s.s.n) {
		take_text(&s, next_opening(&s, print));
		if (s.at == s.s.n)
			break;
		if (starts(&s, s.at, print))
			rc = take_code(&s, PIECE_PRINT, print, "}}");
		else if (starts(&s, s.at, "{%"))
			rc = take_code(&s, PIECE_TAG, "{%", "%}");
		else if (starts(&s, s.at, "{#"))
			rc = take_code(&s, PIECE_END, "{#", "#}");
		else
			rc = parse_fail(p, s.line, "'#}' ends no comment");
	}
	flush_text(&s);
	*list_add(p->mem, out) = (struct piece){ .t = PIECE_END, .line = s.line };
	return rc;
}
