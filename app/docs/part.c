/* What rendering leaves of a page: written as a head of numbers and then the texts. */
#include "docs/part.h"

enum { TEXTS = 8 };

struct head {
	uint64_t made_of, flags, n[TEXTS];
};

static void texts_of(struct part *p, struct str *texts[TEXTS])
{
	struct str *const all[TEXTS] = {
		&p->title, &p->about, &p->toc, &p->lead, &p->search, &p->needs, &p->article, &p->strict
	};

	memcpy(texts, all, sizeof(all));
}

void part_write(const struct part *p, struct buf *out)
{
	struct part copy = *p;
	struct str *texts[TEXTS];
	struct head head = { .made_of = p->made_of, .flags = p->flags };

	texts_of(&copy, texts);
	for (size_t i = 0; i < TEXTS; i++)
		head.n[i] = texts[i]->n;
	buf_add(out, &head, sizeof(head));
	for (size_t i = 0; i < TEXTS; i++)
		buf_add(out, texts[i]->p, texts[i]->n);
}

bool part_read(struct str bytes, struct part *out)
{
	struct head head;
	struct str *texts[TEXTS];
	size_t at = sizeof(head);

	if (bytes.n < sizeof(head))
		return false;
	memcpy(&head, bytes.p, sizeof(head));
	*out = (struct part){ .made_of = head.made_of, .flags = (unsigned)head.flags };
	texts_of(out, texts);
	for (size_t i = 0; i < TEXTS; i++) {
		if (head.n[i] > bytes.n - at)
			return false;
		*texts[i] = (struct str){ bytes.p + at, head.n[i] };
		at += head.n[i];
	}
	return at == bytes.n;
}
