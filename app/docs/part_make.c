/* Renders one page of a plan into its part. */
#include "docs/part_make.h"

#include <sys/stat.h>

#include "base/hash.h"
#include "docs/path.h"
#include "markdown/markdown.h"

enum { SNIPPET_MAX = 2 << 20, TOC_LEAST = 1 };

static void take_texts(struct arena *mem, const struct json *list, bool lower, struct text_list *out)
{
	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++) {
		const char *text = json_text(list->a.items[i], "");
		size_t n = strlen(text);

		/* "mailto:" and "mailto" are both written. */
		n -= n && lower && text[n - 1] == ':';
		if (n)
			*list_add(mem, out) = lower ? str_lower(mem, text, n) : text;
	}
}

static int take_expression(struct ctx *cx, const struct json *conf, const char *key, const struct regex **out)
{
	const char *text = json_get_text(conf, key, ""), *why;

	if (!*text)
		return 0;
	*out = regex_compile(cx->mem, str_of(text), 0, &why);
	return *out ? 0 : fail(cx, ERR_INPUT, "techdocs.sanitizer.%s: %s", key, why);
}

/* Changes with every build of the program, since its renderer may have changed. */
static void hash_program(struct buf *b)
{
	struct stat st = { 0 };

	stat("/proc/self/exe", &st);
	buf_addf(b, "%lld.%ld %lld\n", (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (long long)st.st_size);
}

int part_rules_make(struct ctx *cx, const struct plan *plan, const struct json *conf, struct part_rules *out)
{
	struct buf b = { .mem = cx->mem };
	const struct mkdocs *s = &plan->settings;
	int rc;

	*out = (struct part_rules){ .plan = plan };
	take_texts(cx->mem, json_get(conf, "allowedIframeHosts"), false, &out->policy.iframe_hosts);
	take_texts(cx->mem, json_get(conf, "additionalAllowedURIProtocols"), true, &out->policy.schemes);
	rc = take_expression(cx, conf, "allowedCustomElementTagNameRegExp", &out->policy.element);
	if (rc == 0)
		rc = take_expression(cx, conf, "allowedCustomElementAttributeNameRegExp", &out->policy.attribute);
	if (rc < 0)
		return rc;
	hash_program(&b);
	if (conf)
		json_write_stable(&b, conf);
	json_write_stable(&b, s->extensions);
	for (size_t i = 0; i < s->snippets.n; i++)
		buf_addf(&b, "\n%s", s->snippets.items[i]);
	buf_addf(&b, "\n%d", s->directory_urls);
	out->hash = hash64(b.p, b.n);
	return 0;
}

uint64_t part_made_of(struct str source)
{
	uint64_t sum = checksum64(source.p, source.n);

	return sum ? sum : 1;
}

/* A page on its way. */
struct rendering {
	struct ctx *cx;
	const struct part_rules *rules;
	size_t file;
	struct buf needs;
	unsigned flags; /* of needs */
};

/* The URL for a relative target; NULL when no file is there. */
static const char *find_url(struct ctx *cx, const struct plan *p, size_t file, const char *target)
{
	size_t n = strcspn(target, "?#");
	long found = plan_target(cx->mem, p, file, (struct str){ target, n });

	if (found == NO_FILE)
		return NULL;
	return arena_printf(cx->mem, "%s%s", url_between(cx->mem, p->files.items[file].url, p->files.items[found].url),
			    target + n);
}

/* Only what may be a file of the site: a name with a dot, as MkDocs has it. */
static bool may_be_file(const char *target)
{
	size_t n = strcspn(target, "?#");
	const char *slash = memrchr(target, '/', n);
	const char *name = slash ? slash + 1 : target;

	return !url_is_elsewhere(target) && memchr(name, '.', n - (size_t)(name - target));
}

static const char *resolve(struct ctx *cx, void *arg, enum markdown_link kind, const char *target)
{
	struct rendering *r = arg;
	const char *url;

	(void)kind;
	if (strpbrk(target, "\n\t") || (*target != '#' && !may_be_file(target)))
		return target;
	url = *target == '#' ? target : find_url(cx, r->rules->plan, r->file, target);
	buf_addf(&r->needs, "L\t%s\t%s\n", url ? url : "-", target);
	r->flags |= url ? 0 : PART_LOST;
	return url ? url : target;
}

static int read_snippet(struct ctx *cx, const struct plan *p, const char *name, struct str *text)
{
	int rc = ERR_NOTFOUND;

	if (*name == '/')
		return fail(cx, ERR_NOTFOUND, "%s: snippets lie in the source", name);
	for (size_t i = 0; i < p->settings.snippets.n && rc == ERR_NOTFOUND; i++) {
		const char *path = path_join(cx->mem, p->settings.snippets.items[i], name);

		rc = path ? tree_read(cx, p->tree, path, SNIPPET_MAX, text) : ERR_NOTFOUND;
	}
	return rc < 0 ? ERR_NOTFOUND : 0;
}

static int snippet(struct ctx *cx, void *arg, const char *name, struct str *text)
{
	struct rendering *r = arg;
	int rc = read_snippet(cx, r->rules->plan, name, text);

	if (strpbrk(name, "\n\t"))
		return fail(cx, ERR_NOTFOUND, "no such snippet");
	r->flags |= rc < 0 ? PART_SNIPPETS | PART_LOST : PART_SNIPPETS;
	if (rc < 0)
		buf_addf(&r->needs, "S\t-\t%s\n", name);
	else
		buf_addf(&r->needs, "S\t%016llx\t%s\n", (unsigned long long)checksum64(text->p, text->n), name);
	return rc < 0 ? fail(cx, ERR_NOTFOUND, "there is no snippet %s", name) : 0;
}

bool part_needs_hold(struct ctx *cx, const struct part_rules *rules, size_t file, bool links, struct str needs)
{
	while (needs.p && needs.n) {
		struct str line = str_cut(&needs, '\n'), kind = str_cut(&line, '\t'), was = str_cut(&line, '\t');
		const char *name = line.p ? arena_strndup(cx->mem, line.p, line.n) : "", *now = "-";
		struct str text;

		if (str_is(kind, "L") && !links)
			continue;
		if (str_is(kind, "L"))
			now = *name == '#' ? name : find_url(cx, rules->plan, file, name);
		else if (read_snippet(cx, rules->plan, name, &text) == 0)
			now = arena_printf(cx->mem, "%016llx", (unsigned long long)checksum64(text.p, text.n));
		if (!str_is(was, now ? now : "-"))
			return false;
	}
	return true;
}

/* The headings as nested lists, the deeper ones within the higher. */
static void write_toc(struct buf *out, const struct markdown_page *page)
{
	unsigned open[8] = { 0 }, n = 0;
	size_t skip = page->n_headings && page->headings[0].level == 1 ? 1 : 0;

	if (page->n_headings < skip + TOC_LEAST)
		return;
	for (size_t i = skip; i < page->n_headings; i++) {
		const struct markdown_heading *h = &page->headings[i];

		while (n > 1 && open[n - 1] > h->level) {
			buf_adds(out, "</li></ul>");
			n--;
		}
		if (n == 0 || open[n - 1] < h->level) {
			buf_adds(out, "<ul>");
			open[n++] = h->level;
		} else {
			buf_adds(out, "</li>");
		}
		buf_adds(out, "<li><a class=\"md-nav__link\" href=\"#");
		html_write_text(out, str_of(h->id));
		buf_adds(out, "\">");
		html_write_text(out, h->plain);
		buf_adds(out, "</a>");
	}
	for (; n; n--)
		buf_adds(out, "</li></ul>");
}

static void write_search(struct buf *out, const char *url, const struct markdown_page *page)
{
	for (size_t i = 0; i < page->n_headings; i++) {
		const struct markdown_heading *h = &page->headings[i];
		ARENA mem = { 0 };

		buf_adds(out, i ? ",{\"location\":" : "{\"location\":");
		json_write_text(out, str_of(arena_printf(&mem, "%s#%s", url, h->id)));
		buf_adds(out, ",\"title\":");
		json_write_text(out, h->plain);
		buf_adds(out, ",\"text\":");
		json_write_text(out, h->text);
		buf_addc(out, '}');
	}
}

static unsigned hidden(const struct json *meta)
{
	const struct json *hide = json_get(meta, "hide");
	unsigned flags = 0;

	for (size_t i = 0; json_is(hide, JSON_ARRAY) && i < hide->a.n; i++) {
		const char *what = json_text(hide->a.items[i], "");

		flags |= streq(what, "toc") ? PART_HIDE_TOC : streq(what, "navigation") ? PART_HIDE_NAV : 0;
	}
	return flags;
}

/* Meta data of front matter is a value, that of a meta-data block a list of lines. */
static struct str meta_text(struct arena *mem, const struct json *meta, const char *key)
{
	const struct json *v = json_get(meta, key);
	struct buf b = { .mem = mem };

	if (json_is(v, JSON_ARRAY) && v->a.n)
		v = v->a.items[0];
	if (json_is(v, JSON_STRING))
		return v->s;
	if (json_is(v, JSON_NUMBER))
		json_write_number(&b, v->num);
	return buf_str(&b);
}

static int clean(struct ctx *cx, const struct part_rules *rules, struct str html, struct part *out)
{
	struct html_policy policy = rules->policy;
	struct html_clean c, strict;
	int rc;

	policy.max_output = rules->max_output;
	rc = html_clean(cx, html, &policy, &c);
	if (rc == 0 && c.differs) {
		policy.strict = true;
		rc = html_clean(cx, html, &policy, &strict);
		if (rc == 0)
			out->strict = strict.html;
	}
	if (rc < 0)
		return rc;
	out->article = c.html;
	out->flags |= c.has_h1 ? PART_H1 : 0;
	return 0;
}

int part_render(struct ctx *cx, const struct part_rules *rules, size_t file, struct str source, struct part *out)
{
	struct rendering r = { .cx = cx, .rules = rules, .file = file, .needs = { .mem = cx->mem } };
	const struct markdown_options options = { resolve, snippet, &r, rules->max_output, rules->plan->settings.extensions };
	struct buf toc = { .mem = cx->mem }, search = { .mem = cx->mem }, lead = { .mem = cx->mem };
	struct markdown_page page = { 0 };
	int rc = markdown_render(cx, source, &options, &page);

	*out = (struct part){ .made_of = part_made_of(source) };
	if (rc == 0)
		rc = clean(cx, rules, page.html, out);
	if (rc < 0)
		return rc;
	write_toc(&toc, &page);
	write_search(&search, rules->plan->files.items[file].url, &page);
	json_write_text(&lead, page.lead);
	out->title = meta_text(cx->mem, page.meta, "title");
	if (!out->title.n && page.title)
		out->title = str_of(page.title);
	out->about = meta_text(cx->mem, page.meta, "description");
	out->toc = buf_str(&toc);
	out->search = buf_str(&search);
	out->lead = buf_str(&lead);
	out->needs = buf_str(&r.needs);
	out->flags |= r.flags | hidden(page.meta) | (page.has_code ? PART_CODE : 0) | (page.has_mermaid ? PART_MERMAID : 0) |
		      (page.has_tabs ? PART_TABS : 0);
	return 0;
}

void part_failed(struct ctx *cx, const struct part_rules *rules, size_t file, const char *why, struct part *out)
{
	struct buf b = { .mem = cx->mem };

	buf_adds(
		&b,
		"<div class=\"admonition failure\"><p class=\"admonition-title\">This page could not be rendered</p><p><code>");
	html_write_text(&b, str_of(rules->plan->files.items[file].source));
	buf_adds(&b, "</code>: ");
	html_write_text(&b, str_of(why));
	buf_adds(&b, "</p></div>");
	*out = (struct part){ .flags = PART_FAILED, .article = buf_str(&b), .lead = STR("\"\"") };
}
