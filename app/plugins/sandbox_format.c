/* string.format(): Lua's, where widths and precisions have at most two digits. Formats of numbers are literals, so that the
 * compiler checks them. */
#include "plugins/sandbox_private.h"

#include <math.h>
#include <stdio.h>

/* One "%-5.2f". */
struct spec {
	bool left, plus, space, alternate, zero;
	int width, precision; /* precision -1: none */
	char conversion;
};

static bool read_flag(struct spec *f, char c)
{
	bool *const flag = c == '-'   ? &f->left
			   : c == '+' ? &f->plus
			   : c == ' ' ? &f->space
			   : c == '#' ? &f->alternate
			   : c == '0' ? &f->zero
				      : NULL;

	if (flag)
		*flag = true;
	return flag;
}

/* At most two digits. */
static int read_digits(const char **p)
{
	int n = 0;

	for (int i = 0; i < 2 && ascii_digit(**p); i++)
		n = n * 10 + (*(*p)++ - '0');
	return n;
}

/* p is behind the "%"; NUL-terminated, as texts of Lua are. */
static const char *read_spec(lua_State *L, const char *p, struct spec *f)
{
	const char *begin = p;

	*f = (struct spec){ .precision = -1 };
	while (read_flag(f, *p))
		p++;
	f->width = read_digits(&p);
	if (*p == '.') {
		p++;
		f->precision = read_digits(&p);
	}
	f->conversion = *p;
	if (!*p || !strchr("cdiuoxXaAeEfgGqs", *p) || p - begin > 12)
		luaL_error(L, "invalid conversion '%%%s' to 'format'",
			   lua_pushlstring(L, begin, (size_t)(p - begin) + (*p != 0)));
	return p + 1;
}

/* body with its sign or prefix before it, filled up to the width: with zeros between them, or with blanks outside. */
static void add_padded(struct out *o, const struct spec *f, const char *prefix, struct str body, bool zeros)
{
	size_t n = strlen(prefix) + body.n, fill = (size_t)f->width > n ? (size_t)f->width - n : 0;
	char pad[100];

	memset(pad, zeros && !f->left ? '0' : ' ', sizeof(pad));
	if (!f->left && !zeros)
		out_add(o, pad, fill);
	out_add(o, prefix, strlen(prefix));
	if (!f->left && zeros)
		out_add(o, pad, fill);
	out_add(o, body.p, body.n);
	if (f->left)
		out_add(o, pad, fill);
}

static const char *sign_of(const struct spec *f, bool negative)
{
	return negative ? "-" : f->plus ? "+" : f->space ? " " : "";
}

static void add_integer(struct out *o, const struct spec *f, lua_Integer value)
{
	unsigned long long n = (unsigned long long)value;
	int precision = f->precision < 0 ? 1 : f->precision, size;
	const char *prefix = "";
	char body[128];

	switch (f->conversion) {
	case 'd':
	case 'i':
		prefix = sign_of(f, value < 0);
		size = snprintf(body, sizeof(body), "%.*llu", precision, value < 0 ? 0 - n : n);
		break;
	case 'o':
		size = f->alternate ? snprintf(body, sizeof(body), "%#.*llo", precision, n)
				    : snprintf(body, sizeof(body), "%.*llo", precision, n);
		break;
	case 'x':
		prefix = f->alternate && n ? "0x" : "";
		size = snprintf(body, sizeof(body), "%.*llx", precision, n);
		break;
	case 'X':
		prefix = f->alternate && n ? "0X" : "";
		size = snprintf(body, sizeof(body), "%.*llX", precision, n);
		break;
	default:
		size = snprintf(body, sizeof(body), "%.*llu", precision, n);
	}
	add_padded(o, f, prefix, (struct str){ body, (size_t)size }, f->zero && f->precision < 0);
}

/* num is not negative. A hexadecimal float without a precision is exact, which -1 asks for. */
static int float_text(char *out, size_t n, const struct spec *f, double num)
{
	int p = f->precision < 0 && f->conversion != 'a' && f->conversion != 'A' ? 6 : f->precision;

	switch (f->conversion) {
	case 'a':
		return f->alternate ? snprintf(out, n, "%#.*a", p, num) : snprintf(out, n, "%.*a", p, num);
	case 'A':
		return f->alternate ? snprintf(out, n, "%#.*A", p, num) : snprintf(out, n, "%.*A", p, num);
	case 'e':
		return f->alternate ? snprintf(out, n, "%#.*e", p, num) : snprintf(out, n, "%.*e", p, num);
	case 'E':
		return f->alternate ? snprintf(out, n, "%#.*E", p, num) : snprintf(out, n, "%.*E", p, num);
	case 'g':
		return f->alternate ? snprintf(out, n, "%#.*g", p, num) : snprintf(out, n, "%.*g", p, num);
	case 'G':
		return f->alternate ? snprintf(out, n, "%#.*G", p, num) : snprintf(out, n, "%.*G", p, num);
	default:
		return f->alternate ? snprintf(out, n, "%#.*f", p, num) : snprintf(out, n, "%.*f", p, num);
	}
}

