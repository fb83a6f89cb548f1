/* What may stay of an element: the lists of the HTML cleaner. */
#include "ext/html_private.h"

#include "base/names.h"

/* Elements with the attributes that may stand at them, beside those of every element. */
static const struct allowed {
	const char *element, *attributes;
} allowed[] = {
	{ "a", "href target rel download hreflang type" },
	{ "abbr", "" },
	{ "address", "" },
	{ "article", "" },
	{ "aside", "" },
	{ "audio", "src controls loop muted preload" },
	{ "b", "" },
	{ "bdi", "" },
	{ "bdo", "" },
	{ "big", "" },
	{ "blockquote", "cite" },
	{ "br", "clear" },
	{ "caption", "" },
	{ "center", "" },
	{ "cite", "" },
	{ "code", "" },
	{ "col", "span width" },
	{ "colgroup", "span width" },
	{ "dd", "" },
	{ "del", "cite datetime" },
	{ "details", "open" },
	{ "dfn", "" },
	{ "div", "" },
	{ "dl", "" },
	{ "dt", "" },
	{ "em", "" },
	{ "figcaption", "" },
	{ "figure", "" },
	{ "font", "color size face" },
	{ "footer", "" },
	{ "h1", "" },
	{ "h2", "" },
	{ "h3", "" },
	{ "h4", "" },
	{ "h5", "" },
	{ "h6", "" },
	{ "header", "" },
	{ "hr", "" },
	{ "i", "" },
	{ "iframe", "src width height allowfullscreen loading frameborder" },
	{ "img", "src srcset sizes alt width height loading decoding" },
	{ "input", "type checked disabled" },
	{ "ins", "cite datetime" },
	{ "kbd", "" },
	{ "label", "for" },
	{ "li", "value type" },
	{ "main", "" },
	{ "mark", "" },
	{ "nav", "" },
	{ "ol", "start type reversed" },
	{ "p", "" },
	{ "picture", "" },
	{ "pre", "" },
	{ "q", "cite" },
	{ "rp", "" },
	{ "rt", "" },
	{ "ruby", "" },
	{ "s", "" },
	{ "samp", "" },
	{ "section", "" },
	{ "small", "" },
	{ "source", "src srcset sizes media type" },
	{ "span", "" },
	{ "strike", "" },
	{ "strong", "" },
	{ "sub", "" },
	{ "summary", "" },
	{ "sup", "" },
	{ "table", "border cellpadding cellspacing summary width" },
	{ "tbody", "" },
	{ "td", "colspan rowspan headers width height nowrap" },
	{ "tfoot", "" },
	{ "th", "colspan rowspan headers scope width height nowrap abbr" },
	{ "thead", "" },
	{ "time", "datetime" },
	{ "tr", "" },
	{ "track", "src srclang kind label default" },
	{ "tt", "" },
	{ "u", "" },
	{ "ul", "type" },
	{ "var", "" },
	{ "video", "src controls loop muted preload poster width height" },
	{ "wbr", "" },
};

static const char common[] = "class id title lang dir role align valign hidden translate markdown";
/* Of data-* those that styles and scripts of articles read. */
static const char known_data[] = "data-tabs data-md-color-scheme data-lang";
static const char dropped[] = "script style svg math template noscript iframe object embed applet xmp noembed noframes title "
			      "textarea plaintext select frameset base head";
static const char voids[] = "br col hr img input source track wbr";
static const char with_url[] = "href src cite poster";
static const char styles[] = "text-align width height max-width min-width color background-color font-size font-weight "
			     "font-style font-family text-decoration vertical-align white-space border border-radius padding "
			     "margin margin-left margin-right margin-top margin-bottom padding-left padding-right padding-top "
			     "padding-bottom float clear line-height";

/* Is word one of those that list has, with blanks between? */
static bool has_word(const char *list, struct str word)
{
	for (const char *p = list; word.n && (p = strchr(p, *word.p)); p++)
		if ((p == list || p[-1] == ' ') && strncmp(p, word.p, word.n) == 0 && (p[word.n] == ' ' || !p[word.n]))
			return !memchr(word.p, ' ', word.n);
	return false;
}

static const struct allowed *find(const char *name)
{
	return NAMES_FIND(allowed, str_of(name));
}

bool html_element_allowed(const char *name)
{
	return find(name) != NULL;
}

bool html_element_dropped(const char *name)
{
	return has_word(dropped, str_of(name));
}

bool html_element_void(const char *name)
{
	return has_word(voids, str_of(name));
}

