/* What others do to entities that are read and good (plugins): the catalog knows nobody above it. */
#ifndef CATALOG_PROCESSOR_H
#define CATALOG_PROCESSOR_H

#include "catalog/document.h"

/*
 * entity must not be changed; *out: another one to take its place, NULL: it stays. What is wrong with it is added to faults (it
 * is not stored), what went wrong otherwise to notes (it is stored as it was, and the note is shown).
 */
typedef void catalog_processor(struct ctx *cx, struct json *entity, struct json **out, struct faults *faults,
			       struct faults *notes);
/*
 * Called for every document from now on, in this process. mark: a text that is another one when the same entity could come out
 * otherwise; lives as long as the process. Before catalog_settings() is called first. fn NULL: none.
 */
void catalog_set_processor(catalog_processor *fn, const char *mark);
const char *catalog_processor_mark(void);
/*
 * Runs it. d->entity may be another one afterwards, of the same kind, namespace and name, with the same origin; it was not
 * validated. true: it is.
 */
bool processor_run(struct ctx *cx, struct document *d);

#endif
