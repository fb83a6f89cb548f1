/* Parsing, resolving, encoding URLs; browsers are the measure. */
#include "ext/fetch.h"

#include "tests/unit/tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem };

/* The parts in one line. */
static const char *parts(const char *text)
{
	struct url u;

	if (url_parse(&cx, text, &u) < 0)
		return arena_printf(&mem, "%d %s", cx.err.code == ERR_INPUT, cx.err.text);
	return arena_printf(&mem, "%s|%s|%s|%s|%s|%s|%s|%s", u.scheme, u.user, u.host, u.port, u.authority, u.path, u.query,
			    u.fragment);
}

static void parsing(void)
{
	STR_EQ(parts("https://Example.test/a/b?c=d#e"), "https||example.test||example.test|/a/b|c=d|e");
	STR_EQ(parts("HTTP://u:p@h.test:8080"), "http|u|h.test|8080|h.test:8080|/||");
	STR_EQ(parts("https://h.test:443/"), "https||h.test||h.test|/||");
	STR_EQ(parts("http://[::1]:80/x"), "http||[::1]||[::1]|/x||");
	STR_EQ(parts("ssh://git@h.test:22/o/r.git"), "ssh|git|h.test||h.test|/o/r.git||");
	STR_EQ(parts("https://h.test/a/../b/./c/%2e%2E/d"), "https||h.test||h.test|/b/d||");
	STR_EQ(parts("https://h.test/a b/*"), "https||h.test||h.test|/a%20b/*||");
	STR_EQ(parts("https://h.test/a%2Fb"), "https||h.test||h.test|/a%2Fb||");
	STR_EQ(parts("file:///etc/x"), "file|||||/etc/x||");
	STR_EQ(parts("http://0x7f.1/"), "http||127.0.0.1||127.0.0.1|/||");
	STR_EQ(parts(" https://h.test\n"), "https||h.test||h.test|/||");
	STR_EQ(parts("https:\\\\h.test\\x"), "https||h.test||h.test|/x||");
	STR_EQ(parts("h.test/x"), "1 'h.test/x' is not a URL");
	STR_EQ(parts("/x"), "1 '/x' is not a URL");
	STR_EQ(parts(""), "1 '' is not a URL");
	STR_EQ(parts("https://"), "1 'https://' is not a URL");
	STR_EQ(parts("https://h.test:99999/"), "1 'https://h.test:99999/' is not a URL");
	STR_EQ(parts("https://h\x01.test/"), "1 'https://h\x01.test/' is not a URL");
	STR_EQ(parts("mailto:x@h.test"), "1 'mailto:x@h.test' is not a URL");
}

static const char *at(const char *ref)
{
	return url_resolve(&cx, "http://a.test/b/c/d;p?q", ref);
}

static void resolving(void)
{
	STR_EQ(at("g"), "http://a.test/b/c/g");
	STR_EQ(at("./g/"), "http://a.test/b/c/g/");
	STR_EQ(at("/g"), "http://a.test/g");
	STR_EQ(at("//g"), "http://g/");
	STR_EQ(at("?y"), "http://a.test/b/c/d;p?y");
	STR_EQ(at("g?y/../x"), "http://a.test/b/c/g?y/../x");
	STR_EQ(at("#s"), "http://a.test/b/c/d;p?q#s");
	STR_EQ(at(""), "http://a.test/b/c/d;p?q");
	STR_EQ(at(".."), "http://a.test/b/");
	STR_EQ(at("../../../g"), "http://a.test/g");
	STR_EQ(at("..\\g"), "http://a.test/b/g");
	STR_EQ(at("%2e%2e/g"), "http://a.test/b/g");
	STR_EQ(at("g;x=1/../y"), "http://a.test/b/c/y");
	STR_EQ(at("https://O.test:443/x"), "https://o.test/x");
	STR_EQ(at("javascript:alert(1)"), NULL);
	STR_EQ(at("http://"), NULL);
	STR_EQ(url_resolve(&cx, "http://u:p@a.test", "g#f"), "http://u:p@a.test/g#f");
	STR_EQ(url_resolve(&cx, "http://a.test/x?q=a/b#c/d", "g"), "http://a.test/g");
	STR_EQ(url_resolve(&cx, "x/y", "g"), NULL);
	STR_EQ(url_resolve(&cx, "", "http://a.test"), "http://a.test/");
}

static void encoding(void)
{
	STR_EQ(url_encode(&mem, "a b/ü~-._%", false), "a%20b%2F%C3%BC~-._%25");
	STR_EQ(url_encode(&mem, "a b/c?", true), "a%20b/c%3F");
	STR_EQ(url_unescape(&mem, "a%20b%2f%C3%BC+%"), "a b/ü+%");
	STR_EQ(url_unescape(&mem, "%zz%4"), "%zz%4");
	STR_EQ(url_unescape(&mem, "a%00b"), "a%00b");
	STR_EQ(url_unescape(&mem, "%01%10"), "\x01\x10");
}

int main(void)
{
	parsing();
	resolving();
	encoding();
	arena_release(&mem);
	return DONE();
}
