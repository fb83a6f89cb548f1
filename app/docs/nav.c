/* The navigation of a site: as mkdocs.yml lists it, with the sites it includes, or made from the files. */
#include "docs/path.h"
#include "docs/plan.h"

struct making {
	struct ctx *cx;
	struct plan *p;
	const struct mkdocs *s;
	const char *mount; /* folder of the site's files in the whole; "" for the outermost */
	const struct tree_limits *limits;
	struct notes *notes;
};

static void add(struct making *m, struct nav_item item)
{
	*list_add(m->cx->mem, &m->p->nav) = item;
}

/* "api-guide" is "Api guide". */
static const char *folder_title(struct arena *mem, struct str name)
{
	return plan_default_title(mem, &(struct plan_file){ .path = arena_printf(mem, "%.*s.md", (int)name.n, name.p) });
}

/* Opens the sections of a page's folders below those that are open already. */
static void open_sections(struct making *m, const char *folder, const char *before, unsigned depth)
{
	size_t same = 0, n = strlen(folder);

	for (size_t i = 0; i <= n; i++) {
		if (i < n && folder[i] != '/') {
			continue;
		}
		bool open = strncmp(folder, before, i) == 0 && (before[i] == '/' || !before[i]) && i;

		if (i > same && !open)
			add(m, (struct nav_item){ NAV_SECTION, depth,
						  folder_title(m->cx->mem, (struct str){ folder + same, i - same }), NO_FILE,
						  NULL });
		depth += i > same;
		same = i + 1;
	}
}

static unsigned levels(const char *folder)
{
	unsigned n = *folder != '\0';

	for (; *folder; folder++)
		n += *folder == '/';
	return n;
}

/* Files of one folder stand together, so that sections open and close as they go by. */
static void nav_of_files(struct making *m, size_t from, unsigned depth)
{
	const char *before = "";
	size_t skip = *m->mount ? strlen(m->mount) + 1 : 0, end = m->p->files.n;

	for (size_t i = from; i < end; i++) {
		struct plan_file *f = &m->p->files.items[i];
		const char *folder = path_folder(m->cx->mem, f->path);

		if (!f->page || f->in_nav || ignore_matches(m->cx->mem, &m->s->not_in_nav, f->path + skip))
			continue;
		folder = strlen(folder) >= skip ? folder + skip : "";
		open_sections(m, folder, before, depth);
		before = folder;
		f->in_nav = true;
		add(m, (struct nav_item){ NAV_PAGE, depth + levels(folder), NULL, (long)i, NULL });
	}
}

static int add_included(struct making *m, const char *title, const char *path, unsigned depth)
{
	int rc = plan_include(m->cx, m->p, path, depth, title, m->limits, m->notes);

	/* A site that is not there or faulty takes nothing from the others. */
	if (rc == ERR_INPUT || rc == ERR_NOTFOUND) {
		note_warn(m->notes, m->s->file, 0, "nav: %s", m->cx->err.text);
		rc = 0;
	}
	return rc;
}

/* "*include": every site whose mkdocs.yml fits the pattern. */
static int add_glob(struct making *m, const char *pattern, unsigned depth)
{
	const struct tree_limits limits = { .files = 200000, .bytes = UINT64_MAX };
	struct tree_files all = { 0 };
	const char *start = arena_strndup(m->cx->mem, pattern, strcspn(pattern, "*?[{"));
	int rc = tree_list(m->cx, m->p->tree, path_folder(m->cx->mem, start), &limits, &all);
	bool found = false;

	for (size_t i = 0; i < all.n && rc == 0; i++)
		if (glob_match(pattern, all.items[i].path, false)) {
			found = true;
			rc = add_included(m, NULL, all.items[i].path, depth);
		}
	if (rc == 0 && !found)
		note_warn(m->notes, m->s->file, 0, "nav: there is no site %s", pattern);
	return rc;
}

