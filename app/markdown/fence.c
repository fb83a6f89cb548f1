/*
 * Fenced code blocks, at any indentation and within quotations. They are put aside before blocks are read, so that their
 * content cannot be taken for anything else; what stood in an indented code block after all is given back there.
 */
#include "markdown/private.h"

enum { FENCE_MIN = 3 };

struct fences {
	struct md *md;
	struct buf out;
	struct text text;
	/* The fence that is open; ticks.n is 0 when none is. */
	struct str ticks;
	size_t begin, width, quotes, empty;
	struct str prefix;
	struct code_options options;
	const struct json *custom;
};

static bool is_prefix(char c)
{
	return c == '>' || c == ' ';
}

static size_t prefix_length(struct str line)
{
	size_t n = 0;

	while (n < line.n && is_prefix(line.p[n]))
		n++;
	return n;
}

static size_t count_quotes(struct str prefix)
{
	size_t n = 0;

	for (size_t i = 0; i < prefix.n; i++)
		n += prefix.p[i] == '>';
	return n;
}

static bool lang_char(char c)
{
	return ascii_alnum(c) || (unsigned char)c >= 0x80 || (c && strchr("_#.+-", c));
}

/* One or more numbers or ranges: "1 3-5". */
static bool is_ranges(struct str s)
{
	bool digits = false, range = false;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (ascii_digit(c)) {
			digits = true;
		} else if (digits && !range && c == '-') {
			digits = false;
			range = true;
		} else if (c == ' ' && (digits || (i && s.p[i - 1] == ' '))) {
			digits = range = false;
		} else {
			return false;
		}
	}
	return digits;
}

/* Options that mean something to a code block; all others are attributes. */
static bool set_option(struct code_options *o, struct str name, struct str value, bool has_value)
{
	if (has_value && str_is(name, "hl_lines") && is_ranges(value))
		o->highlighted = value;
	else if (has_value && str_is(name, "linenums") && value.n && ascii_digit(value.p[0]))
		o->linenums = value, o->has_linenums = true;
	else if (has_value && str_is(name, "title"))
		o->title = value, o->has_title = true;
	else
		return false;
	return true;
}

/* key="value" and bare keys behind the language; false when there is something else, which makes it no fence. */
static bool read_options(struct code_options *o, struct str s, bool any)
{
	while (s.n) {
		size_t n = 0;

		while (n < s.n && (ascii_alnum(s.p[n]) || (n && s.p[n] == '_')))
			n++;
		if (n == 0 || !ascii_alpha(s.p[0]))
			return false;
		struct str name = str_part(s, 0, n), value = name;
		bool has_value = n + 1 < s.n && s.p[n] == '=' && (s.p[n + 1] == '"' || s.p[n + 1] == '\'');

		if (has_value) {
			const char *end = memchr(s.p + n + 2, s.p[n + 1], s.n - n - 2);

			if (!end)
				return false;
			value = str_part(s, n + 2, (size_t)(end - s.p));
			n = (size_t)(end - s.p) + 1;
		}
		if (!set_option(o, name, value, has_value) && !any)
			return false;
		s = str_from(s, n);
		s = str_from(s, line_indent(s));
	}
	return true;
}

static void read_attrs(struct fences *f, struct str inside)
{
	struct code_options *o = &f->options;
	struct attrs all = { 0 };
	struct str classes;

	attr_read(f->md, inside, &all);
	for (size_t i = 0; i < all.n; i++) {
		struct attr *a = &all.items[i];

		if (str_is(a->name, "id"))
			o->id = a->value;
		else if (!str_is(a->name, "class") && !set_option(o, a->name, a->value, true))
			*list_add(f->md->mem, &o->attrs) = *a;
	}
	classes = attr_get(&all, "class");
	while (classes.n) {
		struct str class = str_cut(&classes, ' ');

		if (!o->lang.p)
			o->lang = class;
		else
			*list_add(f->md->mem, &o->classes) = arena_strndup(f->md->mem, class.p, class.n);
	}
}

/* The last one of that name; "*" is for what no other one has. */
static const struct json *custom_fence(struct md *md, struct str lang)
{
	const struct json *all = md->set.custom_fences, *any = NULL;

	for (size_t i = json_is(all, JSON_ARRAY) ? all->a.n : 0; i > 0 && md_spend(md, 1); i--) {
		const char *name = json_get_text(all->a.items[i - 1], "name", NULL);

		if (!name || !json_get_text(all->a.items[i - 1], "class", NULL))
			continue;
		if (!streq(name, "*") && str_is(lang, name))
			return all->a.items[i - 1];
		if (streq(name, "*") && !any)
			any = all->a.items[i - 1];
	}
	return any;
}

/* What is behind the ticks: nothing, attributes in braces, or a language and options. */
static bool read_info(struct fences *f, struct str s)
{
	size_t n = 0;

	s = str_rtrim(str_from(s, line_indent(s)), ' ');
	f->options = (struct code_options){ 0 };
	f->custom = NULL;
	if (s.n && s.p[0] == '{') {
		if (s.p[s.n - 1] != '}' || memchr(s.p, '}', s.n - 1))
			return false;
		read_attrs(f, str_part(s, 1, s.n - 1));
		f->custom = custom_fence(f->md, f->options.lang);
		return true;
	}
	if (s.n && s.p[0] == '.')
		s = str_from(s, 1);
	while (n < s.n && lang_char(s.p[n]))
		n++;
	/* A word with '=' behind it is an option, not the language. */
	if (n < s.n && s.p[n] == '=')
		n = 0;
	f->options.lang = str_part(s, 0, n);
	f->custom = custom_fence(f->md, f->options.lang);
	s = str_from(s, n);
	return read_options(&f->options, str_from(s, line_indent(s)), false);
}

