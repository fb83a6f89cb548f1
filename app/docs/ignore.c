/* Patterns as in .gitignore: exclude_docs and not_in_nav of mkdocs.yml. */
#include "docs/ignore.h"

#include "base/str.h"

struct ignore_rule {
	const char *pattern;
	bool keeps, folder; /* begins with '!', ends with '/' */
	bool anywhere;      /* has no slash: fits a name in every folder */
};

void ignore_parse(struct arena *mem, const char *text, struct ignore *out)
{
	for (struct str rest = str_of(text); rest.p;) {
		struct str line = str_trim(str_cut(&rest, '\n'));
		struct ignore_rule r = { 0 };

		if (line.n == 0 || *line.p == '#')
			continue;
		r.keeps = *line.p == '!';
		if (r.keeps)
			line = (struct str){ line.p + 1, line.n - 1 };
		r.folder = line.n > 1 && line.p[line.n - 1] == '/';
		line.n -= r.folder;
		r.anywhere = !memchr(line.p, '/', line.n);
		if (line.n && *line.p == '/')
			line = (struct str){ line.p + 1, line.n - 1 };
		r.pattern = arena_strndup(mem, line.p, line.n);
		if (line.n)
			*list_add(mem, out) = r;
	}
}

static bool fits(const struct ignore_rule *r, const char *path, bool folder)
{
	const char *slash = r->anywhere ? strrchr(path, '/') : NULL;

	return (folder || !r->folder) && glob_match(r->pattern, slash ? slash + 1 : path, false);
}

/* 1: ignored, 0: kept, -1: no rule fits. */
static int judge(const struct ignore *rules, const char *path, bool folder)
{
	for (size_t i = rules->n; i-- > 0;)
		if (fits(&rules->items[i], path, folder))
			return !rules->items[i].keeps;
	return -1;
}

bool ignore_matches(struct arena *mem, const struct ignore *rules, const char *path)
{
	int verdict = rules->n ? judge(rules, path, false) : 0;

	if (verdict >= 0)
		return verdict;
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/'))
		if (judge(rules, arena_strndup(mem, path, (size_t)(slash - path)), true) == 1)
			return true;
	return false;
}
