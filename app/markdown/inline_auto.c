/* Links without brackets, tags of HTML, entities, emoji and line breaks within a text. */
#include <strings.h>

#include "base/names.h"
#include "markdown/html_tag.h"

static struct rewrite begin(struct inline_run *r, struct str s)
{
	return (struct rewrite){ .s = s, .out = { .mem = r->md->mem } };
}

static size_t stash_auto(struct md *md, const char *scheme, struct str target)
{
	struct str shown = mark_plain(md, target);
	size_t id = stash_element(md, "a", shown, true);

	attr_set(md, &md->stash.items[id].attrs, "href", arena_printf(md->mem, "%s%.*s", scheme, (int)shown.n, shown.p));
	return id;
}

/* Length of "https://", "http://", "ftp://" or "ftps://" at s[at]; 0: none. */
static size_t scheme_length(struct str s, size_t at)
{
	static const char *const schemes[] = { "https://", "http://", "ftps://", "ftp://" };

	for (size_t i = 0; i < LEN(schemes); i++) {
		size_t n = strlen(schemes[i]);

		if (s.n - at > n && strncasecmp(s.p + at, schemes[i], n) == 0)
			return n;
	}
	return 0;
}

/* name@domain, all of s. */
static bool is_mail(struct str s)
{
	size_t ats = 0, at = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == ' ' || s.p[i] == '!')
			return false;
		if (s.p[i] == '@')
			ats++, at = i;
	}
	return ats == 1 && at > 0 && at + 1 < s.n;
}

/* <https://…> and <name@domain>. */
struct str pass_angle(struct inline_run *r, struct str s)
{
	struct rewrite w = begin(r, s);

	for (size_t i = str_find(s, 0, "<"), end; i < s.n; i = str_find(s, end, "<")) {
		for (end = i + 1; end < s.n && s.p[end] != '<' && s.p[end] != '>';)
			end++;
		if (end == s.n || s.p[end] != '>')
			continue;
		struct str inside = str_part(s, i + 1, end);

		if (inside.n && scheme_length(inside, 0))
			rewrite_mark(&w, i, end + 1, stash_auto(r->md, "", inside));
		else if (is_mail(inside))
			rewrite_mark(
				&w, i, end + 1,
				stash_auto(r->md, "mailto:", str_begins(inside, "mailto:") ? str_from(inside, 7) : inside));
	}
	return rewrite_end(&w);
}

/* Two spaces at the end of a line. */
struct str pass_break(struct inline_run *r, struct str s)
{
	struct rewrite w = begin(r, s);

	for (size_t i = str_find(s, 0, "  \n"); i < s.n; i = str_find(s, i + 3, "  \n"))
		rewrite_mark(&w, i, i + 3, stash_raw(r->md, STR("<br>\n")));
	return rewrite_end(&w);
}

struct str pass_newline(struct inline_run *r, struct str s)
{
	struct rewrite w = begin(r, s);

	for (size_t i = r->md->set.nl2br ? str_find(s, 0, "\n") : s.n; i < s.n; i = str_find(s, i + 1, "\n"))
		rewrite_mark(&w, i, i + 1, stash_raw(r->md, STR("<br>\n")));
	return rewrite_end(&w);
}

/* The end of the tag or comment at s[at]; 0: there is none. Another "<" ends the search, so that all is read once. */
static size_t html_end(struct str s, size_t at)
{
	size_t i = at + 1;
	bool space = false;

	if (str_begins(str_from(s, at), "<!--")) {
		for (i = str_find(s, at + 4, "--"); i < s.n; i = str_find(s, i + 1, "--")) {
			if (i + 2 < s.n && s.p[i + 2] == '>')
				return i + 3;
			if (s.p[i - 1] == '!' && s.p[i - 2] == '<')
				return 0;
		}
		return 0;
	}
	i += i < s.n && s.p[i] == '/';
	if (i == s.n || !ascii_alpha(s.p[i]))
		return 0;
	for (; i < s.n && s.p[i] != '<'; i++) {
		if (s.p[i] == '>')
			return i + 1;
		space |= s.p[i] == ' ';
		if (!space && s.p[i] == '@')
			return 0;
	}
	return 0;
}

static size_t stash_html(struct md *md, struct str html)
{
	return stash_add(md, (struct stash){ .kind = STASH_RAW, .text = html, .block = html_begins_block(html) });
}

struct str pass_html(struct inline_run *r, struct str s)
{
	struct rewrite w = begin(r, s);

	for (size_t i = str_find(s, 0, "<"), end; i < s.n; i = str_find(s, end, "<")) {
		end = html_end(s, i);
		if (end)
			rewrite_mark(&w, i, end, stash_html(r->md, str_part(s, i, end)));
		else
			end = i + 1;
	}
	return rewrite_end(&w);
}

static bool url_char(struct str s, size_t at)
{
	return (s.p[at] && strchr("-.?,!'(){}[]/+&@%$#=:\"|~;", s.p[at])) || word_at(s, at);
}

/* The end of the URL that begins at at and whose host begins at host; 0: it is none. */
static size_t url_end(struct str s, size_t host)
{
	size_t end = 0;

	if (host >= s.n || s.p[host] == '_' || !word_at(s, host))
		return 0;
	for (size_t i = host; i < s.n && url_char(s, i);) {
		size_t next = i + 1;

		while (next < s.n && ((unsigned char)s.p[next] & 0xc0) == 0x80)
			next++;
		/* Punctuation ends no URL, but "/" and a few others do. */
		if (i > host && (strchr("-/#@$+=", s.p[i]) || (s.p[i] != '_' && word_at(s, i))))
			end = next;
		i = next;
	}
	return end;
}

