/* Writes values as YAML (libyaml's emitter), so that reading them again gives the same values. */
#include <yaml.h>

#include "ext/yaml.h"
#include "ext/yaml_scalar.h"

#define AUTO_EMITTER __attribute__((cleanup(yaml_emitter_delete))) yaml_emitter_t

static int write_bytes(void *arg, unsigned char *bytes, size_t n)
{
	buf_add(arg, bytes, n);
	return 1;
}

/* Plain where it stays text, as a block where it has lines, else between quotes. */
static yaml_scalar_style_t style_of(struct str s)
{
	struct json v;

	/* libyaml takes U+0085, U+2028 and U+2029 for line breaks: escaped, they stay what they are */
	if (memmem(s.p, s.n, "\xc2\x85", 2) || memmem(s.p, s.n, "\xe2\x80\xa8", 3) || memmem(s.p, s.n, "\xe2\x80\xa9", 3) ||
	    memchr(s.p, '\r', s.n))
		return YAML_DOUBLE_QUOTED_SCALAR_STYLE;
	if (memchr(s.p, '\n', s.n))
		return YAML_LITERAL_SCALAR_STYLE;
	yaml_resolve(s, &v);
	return s.n && v.type == JSON_STRING ? YAML_PLAIN_SCALAR_STYLE : YAML_SINGLE_QUOTED_SCALAR_STYLE;
}

static bool put_scalar(yaml_emitter_t *e, struct str s, yaml_scalar_style_t style)
{
	yaml_event_t ev;

	return yaml_scalar_event_initialize(&ev, NULL, NULL, (const yaml_char_t *)(s.n ? s.p : ""), (int)s.n, 1, 1, style) &&
	       yaml_emitter_emit(e, &ev);
}

static bool put(yaml_emitter_t *e, struct arena *mem, const struct json *v);

static bool put_array(yaml_emitter_t *e, struct arena *mem, const struct json *v)
{
	yaml_event_t ev;
	bool ok = yaml_sequence_start_event_initialize(&ev, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE) &&
		  yaml_emitter_emit(e, &ev);

	for (size_t i = 0; ok && i < v->a.n; i++)
		ok = put(e, mem, v->a.items[i]);
	return ok && yaml_sequence_end_event_initialize(&ev) && yaml_emitter_emit(e, &ev);
}

static bool put_object(yaml_emitter_t *e, struct arena *mem, const struct json *v)
{
	yaml_event_t ev;
	bool ok =
		yaml_mapping_start_event_initialize(&ev, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE) && yaml_emitter_emit(e, &ev);

	for (size_t i = 0; ok && i < v->o.n; i++)
		ok = put_scalar(e, v->o.m[i].key, style_of(v->o.m[i].key)) && put(e, mem, v->o.m[i].value);
	return ok && yaml_mapping_end_event_initialize(&ev) && yaml_emitter_emit(e, &ev);
}

static bool put(yaml_emitter_t *e, struct arena *mem, const struct json *v)
{
	struct buf number = { .mem = mem };

	switch (v->type) {
	case JSON_ARRAY:
		return put_array(e, mem, v);
	case JSON_OBJECT:
		return put_object(e, mem, v);
	case JSON_STRING:
		return put_scalar(e, v->s, style_of(v->s));
	case JSON_NUMBER:
		json_write_number(&number, v->num);
		return put_scalar(e, buf_str(&number), YAML_PLAIN_SCALAR_STYLE);
	case JSON_BOOL:
		return put_scalar(e, v->b ? STR("true") : STR("false"), YAML_PLAIN_SCALAR_STYLE);
	default:
		return put_scalar(e, STR("null"), YAML_PLAIN_SCALAR_STYLE);
	}
}

int yaml_write(struct ctx *cx, const struct json *v, struct buf *out)
{
	AUTO_EMITTER e;
	yaml_event_t ev;
	bool ok = yaml_emitter_initialize(&e);

	yaml_emitter_set_output(&e, write_bytes, out);
	yaml_emitter_set_unicode(&e, 1);
	yaml_emitter_set_width(&e, -1);
	ok = ok && yaml_stream_start_event_initialize(&ev, YAML_UTF8_ENCODING) && yaml_emitter_emit(&e, &ev) &&
	     yaml_document_start_event_initialize(&ev, NULL, NULL, NULL, 1) && yaml_emitter_emit(&e, &ev) &&
	     put(&e, cx->mem, v) && yaml_document_end_event_initialize(&ev, 1) && yaml_emitter_emit(&e, &ev) &&
	     yaml_stream_end_event_initialize(&ev) && yaml_emitter_emit(&e, &ev) && yaml_emitter_flush(&e);
	return ok ? 0 : fail(cx, ERR_INTERNAL, "YAML cannot be written: %s", e.problem ? e.problem : "out of memory");
}
