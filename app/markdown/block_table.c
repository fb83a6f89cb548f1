/* Tables: a row, a line of dashes, rows. */
#include "markdown/private.h"

struct cells {
	struct str *items;
	size_t n, cap;
};

/* What is looked for in a row: pipes, escaped things, and runs of backticks, within which pipes do not count. */
struct tick {
	size_t at, end, n;
	bool escaped;
};
struct ticks {
	struct tick *items;
	size_t n, cap;
};

static bool ends_in_pipe(struct str row)
{
	size_t n = row.n, slashes = 0;

	if (!n || row.p[n - 1] != '|')
		return false;
	for (n--; n > 0 && row.p[n - 1] == '\\'; n--)
		slashes++;
	return slashes % 2 == 0;
}

static void find_ticks(struct md *md, struct str row, struct ticks *out)
{
	for (size_t i = 0; i < row.n;) {
		size_t from = i;
		bool escaped = row.p[i] == '\\';

		i += escaped;
		if (i == row.n || row.p[i] != '`') {
			i++;
			continue;
		}
		while (i < row.n && row.p[i] == '`')
			i++;
		*list_add(md->mem, out) = (struct tick){ from, i, i - from - escaped, escaped };
	}
}

/* Cuts out of *ticks those that open a span of code, with .end moved to the end of the span. */
static void find_spans(struct md *md, struct ticks *ticks)
{
	size_t n = 0;

	for (size_t i = 0; i < ticks->n; i++) {
		struct tick t = ticks->items[i];
		size_t want = t.n - t.escaped, j = i + 1;

		if (want == 0)
			continue;
		while (j < ticks->n && (ticks->items[j].n != want) && md_spend(md, 1))
			j++;
		if (j == ticks->n || ticks->items[j].n != want)
			continue;
		t.end = ticks->items[j].end;
		ticks->items[n++] = t;
		i = j;
	}
	ticks->n = n;
}

static void split(struct md *md, struct str row, struct cells *out)
{
	struct ticks ticks = { 0 };
	size_t from = 0, span = 0;

	if (memchr(row.p, '`', row.n)) {
		find_ticks(md, row, &ticks);
		find_spans(md, &ticks);
	}
	for (size_t i = 0; i < row.n; i++) {
		if (span < ticks.n && i == ticks.items[span].at)
			i = ticks.items[span++].end - 1;
		else if (row.p[i] == '\\')
			i++;
		else if (row.p[i] == '|') {
			*list_add(md->mem, out) = str_part(row, from, i);
			from = i + 1;
		}
	}
	*list_add(md->mem, out) = str_from(row, from);
}

static void split_row(struct md *md, struct str row, bool border, struct cells *out)
{
	out->n = 0;
	md->steps += row.n;
	if (border && row.n && row.p[0] == '|')
		row = str_from(row, 1);
	if (border && ends_in_pipe(row))
		row.n--;
	if (row.n)
		split(md, row, out);
	else
		*list_add(md->mem, out) = row;
}

struct table {
	bool border;
	struct cells row;
	const char **align; /* of each column */
	size_t columns;
};

bool no_row_starts(struct str line)
{
	line = str_trim(line);
	return !(line.n && line.p[0] == '|') && !ends_in_pipe(line);
}

static const char *align_of(struct str cell)
{
	bool left, right;

	cell = str_trim(cell);
	left = cell.n && cell.p[0] == ':';
	right = cell.n && cell.p[cell.n - 1] == ':';
	if (left && right)
		return "text-align: center;";
	return left ? "text-align: left;" : right ? "text-align: right;" : NULL;
}

/* The second line, if it is one of dashes with as many cells. */
static bool read_dashes(struct md *md, struct str line, struct table *t)
{
	size_t columns = t->row.n;

	for (size_t i = 0; i < line.n; i++)
		if (!strchr("|:- ", line.p[i]) || !line.p[i])
			return false;
	split_row(md, str_trim(line), t->border, &t->row);
	if (t->row.n != columns)
		return false;
	t->columns = columns;
	t->align = arena_calloc(md->mem, columns, sizeof(*t->align));
	for (size_t i = 0; i < columns; i++)
		t->align[i] = align_of(t->row.items[i]);
	return true;
}

enum { CELL_COST = 64 };

/* A short row is filled up with empty cells, but not by so many that the page is made of those. */
static void add_row(struct md *md, struct node *parent, struct table *t, const char *tag)
{
	struct node *tr = tree_add(md, parent, "tr");

	for (size_t i = 0; i < t->columns && md->rc == 0; i++) {
		struct node *cell;

		if (i >= t->row.n && !md_spend(md, CELL_COST))
			return;
		cell = tree_add(md, tr, tag);
		if (t->align[i])
			attr_set(md, &cell->attrs, "style", t->align[i]);
		if (i < t->row.n)
			tree_text(md, cell, str_trim(t->row.items[i]));
	}
}

static void build(struct md *md, struct cursor *c, struct str header, struct table *t)
{
	struct node *table = tree_add(md, c->parent, "table"), *body;

	split_row(md, header, t->border, &t->row);
	add_row(md, tree_add(md, table, "thead"), t, "th");
	body = tree_add(md, table, "tbody");
	c->at += 2;
	t->row.n = 0;
	if (c->at == c->end) {
		memset(t->align, 0, t->columns * sizeof(*t->align));
		add_row(md, body, t, "td");
	}
	for (; c->at < c->end && md->rc == 0; c->at++) {
		split_row(md, str_trim(cursor_line(c)), t->border, &t->row);
		add_row(md, body, t, "td");
	}
}

bool block_table(struct md *md, struct cursor *c)
{
	struct str header = str_trim(cursor_line(c));
	struct table t = { 0 };

	if (c->end - c->at < 2 || !memchr(header.p, '|', header.n))
		return false;
	t.border = header.p[0] == '|' || ends_in_pipe(header);
	split_row(md, header, t.border, &t.row);
	/* A single column is a table only if every line looks like a row. */
	if (t.row.n == 1 && (!t.border || cursor_find(md, c, LINE_NO_ROW) < c->end))
		return false;
	if (!read_dashes(md, c->text.line[c->at + 1], &t))
		return false;
	build(md, c, header, &t);
	return true;
}