/* What stands for a character; NULL: itself. */
static const char *reference_of(char c, bool quotes)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return quotes ? "&quot;" : NULL;
	default:
		return NULL;
	}
}

static void escape(struct buf *out, struct str text, bool quotes)
{
	size_t from = 0;

	for (size_t i = 0; i < text.n; i++) {
		const char *reference = reference_of(text.p[i], quotes);

		if (!reference)
			continue;
		buf_add(out, text.p + from, i - from);
		buf_adds(out, reference);
		from = i + 1;
	}
	if (text.n > from)
		buf_add(out, text.p + from, text.n - from);
}

void html_write_content(struct buf *out, struct str text)
{
	escape(out, text, false);
}

void html_write_text(struct buf *out, struct str text)
{
	escape(out, text, true);
}

static void write_pair(struct buf *out, const char *name, const char *value)
{
	buf_addc(out, ' ');
	buf_adds(out, name);
	buf_adds(out, "=\"");
	escape(out, str_of(value), true);
	buf_addc(out, '"');
}

enum { SCHEME_MAX = 32 };

/*
 * The scheme of a URL, in lower case; false: it has none. Browsers overlook white space and control characters where they look
 * for one. One that is too long is cut: no list has it.
 */
static bool scheme_of(const char *url, char scheme[SCHEME_MAX])
{
	size_t n = 0;

	for (; *url; url++) {
		unsigned char c = (unsigned char)*url;

		if (c <= ' ' || c == 0x7f)
			continue;
		scheme[n] = '\0';
		if (c == ':')
			return true;
		if (strchr("/?#\\", c))
			return false;
		if (n < SCHEME_MAX - 1)
			scheme[n++] = ascii_lower(*url);
	}
	return false;
}

static bool is_data_picture(const char *url)
{
	static const char *const kinds[] = { "data:image/png;base64,", "data:image/jpeg;base64,", "data:image/gif;base64,",
					     "data:image/webp;base64," };

	for (size_t i = 0; i < LEN(kinds); i++)
		if (str_starts(url, kinds[i]))
			return true;
	return false;
}

/* May a link go there? Relative ones may. image: data: URLs of pictures are allowed as well. */
static bool url_allowed(const struct html_policy *policy, const char *url, bool image)
{
	static const char schemes[] = "http https mailto ftp ftps tel callto sms cid xmpp matrix";
	char scheme[SCHEME_MAX];

	if (!scheme_of(url, scheme) || has_word(schemes, str_of(scheme)) || (image && is_data_picture(url)))
		return true;
	for (size_t i = 0; i < policy->schemes.n; i++)
		if (streq(scheme, policy->schemes.items[i]))
			return true;
	return false;
}

/* "small.png 1x, large.png 2x" */
static bool srcset_allowed(const struct html_policy *policy, const char *value)
{
	ARENA mem = { 0 };

	for (struct str rest = str_of(value); rest.p;) {
		struct str part = str_trim(str_cut(&rest, ','));

		if (!url_allowed(policy, arena_strndup(&mem, part.p, part.n), false))
			return false;
	}
	return true;
}

static bool iframe_allowed(const struct html_policy *policy, const char *url)
{
	size_t scheme = str_starts(url, "https://") ? 8 : str_starts(url, "http://") ? 7 : str_starts(url, "//") ? 2 : 0;
	size_t n = strcspn(url + scheme, "/?#\\");

	for (size_t i = 0; scheme && i < policy->iframe_hosts.n; i++)
		if (n == strlen(policy->iframe_hosts.items[i]) && strncmp(url + scheme, policy->iframe_hosts.items[i], n) == 0)
			return true;
	return false;
}

/* The names that radios of tabs have: they make a group of their own, whatever the page around has. */
static bool is_tab_name(const char *value)
{
	static const char start[] = "__tabbed_";
	const char *p = value + sizeof(start) - 1;

	if (!str_starts(value, start) || !ascii_digit(*p))
		return false;
	return strspn(p, "0123456789_") == strlen(p);
}

static bool plain_value(struct str value)
{
	for (size_t i = 0; i < value.n; i++)
		if (!ascii_alnum(value.p[i]) && !strchr(" #%.,-", value.p[i]))
			return false;
	return value.n > 0;
}

/* Is it "12px", "12" or "50%"? What a width attribute says of it. */
static const char *as_size(struct arena *mem, struct str value)
{
	size_t n = 0;

	while (n < value.n && ascii_digit(value.p[n]))
		n++;

	struct str unit = { value.p + n, value.n - n };

	if (n == 0 || n > 5 || !(unit.n == 0 || str_is(unit, "px") || str_is(unit, "%")))
		return NULL;
	return arena_strndup(mem, value.p, str_is(unit, "%") ? value.n : n);
}

