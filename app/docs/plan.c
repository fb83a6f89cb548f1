/* What a site consists of before anything is rendered: its files with their URLs. */
#include "docs/plan.h"

#include "docs/path.h"

enum { MAX_SITES = 200 };

static bool is_page(const char *path)
{
	static const char *const endings[] = { ".md", ".markdown", ".mdown", ".mkdn", ".mkd" };

	for (size_t i = 0; i < LEN(endings); i++)
		if (str_ends(path, endings[i]))
			return true;
	return false;
}

/* "guide/setup" of "guide/setup.md"; a README is its folder's index. */
static const char *stem_of(struct arena *mem, const char *path)
{
	const char *folder = path_folder(mem, path), *name = path + strlen(folder) + (*folder ? 1 : 0);
	const char *stem = arena_strndup(mem, name, (size_t)(strrchr(name, '.') - name));

	if (streq(stem, "README"))
		stem = "index";
	return *folder ? arena_printf(mem, "%s/%s", folder, stem) : stem;
}

static bool is_index(const char *stem)
{
	return streq(stem, "index") || str_ends(stem, "/index");
}

void plan_place(struct arena *mem, struct plan_file *f, bool directory_urls)
{
	const char *stem = stem_of(mem, f->path);

	f->page = true;
	if (directory_urls && !is_index(stem))
		stem = arena_printf(mem, "%s/index", stem);
	f->dest = arena_printf(mem, "%s.html", stem);
	f->url = path_encode(mem, directory_urls ? arena_strndup(mem, stem, strlen(stem) - strlen("index")) : f->dest);
}

static void add_file(struct ctx *cx, struct plan *p, const char *path, const struct tree_file *from)
{
	const char *source = from->path;
	struct plan_file f = { .path = path, .source = source, .stamp = from->stamp };

	if (map_get(&p->by_path, path))
		return;
	if (is_page(path)) {
		plan_place(cx->mem, &f, p->settings.directory_urls);
	} else {
		f.dest = path;
		f.url = path_encode(cx->mem, path);
	}
	*list_add(cx->mem, &p->files) = f;
	map_put(cx->mem, &p->by_path, path, (void *)(uintptr_t)p->files.n);
	map_put(cx->mem, &p->by_source, source, (void *)(uintptr_t)p->files.n);
}

long plan_find(const struct plan *p, const char *path)
{
	return (long)(uintptr_t)map_get(&p->by_path, path) - 1;
}

long plan_target(struct arena *mem, const struct plan *p, size_t i, struct str target)
{
	const struct plan_file *f = &p->files.items[i];
	const char *text = path_decode(mem, target);
	const char *path = path_join(mem, path_folder(mem, f->path), text);
	long found = path ? plan_find(p, path) : NO_FILE;

	if (found == NO_FILE && !streq(f->path, f->source)) {
		/* As the repository shows it: a page that is not where the site has it, or that points to another site's file.
		 */
		path = path_join(mem, path_folder(mem, f->source), text);
		found = path ? (long)(uintptr_t)map_get(&p->by_source, path) - 1 : NO_FILE;
	}
	return found;
}

const char *plan_default_title(struct arena *mem, const struct plan_file *f)
{
	const char *stem = stem_of(mem, f->path), *slash = strrchr(stem, '/');
	char *title = arena_strdup(mem, slash ? slash + 1 : stem);
	bool lower = true;

	if (streq(stem, "index"))
		return "Home";
	for (char *c = title; *c; c++) {
		if (*c == '-' || *c == '_')
			*c = ' ';
		lower = lower && ascii_lower(*c) == *c;
	}
	if (lower && *title >= 'a' && *title <= 'z')
		*title = (char)(*title - 'a' + 'A');
	return title;
}

static bool is_left_out(struct arena *mem, const struct mkdocs *s, const char *path)
{
	return str_starts(path, "templates/") || ignore_matches(mem, &s->exclude, path);
}

/* The folder's README gives way to its index. */
static bool is_second_index(struct arena *mem, const struct plan *p, const char *path)
{
	const char *folder = path_folder(mem, path);

	return (streq(path, "README.md") || str_ends(path, "/README.md")) &&
	       plan_find(p, *folder ? arena_printf(mem, "%s/index.md", folder) : "index.md") != NO_FILE;
}

static int add_files(struct ctx *cx, struct plan *p, const struct mkdocs *s, const char *mount,
		     const struct tree_limits *limits, struct notes *notes)
{
	struct tree_files found = { 0 };
	int rc = tree_list(cx, p->tree, s->docs, limits, &found);

	if (rc < 0)
		return rc;
	p->bytes += found.bytes;
	if (p->bytes > limits->bytes || p->files.n + found.n > limits->files)
		return fail(cx, ERR_TOOLARGE, "the sites that nav includes have too many files or bytes together");
	for (size_t i = 0; i < found.n; i++) {
		const char *source = found.items[i].path;
		const char *path = *s->docs ? source + strlen(s->docs) + 1 : source;
		const char *site_path = *mount ? arena_printf(cx->mem, "%s/%s", mount, path) : path;

		if (is_left_out(cx->mem, s, path))
			continue;
		if (is_second_index(cx->mem, p, site_path))
			note_info(notes, "%s: left out, since there is an index.md beside it", source);
		else
			add_file(cx, p, site_path, &found.items[i]);
	}
	return 0;
}

