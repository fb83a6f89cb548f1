/* The log: JSON in a file, and on a terminal readable text that nobody outside can speak to the terminal with. */
#include "base/log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "base/json.h"
#include "tests/unit/tap.h"

/* One line of what arrives, without its end. */
static const char *line_from(int fd)
{
	static char line[1000];
	size_t n = 0;

	while (n + 1 < sizeof(line) && read(fd, line + n, 1) == 1 && line[n] != '\n')
		n++;
	line[n] = '\0';
	return line;
}

static int open_terminal(void)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY);
	struct termios raw;

	if (fd < 0 || grantpt(fd) < 0 || unlockpt(fd) < 0 || log_open(ptsname(fd), LOG_DEBUG_) < 0 || tcgetattr(fd, &raw) < 0)
		abort();
	cfmakeraw(&raw);
	tcsetattr(fd, TCSANOW, &raw);
	return fd;
}

static void on_a_terminal(void)
{
	static struct arena mem;
	struct json *values = json_object(&mem);
	int fd = open_terminal();
	const char *line;

	log_warn("a\033]0;title\007", "key", "1\x1b[2J\r\x7f\xc2\x9b \xc3\xa9 \x9b", NULL);
	line = line_from(fd);
	OK(strncmp(line, "\033[33m", 5) == 0);
	OK(strstr(line, "a\\x1b]0;title\\x07 key=1\\x1b[2J\\x0d\\x7f\\x9b \xc3\xa9 \xef\xbf\xbd\033[0m"));
	log_warn("two\nlines", NULL);
	OK(strstr(line_from(fd), " two\\x0alines\033[0m"));
	json_set(&mem, values, "k\033", json_str(&mem, "v\xc2\x9b"));
	log_values(LOG_INFO_, "m", values);
	OK(strstr(line_from(fd), " m k\\x1b=\"v\\x9b\"\033[0m"));
	log_mask("secret-of-the-test");
	log_error("it is secret-of-the-test", NULL);
	OK(strstr(line_from(fd), " it is ***\033[0m"));
	log_open(NULL, LOG_INFO_);
	close(fd);
	arena_release(&mem);
}

static void in_a_file(void)
{
	char path[] = "/tmp/log-XXXXXX";
	int fd = mkstemp(path);

	OK(fd >= 0 && log_open(path, LOG_INFO_) == 0);
	log_debug("not this", NULL);
	log_info("a\033\n", "key", "\"", NULL);
	OK(strstr(line_from(fd), "\"message\":\"a\\u001b\\n\",\"key\":\"\\\"\"}"));
	log_open(NULL, LOG_INFO_);
	close(fd);
	unlink(path);
}

int main(void)
{
	on_a_terminal();
	in_a_file();
	return DONE();
}
