/* Documents come, change and go. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/list.h"
#include "ext/bitmap.h"
#include "search/private.h"

enum {
	LARGE = 1 << 20,
	FIELD_GAP = 64, /* between the places of two fields, so that no phrase spans them */
	DEAD_LEAST = 4096,
	WORK_ENTRIES = 1 << 17, /* of lists that follow a new numbering at once: less than a millisecond */
	PER_WORD = 32,
	PER_PLACE = 16,        /* what finding them costs, in entries */
	WORK_DOCUMENTS = 8192, /* that get their next number at once */
	VALUE_MOST = 255,      /* bytes of a value, and of a field's name */
	VALUES_MOST = 1000,    /* of a document */
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

	/* Large arrays have pages of their own, so that they grow without being copied. */
	mallopt(M_MMAP_THRESHOLD, LARGE);

	e->bytes = bytes;
	e->entities = bitmap_new();
	return e;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	for (uint32_t i = 0; i < e->n_places; i++)
		free(e->docs[i].values);
	words_free(e);
	values_free(e);
	sights_free(e);
	bitmap_free(e->entities);
	free(e->docs);
	free(e->lights);
	free(e->living);
	free(e->slots);
	free(e->renumbered);
	free(e->next.lights);
	free(e->next.living);
	free(e->scratch.now);
	free(e->scratch.sum);
	arena_release(&e->mem);
	free(e);
}

/* ---- by key ---- */

static struct slot *slot_of(const struct engine *e, uint64_t key)
{
	size_t i = hash64(&key, sizeof(key)) & (e->n_slots - 1);

	while (e->slots[i].place && e->slots[i].key != key)
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
	for (uint32_t i = 0; i < e->n_places; i++) {
		if (!e->docs[i].live)
			continue;
		*slot_of(e, e->docs[i].key) = (struct slot){ e->docs[i].key, i + 1 };
		e->used_slots++;
	}
	engine_drop(&e->bytes, old, n, sizeof(*old));
}

/* What a slot names may have gone, and its place be another's. */
struct document *engine_find(const struct engine *e, uint64_t key)
{
	const struct slot *s = e->n_slots ? slot_of(e, key) : NULL;
	struct document *d = s && s->place ? &e->docs[s->place - 1] : NULL;

	return d && d->live && d->key == key ? d : NULL;
}

static void set_slot(struct engine *e, uint64_t key, uint32_t place)
{
	if (2 * (e->used_slots + 1) > e->n_slots)
		make_slots(e);
	struct slot *s = slot_of(e, key);

	e->used_slots += !s->place;
	*s = (struct slot){ key, place + 1 };
}

/* ---- numbered anew ---- */

struct word *engine_word(struct engine *e, uint32_t word)
{
	struct word *w = &e->words.items[word];

	if (w->turn != e->turn && w->text) {
		list_renumber(&w->head, e->renumbered);
		list_renumber(&w->body, e->renumbered);
		w->turn = e->turn;
	}
	return w;
}

struct list *engine_value(struct engine *e, uint32_t value)
{
	struct value *v = &e->values.items[value];

	if (v->turn != e->turn && v->text) {
		list_renumber(&v->docs, e->renumbered);
		v->turn = e->turn;
	}
	return &v->docs;
}

/* Of a live document: as it stands in lists. */
static uint32_t number_of(const struct engine *e, struct document *d)
{
	if (d->turn != e->turn) {
		d->number = e->renumbered[d->number];
		d->turn = e->turn;
	}
	return d->number;
}

static bool behind(const struct engine *e)
{
	return e->behind < e->words.n || e->behind_values < e->values.n || e->behind_places < e->n_places;
}

/* About so many entries of lists. True when others are still behind. */
static bool follow(struct engine *e, size_t entries)
{
	size_t done = 0;

	while (done < entries && e->behind < e->words.n) {
		const struct word *w = engine_word(e, e->behind++);

		done += PER_WORD + w->head.n + w->body.n;
	}
	while (done < entries && e->behind_values < e->values.n)
		done += PER_WORD + engine_value(e, e->behind_values++)->n;
	for (; done < entries && e->behind_places < e->n_places; done += PER_PLACE) {
		struct document *d = &e->docs[e->behind_places++];

		if (d->live)
			number_of(e, d);
	}
	return behind(e);
}

