/* What the files of the configuration share among themselves. */
#ifndef SERVER_CONFIG_PARTS_H
#define SERVER_CONFIG_PARTS_H

#include "server/config.h"

/* One file as it was read: where it came from, its text (to find the line of a key), its values. */
struct config_source {
	const char *file;
	struct str text;
	struct json *value;
};

/* A whole file of at most 10 MiB. ERR_INPUT names it. */
int config_read_file(struct ctx *cx, const char *path, struct str *out);
/* Parses by the file's extension: .yaml, .yml, .json. An empty file is an empty object. */
int config_parse(struct ctx *cx, const char *path, struct str text, struct json **out);
/*
 * Replaces ${VAR}, $env, $file and $include below v. What is undefined is taken out; *out is NULL when v itself is.
 * ERR_INPUT says where.
 */
int config_expand(struct ctx *cx, const char *file, struct json *v, struct json **out);

/* Compares a source with config.def: coerces texts to numbers and booleans, appends what is wrong. */
void config_check(struct ctx *cx, const struct config_source *src, struct config_problems *out);
/* Gives the secrets of a merged configuration to log_mask(). */
void config_mask(const struct json *conf);

#endif
