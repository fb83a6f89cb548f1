/* $text, $json, $yaml, $openapi, $asyncapi: values that stand in other files. */
#ifndef CATALOG_PLACEHOLDER_H
#define CATALOG_PLACEHOLDER_H

#include "catalog/document.h"

/*
 * Replaces every placeholder below entity (backstage-facts 1.6). ERR_INPUT and others word the first that fails, with its key
 * and target.
 */
int placeholders_fill(struct ctx *cx, const struct origin_of *from, struct json *entity, struct read_files *files);

#endif
