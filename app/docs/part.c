/* What rendering leaves of a page: written as a line of numbers and then the texts. */
#include "docs/part.h"

#include <stdio.h>

enum { TEXTS = 8 };

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

	texts_of(&copy, texts);
	buf_addf(out, "part %016llx %u", (unsigned long long)p->key, p->flags);
	for (size_t i = 0; i < TEXTS; i++)
		buf_addf(out, " %zu", texts[i]->n);
	buf_addc(out, '\n');
	for (size_t i = 0; i < TEXTS; i++)
		buf_add(out, texts[i]->p ? texts[i]->p : "", texts[i]->n);
}

bool part_read(struct str bytes, struct part *out)
{
	struct str rest = bytes, line = str_cut(&rest, '\n');
	char head[256];
	struct str *texts[TEXTS];
	size_t n[TEXTS], at = 0;
	unsigned long long key;

	if (!rest.p || line.n >= sizeof(head))
		return false;
	memcpy(head, line.p, line.n);
	head[line.n] = '\0';
	if (sscanf(head, "part %llx %u %zu %zu %zu %zu %zu %zu %zu %zu", &key, &out->flags, &n[0], &n[1], &n[2], &n[3], &n[4],
		   &n[5], &n[6], &n[7]) != 2 + TEXTS)
		return false;
	out->key = key;
	texts_of(out, texts);
	for (size_t i = 0; i < TEXTS; i++) {
		if (n[i] > rest.n - at)
			return false;
		*texts[i] = (struct str){ rest.p + at, n[i] };
		at += n[i];
	}
	return at == rest.n;
}