/* Of dead documents nothing is left; the others close up. */
static void number_one(struct engine *e)
{
	struct numbering *next = &e->next;
	uint32_t old = next->at++;
	bool lives = bits_has(e->living, old);

	e->renumbered[old] = lives ? next->n : UINT32_MAX;
	if (!lives)
		return;
	next->lights = engine_grow(&e->bytes, next->lights, next->n, 1, &next->cap_lights, sizeof(*next->lights));
	next->living = engine_grow(&e->bytes, next->living, bits_words(next->n), 1, &next->cap_living, sizeof(*next->living));
	next->lights[next->n] = e->lights[old];
	bits_add(next->living, next->n++);
}

static void end_numbering(struct engine *e)
{
	struct numbering last = {
		.lights = e->lights, .living = e->living, .cap_lights = e->cap_lights, .cap_living = e->cap_living
	};

	e->n_docs = e->next.n;
	e->lights = e->next.lights;
	e->living = e->next.living;
	e->cap_lights = e->next.cap_lights;
	e->cap_living = e->next.cap_living;
	e->next = last;
	e->turn++;
	e->behind = e->behind_values = 1;
	e->behind_places = 0;
}

/* Numbers so many documents. Those that come meanwhile are among them, and those that go are dead ones of the next turn. */
static void renumber(struct engine *e, uint32_t documents)
{
	e->renumbered = engine_grow(&e->bytes, e->renumbered, 0, e->n_docs, &e->cap_renumbered, sizeof(uint32_t));
	if (!e->next.begun && e->next.living)
		memset(e->next.living, 0, e->next.cap_living * sizeof(*e->next.living));
	e->next.begun = true;
	for (; documents && e->next.at < e->n_docs; documents--)
		number_one(e);
	if (e->next.at == e->n_docs)
		end_numbering(e);
}

bool engine_work(struct engine *e)
{
	uint32_t dead = e->n_docs - e->live;

	if (follow(e, WORK_ENTRIES) || words_merge(e, MERGE_A_LITTLE))
		return true;
	if (e->next.begun || (dead > DEAD_LEAST && dead > e->live / 2))
		renumber(e, WORK_DOCUMENTS);
	return e->next.begun || behind(e);
}

/* ---- documents ---- */

static bool is_entity(uint64_t key)
{
	return key <= UINT32_MAX;
}

static void take_out(struct engine *e, struct document *d)
{
	uint32_t number = number_of(e, d);

	for (uint32_t i = 0; i < d->n_values; i++)
		value_give(e, d->values[i]);
	engine_drop(&e->bytes, d->values, d->n_values, sizeof(*d->values));
	bits_remove(e->living, number);
	if (number < e->next.at)
		bits_remove(e->next.living, e->renumbered[number]);
	e->live--;
	e->all_body -= d->body;
	*d = (struct document){ .next = e->free };
	e->free = (uint32_t)(d - e->docs) + 1;
}

void engine_remove(struct engine *e, uint64_t key)
{
	struct document *d = engine_find(e, key);

	if (!d)
		return;
	e->changes++;
	take_out(e, d);
	if (is_entity(key) && bitmap_remove(e->entities, (uint32_t)key))
		e->entity_turn++;
}

static uint32_t take_place(struct engine *e)
{
	uint32_t place = e->free;

	if (place) {
		e->free = e->docs[place - 1].next;
		return place - 1;
	}
	e->docs = engine_grow(&e->bytes, e->docs, e->n_places, 1, &e->cap_docs, sizeof(*e->docs));
	return e->n_places++;
}

static uint32_t take_number(struct engine *e)
{
	uint32_t n = e->n_docs++;

	e->lights = engine_grow(&e->bytes, e->lights, n, 1, &e->cap_lights, sizeof(*e->lights));
	e->living = engine_grow(&e->bytes, e->living, bits_words(n), 1, &e->cap_living, sizeof(*e->living));
	bits_add(e->living, n);
	return n;
}

/* One more of a document's values, which has been counted. */
static void add_value(struct engine *e, struct document *d, uint32_t value)
{
	struct list *docs = engine_value(e, value);
	uint32_t number = number_of(e, d);

	d->values[d->n_values++] = value;
	if (!docs->n || list_docs(docs)[docs->n - 1] != number)
		list_append(&e->bytes, docs, number, 0, NULL, 0);
}

