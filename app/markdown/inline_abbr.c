/* Abbreviations: each whole word that was defined gets its meaning. */
#include "base/map.h"
#include "markdown/private.h"

/* Names are looked up by length, so a page can have as many as it likes, but of few lengths. */
enum { LENGTHS_MAX = 24, NAME_MAX_LENGTH = 64 };

struct abbr_index {
	struct map names;
	unsigned char lengths[LENGTHS_MAX]; /* longest first */
	size_t n_lengths;
	bool first[256]; /* bytes that names begin with */
};

static void add_length(struct abbr_index *index, size_t n)
{
	size_t i = 0;

	while (i < index->n_lengths && index->lengths[i] > n)
		i++;
	if ((i < index->n_lengths && index->lengths[i] == n) || index->n_lengths == LENGTHS_MAX)
		return;
	memmove(index->lengths + i + 1, index->lengths + i, index->n_lengths++ - i);
	index->lengths[i] = (unsigned char)n;
}

void abbr_define(struct md *md, struct str name, struct str title)
{
	const char *key = arena_strndup(md->mem, name.p, name.n);

	if (!name.n || name.n > NAME_MAX_LENGTH)
		return;
	if (!md->abbrs)
		md->abbrs = arena_new(md->mem, struct abbr_index);
	struct str *meaning = arena_new(md->mem, struct str);

	*meaning = title;
	map_put(md->mem, &md->abbrs->names, key, meaning);
	add_length(md->abbrs, name.n);
	md->abbrs->first[(unsigned char)name.p[0]] = true;
}

/* Is there a word on exactly one side of s[at]? */
static bool is_edge(struct str s, size_t at)
{
	return word_before(s, at) != word_at(s, at);
}

/* The longest name that begins at s[at]. */
static const struct str *find_name(const struct abbr_index *index, struct str s, size_t at, size_t *length)
{
	for (size_t i = 0; i < index->n_lengths; i++) {
		char key[NAME_MAX_LENGTH + 1];
		size_t n = index->lengths[i];
		const struct str *title;

		if (n > s.n - at || !is_edge(s, at + n))
			continue;
		memcpy(key, s.p + at, n);
		key[n] = '\0';
		title = map_get(&index->names, key);
		*length = n;
		if (title)
			return title;
	}
	return NULL;
}

struct str pass_abbr(struct inline_run *r, struct str s)
{
	struct md *md = r->md;
	struct rewrite w = { .s = s, .out = { .mem = md->mem } };

	if (!md->abbrs)
		return s;
	for (size_t i = 0, n; i < s.n && md->rc == 0; i++) {
		const struct str *title;

		if (s.p[i] == STX && mark_at(md, s, i)) {
			i += MARK_LEN - 1;
			continue;
		}
		if (!md->abbrs->first[(unsigned char)s.p[i]] || !is_edge(s, i) || !(title = find_name(md->abbrs, s, i, &n)))
			continue;
		size_t id = stash_element(md, "abbr", str_part(s, i, i + n), true);

		md_weigh(md, title->n);
		attr_setn(md, &md->stash.items[id].attrs, STR("title"), *title);
		rewrite_mark(&w, i, i + n, id);
		i += n - 1;
	}
	return rewrite_end(&w);
}
