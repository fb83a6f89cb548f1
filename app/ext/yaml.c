/* Reads YAML texts (libyaml) into values, as Backstage reads them: YAML 1.2 core schema, merge keys off. */
#include "ext/yaml.h"

#include <stdlib.h>
#include <yaml.h>

#include "base/list.h"
#include "base/utf8.h"
#include "ext/yaml_build.h"
#include "ext/yaml_text.h"

enum { MAX_BYTES = 10 << 20, MAX_DEPTH = 64, MAX_NODES = 1000000, MAX_DOCUMENTS = 10000 };

#define AUTO_PARSER __attribute__((cleanup(yaml_parser_delete))) yaml_parser_t
#define AUTO_BUILD __attribute__((cleanup(yaml_build_end))) struct yaml_build

/* One text on its way through libyaml. */
struct reader {
	struct ctx *cx;
	struct yaml_build *build;
	struct yaml_docs *docs;
	size_t max_documents;
	unsigned line0; /* line of the whole text at which the parser began, less one */
	bool odd;       /* the parsed text has stand-ins */
	enum { NOWHERE, INSIDE, ENDED, ENDED_BY_DOTS } where;
	unsigned begins; /* line of the document being read, or of the dots that ended the last one */
};

static struct yaml_spot spot_of(const struct reader *r, yaml_mark_t mark)
{
	return (struct yaml_spot){ r->line0 + (unsigned)mark.line + 1, (unsigned)mark.column + 1 };
}

static int add_doc(struct reader *r, struct yaml_doc doc)
{
	if (r->docs->n >= r->max_documents)
		return fail(r->cx, ERR_TOOLARGE, "YAML: more than %zu documents (line %u)", r->max_documents, doc.line);
	*list_add(r->cx->mem, r->docs) = doc;
	return 0;
}

static int end_document(struct reader *r, const yaml_event_t *e)
{
	struct yaml_build *b = r->build;
	int rc = add_doc(r, (struct yaml_doc){ b->error ? NULL : b->root, r->begins, b->error });

	r->where = e->data.document_end.implicit ? ENDED : ENDED_BY_DOTS;
	if (r->where == ENDED_BY_DOTS)
		r->begins = spot_of(r, e->start_mark).line;
	yaml_build_end(b);
	return rc;
}

static struct str copy_text(struct reader *r, const yaml_char_t *text, size_t n)
{
	char *copy = arena_strndup(r->cx->mem, (const char *)text, n);

	if (r->odd)
		yaml_odd_restore(copy, &n);
	return (struct str){ copy, n };
}

static int on_scalar(struct reader *r, const yaml_event_t *e)
{
	struct yaml_build *b = r->build;
	const struct yaml_node node = { spot_of(r, e->start_mark), (const char *)e->data.scalar.anchor,
					(const char *)e->data.scalar.tag };
	bool plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;

	/* Nothing at all between two separators is an empty document, not a null. */
	if (b->frames.n == 0 && plain && e->data.scalar.length == 0 && !node.anchor && !node.tag)
		return 0;
	return yaml_build_scalar(b, &node, copy_text(r, e->data.scalar.value, e->data.scalar.length), plain);
}

static int on_event(struct reader *r, const yaml_event_t *e)
{
	struct yaml_node node = { .spot = spot_of(r, e->start_mark) };

	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		r->where = INSIDE;
		r->begins = node.spot.line;
		return 0;
	case YAML_DOCUMENT_END_EVENT:
		return end_document(r, e);
	case YAML_SCALAR_EVENT:
		return on_scalar(r, e);
	case YAML_ALIAS_EVENT:
		node.anchor = (const char *)e->data.alias.anchor;
		return yaml_build_alias(r->build, &node);
	case YAML_SEQUENCE_START_EVENT:
		node.anchor = (const char *)e->data.sequence_start.anchor;
		node.tag = (const char *)e->data.sequence_start.tag;
		return yaml_build_open(r->build, &node, false);
	case YAML_MAPPING_START_EVENT:
		node.anchor = (const char *)e->data.mapping_start.anchor;
		node.tag = (const char *)e->data.mapping_start.tag;
		return yaml_build_open(r->build, &node, true);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		yaml_build_close(r->build);
		return 0;
	default:
		return 0;
	}
}

/* The parser stopped at a fault: the document is lost, unless it had another fault before. */
static int syntax_error(struct reader *r, const yaml_parser_t *p)
{
	struct yaml_spot spot = spot_of(r, p->problem_mark);
	const char *error = r->build->error;

	if (p->error == YAML_MEMORY_ERROR)
		abort();
	if (r->where == ENDED_BY_DOTS) {
		/* A document without "---", which libyaml takes only as the first one: begin anew. */
		if (spot.line > r->begins)
			return 0;
		r->where = NOWHERE;
	}
	if (!error)
		error = yaml_fault(r->cx->mem, spot, "%s", p->problem ? p->problem : "cannot be read");
	yaml_build_end(r->build);
	if (r->where == ENDED) {
		/* What cannot go on with the last document and does not begin another spoils it. */
		struct yaml_doc *last = &r->docs->items[r->docs->n - 1];

		last->value = NULL;
		last->error = last->error ? last->error : error;
		return 0;
	}
	return add_doc(r, (struct yaml_doc){ NULL, r->where == INSIDE ? r->begins : spot.line, error });
}

