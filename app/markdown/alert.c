/* GitHub's alerts ("> [!NOTE]"), rewritten as admonitions before anything else is read. */
#include <strings.h>

#include "markdown/private.h"

static const struct {
	const char *name, *class, *title;
} alerts[] = {
	{ "note", "note", "Note" },
	{ "tip", "tip", "Tip" },
	{ "important", "warning", "Important" },
	{ "caution", "danger", "Caution" },
	{ "warning", "warning", "Warning" },
};

/* The number of the alert that a line begins, or -1. */
static int alert_of(struct str line)
{
	size_t at = 1;

	if (!str_begins(line, ">"))
		return -1;
	while (at < line.n && at < 4 && line.p[at] == ' ')
		at++;
	line = str_rtrim(str_from(line, at), ' ');
	if (line.n < 4 || line.p[0] != '[' || line.p[1] != '!' || line.p[line.n - 1] != ']')
		return -1;
	for (size_t i = 0; i < LEN(alerts); i++)
		if (strlen(alerts[i].name) == line.n - 3 && strncasecmp(alerts[i].name, line.p + 2, line.n - 3) == 0)
			return (int)i;
	return -1;
}

struct str alert_convert(struct md *md, struct str s)
{
	struct buf out = { .mem = md->mem };
	struct text t;
	bool in_alert = false, in_fence = false;

	if (str_find(s, 0, "[!") == s.n)
		return s;
	t = text_split(md, s);
	for (size_t i = 0; i < t.n; i++) {
		struct str line = t.line[i];
		int alert = in_fence || i + 1 == t.n || !str_begins(t.line[i + 1], "> ") ? -1 : alert_of(line);

		if (i)
			buf_addc(&out, '\n');
		if (str_begins(line, "```"))
			in_fence = !in_fence;
		in_alert = in_alert && str_begins(line, "> ");
		if (alert >= 0) {
			in_alert = true;
			buf_addf(&out, "!!! %s \"%s\"", alerts[alert].class, alerts[alert].title);
			continue;
		}
		if (in_alert) {
			buf_add(&out, "    ", TAB);
			line = str_from(line, 2);
		}
		buf_add(&out, line.p, line.n);
	}
	return buf_str(&out);
}