struct str pass_url(struct inline_run *r, struct str s)
{
	struct rewrite w = begin(r, s);

	if (r->in_link || (str_find(s, 0, "://") == s.n && str_find(s, 0, ".") == s.n))
		return s;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i] | 0x20; /* lower case, if it is a letter */
		size_t n, end;

		if ((c != 'h' && c != 'f' && c != 'w') || i + 1 == s.n || (s.p[i + 1] | 0x20) != (c == 'w' ? 'w' : 't') ||
		    (word_before(s, i) && s.p[i - 1] != '_'))
			continue;
		bool www = s.n - i > 4 && strncasecmp(s.p + i, "www.", 4) == 0;

		n = www ? 4 : scheme_length(s, i);
		end = n ? url_end(s, i + n) : 0;
		if (!end)
			continue;
		struct str url = str_part(s, i, end);
		size_t id = stash_auto(r->md, www ? "http://" : "", url);

		rewrite_mark(&w, i, end, id);
		i = end - 1;
	}
	return rewrite_end(&w);
}

static bool mail_char(char c)
{
	return ascii_alnum(c) || c == '-' || c == '_';
}

/* Where the local part of the address with its "@" at at begins; at: there is none. */
static size_t mail_begin(struct str s, size_t at)
{
	size_t i = at;

	while (i > 0 && (mail_char(s.p[i - 1]) || s.p[i - 1] == '+' || (s.p[i - 1] == '.' && i < at && s.p[i] != '.')))
		i--;
	while (i < at && s.p[i] == '.')
		i++;
	return i > 0 && (s.p[i - 1] == '/' || s.p[i - 1] == '@') ? at : i;
}

static size_t mail_end(struct str s, size_t at)
{
	size_t i = at + 1, end = 0;
	bool dot = false;

	for (; i < s.n && (mail_char(s.p[i]) || (s.p[i] == '.' && i > at + 1 && s.p[i - 1] != '.')); i++) {
		if (dot && ascii_alpha(s.p[i]))
			end = i + 1;
		dot |= s.p[i] == '.';
	}
	while (i > at && s.p[i - 1] == '.')
		i--;
	return end == i && (i == s.n || s.p[i] != '@') ? end : 0;
}

struct str pass_mail(struct inline_run *r, struct str s)
{
	struct rewrite w = begin(r, s);

	if (r->in_link)
		return s;
	for (size_t i = str_find(s, 0, "@"); i < s.n; i = str_find(s, i + 1, "@")) {
		size_t from = mail_begin(s, i), end = mail_end(s, i);

		if (!md_spend(r->md, i - from))
			break;
		if (from == i || from < w.done || !end)
			continue;
		rewrite_mark(&w, from, end, stash_auto(r->md, "mailto:", str_part(s, from, end)));
		i = end - 1;
	}
	return rewrite_end(&w);
}

size_t entity_at(struct str s, size_t at)
{
	size_t i = at + 1, from;
	bool hex = false, number = i < s.n && s.p[i] == '#';

	i += number;
	if (number && i < s.n && (s.p[i] == 'x' || s.p[i] == 'X')) {
		hex = true;
		i++;
	}
	for (from = i; i < s.n && i - from < 32; i++)
		if (hex ? ascii_hex(s.p[i]) < 0 : number ? !ascii_digit(s.p[i]) : !ascii_alnum(s.p[i]))
			break;
	return i > from && i < s.n && s.p[i] == ';' ? i + 1 - at : 0;
}

struct str pass_entity(struct inline_run *r, struct str s)
{
	struct rewrite w = begin(r, s);

	for (size_t i = str_find(s, 0, "&"); i < s.n; i = str_find(s, i + 1, "&")) {
		size_t n = entity_at(s, i);

		if (n)
			rewrite_mark(&w, i, i + n, stash_raw(r->md, str_part(s, i, i + n)));
	}
	return rewrite_end(&w);
}

static const char *emoji_of(struct str name)
{
	static const struct emoji {
		const char *name, *text;
	} emoji[] = {
#define EMOJI(name, text) { name, text },
#include "markdown/emoji.def"
#undef EMOJI
	};
	const struct emoji *found = NAMES_FIND(emoji, name);

	return found ? found->text : NULL;
}

/* ":name:", as an image without a source: what is shown is its text. */
struct str pass_emoji(struct inline_run *r, struct str s)
{
	struct md *md = r->md;
	struct rewrite w = begin(r, s);

	for (size_t i = str_find(s, 0, ":"), end; i < s.n; i = str_find(s, end, ":")) {
		for (end = i + 1; end < s.n && (ascii_alnum(s.p[end]) || strchr("+-_", s.p[end])) && s.p[end];)
			end++;
		const char *text = end < s.n && s.p[end] == ':' ? emoji_of(str_part(s, i + 1, end)) : NULL;

		if (!text)
			continue;
		size_t id = stash_element(md, "img", STR(""), true);
		struct attrs *a = &md->stash.items[id].attrs;

		attr_set(md, a, "alt", text);
		attr_set(md, a, "class", "emojione");
		attr_setn(md, a, STR("title"), str_part(s, i, end + 1));
		rewrite_mark(&w, i, end + 1, id);
		end++;
	}
	return rewrite_end(&w);
}
