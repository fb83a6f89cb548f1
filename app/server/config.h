/* The configuration: app-config.yaml files and the environment, merged into one tree and checked. */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include "base/ctx.h"
#include "base/json.h"

/* Something wrong with the configuration. Warnings do not stop a start: sections of Backstage plugins are none of ours. */
struct config_problem {
	bool error;
	const char *where; /* "app-config.yaml:12", or the name of an environment variable */
	const char *text;
};
struct config_problems {
	struct config_problem *items;
	size_t n, cap;
};

/*
 * Says which files are read first, for this process and what it forks (--config). n 0: the default, app-config.yaml in
 * /etc/callboard or, run from a source tree, docs/examples/app-config.yaml. The strings are kept, not copied.
 */
void config_use(const char *const *files, size_t n);
/* The files that config_load() reads, in order: those above, then the ones CALLBOARD_CONFIG names with ':' between. */
const char *const *config_files(struct arena *mem, size_t *n);

/*
 * Reads, substitutes, checks and merges: objects deep, all else replaced by the later file, APP_CONFIG_a_b variables last.
 * Fills in server.state, server.views, server.plugins and server.sql where nobody set them, turns "3306" into 3306 where a
 * number belongs, and gives every secret to log_mask(). *out lives in cx->mem. All findings are appended to problems when it is
 * not NULL, else warnings are logged. ERR_INPUT for a file that cannot be read or parsed, or a value of a wrong type (the first
 * is worded).
 */
int config_load(struct ctx *cx, struct json **out, struct config_problems *problems);

/* A copy of a loaded configuration for people's eyes: secrets are "<secret>". */
struct json *config_public(struct arena *mem, const struct json *conf);

/* One known setting, for `callboard config keys`. */
struct config_key {
	const char *path; /* dotted; "*" is any name or any item of a list */
	const char *type; /* "text", "number or duration" */
	bool secret;
	const char *about;
};
/* The i-th known setting; false behind the last. */
bool config_key(struct arena *mem, size_t i, struct config_key *out);

/* Where the parts of an installation are, found from the program's own place: <prefix>/share/callboard, or a source tree. */
const char *config_share(struct arena *mem);

#endif
