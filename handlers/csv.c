/* Rows of a CSV file, as spreadsheets read them. */
#include "handlers/csv.h"

static void add_cell(struct buf *to, const char *text)
{
	buf_addc(to, '"');
	if (*text && strchr("=+-@\t\r", *text))
		buf_addc(to, '\'');
	for (; *text; text++) {
		if (*text == '"')
			buf_addc(to, '"');
		buf_addc(to, *text);
	}
	buf_addc(to, '"');
}

void csv_row(struct buf *to, const char *const *cells, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_addc(to, ',');
		add_cell(to, cells[i]);
	}
	buf_adds(to, "\r\n");
}
