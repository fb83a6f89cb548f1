/* What a build leaves beside the pages' parts: one line for each thing, with tabs between. */
#include "docs/stored.h"

#include <stdio.h>
#include <stdlib.h>

static const char first_line[] = "callboard docs 1";

/* A field; white space that would end it becomes a blank. NULL is the empty text. */
static void put(struct buf *out, const char *text)
{
	buf_addc(out, '\t');
	for (; text && *text; text++)
		buf_addc(out, strchr("\t\n\r", *text) ? ' ' : *text);
}

static void put_pairs(struct buf *out, const char *name, const struct stored_pairs *list)
{
	for (size_t i = 0; i < list->n; i++) {
		buf_adds(out, name);
		put(out, list->items[i].from);
		put(out, list->items[i].to);
		buf_addc(out, '\n');
	}
}

void stored_write(const struct stored *s, struct buf *out)
{
	buf_addf(out, "%s\nsite", first_line);
	put(out, s->name);
	put(out, s->about);
	buf_addc(out, '\n');
	for (size_t i = 0; i < s->pages.n; i++) {
		const struct stored_page *p = &s->pages.items[i];

		buf_addf(out, "page\t%016llx\t%lld", (unsigned long long)p->shown, (long long)p->changed_ms);
		put(out, p->url);
		put(out, p->path);
		put(out, p->title);
		put(out, p->edit_url);
		put(out, p->author);
		buf_addc(out, '\n');
	}
	for (size_t i = 0; i < s->nav.n; i++) {
		buf_addf(out, "nav\t%d\t%u", s->nav.items[i].kind, s->nav.items[i].depth);
		put(out, s->nav.items[i].url);
		put(out, s->nav.items[i].title);
		buf_addc(out, '\n');
	}
	put_pairs(out, "moved", &s->moved);
	put_pairs(out, "file", &s->files);
}

/* What stands before the next end, NUL-terminated in place; NULL: nothing is left. */
static char *cut(char **rest, char end)
{
	char *text = *rest, *at = text ? strchr(text, end) : NULL;

	if (at)
		*at++ = '\0';
	*rest = at;
	return text;
}

/* The next field. */
static char *field(char **rest)
{
	static char none[1];
	char *text = cut(rest, '\t');

	return text ? text : none;
}

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

static void read_line(struct arena *mem, struct stored *s, char *line)
{
	const char *what = field(&line);

	if (streq(what, "page")) {
		struct stored_page p = { 0 };

		p.shown = strtoull(field(&line), NULL, 16);
		p.changed_ms = strtoll(field(&line), NULL, 10);
		p.url = field(&line);
		p.path = field(&line);
		p.title = field(&line);
		p.edit_url = or_null(field(&line));
		p.author = or_null(field(&line));
		*list_add(mem, &s->pages) = p;
	} else if (streq(what, "nav")) {
		struct shown_item item = { 0 };

		item.kind = (enum nav_kind)strtoul(field(&line), NULL, 10);
		item.depth = (unsigned)strtoul(field(&line), NULL, 10);
		item.url = field(&line);
		item.title = field(&line);
		*list_add(mem, &s->nav) = item;
	} else if (streq(what, "moved") || streq(what, "file")) {
		struct stored_pairs *list = *what == 'm' ? &s->moved : &s->files;
		const char *from = field(&line);

		*list_add(mem, list) = (struct stored_pair){ from, field(&line) };
	} else if (streq(what, "site")) {
		s->name = field(&line);
		s->about = or_null(field(&line));
	}
}

void stored_index(struct arena *mem, struct stored *s)
{
	for (size_t i = 0; i < s->pages.n; i++)
		map_put(mem, &s->by_url, s->pages.items[i].url, (void *)(uintptr_t)(i + 1));
	for (size_t i = 0; i < s->files.n; i++)
		map_put(mem, &s->by_file, s->files.items[i].from, (void *)(uintptr_t)(i + 1));
}

int stored_read(struct ctx *cx, const struct dir *reader, struct stored *out)
{
	struct str text;
	int rc = dir_read(cx, reader, STORED_FILE, &text);
	char *rest, *line;

	*out = (struct stored){ .name = "" };
	if (rc < 0)
		return rc;
	rest = arena_strndup(cx->mem, text.p, text.n);
	line = cut(&rest, '\n');
	if (!line || !streq(line, first_line))
		return fail(cx, ERR_NOTFOUND, "%s: it was written by another version", reader->path);
	while ((line = cut(&rest, '\n')))
		read_line(cx->mem, out, line);
	return 0;
}

const struct stored_page *stored_page(const struct stored *s, const char *url)
{
	size_t at = (size_t)(uintptr_t)map_get(&s->by_url, url);

	for (size_t i = 0; !s->by_url.n && i < s->pages.n && !at; i++)
		if (streq(s->pages.items[i].url, url))
			at = i + 1;
	return at ? &s->pages.items[at - 1] : NULL;
}
