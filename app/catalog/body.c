/* The bytes of an entity as clients get them, and how a new tail is put on them. */
#include "catalog/body.h"

#include <stdlib.h>
#include <string.h>

#include "ext/crypto.h"

static void add_problem(struct buf *b, struct arena *mem, const struct problem *p)
{
	buf_adds(b, "{\"type\":\"backstage.io/catalog-processing\",\"level\":\"error\",\"message\":");
	json_write_text(b, str_of(arena_printf(mem, "%s: %s", p->name, p->message)));
	buf_adds(b, ",\"error\":{\"name\":");
	json_write_text(b, str_of(p->name));
	buf_adds(b, ",\"message\":");
	json_write_text(b, str_of(p->message));
	buf_adds(b, "}}");
}

static void add_tail(struct buf *b, struct arena *mem, struct relations *relations, const struct problems *problems)
{
	relations_sort(relations);
	buf_adds(b, ",\"relations\":[");
	for (size_t i = 0; i < relations->n; i++) {
		buf_adds(b, i ? ",{\"type\":" : "{\"type\":");
		json_write_text(b, str_of(relations->items[i].type));
		buf_adds(b, ",\"targetRef\":");
		json_write_text(b, str_of(relations->items[i].target));
		buf_addc(b, '}');
	}
	buf_addc(b, ']');
	if (problems->n) {
		buf_adds(b, ",\"status\":{\"items\":[");
		for (size_t i = 0; i < problems->n; i++) {
			if (i)
				buf_addc(b, ',');
			add_problem(b, mem, &problems->items[i]);
		}
		buf_adds(b, "]}");
	}
	buf_addc(b, '}');
}

/* Puts the tail behind b and the etag in its place. */
static void finish(struct arena *mem, struct buf *b, const char *hash, struct relations *relations,
		   const struct problems *problems, struct body *out)
{
	struct buf what = { .mem = mem };

	out->tail_at = b->n;
	add_tail(b, mem, relations, problems);
	buf_adds(&what, hash);
	buf_add(&what, b->p + out->tail_at, b->n - out->tail_at);
	crypto_sha1_hex(buf_str(&what), out->etag);
	memcpy(b->p + out->etag_at, out->etag, 40);
	out->text = buf_str(b);
}

void body_make(struct arena *mem, const struct json *entity, const char *uid, const char *hash, struct relations *relations,
	       const struct problems *problems, struct body *out)
{
	static const char *const rest[] = { "apiVersion", "kind", "spec" };
	struct buf b = { .mem = mem };

	buf_need(&b, 2000);
	buf_adds(&b, "{\"metadata\":");
	json_write(&b, json_get(entity, "metadata"));
	b.n--; /* reopen the object */
	buf_adds(&b, ",\"uid\":");
	json_write_text(&b, str_of(uid));
	buf_adds(&b, ",\"etag\":\"");
	out->etag_at = b.n;
	buf_adds(&b, "0000000000000000000000000000000000000000\"}");
	for (size_t i = 0; i < LEN(rest); i++) {
		const struct json *v = json_get(entity, rest[i]);

		if (!v)
			continue;
		buf_addf(&b, ",\"%s\":", rest[i]);
		json_write(&b, v);
	}
	finish(mem, &b, hash, relations, problems, out);
}

void body_retail(struct arena *mem, const struct body *old, const char *hash, struct relations *relations,
		 const struct problems *problems, struct body *out)
{
	struct buf b = { .mem = mem };

	buf_need(&b, old->text.n + 256);
	buf_add(&b, old->text.p, old->tail_at);
	out->etag_at = old->etag_at;
	finish(mem, &b, hash, relations, problems, out);
}

uint64_t body_tag(const char *etag)
{
	char head[17] = "";

	memcpy(head, etag, strnlen(etag, 16));
	return strtoull(head, NULL, 16);
}