static void add_float(struct out *o, const struct spec *f, double num)
{
	char text[512], prefix[4];
	bool hex = (f->conversion | 32) == 'a' && isfinite(num);
	int n = float_text(text, sizeof(text), f, fabs(num));

	/* Zeros that fill up come behind the "0x". */
	snprintf(prefix, sizeof(prefix), "%s%.*s", sign_of(f, signbit(num)), hex ? 2 : 0, text);
	add_padded(o, f, prefix, (struct str){ text + (hex ? 2 : 0), (size_t)n - (hex ? 2 : 0) }, f->zero && isfinite(num));
}

/* %q: as Lua reads it again. */
static void add_quoted(lua_State *L, struct out *o, struct str s)
{
	sandbox_charge(L, s.n / 8);
	out_add(o, "\"", 1);
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		char code[8];

		if (c == '"' || c == '\\' || c == '\n')
			out_add(o, "\\", 1);
		if (c >= 32 && c != 127)
			out_add(o, s.p + i, 1);
		else if (c == '\n')
			out_add(o, "\n", 1);
		else
			out_add(o, code,
				(size_t)(i + 1 < s.n && ascii_digit(s.p[i + 1]) ? snprintf(code, sizeof(code), "\\%03d", c)
										: snprintf(code, sizeof(code), "\\%d", c)));
	}
	out_add(o, "\"", 1);
}

static void add_number_literal(lua_State *L, struct out *o, int arg)
{
	double num = lua_tonumber(L, arg);
	char text[64];

	if (lua_isinteger(L, arg) && lua_tointeger(L, arg) == LUA_MININTEGER)
		snprintf(text, sizeof(text), "0x8000000000000000");
	else if (lua_isinteger(L, arg))
		snprintf(text, sizeof(text), "%lld", lua_tointeger(L, arg));
	else if (isfinite(num))
		snprintf(text, sizeof(text), "%a", num);
	else
		snprintf(text, sizeof(text), "%s", isnan(num) ? "(0/0)" : num > 0 ? "1e9999" : "-1e9999");
	out_add(o, text, strlen(text));
}

static void add_literal(lua_State *L, struct out *o, const struct spec *f, int arg)
{
	struct str s;

	if (f->width || f->precision >= 0 || f->left || f->plus || f->space || f->alternate || f->zero)
		luaL_error(L, "conversion '%%q' cannot have modifiers");
	switch (lua_type(L, arg)) {
	case LUA_TSTRING:
		s.p = lua_tolstring(L, arg, &s.n);
		add_quoted(L, o, s);
		break;
	case LUA_TNUMBER:
		add_number_literal(L, o, arg);
		break;
	case LUA_TNIL:
	case LUA_TBOOLEAN:
		s = sandbox_text(L, arg);
		out_add(o, s.p, s.n);
		lua_pop(L, 1);
		break;
	default:
		luaL_argerror(L, arg, "value has no literal form");
	}
}

static void add_text(lua_State *L, struct out *o, const struct spec *f, int arg)
{
	struct str s = sandbox_text(L, arg);

	sandbox_charge(L, s.n / BYTES_A_STEP);
	if (f->precision >= 0 && s.n > (size_t)f->precision)
		s.n = (size_t)f->precision;
	add_padded(o, f, "", s, false);
	lua_pop(L, 1);
}

static void add_argument(lua_State *L, struct out *o, const struct spec *f, int arg)
{
	char c;

	switch (f->conversion) {
	case 'c':
		c = (char)(unsigned char)luaL_checkinteger(L, arg);
		add_padded(o, f, "", (struct str){ &c, 1 }, false);
		break;
	case 'd':
	case 'i':
	case 'u':
	case 'o':
	case 'x':
	case 'X':
		add_integer(o, f, luaL_checkinteger(L, arg));
		break;
	case 'q':
		add_literal(L, o, f, arg);
		break;
	case 's':
		add_text(L, o, f, arg);
		break;
	default:
		add_float(o, f, luaL_checknumber(L, arg));
	}
}

int sandbox_format(lua_State *L)
{
	struct str format;
	int args = lua_gettop(L), arg = 1;
	struct spec f;
	struct out o;

	format.p = luaL_checklstring(L, 1, &format.n);
	luaL_checkstack(L, 8, NULL);
	out_begin(&o, L);
	for (const char *p = format.p, *end = p + format.n; p < end;) {
		const char *mark = memchr(p, '%', (size_t)(end - p)), *to = mark ? mark : end;

		sandbox_charge(L, 1 + (uint64_t)(to - p) / BYTES_A_STEP);
		out_add(&o, p, (size_t)(to - p));
		if (!mark)
			break;
		if (mark[1] == '%') {
			out_add(&o, "%", 1);
			p = mark + 2;
			continue;
		}
		p = read_spec(L, mark + 1, &f);
		if (++arg > args)
			return luaL_argerror(L, arg, "no value");
		add_argument(L, &o, &f, arg);
	}
	out_end(&o);
	return 1;
}
