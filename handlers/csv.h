/* Rows of a CSV file, as spreadsheets read them. */
#ifndef HANDLERS_CSV_H
#define HANDLERS_CSV_H

#include "base/buf.h"

/*
 * Adds a row (RFC 4180). A text that a spreadsheet would run as a formula gets an apostrophe before it: people open these
 * files, and what is in them was written by others.
 */
void csv_row(struct buf *to, const char *const *cells, size_t n);

#endif
