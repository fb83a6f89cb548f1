/* Paths and URLs within a site. */
#include "docs/path.h"

#include "base/buf.h"

const char *path_join(struct arena *mem, const char *folder, const char *path)
{
	struct buf out = { .mem = mem };

	buf_adds(&out, folder);
	for (struct str rest = str_of(path); rest.p;) {
		struct str part = str_cut(&rest, '/');

		if (part.n == 0 || str_is(part, "."))
			continue;
		if (str_is(part, "..")) {
			if (out.n == 0)
				return NULL;
			while (out.n && out.p[--out.n] != '/')
				;
			out.p[out.n] = '\0';
			continue;
		}
		if (out.n)
			buf_addc(&out, '/');
		buf_add(&out, part.p, part.n);
	}
	return buf_text(&out);
}

const char *path_folder(struct arena *mem, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? arena_strndup(mem, path, (size_t)(slash - path)) : "";
}

const char *path_encode(struct arena *mem, const char *path)
{
	struct buf out = { .mem = mem };

	for (; *path; path++) {
		unsigned char c = (unsigned char)*path;

		if (ascii_alnum(*path) || strchr("-._~/!$&'()*+,;=@", c))
			buf_addc(&out, *path);
		else
			buf_addf(&out, "%%%02X", c);
	}
	return buf_text(&out);
}

const char *path_decode(struct arena *mem, struct str s)
{
	struct buf out = { .mem = mem };

	for (size_t i = 0; i < s.n; i++) {
		int high = s.p[i] == '%' && i + 2 < s.n ? ascii_hex(s.p[i + 1]) : -1;
		int low = high < 0 ? -1 : ascii_hex(s.p[i + 2]);
		char c = low < 0 ? s.p[i] : (char)(high * 16 + low);

		if (!c)
			c = '%'; /* an encoded NUL names no file */
		else if (low >= 0)
			i += 2;
		buf_addc(&out, c);
	}
	return buf_text(&out);
}

const char *url_between(struct arena *mem, const char *from, const char *to)
{
	struct str a = str_of(from), b = str_of(to);
	struct buf out = { .mem = mem };
	size_t same = 0;

	for (size_t i = 0; i < a.n && i < b.n && a.p[i] == b.p[i]; i++)
		if (a.p[i] == '/')
			same = i + 1;
	for (size_t i = same; i < a.n; i++)
		if (a.p[i] == '/')
			buf_adds(&out, out.n ? "/.." : "..");
	if (b.n > same) {
		buf_adds(&out, out.n ? "/" : "");
		buf_add(&out, b.p + same, b.n - same);
	} else if (!out.n) {
		buf_adds(&out, b.n ? "./" : ".");
	} else if (b.n) {
		buf_addc(&out, '/');
	}
	return buf_text(&out);
}

/* Length of "scheme" in "scheme:"; 0 when there is none. */
static size_t scheme_length(const char *url)
{
	size_t n = 0;

	if (!ascii_alpha(*url))
		return 0;
	while (ascii_alnum(url[n]) || url[n] == '+' || url[n] == '-' || url[n] == '.')
		n++;
	return url[n] == ':' ? n : 0;
}

bool url_is_elsewhere(const char *url)
{
	return !*url || strchr("/\\#?", *url) || scheme_length(url);
}

bool url_is_harmless(const char *url)
{
	struct str scheme = { url, scheme_length(url) };

	for (const unsigned char *c = (const unsigned char *)url; *c; c++)
		if (*c <= ' ')
			return false; /* browsers drop some of these before they look for a scheme */
	if (!scheme.n)
		return !strchr(url, ':') || strcspn(url, "/?#") < strcspn(url, ":");
	return str_is(scheme, "http") || str_is(scheme, "https") || str_is(scheme, "mailto");
}
