/* Documents come, change and go. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/list.h"
#include "search/private.h"

enum {
	FIELD_GAP = 64, /* between the places of two fields, so that no phrase spans them */
	DEAD_LEAST = 4096,
	WORK_WORDS = 64, /* that follow a new numbering at once */
	VALUE_MOST = 255,
};

uint64_t engine_hash(struct str s)
{
	uint64_t h = s.n ? hash64(s.p, s.n) : 0;

	return h;
}

struct engine *engine_new(void)
{
	uint64_t bytes = 0;
	size_t cap = 0;
	struct engine *e = engine_grow(&bytes, NULL, 0, 1, &cap, sizeof(*e));

	e->bytes = bytes;
	return e;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	for (uint32_t i = 0; i < e->n_docs; i++)
		free(e->docs[i].values);
	words_free(e);
	values_free(e);
	free(e->docs);
	free(e->lights);
	free(e->slots);
	free(e->renumbered);
	free(e->scratch.seen);
	free(e->scratch.now);
	free(e->scratch.sum);
	free(e->scratch.mark);
	free(e->scratch.touched);
	arena_release(&e->mem);
	free(e);
}

/* ---- by key ---- */

static struct slot *slot_of(const struct engine *e, uint64_t key)
{
	size_t i = hash64(&key, sizeof(key)) & (e->n_slots - 1);

	while (e->slots[i].doc && e->slots[i].key != key)
		i = (i + 1) & (e->n_slots - 1);
	return &e->slots[i];
}

/* Half of them are free, so that few stand in each other's way. */
static void make_slots(struct engine *e)
{
	struct slot *old = e->slots;
	size_t n = e->n_slots, cap = 0, want = n ? n : 1024;

	while (want < 4 * (size_t)e->live)
		want *= 2;
	e->slots = engine_grow(&e->bytes, NULL, 0, want, &cap, sizeof(*e->slots));
	e->n_slots = want;
	e->used_slots = 0;
	for (uint32_t i = 0; i < e->n_docs; i++) {
		if (!e->docs[i].live)
			continue;
		*slot_of(e, e->docs[i].key) = (struct slot){ e->docs[i].key, i + 1 };
		e->used_slots++;
	}
	engine_drop(&e->bytes, old, n, sizeof(*old));
}

struct document *engine_find(const struct engine *e, uint64_t key)
{
	const struct slot *s = e->n_slots ? slot_of(e, key) : NULL;

	return s && s->doc && e->docs[s->doc - 1].live ? &e->docs[s->doc - 1] : NULL;
}

static void set_slot(struct engine *e, uint64_t key, uint32_t doc)
{
	if (2 * (e->used_slots + 1) > e->n_slots)
		make_slots(e);
	struct slot *s = slot_of(e, key);

	e->used_slots += !s->doc;
	*s = (struct slot){ key, doc + 1 };
}

/* ---- numbered anew ---- */

struct word *engine_word(struct engine *e, uint32_t word)
{
	struct word *w = &e->words.items[word];

	if (w->turn != e->turn && w->text) {
		list_renumber(&e->bytes, &w->head, e->renumbered);
		list_renumber(&e->bytes, &w->body, e->renumbered);
		w->turn = e->turn;
	}
	return w;
}

static bool follow(struct engine *e, uint32_t words)
{
	for (; words && e->behind < e->words.n; words--)
		engine_word(e, e->behind++);
	return e->behind < e->words.n;
}

/* Of dead documents nothing is left; the others close up. */
static void renumber(struct engine *e)
{
	uint32_t n = 0;

	follow(e, UINT32_MAX);
	e->renumbered = engine_grow(&e->bytes, e->renumbered, 0, e->n_docs, &e->cap_renumbered, sizeof(uint32_t));
	for (uint32_t i = 0; i < e->n_docs; i++) {
		e->renumbered[i] = e->docs[i].live ? n : UINT32_MAX;
		if (!e->docs[i].live)
			continue;
		e->lights[n] = e->lights[i];
		e->docs[n++] = e->docs[i];
	}
	memset(e->docs + n, 0, (e->n_docs - n) * sizeof(*e->docs));
	e->n_docs = n;
	e->turn++;
	e->behind = 1;
	make_slots(e);
}

bool engine_work(struct engine *e)
{
	uint32_t dead = e->n_docs - e->live;

	if (follow(e, WORK_WORDS))
		return true;
	words_merge(e, true);
	if (dead > DEAD_LEAST && dead > e->live / 2)
		renumber(e);
	return e->behind < e->words.n;
}

/* ---- documents ---- */

void engine_remove(struct engine *e, uint64_t key)
{
	struct document *d = engine_find(e, key);

	if (!d)
		return;
	for (uint32_t i = 0; i < d->n_values; i++)
		value_give(e, d->values[i]);
	engine_drop(&e->bytes, d->values, d->n_values, sizeof(*d->values));
	d->values = NULL;
	d->n_values = 0;
	d->live = e->lights[d - e->docs].live = false;
	e->live--;
	e->all_body -= d->body;
}

