/* Where an entity's documentation is, by its annotations. */
#ifndef DOCS_REF_H
#define DOCS_REF_H

#include "base/ctx.h"
#include "base/json.h"
#include "catalog/reader.h"

#define DOCS_REF "backstage.io/techdocs-ref"
#define DOCS_ENTITY "backstage.io/techdocs-entity"
#define DOCS_ENTITY_PATH "backstage.io/techdocs-entity-path"

/* Says an annotation that there is documentation, be it another entity's? */
bool docs_has(const struct json *entity);

/* The folder with mkdocs.yml: of a repository, by its URL, or of this machine. */
struct docs_source {
	const char *url;             /* NULL: it is of this machine */
	const char *folder, *within; /* absolute; folder, followed through links, must not leave within */
};
/*
 * What the annotation means. "dir:" is relative to the entity's backstage.io/source-location, else to its
 * backstage.io/managed-by-location. ERR_NOTFOUND, ERR_INPUT, and ERR_DENIED where it leads out of the folder of a file
 * location.
 */
int docs_source(struct ctx *cx, const struct json *entity, struct docs_source *out);

/*
 * The entity whose documentation is shown instead (a full ref in lower case), and the page in it ("" for its first); *ref NULL
 * when it has its own, or names itself. ERR_INPUT when the annotation is no reference.
 */
int docs_elsewhere(struct ctx *cx, const struct json *entity, const char **ref, const char **path);

#endif
