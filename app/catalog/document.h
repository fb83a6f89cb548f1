/* From one document of a file to an entity that can be stored: the steps of backstage-facts 1.9 that need no database. */
#ifndef CATALOG_DOCUMENT_H
#define CATALOG_DOCUMENT_H

#include "catalog/reader.h"
#include "catalog/relation.h"
#include "catalog/settings.h"
#include "catalog/validate.h"

/* A file that a placeholder named, read once per source. */
struct read_file {
	struct location loc;
	struct str bytes;
	const char *etag, *hash; /* hash NULL: the read failed with code and error */
	int code;
	const char *error;
};
struct read_files {
	struct read_file *items;
	size_t n, cap;
	size_t memory; /* bytes that filling placeholders took */
};

/* Where documents come from. */
struct origin_of {
	struct location at;     /* the file */
	struct location origin; /* the root that led here: rules judge it */
	bool provider;          /* made by the portal itself: no rules */
	bool offline;           /* placeholders that name a URL are taken to be there */
};

struct document {
	struct json *entity; /* with the server's annotations; relations, status, uid and etag taken out */
	const char *ref;     /* NULL when it could not be told */
	uint32_t line;
	struct relations relations;
	struct faults faults;     /* not stored when there is one */
	bool source_fault;        /* the faults belong to the file, not to the entity (no envelope, kind not allowed) */
	struct faults notes;      /* what is wrong without making it a bad entity: targets of a Location */
	struct locations targets; /* of a Location */
	struct location origin;   /* whence it really came, whatever its annotations say */
	bool optional;            /* its presence */
	char hash[41];            /* of what will be stored */
};

/*
 * raw: the document as read; changed in place. Placeholders are filled (files read are added to files), annotations set,
 * everything checked. Faults are in out, never an error code.
 */
void document_process(struct ctx *cx, const struct catalog_settings *s, const struct origin_of *from, struct json *raw,
		      struct read_files *files, struct document *out);
/*
 * Whether v takes at most *left bytes when it is written as JSON, which are taken from it. What names one large text often is
 * small in memory and large as JSON.
 */
bool document_fits(const struct json *v, size_t *left);
/* The Location entity of a configured or registered location: location:default/generated-<sha1 of "type:target">. */
struct json *document_generated(struct arena *mem, const struct location *loc);
/* "generated-…", 50 characters. */
const char *location_entity_name(struct arena *mem, const struct location *loc);

#endif
