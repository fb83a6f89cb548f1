/* The engine as a file: values, documents, words with their lists; of dead documents nothing. */
#include <string.h>

#include "index/file.h"
#include "search/private.h"

enum { FORMAT = 1, PLACES_BYTES = PLACES_MOST * 5 };
static const char magic[] = "callboard search";

/* A document; numbers of its values follow. */
struct record {
	uint64_t key, tag, name, title, ref, owner;
	float weight;
	uint32_t entity, body, head, n_values;
	uint32_t zero;
};

static void put_bytes(struct file *f, const void *bytes, size_t n)
{
	for (size_t at = 0; at < n; at += FILE_PIECE)
		file_put(f, (const char *)bytes + at, n - at < FILE_PIECE ? n - at : FILE_PIECE);
}

/* False where they are not there. */
static bool get_bytes(struct file *f, void *to, size_t n)
{
	for (size_t at = 0, piece; at < n; at += piece) {
		piece = n - at < FILE_PIECE ? n - at : FILE_PIECE;
		const void *p = file_get(f, piece);

		if (!p)
			return false;
		memcpy((char *)to + at, p, piece);
	}
	return true;
}

/* ---- writing ---- */

struct saving {
	struct file f;
	struct engine *e;
	struct arena mem, list;
	uint32_t *numbers; /* of documents, as they are in the file; UINT32_MAX: dead */
	uint32_t *values;  /* the same */
};

static void number_documents(struct saving *s)
{
	uint32_t n = 0;

	s->numbers = arena_array(&s->mem, uint32_t, s->e->n_docs);
	for (uint32_t i = 0; i < s->e->n_docs; i++)
		s->numbers[i] = bits_has(s->e->living, i) ? n++ : UINT32_MAX;
}

static void put_values(struct saving *s)
{
	uint32_t n = 0;

	s->values = arena_array(&s->mem, uint32_t, s->e->values.n + 1);
	file_put_u32(&s->f, s->e->values.live);
	for (uint32_t i = 1; i < s->e->values.n; i++) {
		const struct value *v = &s->e->values.items[i];

		if (!v->text)
			continue;
		s->values[i] = n++;
		file_put_text(&s->f, (struct str){ v->text, v->n_field });
		file_put_text(&s->f, (struct str){ v->text + v->n_field + 1, v->n_value });
	}
}

static void put_documents(struct saving *s)
{
	file_put_u32(&s->f, s->e->live);
	for (uint32_t i = 0; i < s->e->n_docs; i++) {
		const struct light *l = &s->e->lights[i];
		const struct document *d = &s->e->docs[l->place];

		if (s->numbers[i] == UINT32_MAX)
			continue;
		struct record r = { .key = d->key,
				    .tag = d->tag,
				    .name = d->name,
				    .title = d->title,
				    .ref = d->ref,
				    .owner = d->owner,
				    .weight = l->weight,
				    .entity = l->entity,
				    .body = d->body,
				    .head = l->head,
				    .n_values = d->n_values };

		file_put(&s->f, &r, sizeof(r));
		for (uint32_t k = 0; k < d->n_values; k++)
			file_put_u32(&s->f, s->values[d->values[k]]);
	}
}

/* The list without dead documents, as arrays one behind the other. */
static void put_list(struct saving *s, struct list *l)
{
	uint32_t *docs = arena_raw(&s->list, l->n * sizeof(*docs) + 1), n = 0, n_places = 0;
	uint8_t *infos = arena_raw(&s->list, l->n + 1U), *sizes = arena_raw(&s->list, l->n + 1U);
	uint8_t *places = arena_raw(&s->list, l->n_places + 1U);

	for (struct list_walk w = list_begin(l); list_next(&w);) {
		size_t size = (size_t)(w.places_end - w.places);

		if (s->numbers[w.doc] == UINT32_MAX)
			continue;
		docs[n] = s->numbers[w.doc];
		infos[n] = w.info;
		sizes[n++] = (uint8_t)size;
		memcpy(places + n_places, w.places, size);
		n_places += (uint32_t)size;
	}
	file_put_u32(&s->f, n);
	file_put_u32(&s->f, n_places);
	put_bytes(&s->f, docs, n * sizeof(*docs));
	put_bytes(&s->f, infos, n);
	put_bytes(&s->f, sizes, n);
	put_bytes(&s->f, places, n_places);
	arena_reset(&s->list);
}

static void put_words(struct saving *s, const uint32_t *words, size_t n)
{
	file_put_u32(&s->f, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		struct word *w = engine_word(s->e, words[i]);

		file_put_text(&s->f, word_text(w));
		put_list(s, &w->head);
		put_list(s, &w->body);
	}
}

int engine_save(struct ctx *cx, struct engine *e, const struct engine_seen *seen, const char *path, const char *owner)
{
	struct saving s = { .e = e };
	int rc = file_create(cx, path, &s.f);

	if (rc < 0)
		return rc;
	file_put_text(&s.f, STR(magic));
	file_put_u32(&s.f, FORMAT);
	file_put_text(&s.f, str_of(owner));
	file_put_u64(&s.f, seen->entities);
	file_put_u64(&s.f, seen->pages);
	number_documents(&s);
	put_values(&s);
	put_documents(&s);
	put_words(&s, e->words.all.words, e->words.all.n);
	put_words(&s, e->words.fresh.words, e->words.fresh.n);
	arena_release(&s.mem);
	arena_release(&s.list);
	return file_finish(cx, path, &s.f);
}

/* ---- reading: nothing is believed that could not be so ---- */

