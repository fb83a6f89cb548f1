/* Front matter between lines of dashes, and lines "key: value" with which a page can begin. */
#include "base/map.h"
#include "ext/yaml.h"
#include "markdown/private.h"

/* The next line of s from at on; *at is behind its end then. */
static struct str take_line(struct str s, size_t *at)
{
	size_t end = str_find(s, *at, "\n");
	struct str line = str_part(s, *at, end);

	*at = end < s.n ? end + 1 : s.n;
	return line;
}

static bool is_fence(struct str line, const char *dashes)
{
	return str_begins(line, dashes) && line_blank(str_from(line, 3));
}

/* Front matter that is no map, or no YAML, is text like all else. */
static struct str read_yaml(struct md *md, struct str s, bool *found)
{
	static const struct yaml_limits limits = { .bytes = 1 << 20, .depth = 32, .nodes = 20000 };
	size_t at = 0, begin, end;
	struct json *value = NULL;

	if (!is_fence(take_line(s, &at), "---"))
		return s;
	begin = end = at;
	while (at < s.n) {
		struct str line = take_line(s, &at);

		if (is_fence(line, "---") || is_fence(line, "...")) {
			*found = true;
			break;
		}
		end = at;
	}
	if (!*found || end == begin)
		return s;
	struct ctx cx = *md->cx;

	if (yaml_read_one(&cx, str_part(s, begin, end), &limits, &value) < 0 || !json_is(value, JSON_OBJECT))
		return s;
	md->page->meta = value;
	while (at < s.n && s.p[at] == '\n')
		at++;
	return str_from(s, at);
}

/* Length of the key that begins a line, up to its colon; 0: none. */
static size_t key_length(struct str line, size_t indent)
{
	size_t n = indent;

	while (n < line.n && (ascii_alnum(line.p[n]) || line.p[n] == '_' || line.p[n] == '-'))
		n++;
	return indent < TAB && n > indent && n < line.n && line.p[n] == ':' ? n : 0;
}

struct value {
	const char *key;
	struct buf text;
};
/* What was read so far: by key, and in its order. */
struct values {
	struct map by_key;
	struct {
		struct value **items;
		size_t n, cap;
	} all;
};

static void add_value(struct md *md, struct values *values, const char *key, struct str text)
{
	struct value *v = map_get(&values->by_key, key);

	text = str_trim(text);
	if (v) {
		buf_addc(&v->text, ' ');
	} else {
		v = arena_new(md->mem, struct value);
		*v = (struct value){ key, { .mem = md->mem } };
		map_put(md->mem, &values->by_key, key, v);
		*list_add(md->mem, &values->all) = v;
	}
	buf_add(&v->text, text.p, text.n);
}

static struct json *object_of(struct md *md, const struct values *values)
{
	struct json *out = json_object(md->mem);

	for (size_t i = 0; i < values->all.n; i++) {
		const struct value *v = values->all.items[i];

		json_append(md->mem, out, str_of(v->key), json_strn(md->mem, v->text.p, v->text.n));
	}
	return out;
}

/* The meta-data of MultiMarkdown. It has the page's first line for its own when that looks like "word: something". */
static struct str read_lines(struct md *md, struct str s)
{
	struct values values = { 0 };
	const char *key = NULL;
	size_t at = 0, done = 0;

	while (at < s.n) {
		struct str line = take_line(s, &at);
		size_t indent = line_indent(line), n = key_length(line, indent);

		if (indent == line.n) {
			done = at;
			break;
		}
		if (n)
			key = str_lower(md->mem, line.p + indent, n - indent);
		else if (!key || indent < TAB)
			break;
		add_value(md, &values, key, str_from(line, n ? n + 1 : indent));
		done = at;
	}
	if (!key)
		return s;
	md->page->meta = object_of(md, &values);
	return str_from(s, done);
}

struct str meta_read(struct md *md, struct str s)
{
	bool found = false;

	md->page->meta = json_object(md->mem);
	s = read_yaml(md, s, &found);
	return found ? s : read_lines(md, s);
}
