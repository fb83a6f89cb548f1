/* Where the files of a template are, and getting them: beside template.yaml, or at an address of a source-code host. */
#ifndef SCAFFOLDER_SOURCE_H
#define SCAFFOLDER_SOURCE_H

#include "scaffolder/action.h"

/* Of a Template entity of the catalog: what its annotations say. A folder of this machine only when the catalog read it there.
 */
struct template_source template_source_of(struct ctx *cx, const struct json *entity);

/* What a relative address means in s->folder, as a path of a workspace. */
int source_path(struct ctx *cx, const struct template_source *s, const char *url, const char **out);
/*
 * The tree that an address names, relative to the template or absolute through the integrations: it is then the folder *folder
 * of *from, to be read. What has to be fetched goes to a folder in scratch that is removed with cx->mem. ERR_DENIED: outside of
 * the template's folder, or not allowed; errors of reader_tree(). token: somebody's own for the host; NULL: what the
 * configuration has.
 */
int source_tree(struct ctx *cx, const struct template_source *s, const char *url, const char *token, const char *scratch,
		struct workspace *from, const char **folder);
/* The same for one file, its bytes. */
int source_file(struct ctx *cx, const struct template_source *s, const char *url, const char *token, struct str *out);

#endif
