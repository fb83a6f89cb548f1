/* The formats of JSON Schema draft 7: dates, addresses, URIs and the like. */
#include "base/schema_private.h"
#include "base/utf8.h"

/* n digits at the start of *s, which is moved behind them. */
static bool digits(struct str *s, size_t n, int *out)
{
	*out = 0;
	if (s->n < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!ascii_digit(s->p[i]))
			return false;
		*out = *out * 10 + (s->p[i] - '0');
	}
	*s = (struct str){ s->p + n, s->n - n };
	return true;
}

static bool sign(struct str *s, const char *any, char *out)
{
	if (!s->n || !*s->p || !strchr(any, *s->p))
		return false;
	*out = *s->p;
	*s = (struct str){ s->p + 1, s->n - 1 };
	return true;
}

static bool date_part(struct str *s)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int y, m, d;
	char c;

	if (!digits(s, 4, &y) || !sign(s, "-", &c) || !digits(s, 2, &m) || !sign(s, "-", &c) || !digits(s, 2, &d) || m < 1 ||
	    m > 12)
		return false;
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

	return d >= 1 && d <= days[m - 1] + (m == 2 && leap);
}

static bool time_part(struct str *s)
{
	int h, m, sec, zh = 0, zm = 0, f;
	char c;

	if (!digits(s, 2, &h) || !sign(s, ":", &c) || !digits(s, 2, &m) || !sign(s, ":", &c) || !digits(s, 2, &sec))
		return false;
	if (sign(s, ".", &c)) {
		if (!digits(s, 1, &f))
			return false;
		while (digits(s, 1, &f))
			;
	}
	if (!sign(s, "Zz+-", &c))
		return false;
	char colon;

	if ((c == '+' || c == '-') && (!digits(s, 2, &zh) || !sign(s, ":", &colon) || !digits(s, 2, &zm)))
		return false;
	if (h > 23 || m > 59 || sec > 60 || zh > 23 || zm > 59)
		return false;
	int utc = h * 60 + m - (c == '-' ? -1 : 1) * (zh * 60 + zm);

	/* leap seconds come at midnight UTC only */
	return sec < 60 || (utc + 2880) % 1440 == 1439;
}

static bool is_date(struct str s)
{
	return date_part(&s) && s.n == 0;
}

static bool is_time(struct str s)
{
	return time_part(&s) && s.n == 0;
}

static bool is_date_time(struct str s)
{
	char c;

	return date_part(&s) && sign(&s, "Tt", &c) && time_part(&s) && s.n == 0;
}

static bool is_hostname(struct str s)
{
	if (s.n == 0 || s.n > 253)
		return false;
	for (struct str rest = s; rest.p;) {
		struct str label = str_cut(&rest, '.');

		if (label.n == 0 || label.n > 63 || label.p[0] == '-' || label.p[label.n - 1] == '-')
			return false;
		for (size_t i = 0; i < label.n; i++)
			if (!ascii_alnum(label.p[i]) && label.p[i] != '-')
				return false;
	}
	return true;
}

static bool is_ipv4(struct str s)
{
	int parts = 0;

	for (struct str rest = s; rest.p; parts++) {
		struct str part = str_cut(&rest, '.');
		int v;

		if (part.n == 0 || part.n > 3 || (part.n > 1 && part.p[0] == '0') || !digits(&part, part.n, &v) || v > 255)
			return false;
	}
	return parts == 4;
}

static bool is_ipv6(struct str s)
{
	int groups = 0;
	bool gap = false;

	if (s.n >= 2 && s.p[0] == ':' && s.p[1] == ':') {
		gap = true;
		s = (struct str){ s.p + 2, s.n - 2 };
		if (!s.n)
			return true;
	}
	for (struct str rest = s; rest.p;) {
		struct str part = str_cut(&rest, ':');

		if (part.n == 0) {
			/* "::", once; at the very end as well */
			if (gap || !rest.p || groups == 0)
				return false;
			gap = true;
			if (rest.n == 0)
				break;
			continue;
		}
		if (memchr(part.p, '.', part.n)) {
			groups += 2;
			if (rest.p || !is_ipv4(part))
				return false;
			continue;
		}
		groups++;
		for (size_t i = 0; i < part.n; i++)
			if (part.n > 4 || ascii_hex(part.p[i]) < 0)
				return false;
	}
	return gap ? groups < 8 : groups == 8;
}

static bool is_email(struct str s)
{
	const char *at = s.n ? memrchr(s.p, '@', s.n) : NULL;

	if (!at || at == s.p)
		return false;
	struct str local = { s.p, (size_t)(at - s.p) }, domain = { at + 1, s.n - local.n - 1 };

	if (local.n > 1 && local.p[0] == '"' && local.p[local.n - 1] == '"') {
		if (memchr(local.p + 1, '"', local.n - 2) || memchr(local.p, '\n', local.n))
			return false;
	} else {
		for (size_t i = 0; i < local.n; i++) {
			char c = local.p[i];
			bool dot = c == '.';

			if (!ascii_alnum(c) && !(c && strchr(".!#$%&'*+/=?^_`{|}~-", c)))
				return false;
			if (dot && (i == 0 || i + 1 == local.n || local.p[i + 1] == '.'))
				return false;
		}
	}
	if (domain.n > 2 && domain.p[0] == '[' && domain.p[domain.n - 1] == ']') {
		struct str in = { domain.p + 1, domain.n - 2 };

		if (in.n > 5 && memcmp(in.p, "IPv6:", 5) == 0)
			return is_ipv6((struct str){ in.p + 5, in.n - 5 });
		return is_ipv4(in);
	}
	return is_hostname(domain);
}