static void take_value(struct engine *e, struct document *d, struct str field, struct str value, size_t *cap)
{
	if (value.n > VALUE_MOST)
		return;
	d->values = engine_grow(&e->bytes, d->values, d->n_values, 1, cap, sizeof(*d->values));
	d->values[d->n_values++] = value_take(e, field, value);
}

static void take_values(struct engine *e, struct document *d, const struct engine_doc *from)
{
	size_t cap = 0, all = from->n_pairs + 1;

	/* all at once: it is dropped by its length */
	d->values = engine_grow(&e->bytes, NULL, 0, all, &cap, sizeof(*d->values));
	d->type = value_take(e, STR(""), from->type);
	d->values[d->n_values++] = d->type;
	for (size_t i = 0; i < from->n_pairs; i++)
		take_value(e, d, from->pairs[i].field, from->pairs[i].value, &cap);
	e->bytes -= (cap - d->n_values) * sizeof(*d->values);
}

/* Places of one word in one list of a document. */
struct stand {
	uint32_t word, at;
	uint8_t info;
};
struct stands {
	struct stand *items;
	size_t n, cap;
};

static void stand_in(struct engine *e, struct str text, uint8_t where, uint32_t *at, struct stands *out)
{
	struct tokens words = { 0 };

	tokens_of(&e->mem, text, at, &words);
	for (size_t i = 0; i < words.n; i++) {
		const struct token *t = &words.items[i];
		bool only = words.n == 1 || t->kind == TOKEN_WHOLE;
		bool all = only && where & (IN_NAME | IN_TITLE) && t->from == 0 && t->to == text.n;

		*list_add(&e->mem, out) = (struct stand){ word_make(e, t->text), t->at, where | (all ? IS_WHOLE : 0) };
	}
	*at += FIELD_GAP;
}

static int compare_stands(const void *va, const void *vb)
{
	const struct stand *a = va, *b = vb;

	return a->word != b->word ? (a->word > b->word) - (a->word < b->word) : (a->at > b->at) - (a->at < b->at);
}

/* One entry for all stands of a word. */
static void append(struct engine *e, const struct stand *s, size_t n, uint32_t doc, bool head)
{
	struct word *w = engine_word(e, s->word);
	struct list *l = head ? &w->head : &w->body;
	uint32_t places[PLACES_MOST];
	unsigned info = head ? 0 : n < 255 ? (unsigned)n : 255;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (head)
			info |= s[i].info;
		if (kept < PLACES_MOST)
			places[kept++] = s[i].at;
	}
	if (head && !l->n)
		word_headed(e, s->word);
	list_append(&e->bytes, l, doc, (uint8_t)info, places, kept);
}

static void append_all(struct engine *e, struct stands *all, uint32_t doc, bool head)
{
	if (all->n)
		qsort(all->items, all->n, sizeof(*all->items), compare_stands);
	for (size_t i = 0, k; i < all->n; i = k) {
		for (k = i + 1; k < all->n && all->items[k].word == all->items[i].word; k++)
			;
		append(e, all->items + i, k - i, doc, head);
	}
}

static void take_words(struct engine *e, struct document *d, const struct engine_doc *from, uint32_t doc)
{
	struct stands head = { 0 }, body = { 0 };
	uint32_t at = 0;

	stand_in(e, from->name, IN_NAME, &at, &head);
	if (!str_eq(from->title, from->name))
		stand_in(e, from->title, IN_TITLE, &at, &head);
	e->lights[doc].head = head.n < UINT8_MAX ? (uint8_t)head.n : UINT8_MAX;
	stand_in(e, from->tags, IN_TAGS, &at, &head);
	stand_in(e, from->other, IN_OTHER, &at, &head);
	at = 0;
	stand_in(e, from->text, 0, &at, &body);
	d->body = (uint32_t)body.n;
	e->lights[doc].length = (float)body.n;
	e->lights[doc].live = true;
	append_all(e, &head, doc, true);
	append_all(e, &body, doc, false);
}

void engine_put(struct engine *e, const struct engine_doc *from)
{
	uint32_t doc = e->n_docs;

	engine_remove(e, from->key);
	e->docs = engine_grow(&e->bytes, e->docs, e->n_docs, 1, &e->cap_docs, sizeof(*e->docs));
	e->lights = engine_grow(&e->bytes, e->lights, e->n_docs, 1, &e->cap_lights, sizeof(*e->lights));
	e->n_docs++;
	struct document *d = &e->docs[doc];

	*d = (struct document){ .key = from->key,
				.tag = from->tag,
				.entity = from->entity,
				.weight = from->weight,
				.live = true,
				.name = engine_hash(token_joined(&e->mem, from->name)),
				.title = engine_hash(token_joined(&e->mem, from->title)),
				.ref = engine_hash(from->ref),
				.owner = engine_hash(from->owner) };
	take_values(e, d, from);
	take_words(e, d, from, doc);
	e->live++;
	e->all_body += d->body;
	set_slot(e, d->key, doc);
	arena_reset(&e->mem);
	words_merge(e, false);
}

void engine_stats(const struct engine *e, struct engine_stats *out)
{
	*out = (struct engine_stats){ e->live, e->words.live, e->values.live, e->bytes };
}
