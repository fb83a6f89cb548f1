/* Abbreviations: each whole word that was defined gets its meaning. */
#include "base/map.h"
#include "markdown/private.h"

/* Names are looked up by length, so a page can have as many as it likes, but of few lengths. */
enum { LENGTHS_MAX = 24, NAME_MAX_LENGTH = 64 };

struct abbr {
	struct str title;
	size_t number; /* where two could be read, the one that was defined before the other is */
};

struct abbr_index {
	struct map names;
	size_t defined;
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
	struct abbr *meaning = arena_new(md->mem, struct abbr);

	*meaning = (struct abbr){ title, md->abbrs->defined++ };
	map_put(md->mem, &md->abbrs->names, key, meaning);
	add_length(md->abbrs, name.n);
	md->abbrs->first[(unsigned char)name.p[0]] = true;
}

/* Is there a word on exactly one side of s[at]? */
static bool is_edge(struct str s, size_t at)
{
	return word_before(s, at) != word_at(s, at);
}

/* The name at s[at] that was defined first, of those defined before limit. */
static const struct abbr *find_name(const struct abbr_index *index, struct str s, size_t at, size_t limit, size_t *length)
{
	const struct abbr *best = NULL;

	if (!index->first[(unsigned char)s.p[at]] || !is_edge(s, at))
		return NULL;
	for (size_t i = 0; i < index->n_lengths; i++) {
		char key[NAME_MAX_LENGTH + 1];
		size_t n = index->lengths[i];
		const struct abbr *abbr;

		if (n > s.n - at || !is_edge(s, at + n))
			continue;
		memcpy(key, s.p + at, n);
		key[n] = '\0';
		abbr = map_get(&index->names, key);
		if (!abbr || abbr->number >= limit)
			continue;
		best = abbr;
		limit = abbr->number;
		*length = n;
	}
	return best;
}

/* Does a name that was defined before abbr begin within it? */
static bool is_taken(const struct abbr_index *index, struct str s, size_t at, size_t n, const struct abbr *abbr)
{
	size_t length;

	for (size_t i = at + 1; abbr->number > 0 && i < at + n; i++)
		if (find_name(index, s, i, abbr->number, &length))
			return true;
	return false;
}

struct str pass_abbr(struct inline_run *r, struct str s)
{
	struct md *md = r->md;
	struct rewrite w = { .s = s, .out = { .mem = md->mem } };

	if (!md->abbrs)
		return s;
	for (size_t i = 0, n; i < s.n && md->rc == 0; i++) {
		const struct abbr *abbr;

		if (s.p[i] == STX && mark_at(md, s, i)) {
			i += MARK_LEN - 1;
			continue;
		}
		abbr = find_name(md->abbrs, s, i, SIZE_MAX, &n);
		if (!abbr || is_taken(md->abbrs, s, i, n, abbr))
			continue;
		size_t id = stash_element(md, "abbr", str_part(s, i, i + n), true);

		md_weigh(md, abbr->title.n);
		attr_setn(md, &md->stash.items[id].attrs, STR("title"), abbr->title);
		rewrite_mark(&w, i, i + n, id);
		i += n - 1;
	}
	return rewrite_end(&w);
}