/* Every byte is one that a URI may hold; escapes are whole. */
static bool uri_chars(struct str s, const char *also)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '%') {
			if (i + 2 >= s.n || ascii_hex(s.p[i + 1]) < 0 || ascii_hex(s.p[i + 2]) < 0)
				return false;
			i += 2;
		} else if (!ascii_alnum(c) && !(c && (strchr("-._~!$&'()*+,;=:@/", c) || strchr(also, c)))) {
			return false;
		}
	}
	return true;
}

static bool is_authority(struct str s)
{
	const char *at = s.n ? memchr(s.p, '@', s.n) : NULL;
	struct str host = at ? (struct str){ at + 1, s.n - (size_t)(at + 1 - s.p) } : s, port = { NULL, 0 };

	if (at && !uri_chars((struct str){ s.p, (size_t)(at - s.p) }, ""))
		return false;
	if (host.n && host.p[0] == '[') {
		const char *close = memchr(host.p, ']', host.n);

		if (!close)
			return false;
		struct str in = { host.p + 1, (size_t)(close - host.p) - 1 };

		port = (struct str){ close + 1, host.n - in.n - 2 };
		if (!is_ipv6(in) && !(in.n && ascii_lower(in.p[0]) == 'v'))
			return false;
		if (port.n && port.p[0] != ':')
			return false;
		port = port.n ? (struct str){ port.p + 1, port.n - 1 } : port;
	} else {
		struct str rest = host;

		host = str_cut(&rest, ':');
		port = rest;
		if (!uri_chars(host, "") || (host.n && memchr(host.p, '@', host.n)))
			return false;
	}
	for (size_t i = 0; i < port.n; i++)
		if (!ascii_digit(port.p[i]))
			return false;
	return true;
}

static bool is_uri_reference(struct str s, bool absolute)
{
	struct str fragment, query, rest = str_cut(&s, '#');

	fragment = s;
	s = rest;
	rest = str_cut(&s, '?');
	query = s;
	if (!uri_chars(fragment, "?") || !uri_chars(query, "?"))
		return false;
	size_t scheme = 0;

	while (scheme < rest.n &&
	       (ascii_alnum(rest.p[scheme]) || rest.p[scheme] == '+' || rest.p[scheme] == '-' || rest.p[scheme] == '.'))
		scheme++;
	bool has = scheme && scheme < rest.n && rest.p[scheme] == ':' && ascii_alpha(rest.p[0]);

	if (has)
		rest = (struct str){ rest.p + scheme + 1, rest.n - scheme - 1 };
	else if (absolute)
		return false;
	if (rest.n >= 2 && rest.p[0] == '/' && rest.p[1] == '/') {
		rest = (struct str){ rest.p + 2, rest.n - 2 };
		const char *slash = rest.n ? memchr(rest.p, '/', rest.n) : NULL;
		size_t n = slash ? (size_t)(slash - rest.p) : rest.n;

		if (!is_authority((struct str){ rest.p, n }))
			return false;
		rest = (struct str){ rest.p + n, rest.n - n };
	} else if (!has) {
		/* a colon in the first segment would make it a scheme */
		struct str path = rest, first = str_cut(&path, '/');

		if (first.n && memchr(first.p, ':', first.n))
			return false;
	}
	return uri_chars(rest, "");
}

static bool is_uri(struct str s)
{
	return is_uri_reference(s, true);
}

static bool is_reference(struct str s)
{
	return is_uri_reference(s, false);
}

static bool is_json_pointer(struct str s)
{
	if (s.n && s.p[0] != '/')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '~' && (i + 1 == s.n || (s.p[i + 1] != '0' && s.p[i + 1] != '1')))
			return false;
	return true;
}

static bool is_uuid(struct str s)
{
	if (s.n == 45 && memcmp(s.p, "urn:uuid:", 9) == 0)
		s = (struct str){ s.p + 9, 36 };
	for (size_t i = 0; s.n == 36 && i < 36; i++)
		if ((i == 8 || i == 13 || i == 18 || i == 23) ? s.p[i] != '-' : ascii_hex(s.p[i]) < 0)
			return false;
	return s.n == 36;
}

bool schema_format(struct arena *mem, const char *format, struct str text)
{
	static const struct {
		const char *name;
		bool (*fits)(struct str);
	} formats[] = {
		{ "date", is_date },
		{ "time", is_time },
		{ "date-time", is_date_time },
		{ "email", is_email },
		{ "hostname", is_hostname },
		{ "ipv4", is_ipv4 },
		{ "ipv6", is_ipv6 },
		{ "uri", is_uri },
		{ "uri-reference", is_reference },
		{ "json-pointer", is_json_pointer },
		{ "uuid", is_uuid },
	};

	if (streq(format, "regex"))
		return regex_compile(mem, text, 0, NULL) != NULL;
	for (size_t i = 0; i < LEN(formats); i++)
		if (streq(format, formats[i].name))
			return formats[i].fits(text);
	return true;
}