/* Reads documents up to the end (returns 0) or through the first bad one (returns 1). */
static int read_some(struct reader *r, struct str text)
{
	AUTO_PARSER p;
	int rc = 0;

	if (!yaml_parser_initialize(&p))
		abort();
	yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&p, (const unsigned char *)text.p, text.n);
	for (bool end = false; rc == 0 && !end;) {
		yaml_event_t e;

		if (!yaml_parser_parse(&p, &e)) {
			rc = syntax_error(r, &p);
			return rc < 0 ? rc : 1;
		}
		end = e.type == YAML_STREAM_END_EVENT;
		rc = on_event(r, &e);
		yaml_event_delete(&e);
	}
	return rc;
}

/* Reads a text without bad characters that begins at a line; goes on behind bad documents. */
static int read_part(struct reader *r, struct str text, unsigned line)
{
	struct yaml_place at = { 0, line };

	if (r->odd)
		text = yaml_odd_hide(r->cx->mem, text);
	while (at.at < text.n) {
		r->line0 = at.line - 1;
		r->begins = at.line;
		r->where = NOWHERE;

		int rc = read_some(r, (struct str){ text.p + at.at, text.n - at.at });

		if (rc <= 0)
			return rc;
		while (at.line < r->begins && at.at < text.n)
			at = yaml_next_line(text, at);
		at = yaml_next_line(text, at);
		if (r->where != ENDED_BY_DOTS)
			at = yaml_separator(text, at);
	}
	return 0;
}

/* The place of a bad character: its line, and the last separator at or before it (or from). */
static struct yaml_place before(struct str text, struct yaml_place from, size_t bad, struct yaml_place *line)
{
	struct str head = { text.p, bad };
	struct yaml_place sep = from;

	*line = from;
	for (struct yaml_place next = yaml_separator(head, from); next.at < bad;) {
		sep = next;
		next = yaml_separator(head, yaml_next_line(head, next));
	}
	for (struct yaml_place next = sep; next.at <= bad;) {
		*line = next;
		next = yaml_next_line(text, next);
		if (next.at == line->at || next.at == text.n)
			break;
	}
	return sep;
}

/*
 * A bad character spoils only its own document: libyaml, which reads far ahead, would stop at it in an earlier one, so
 * that document is cut out here.
 */
static int read_all(struct reader *r, struct str text, struct yaml_place from)
{
	while (from.at < text.n) {
		const char *why = NULL;

		r->odd = false;

		size_t bad = yaml_bad_at(text, from.at, &r->odd, &why);

		if (bad == text.n)
			return read_part(r, (struct str){ text.p + from.at, text.n - from.at }, from.line);

		struct yaml_place line, sep = before(text, from, bad, &line);
		int rc = read_part(r, (struct str){ text.p + from.at, sep.at - from.at }, from.line);

		if (rc < 0)
			return rc;

		struct yaml_spot spot = { line.line, (unsigned)utf8_len(text.p + line.at, bad - line.at) + 1 };

		rc = add_doc(r, (struct yaml_doc){ NULL, sep.line, yaml_fault(r->cx->mem, spot, "%s", why) });
		if (rc < 0)
			return rc;
		from = yaml_separator(text, yaml_next_line(text, line));
	}
	return 0;
}

int yaml_read(struct ctx *cx, struct str text, const struct yaml_limits *limits, struct yaml_docs *out)
{
	static const struct yaml_limits none;
	const struct yaml_limits *max = limits ? limits : &none;
	size_t max_bytes = max->bytes ? max->bytes : MAX_BYTES;

	if (text.n > max_bytes)
		return fail(cx, ERR_TOOLARGE, "YAML: %zu bytes are more than the %zu allowed", text.n, max_bytes);

	ARENA scratch = { 0 };
	struct yaml_docs docs = { 0 };
	AUTO_BUILD build = { .cx = cx, .scratch = &scratch };
	struct reader r = { .cx = cx, .build = &build, .docs = &docs };
	struct yaml_place from = { 0, 1 };

	build.max_depth = max->depth ? max->depth : MAX_DEPTH;
	build.tag = max->tag;
	build.max_nodes = max->nodes ? max->nodes : MAX_NODES;
	r.max_documents = max->documents ? max->documents : MAX_DOCUMENTS;
	if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
		from.at = 3;

	int rc = read_all(&r, text, from);

	if (rc == 0)
		*out = docs;
	return rc;
}

int yaml_read_one(struct ctx *cx, struct str text, const struct yaml_limits *limits, struct json **out)
{
	struct yaml_docs docs;
	int rc = yaml_read(cx, text, limits, &docs);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < docs.n; i++)
		if (docs.items[i].error)
			return fail(cx, ERR_INPUT, "%s", docs.items[i].error);
	if (docs.n > 1)
		return fail(cx, ERR_INPUT, "YAML: expected one document, found %zu", docs.n);
	*out = docs.n && docs.items[0].value ? docs.items[0].value : json_null(cx->mem);
	return 0;
}