static bool open_fence(struct fences *f, struct str line, size_t at)
{
	size_t width = prefix_length(line), n = width;

	while (n < line.n && line.p[n] == line.p[width] && (line.p[n] == '`' || line.p[n] == '~'))
		n++;
	if (n - width < FENCE_MIN || !read_info(f, str_from(line, n)))
		return false;
	f->ticks = str_part(line, width, n);
	f->prefix = str_part(line, 0, width);
	f->width = width;
	f->quotes = count_quotes(f->prefix);
	f->begin = at;
	f->empty = 0;
	return true;
}

/* The line behind the prefix that the fence has; *prefix is what there is of it. */
static struct str content_of(const struct fences *f, struct str line, struct str *prefix)
{
	size_t n = 0;

	while (n < line.n && n < f->width && is_prefix(line.p[n]))
		n++;
	*prefix = str_part(line, 0, n);
	return str_from(line, n);
}

static bool is_close(const struct fences *f, struct str content)
{
	return content.n >= f->ticks.n && memcmp(content.p, f->ticks.p, f->ticks.n) == 0 &&
	       line_blank(str_from(content, f->ticks.n));
}

enum verdict { GOES_ON, CLOSES, BREAKS };

static enum verdict judge(struct fences *f, struct str line)
{
	struct str prefix, content = content_of(f, line, &prefix);
	size_t quotes = count_quotes(prefix);

	if (f->quotes ? quotes > f->quotes : quotes > 0)
		return BREAKS;
	if (f->quotes ? content.n == 0 : line_blank(line)) {
		f->empty++;
		return GOES_ON;
	}
	if (f->quotes ? prefix.n < f->width || (f->empty && quotes < f->quotes) : prefix.n != f->width)
		return BREAKS;
	f->empty = 0;
	return is_close(f, content) ? CLOSES : GOES_ON;
}

static struct str custom_html(struct fences *f, struct str source)
{
	struct buf out = { .mem = f->md->mem };
	/* A Python name in the configuration comes as its text: fence_code_format or fence_div_format of superfences. */
	const char *format = json_get_text(f->custom, "format", ""), *class = json_get_text(f->custom, "class", "");
	bool div = strstr(format, "fence_div_format") != NULL;

	buf_addf(&out, "<%s", div ? "div" : "pre");
	if (f->options.id.n) {
		buf_adds(&out, " id=\"");
		md_escape_attr(&out, f->options.id);
		buf_addc(&out, '"');
	}
	buf_adds(&out, " class=\"");
	md_escape_attr(&out, str_of(class));
	for (size_t i = 0; i < f->options.classes.n; i++) {
		buf_addc(&out, ' ');
		md_escape_attr(&out, str_of(f->options.classes.items[i]));
	}
	buf_addc(&out, '"');
	html_attrs(&out, &f->options.attrs);
	buf_adds(&out, div ? ">" : "><code>");
	md_escape(&out, source);
	buf_adds(&out, div ? "</div>" : "</code></pre>");
	f->md->page->has_mermaid |= streq(class, "mermaid");
	md_weigh(f->md, out.n);
	return buf_str(&out);
}

static void close_fence(struct fences *f, size_t end)
{
	struct md *md = f->md;
	struct text all = text_part(f->text, f->begin, end + 1), code = { arena_calloc(md->mem, all.n, sizeof(struct str)), 0 };

	for (size_t i = 1; i + 1 < all.n; i++)
		code.line[code.n++] = line_cut(all.line[i], line_blank(all.line[i]) ? all.line[i].n : f->width);
	struct str source = code.n ? text_join(md, code) : (struct str){ "", 0 };
	struct stash s = { .kind = STASH_FENCE, .block = true, .source = all };

	s.text = f->custom ? custom_html(f, source) : code_html(md, source, &f->options);
	buf_add(&f->out, f->prefix.p, f->prefix.n);
	mark_add(&f->out, stash_add(md, s));
	f->ticks.n = 0;
}

static void copy_lines(struct fences *f, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		buf_add(&f->out, f->text.line[i].p, f->text.line[i].n);
		buf_addc(&f->out, '\n');
	}
}

struct str fence_read(struct md *md, struct str s)
{
	struct fences f = { .md = md, .out = { .mem = md->mem } };
	size_t done = 0;

	if (str_find(s, 0, "```") == s.n && str_find(s, 0, "~~~") == s.n)
		return s;
	f.text = text_split(md, s);
	for (size_t i = 0; i < f.text.n && md->rc == 0; i++) {
		struct str line = f.text.line[i];
		enum verdict v = GOES_ON;

		if (f.ticks.n == 0)
			open_fence(&f, line, i);
		else
			v = judge(&f, line);
		if (v == BREAKS)
			f.ticks.n = 0;
		if (v != CLOSES)
			continue;
		copy_lines(&f, done, f.begin);
		close_fence(&f, i);
		buf_addc(&f.out, '\n');
		done = i + 1;
	}
	copy_lines(&f, done, f.text.n);
	return buf_str(&f.out);
}
