/* The formats of names, keys, tags and URLs in an entity's envelope. */
#include "catalog/validate.h"

static bool lower_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || ascii_digit(c);
}

static bool separator(char c)
{
	return c == '-' || c == '_' || c == '.';
}

/* ^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$, at most 63 */
bool valid_name(struct str s)
{
	if (s.n < 1 || s.n > 63 || !ascii_alnum(s.p[0]) || !ascii_alnum(s.p[s.n - 1]))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) && !separator(s.p[i]))
			return false;
	return true;
}

/* A DNS label: ^[a-z0-9]+(-+[a-z0-9]+)*$, at most 63 */
bool valid_namespace(struct str s)
{
	if (s.n < 1 || s.n > 63 || s.p[0] == '-' || s.p[s.n - 1] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!lower_or_digit(s.p[i]) && s.p[i] != '-')
			return false;
	return true;
}

bool valid_kind(struct str s)
{
	if (s.n < 1 || s.n > 63 || !ascii_alpha(s.p[0]))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]))
			return false;
	return true;
}

/* DNS labels separated by dots, at most 253 */
static bool valid_subdomain(struct str s)
{
	struct str rest = s;

	if (s.n < 1 || s.n > 253)
		return false;
	while (rest.p)
		if (!valid_namespace(str_cut(&rest, '.')))
			return false;
	return true;
}

/* Splits "prefix/rest"; true when there is at most one slash. */
static bool split_prefix(struct str s, struct str *prefix, struct str *rest)
{
	struct str left = s;
	struct str first = str_cut(&left, '/');

	*prefix = left.p ? first : (struct str){ NULL, 0 };
	*rest = left.p ? left : first;
	return !rest->n || !memchr(rest->p, '/', rest->n);
}

bool valid_api_version(struct str s)
{
	struct str prefix, rest;

	if (!split_prefix(s, &prefix, &rest) || (prefix.p && !valid_subdomain(prefix)) || rest.n < 1 || rest.n > 63)
		return false;
	for (size_t i = 0; i < rest.n; i++)
		if (!ascii_alnum(rest.p[i]))
			return false;
	return true;
}

bool valid_key(struct str s)
{
	struct str prefix, rest;

	return split_prefix(s, &prefix, &rest) && (!prefix.p || valid_subdomain(prefix)) && valid_name(rest);
}

bool valid_label_value(struct str s)
{
	return s.n == 0 || valid_name(s);
}

/* ^[a-z0-9:+#]+(-[a-z0-9:+#]+)*$, at most 63 */
bool valid_tag(struct str s)
{
	if (s.n < 1 || s.n > 63)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '-') {
			if (i == 0 || i == s.n - 1 || s.p[i - 1] == '-')
				return false;
		} else if (!lower_or_digit(s.p[i]) && s.p[i] != ':' && s.p[i] != '+' && s.p[i] != '#') {
			return false;
		}
	}
	return true;
}

/* What new URL() of a browser accepts, closely enough: a scheme, and a host for the schemes that need one. */
bool valid_url(struct str s)
{
	static const char *const with_host[] = { "http", "https", "ws", "wss", "ftp" };
	size_t i = 0;

	s = str_trim(s);
	if (!s.n || !ascii_alpha(s.p[0]))
		return false;
	while (i < s.n && (ascii_alnum(s.p[i]) || s.p[i] == '+' || s.p[i] == '-' || s.p[i] == '.'))
		i++;
	if (i == s.n || s.p[i] != ':')
		return false;
	for (size_t k = 0; k < LEN(with_host); k++) {
		if (strlen(with_host[k]) != i || strncasecmp(with_host[k], s.p, i) != 0)
			continue;
		size_t host = i + 1;

		while (host < s.n && (s.p[host] == '/' || s.p[host] == '\\'))
			host++;
		if (host == s.n || strchr("?#:", s.p[host]))
			return false;
		while (host < s.n && !strchr("/?#", s.p[host]))
			if (strchr(" <>^|", s.p[host++]))
				return false;
	}
	return true;
}