/* 1: text asks for other sites and they are added; 0: it does not. */
static int add_include(struct making *m, const char *title, const struct json *v, unsigned depth)
{
	bool one = str_starts(v->s.p, "!include "), many = str_starts(v->s.p, "*include ");
	int rc;

	if (!one && !many)
		return 0;

	struct str name = str_trim(str_of(v->s.p + strlen("!include ")));
	const char *path = path_join(m->cx->mem, m->s->folder, arena_strndup(m->cx->mem, name.p, name.n));

	if (!path || !*path) {
		note_warn(m->notes, m->s->file, v->line, "nav: %s lies outside of the documentation's source", v->s.p);
		return 1;
	}
	if (many && title) {
		add(m, (struct nav_item){ NAV_SECTION, depth, title, NO_FILE, NULL });
		depth++;
	}
	rc = one ? add_included(m, title, path, depth) : add_glob(m, path, depth);
	return rc < 0 ? rc : 1;
}

static int add_target(struct making *m, const char *title, const struct json *v, unsigned depth)
{
	const char *text = json_text(v, "");
	int rc = add_include(m, title, v, depth);

	if (rc)
		return rc < 0 ? rc : 0;

	const char *path = url_is_elsewhere(text) ? NULL : path_join(m->cx->mem, m->mount, text);
	long file = path ? plan_find(m->p, path) : NO_FILE;

	if (file != NO_FILE && m->p->files.items[file].page) {
		struct plan_file *f = &m->p->files.items[file];

		f->in_nav = true;
		f->nav_title = f->nav_title ? f->nav_title : title;
		add(m, (struct nav_item){ NAV_PAGE, depth, title, file, NULL });
		return 0;
	}
	if (!url_is_elsewhere(text) && file == NO_FILE)
		note_warn(m->notes, m->s->file, v->line, "nav: %s is no page of the documentation", text);
	if (!url_is_harmless(text))
		note_warn(m->notes, m->s->file, v->line, "nav: %s is no link that may be shown", text);
	else
		add(m, (struct nav_item){ NAV_LINK, depth, title ? title : text, NO_FILE,
					  file != NO_FILE ? m->p->files.items[file].url : text });
	return 0;
}

static int add_list(struct making *m, const struct json *list, unsigned depth);

static int add_value(struct making *m, const char *title, const struct json *v, unsigned depth)
{
	if (json_is(v, JSON_STRING))
		return add_target(m, title, v, depth);
	if (json_is(v, JSON_ARRAY) && !title)
		return add_list(m, v, depth);
	if (json_is(v, JSON_ARRAY)) {
		add(m, (struct nav_item){ NAV_SECTION, depth, title, NO_FILE, NULL });
		return add_list(m, v, depth + 1);
	}
	note_warn(m->notes, m->s->file, v ? v->line : 0, "nav: %s is neither a page nor a list", title ? title : "an entry");
	return 0;
}

static int add_list(struct making *m, const struct json *list, unsigned depth)
{
	int rc = 0;

	for (size_t i = 0; i < list->a.n && rc == 0; i++) {
		const struct json *item = list->a.items[i];

		if (!json_is(item, JSON_OBJECT))
			rc = add_value(m, NULL, item, depth);
		for (size_t k = 0; json_is(item, JSON_OBJECT) && k < item->o.n && rc == 0; k++)
			rc = add_value(m, item->o.m[k].key.p, item->o.m[k].value, depth);
	}
	return rc;
}

static void name_orphans(struct making *m, size_t from)
{
	size_t skip = *m->mount ? strlen(m->mount) + 1 : 0;

	for (size_t i = from; i < m->p->files.n; i++) {
		const struct plan_file *f = &m->p->files.items[i];

		if (f->page && !f->in_nav && !ignore_matches(m->cx->mem, &m->s->not_in_nav, f->path + skip))
			note_info(m->notes, "%s is a page, but not in nav", f->source);
	}
}

int nav_make(struct ctx *cx, struct plan *p, const struct mkdocs *s, const char *mount, size_t from, unsigned depth,
	     const struct tree_limits *limits, struct notes *notes)
{
	struct making m = { cx, p, s, mount, limits, notes };
	int rc;

	if (!s->nav) {
		nav_of_files(&m, from, depth);
		return 0;
	}
	rc = add_list(&m, s->nav, depth);
	if (rc == 0)
		name_orphans(&m, from);
	return rc;
}
