/* dump: JSON, as JSON.stringify writes it. */
#include "template/filters.h"

enum { DEPTH_MAX = 256 };

struct dump {
	struct run *r;
	struct buf out;
	struct str indent;
};

static int dump_value(struct dump *d, struct val v, unsigned depth, bool *nothing);

static void newline(struct dump *d, unsigned depth)
{
	if (!d->indent.n)
		return;
	buf_addc(&d->out, '\n');
	for (unsigned i = 0; i < depth; i++)
		buf_add(&d->out, d->indent.p, d->indent.n);
}

static void dump_text(struct dump *d, const struct text *s)
{
	static const char plain[] = "btnvfr";

	buf_addc(&d->out, '"');
	for (size_t i = 0, len; i < s->n; i += len) {
		unsigned units;
		uint32_t cp;

		len = text_next(s->p + i, s->n - i, &cp, &units);
		if (cp == '"' || cp == '\\')
			buf_addf(&d->out, "\\%c", (char)cp);
		else if (cp >= 8 && cp <= 13 && cp != 11)
			buf_addf(&d->out, "\\%c", plain[cp - 8]);
		else if (cp < 0x20 || (cp >= 0xD800 && cp <= 0xDFFF))
			buf_addf(&d->out, "\\u%04x", (unsigned)cp);
		else
			buf_add(&d->out, s->p + i, len);
	}
	buf_addc(&d->out, '"');
}

static int dump_array(struct dump *d, struct array *a, unsigned depth)
{
	array_load(d->r, a);
	buf_addc(&d->out, '[');
	for (size_t i = 0; i < a->n; i++) {
		bool nothing;
		int rc;

		if (i)
			buf_addc(&d->out, ',');
		newline(d, depth + 1);
		rc = dump_value(d, a->items[i], depth + 1, &nothing);
		if (rc < 0)
			return rc;
		if (nothing)
			buf_adds(&d->out, "null");
	}
	if (a->n)
		newline(d, depth);
	buf_addc(&d->out, ']');
	return 0;
}

static int dump_object(struct dump *d, struct object *o, unsigned depth)
{
	const size_t *order = object_order(d->r, o);
	bool any = false;

	buf_addc(&d->out, '{');
	for (size_t i = 0; i < o->n; i++) {
		const struct member *m = &o->m[order ? order[i] : i];
		struct text key = { m->key.s.p, m->key.s.n, (size_t)UNITS_UNKNOWN };
		bool nothing;

		if (m->v.t == VAL_UNDEF)
			continue;
		if (any)
			buf_addc(&d->out, ',');
		any = true;
		newline(d, depth + 1);
		dump_text(d, &key);
		buf_adds(&d->out, d->indent.n ? ": " : ":");
		int rc = dump_value(d, m->v, depth + 1, &nothing);

		if (rc < 0)
			return rc;
	}
	if (any)
		newline(d, depth);
	buf_addc(&d->out, '}');
	return 0;
}

static int dump_value(struct dump *d, struct val v, unsigned depth, bool *nothing)
{
	int rc = run_steps(d->r, 1);

	if (rc == 0)
		rc = run_room(d->r, d->out.n);
	if (rc < 0)
		return rc;
	if (depth > DEPTH_MAX)
		return run_fail(d->r, "the value is nested too deeply");
	*nothing = v.t == VAL_UNDEF;
	switch (v.t) {
	case VAL_UNDEF:
		return 0;
	case VAL_NULL:
		buf_adds(&d->out, "null");
		return 0;
	case VAL_BOOL:
		buf_adds(&d->out, v.b ? "true" : "false");
		return 0;
	case VAL_NUM:
		if (isfinite(v.num))
			json_write_number(&d->out, v.num);
		else
			buf_adds(&d->out, "null");
		return 0;
	case VAL_STR:
	case VAL_SAFE:
		dump_text(d, v.s);
		return 0;
	case VAL_ARRAY:
		return dump_array(d, v.a, depth);
	case VAL_OBJECT:
		return dump_object(d, v.o, depth);
	case VAL_REGEX:
		buf_adds(&d->out, "{}");
		return 0;
	case VAL_FUNC:
		break;
	}
	return run_fail(d->r, "a function cannot be dumped");
}

int filter_dump(struct run *r, const struct args *a, struct val *out)
{
	struct dump d = { .r = r, .out = { .mem = r->mem } };
	struct val indent = arg(a, 1);
	bool nothing;

	if (indent.t == VAL_STR) {
		const struct text *s = text_sub(r, indent.s, 0, 10);

		d.indent = (struct str){ s->p, s->n };
	} else if (indent.t == VAL_NUM && indent.num >= 1) {
		d.indent = (struct str){ "          ", indent.num < 10 ? (size_t)indent.num : 10 };
	}
	int rc = dump_value(&d, arg(a, 0), 0, &nothing);

	if (rc == 0 && !nothing)
		*out = val_str(r, d.out.p, d.out.n);
	return rc;
}
