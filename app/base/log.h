/* Structured log: one JSON object a line, or readable text, without control characters, when the stream is a terminal. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

struct json;

enum log_level { LOG_DEBUG_, LOG_INFO_, LOG_WARN_, LOG_ERROR_ };

/*
 * path NULL or "-": standard error. Lines are written with one write(), so processes may share the file.
 * Returns 0, or -1 with errno.
 */
int log_open(const char *path, enum log_level least);
/* Who writes: shown as "role" in each line ("web", "job", "master"). */
void log_role(const char *role);
/* Attached to each line until set again; NULL or "" for none. Not copied. */
void log_request_id(const char *id);
/* Texts that must never be written (tokens, passwords); each is replaced by ***. Copied. Shorter than 4 bytes: ignored. */
void log_mask(const char *secret);
/* Does so in a text, in place: for one that will be cut, which could leave a part of a secret. */
void log_hide(char *text) __attribute__((nonnull));

/* Message, then key/value pairs, then NULL: log_info("location read", "target", t, "entities", "12", NULL). */
void log_info(const char *message, ...) __attribute__((sentinel, nonnull(1)));
void log_warn(const char *message, ...) __attribute__((sentinel, nonnull(1)));
void log_error(const char *message, ...) __attribute__((sentinel, nonnull(1)));
void log_debug(const char *message, ...) __attribute__((sentinel, nonnull(1)));
/* The same with values that are more than texts: the members of an object. One named "request" takes the place of
 * the request's number. */
void log_values(enum log_level level, const char *message, const struct json *values) __attribute__((nonnull));

#endif