static bool get_values(struct file *f, struct engine *e)
{
	uint32_t n = file_get_u32(f);

	for (uint32_t i = 0; i < n && !f->bad; i++) {
		char field[UINT8_MAX + 1];
		struct str name = file_get_text(f);

		if (name.n >= sizeof(field))
			return false;
		/* It stays until the next one is read only. */
		memcpy(field, name.p, name.n);
		name.p = field;
		struct str value = file_get_text(f);

		if (f->bad || value_find(e, name, value))
			return false;
		/* Documents come next, and use each: this use is given back then. */
		value_take(e, name, value);
		arena_reset(&e->mem);
	}
	return !f->bad;
}

static bool get_document(struct file *f, struct engine *e)
{
	const void *p = file_get(f, sizeof(struct record));
	struct record r;

	if (!p)
		return false;
	memcpy(&r, p, sizeof(r));
	uint32_t *values = NULL;

	if (!r.n_values || r.n_values > FILE_PIECE || r.head > UINT8_MAX || !(r.weight >= 0) || engine_find(e, r.key))
		return false;
	values = arena_array(&e->mem, uint32_t, r.n_values);
	for (uint32_t i = 0; i < r.n_values; i++) {
		values[i] = file_get_u32(f) + 1;
		if (!values[i] || values[i] >= e->values.n)
			return false;
	}
	engine_restore(e,
		       &(struct document){ .key = r.key,
					   .tag = r.tag,
					   .name = r.name,
					   .title = r.title,
					   .ref = r.ref,
					   .owner = r.owner,
					   .values = values,
					   .n_values = r.n_values,
					   .body = r.body },
		       &(struct light){ .weight = r.weight, .entity = r.entity, .head = (uint8_t)r.head });
	arena_reset(&e->mem);
	return !f->bad;
}

static bool get_documents(struct file *f, struct engine *e)
{
	uint32_t n = file_get_u32(f);
	bool ok = !f->bad;

	for (uint32_t i = 0; ok && i < n; i++)
		ok = get_document(f, e);
	return ok;
}

/* Numbers that end where the places of their document end. */
static bool are_places(const uint8_t *p, size_t n)
{
	unsigned in_row = 0, numbers = 0;

	for (size_t i = 0; i < n; i++) {
		in_row = p[i] & 0x80 ? in_row + 1 : 0;
		numbers += !in_row;
		if (in_row > 4)
			return false;
	}
	return !in_row && numbers <= PLACES_MOST;
}

static bool is_list(struct list *l, uint32_t n_docs)
{
	const uint32_t *docs = list_docs(l);
	const uint8_t *sizes = list_sizes(l), *places = list_places(l);
	uint64_t at = 0;

	for (uint32_t i = 0; i < l->n; i++) {
		if (docs[i] >= n_docs || (i && docs[i] <= docs[i - 1]) || sizes[i] > l->n_places - at ||
		    !are_places(places + at, sizes[i]))
			return false;
		at += sizes[i];
	}
	return at == l->n_places;
}

static bool get_list(struct file *f, struct engine *e, struct list *l)
{
	uint32_t n = file_get_u32(f), n_places = file_get_u32(f);

	if (f->bad || n > e->n_docs || n_places > (uint64_t)n * PLACES_BYTES)
		return false;
	list_reserve(&e->bytes, l, n, n_places);
	return get_bytes(f, list_docs(l), n * sizeof(uint32_t)) && get_bytes(f, list_infos(l), n) &&
	       get_bytes(f, list_sizes(l), n) && get_bytes(f, list_places(l), n_places) && is_list(l, e->n_docs);
}

static bool get_words(struct file *f, struct engine *e)
{
	uint32_t n = file_get_u32(f);
	bool ok = !f->bad;

	for (uint32_t i = 0; ok && i < n; i++) {
		struct str text = file_get_text(f);
		uint32_t word = !f->bad && text.n <= TOKEN_MOST && text.n && !word_find(e, text) ? word_make(e, text) : NO_WORD;

		ok = word && get_list(f, e, &e->words.items[word].head) && get_list(f, e, &e->words.items[word].body);
	}
	return ok;
}

static int check_head(struct ctx *cx, struct file *f, const char *owner)
{
	if (!str_is(file_get_text(f), magic) || f->bad)
		return fail(cx, ERR_CONFLICT, "it is no snapshot of search, or a damaged one");
	if (file_get_u32(f) != FORMAT)
		return fail(cx, ERR_CONFLICT, "it was written by another version");
	if (!str_is(file_get_text(f), owner))
		return fail(cx, ERR_CONFLICT, "it is of another database");
	return 0;
}

static int load(struct ctx *cx, struct file *f, const char *owner, struct engine *e, struct engine_seen *seen)
{
	int rc = check_head(cx, f, owner);

	if (rc < 0)
		return rc;
	seen->entities = file_get_u64(f);
	seen->pages = file_get_u64(f);
	if (!get_values(f, e) || !get_documents(f, e) || !get_words(f, e) || !get_words(f, e) || !file_is_read(f))
		return fail(cx, ERR_CONFLICT, "it is damaged");
	for (uint32_t i = 1; i < e->values.n; i++)
		value_give(e, i);
	words_merge(e, MERGE_WHEN_MUCH);
	return 0;
}

int engine_load(struct ctx *cx, const char *path, const char *owner, struct engine **out, struct engine_seen *seen)
{
	struct file f;
	int rc = file_open(cx, path, &f);

	if (rc < 0)
		return rc;
	struct engine *e = engine_new();

	rc = load(cx, &f, owner, e, seen);
	file_close(&f);
	if (rc == 0)
		*out = e;
	else
		engine_free(e);
	return rc < 0 ? fail_in(cx, rc, "%s", path) : 0;
}