static void declare(struct arena *mem, struct buf *style, struct buf *attributes, const char *element, struct str line)
{
	struct str value = line, name = str_trim(str_cut(&value, ':'));
	const char *size;

	value = value.p ? str_trim(value) : STR("");
	name = str_of(str_lower(mem, name.p, name.n));
	if (!has_word(styles, name) || !plain_value(value))
		return;
	buf_addf(style, "%s%.*s: %.*s;", style->n ? " " : "", (int)name.n, name.p, (int)value.n, value.p);
	size = as_size(mem, value);
	if (str_is(name, "text-align") && has_word("left right center justify", value))
		write_pair(attributes, "align", arena_strndup(mem, value.p, value.n));
	else if ((str_is(name, "width") || str_is(name, "height")) && size &&
		 has_word("img td th video iframe", str_of(element)))
		write_pair(attributes, name.p, size);
}

static void write_style(struct arena *mem, struct buf *out, const struct html_policy *policy, const struct html_attribute *a,
			bool *differs)
{
	struct buf style = { .mem = mem }, attributes = { .mem = mem };

	for (struct str rest = str_of(a->value); rest.p;)
		declare(mem, &style, &attributes, a->element, str_trim(str_cut(&rest, ';')));
	*differs |= style.n > 0;
	if (policy->strict)
		buf_add(out, buf_text(&attributes), attributes.n);
	else if (style.n)
		write_pair(out, "style", style.p);
}

static bool name_is_plain(const char *name)
{
	for (; *name; name++)
		if (!(ascii_alnum(*name) || *name == '-' || *name == '_' || *name == '.'))
			return false;
	return true;
}

static bool custom_allows(const struct html_policy *policy, const char *name)
{
	/* Handlers and addresses have rules of their own, whatever the expression lets through. */
	return policy->attribute && !str_starts(name, "on") &&
	       !has_word("href src srcset style action formaction xlink", str_of(name)) && !str_starts(name, "hx-") &&
	       !str_starts(name, "data-") && regex_search(policy->attribute, str_of(name), 0, NULL, 0) == 1;
}

static bool value_allowed(const struct html_policy *policy, const struct html_attribute *a)
{
	bool input = streq(a->element, "input"), image = streq(a->element, "img") && streq(a->name, "src");

	if (streq(a->name, "src") && streq(a->element, "iframe"))
		return iframe_allowed(policy, a->value);
	if (has_word(with_url, str_of(a->name)))
		return url_allowed(policy, a->value, image);
	if (streq(a->name, "srcset"))
		return srcset_allowed(policy, a->value);
	if (streq(a->name, "target"))
		return streq(a->value, "_blank") || streq(a->value, "_self");
	if (streq(a->name, "id"))
		return !strpbrk(a->value, " \t\n\f") && *a->value && (!input || is_tab_name(a->value));
	if (streq(a->name, "for"))
		return is_tab_name(a->value);
	return true;
}

static bool name_allowed(const struct html_policy *policy, const struct html_attribute *a, bool *differs)
{
	const struct allowed *e = find(a->element);
	struct str name = str_of(a->name);

	if (str_starts(a->name, "data-")) {
		bool known = has_word(known_data, name);

		*differs |= !known && !str_starts(a->name, "data-hx");
		return known || (!policy->strict && !str_starts(a->name, "data-hx"));
	}
	if (has_word(common, name) || str_starts(a->name, "aria-") || (e && has_word(e->attributes, name)))
		return true;
	if (streq(a->name, "tabindex"))
		return streq(a->value, "0") || streq(a->value, "-1");
	/* A name elsewhere could stand in for a property of the document. */
	if (streq(a->name, "name"))
		return streq(a->element, "input") && is_tab_name(a->value);
	return a->custom && custom_allows(policy, a->name);
}

void html_write_attribute(struct arena *mem, struct buf *out, const struct html_policy *policy, const struct html_attribute *a,
			  bool *differs)
{
	if (!name_is_plain(a->name))
		return;
	if (streq(a->name, "style"))
		write_style(mem, out, policy, a, differs);
	else if (streq(a->element, "a") && streq(a->name, "name") && *a->value && !strpbrk(a->value, " \t\n\f"))
		write_pair(out, "id", a->value); /* an anchor as one wrote them once */
	else if (name_allowed(policy, a, differs) && value_allowed(policy, a))
		write_pair(out, a->name, a->value);
}
