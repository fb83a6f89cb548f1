/* What several handlers share. The handlers themselves are declared by routes.h. */
#ifndef HANDLERS_HANDLERS_H
#define HANDLERS_HANDLERS_H

#include "catalog/filter.h"
#include "catalog/location.h"
#include "catalog/store.h"
#include "handlers/routes.h"
#include "web/http.h"

enum { NUMBER_MOST = 1000000000 }; /* of a limit or an offset */

/*
 * The request's JSON object with the properties named in need (NULL-terminated); with optional, any other is refused. ERR_INPUT
 * in the words "request/body must have required property 'x'".
 */
int body_object(struct req *rq, const char *const *need, const char *const *optional, struct json **out);
/* A property that must be a text. */
int body_text(struct req *rq, const struct json *body, const char *key, const char **out);
/* A property that must be a list of texts, or absent. */
int body_texts(struct req *rq, const struct json *body, const char *key, struct text_list *out);
/* A property that must be a whole number of at least `least`; *out stays as it is when it is absent. */
int body_number(struct req *rq, const struct json *body, const char *key, long least, long *out);
/* The property "fields". */
int body_fields(struct req *rq, const struct json *body, struct fields *out);

/* A location as the audit log is told of it. */
void note_location(struct ctx *cx, const struct registered *l);
/* location_remove(), told to the audit log with what the location was. */
int unregister_location(struct ctx *cx, const char *id);

/* A query parameter that must be a whole number of at least `least`; *out stays as it is when it is absent. */
int query_number(struct req *rq, const char *name, long least, long *out);
/* All parameters "filter" and "fields". */
int query_filter(struct req *rq, struct filter *out);
int query_fields(struct req *rq, struct fields *out);

#endif
