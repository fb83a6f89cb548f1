/* Structured log: one JSON object a line, or readable text when the stream is a terminal. */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "base/utf8.h"

static struct {
	int fd;
	bool tty;
	enum log_level least;
	const char *role, *request_id;
	char **masks;
	size_t n_masks;
} lg = { .fd = 2, .least = LOG_INFO_, .role = "main" };

int log_open(const char *path, enum log_level least)
{
	int fd = 2;

	if (path && !streq(path, "-")) {
		fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
		if (fd < 0)
			return -1;
	}
	if (lg.fd > 2)
		close(lg.fd);
	lg.fd = fd;
	lg.tty = isatty(fd);
	lg.least = least;
	return 0;
}

void log_role(const char *role)
{
	lg.role = role;
}

void log_request_id(const char *id)
{
	lg.request_id = id;
}

void log_mask(const char *secret)
{
	if (!secret || strlen(secret) < 4)
		return;
	for (size_t i = 0; i < lg.n_masks; i++)
		if (streq(lg.masks[i], secret))
			return;
	char **grown = realloc(lg.masks, (lg.n_masks + 1) * sizeof(*grown));

	if (!grown || !(grown[lg.n_masks] = strdup(secret)))
		abort();
	lg.masks = grown;
	lg.n_masks++;
}

void log_hide(char *text)
{
	for (size_t i = 0; i < lg.n_masks; i++) {
		size_t n = strlen(lg.masks[i]);

		for (char *at = text; (at = strstr(at, lg.masks[i])); at += 3) {
			memcpy(at, "***", 3);
			memmove(at + 3, at + n, strlen(at + n) + 1);
		}
	}
}

static void add_fields(struct buf *b, va_list ap)
{
	for (const char *key; (key = va_arg(ap, const char *));) {
		const char *value = va_arg(ap, const char *);

		if (lg.tty) {
			buf_addf(b, " %s=%s", key, value ? value : "-");
			continue;
		}
		buf_addc(b, ',');
		json_write_text(b, str_of(key));
		buf_addc(b, ':');
		json_write_text(b, str_of(value ? value : ""));
	}
}

static void begin_line(struct buf *b, enum log_level level, const char *message, bool with_request)
{
	static const char *const names[] = { "debug", "info", "warn", "error" };
	char when[25];

	clock_format(clock_wall_ms(), when);
	if (lg.tty) {
		buf_addf(b, "%.8s %-5s %-6s %s", when + 11, names[level], lg.role, message);
		return;
	}
	buf_addf(b, "{\"time\":\"%s\",\"level\":\"%s\",\"role\":\"%s\",\"pid\":%d,\"message\":", when, names[level], lg.role,
		 (int)getpid());
	json_write_text(b, str_of(message));
	if (with_request && lg.request_id && *lg.request_id) {
		buf_adds(b, ",\"request\":");
		json_write_text(b, str_of(lg.request_id));
	}
}

/* What comes from outside must not move the cursor or speak to the terminal. */
static void add_shown(struct buf *b, struct str text)
{
	for (size_t i = 0; i < text.n;) {
		uint32_t c;
		char bytes[4];

		i += utf8_next(text.p + i, text.n - i, &c);
		if (c < ' ' || (c >= 0x7f && c < 0xa0))
			buf_addf(b, "\\x%02x", (unsigned)c);
		else
			buf_add(b, bytes, utf8_put(bytes, c));
	}
}

static void end_line(struct buf *b, enum log_level level)
{
	static const char *const colours[] = { "\033[2m", "", "\033[33m", "\033[31m" };
	struct buf line = { .mem = b->mem };
	int saved = errno;

	log_hide(b->p);
	if (lg.tty) {
		buf_adds(&line, colours[level]);
		add_shown(&line, str_of(b->p));
		buf_adds(&line, "\033[0m\n");
	} else {
		buf_adds(&line, b->p);
		buf_adds(&line, "}\n");
	}
	while (write(lg.fd, line.p, line.n) < 0 && errno == EINTR)
		;
	errno = saved;
}

static void write_line(enum log_level level, const char *message, va_list ap)
{
	ARENA mem = { 0 };
	struct buf b = { .mem = &mem };

	if (level < lg.least)
		return;
	begin_line(&b, level, message, true);
	add_fields(&b, ap);
	end_line(&b, level);
}

void log_values(enum log_level level, const char *message, const struct json *values)
{
	ARENA mem = { 0 };
	struct buf b = { .mem = &mem };

	if (level < lg.least)
		return;
	begin_line(&b, level, message, !json_get(values, "request"));
	for (size_t i = 0; i < values->o.n; i++) {
		const struct json_member *m = &values->o.m[i];

		if (lg.tty) {
			buf_addf(&b, " %.*s=", (int)m->key.n, m->key.p);
		} else {
			buf_addc(&b, ',');
			json_write_text(&b, m->key);
			buf_addc(&b, ':');
		}
		json_write(&b, m->value);
	}
	end_line(&b, level);
}

#define LOG_FN(name, level)                                                                                                    \
	void log_##name(const char *message, ...)                                                                              \
	{                                                                                                                      \
		va_list ap;                                                                                                    \
		va_start(ap, message);                                                                                         \
		write_line(level, message, ap);                                                                                \
		va_end(ap);                                                                                                    \
	}
LOG_FN(debug, LOG_DEBUG_)
LOG_FN(info, LOG_INFO_)
LOG_FN(warn, LOG_WARN_)
LOG_FN(error, LOG_ERROR_)