/* The first is the type. All are counted at once: they are dropped by their number. */
static void take_values(struct engine *e, struct document *d, const struct engine_doc *from)
{
	size_t cap = 0, most = from->n_pairs < VALUES_MOST ? from->n_pairs : VALUES_MOST;

	d->values = engine_grow(&e->bytes, NULL, 0, most + 1, &cap, sizeof(*d->values));
	add_value(e, d, value_take(e, STR(""), from->type));
	for (size_t i = 0; i < most; i++)
		if (from->pairs[i].value.n <= VALUE_MOST && from->pairs[i].field.n <= VALUE_MOST)
			add_value(e, d, value_take(e, from->pairs[i].field, from->pairs[i].value));
	e->bytes -= (cap - d->n_values) * sizeof(*d->values);
	e->lights[number_of(e, d)].type = d->values[0];
}

/* A place and a number for a document that has none; values and words come next. */
static struct document *add(struct engine *e, const struct document *from, const struct light *light)
{
	uint32_t place = take_place(e), number = take_number(e);
	struct document *d = &e->docs[place];

	*d = *from;
	d->live = true;
	d->values = NULL;
	d->n_values = 0;
	d->number = number;
	d->turn = e->turn;
	e->lights[number] = *light;
	e->lights[number].key = d->key;
	e->lights[number].place = place;
	e->lights[number].called = engine_called(d->name) | engine_called(d->title) | engine_called(d->ref);
	e->live++;
	e->most_weight = e->most_weight < light->weight ? light->weight : e->most_weight;
	if (is_entity(d->key) && bitmap_add(e->entities, (uint32_t)d->key))
		e->entity_turn++;
	set_slot(e, d->key, place);
	return d;
}

void engine_restore(struct engine *e, const struct document *from, const struct light *light)
{
	struct document *d = add(e, from, light);
	size_t cap = 0;

	d->values = engine_grow(&e->bytes, NULL, 0, from->n_values, &cap, sizeof(*d->values));
	for (uint32_t i = 0; i < from->n_values; i++) {
		e->values.items[from->values[i]].uses++;
		add_value(e, d, from->values[i]);
	}
	e->lights[number_of(e, d)].type = d->values[0];
	e->lights[number_of(e, d)].length = (float)d->body;
	e->all_body += d->body;
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

static void take_words(struct engine *e, struct document *d, struct light *light, const struct engine_doc *from)
{
	struct stands head = { 0 }, body = { 0 };
	uint32_t at = 0;

	stand_in(e, from->name, IN_NAME, &at, &head);
	if (!str_eq(from->title, from->name))
		stand_in(e, from->title, IN_TITLE, &at, &head);
	light->head = head.n < UINT8_MAX ? (uint8_t)head.n : UINT8_MAX;
	stand_in(e, from->tags, IN_TAGS, &at, &head);
	stand_in(e, from->other, IN_OTHER, &at, &head);
	at = 0;
	stand_in(e, from->text, 0, &at, &body);
	d->body = (uint32_t)body.n;
	light->length = (float)body.n;
	append_all(e, &head, number_of(e, d), true);
	append_all(e, &body, number_of(e, d), false);
}

void engine_put(struct engine *e, const struct engine_doc *from)
{
	struct document *d = engine_find(e, from->key);

	if (d)
		take_out(e, d);
	d = add(e,
		&(struct document){ .key = from->key,
				    .tag = from->tag,
				    .name = engine_hash(token_joined(&e->mem, from->name)),
				    .title = engine_hash(token_joined(&e->mem, from->title)),
				    .ref = engine_hash(from->ref),
				    .owner = engine_hash(from->owner) },
		&(struct light){ .weight = from->weight, .entity = from->entity });
	take_values(e, d, from);
	take_words(e, d, &e->lights[number_of(e, d)], from);
	e->all_body += d->body;
	e->changes++;
	arena_reset(&e->mem);
	words_merge(e, MERGE_WHEN_MUCH);
}

uint64_t engine_changes(const struct engine *e)
{
	return e->changes;
}

void engine_stats(const struct engine *e, struct engine_stats *out)
{
	*out = (struct engine_stats){ e->live, e->words.live, e->values.live, e->bytes };
}