static bool has_home(const struct plan *p)
{
	return plan_find(p, "index.md") != NO_FILE || plan_find(p, "README.md") != NO_FILE;
}

/* A site without a first page takes a README: of docs in small letters, or the source's own. */
static void find_home(struct ctx *cx, struct plan *p, struct notes *notes)
{
	static const char *const names[] = { "README.md", "readme.md" };
	const char *folders[] = { p->settings.docs, p->settings.folder };

	for (size_t f = 0; f < LEN(folders) && !has_home(p); f++)
		for (size_t i = 0; i < LEN(names) && !has_home(p); i++) {
			const char *source = path_join(cx->mem, folders[f], names[i]);

			if (!source || !tree_has_file(p->tree, source))
				continue;
			note_info(notes, "%s is the first page, since there is no index.md", source);
			add_file(cx, p, "index.md", &(struct tree_file){ .path = source });
			/* The first page comes first also where nav is made from the files. */
			struct plan_file home = p->files.items[p->files.n - 1];

			memmove(p->files.items + 1, p->files.items, (p->files.n - 1) * sizeof(home));
			p->files.items[0] = home;
			p->by_path = p->by_source = (struct map){ 0 };
			for (size_t k = 0; k < p->files.n; k++) {
				map_put(cx->mem, &p->by_path, p->files.items[k].path, (void *)(uintptr_t)(k + 1));
				map_put(cx->mem, &p->by_source, p->files.items[k].source, (void *)(uintptr_t)(k + 1));
			}
		}
}

/* An included site is mounted at its name, as a folder can be called. */
static const char *mount_of(struct arena *mem, const char *name)
{
	struct buf out = { .mem = mem };

	for (const char *c = name; *c; c++) {
		if (ascii_alnum(*c) || strchr("_-/", *c))
			buf_addc(&out, *c);
		else if (out.n && out.p[out.n - 1] != '-')
			buf_addc(&out, '-');
	}
	const char *path = path_join(mem, "", buf_text(&out));

	return path && *path ? path : "site";
}

int plan_include(struct ctx *cx, struct plan *p, const char *file, unsigned depth, const char *title,
		 const struct tree_limits *limits, struct notes *notes)
{
	struct mkdocs s;
	const struct mkdocs_defaults none = { 0 };
	size_t from = p->files.n;
	int rc;

	if (++p->sites > MAX_SITES)
		return fail(cx, ERR_TOOLARGE, "%s: more than %d sites are included", file, MAX_SITES);
	rc = mkdocs_read(cx, p->tree, path_folder(cx->mem, file), file, &none, notes, &s);
	if (rc < 0)
		return rc;
	const char *mount = mount_of(cx->mem, s.name);

	*list_add(cx->mem, &p->nav) = (struct nav_item){ NAV_SECTION, depth, title ? title : s.name, NO_FILE, NULL };
	rc = add_files(cx, p, &s, mount, limits, notes);
	return rc < 0 ? rc : nav_make(cx, p, &s, mount, from, depth + 1, limits, notes);
}

static int check_css(struct ctx *cx, struct plan *p, struct notes *notes)
{
	struct text_list *css = &p->settings.css;
	size_t kept = 0;

	for (size_t i = 0; i < css->n; i++) {
		const char *path = url_is_elsewhere(css->items[i]) ? NULL : path_join(cx->mem, "", css->items[i]);

		if (path && plan_find(p, path) != NO_FILE)
			css->items[kept++] = path;
		else
			note_warn(notes, p->settings.file, 0, "extra_css: %s is no file of the documentation", css->items[i]);
	}
	css->n = kept;
	return 0;
}

int plan_make(struct ctx *cx, const struct tree *t, const struct mkdocs_defaults *defaults, const struct tree_limits *limits,
	      struct notes *notes, struct plan *out)
{
	int rc;

	*out = (struct plan){ .tree = t };
	rc = mkdocs_read(cx, t, "", NULL, defaults, notes, &out->settings);
	if (rc == 0)
		rc = add_files(cx, out, &out->settings, "", limits, notes);
	if (rc == ERR_NOTFOUND && (out->settings.file == NULL || tree_has_file(t, "README.md")))
		rc = 0; /* only a README, perhaps */
	if (rc < 0)
		return rc == ERR_NOTFOUND ? fail(cx, ERR_INPUT, "%s: docs_dir: there is no folder %s", out->settings.file,
						 out->settings.docs)
					  : rc;
	find_home(cx, out, notes);
	if (!out->files.n)
		return fail(cx, ERR_INPUT, "there are no documents: neither %s nor README.md", out->settings.docs);
	rc = check_css(cx, out, notes);
	return rc < 0 ? rc : nav_make(cx, out, &out->settings, "", 0, 0, limits, notes);
}
