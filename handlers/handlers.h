/* What several handlers share. The handlers themselves are declared by routes.h. */
#ifndef HANDLERS_HANDLERS_H
#define HANDLERS_HANDLERS_H

#include "catalog/store.h"
#include "handlers/routes.h"
#include "web/http.h"

/*
 * The request's JSON object with the properties named in need (NULL-terminated); with optional, any other is refused. ERR_INPUT
 * in the words "request/body must have required property 'x'".
 */
int body_object(struct req *rq, const char *const *need, const char *const *optional, struct json **out);
/* A property that must be a text. */
int body_text(struct req *rq, const struct json *body, const char *key, const char **out);
/* A property that must be a list of texts, or absent. */
int body_texts(struct req *rq, const struct json *body, const char *key, struct text_list *out);

#endif
