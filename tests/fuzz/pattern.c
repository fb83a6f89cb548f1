/* Lua's patterns: input is "pattern NL subject". What is found lies in the subject, and too much work ends. */
#include "plugins/sandbox_pattern.h"

#include <stdlib.h>

#include "base/arena.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool step(void *arg, uint64_t steps)
{
	uint64_t *left = arg;

	if (steps > *left)
		return false;
	*left -= steps;
	return true;
}

static void judge(const struct pattern *p, const struct pattern_match *m)
{
	if (m->begin > m->end || m->end > m->subject.n)
		abort();
	for (unsigned i = 0; i < (p->captures ? p->captures : 1); i++)
		if (m->capture[i].begin > m->subject.n || m->capture[i].n > m->subject.n - m->capture[i].begin)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA mem = { 0 };
	struct str subject = { (const char *)data, size }, text = subject.n ? str_cut(&subject, '\n') : subject;
	struct pattern p = { .items = arena_array(&mem, struct pattern_item, text.n + 1) };
	uint64_t left = 200000;

	if (!subject.p)
		subject = (struct str){ "", 0 };
	if (pattern_compile(&p, text, size % 2))
		return 0;
	for (size_t from = 0; from <= subject.n; from++) {
		struct pattern_match m = { .subject = subject, .step = step, .arg = &left };

		if (pattern_find(&p, &m, from, false) != 1)
			break;
		judge(&p, &m);
		from = m.end;
	}
	return 0;
}
