/* Hides secrets in whatever a run lets out: log lines, errors, output. */
#ifndef SCAFFOLDER_MASK_H
#define SCAFFOLDER_MASK_H

#include "base/json.h"
#include "base/str.h"

struct mask;

/*
 * Hides every text below the values in secrets (objects or lists, NULL ones skipped), without white space at its ends, when it
 * is longer than one byte; also as JSON writes it. Lives in mem.
 */
struct mask *mask_new(struct arena *mem, const struct json *const *secrets, size_t n);
/* Hides this text from now on as well; mem has to live as long as the mask. */
void mask_also(struct mask *m, struct arena *mem, struct str text);
/* A list of those texts. */
const struct json *mask_added(const struct mask *m);
/* text with "***" for each secret, for those that overlap one together; text itself when there is none. Linear in its length.
 */
struct str mask_text(const struct mask *m, struct arena *mem, struct str text);
/* The same for a NUL-terminated text. */
const char *mask_line(const struct mask *m, struct arena *mem, const char *text);
/* The same for an error, which may quote no more than the beginning of a text: that of a secret is hidden as well. */
const char *mask_error(const struct mask *m, struct arena *mem, const char *text);
/* A value with all of its texts and keys so; NULL for NULL. */
struct json *mask_value(const struct mask *m, struct arena *mem, const struct json *v);

#endif
