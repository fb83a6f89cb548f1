/* Which network addresses belong to the public internet. */
#include "ext/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

struct range {
	unsigned char head[16];
	unsigned bits;
};

/* Special ranges as the IANA registries for IPv4 and IPv6 list them. */
static const struct range special4[] = {
	{ { 0 }, 8 },
	{ { 10 }, 8 },
	{ { 100, 64 }, 10 },
	{ { 127 }, 8 },
	{ { 169, 254 }, 16 },
	{ { 172, 16 }, 12 },
	{ { 192, 0, 0 }, 24 },
	{ { 192, 0, 2 }, 24 },
	{ { 192, 88, 99 }, 24 },
	{ { 192, 168 }, 16 },
	{ { 198, 18 }, 15 },
	{ { 198, 51, 100 }, 24 },
	{ { 203, 0, 113 }, 24 },
	{ { 224 }, 3 },
};
/* Within 2000::/3; all else is special anyway. */
static const struct range special6[] = {
	{ { 0x20, 0x01, 0x00 }, 23 }, /* protocol assignments, Teredo among them */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 },
	{ { 0x3f, 0xff, 0x00 }, 20 },
};

static bool within(const unsigned char *address, const struct range *r)
{
	unsigned bytes = r->bits / 8, rest = r->bits % 8;

	if (memcmp(address, r->head, bytes) != 0)
		return false;
	return rest == 0 || (address[bytes] ^ r->head[bytes]) >> (8 - rest) == 0;
}

static bool public4(const unsigned char *address)
{
	for (size_t i = 0; i < LEN(special4); i++)
		if (within(address, &special4[i]))
			return false;
	return true;
}

static bool public6(const unsigned char *address)
{
	static const struct range mapped = { { [10] = 0xff, [11] = 0xff }, 96 }, nat64 = { { 0x00, 0x64, 0xff, 0x9b }, 96 },
				  six_to_four = { { 0x20, 0x02 }, 16 }, global = { { 0x20 }, 3 };

	if (within(address, &mapped) || within(address, &nat64))
		return public4(address + 12);
	if (within(address, &six_to_four))
		return public4(address + 2);
	if (!within(address, &global))
		return false;
	for (size_t i = 0; i < LEN(special6); i++)
		if (within(address, &special6[i]))
			return false;
	return true;
}

bool address_public(const struct sockaddr *address, socklen_t n)
{
	if (address->sa_family == AF_INET && n >= sizeof(struct sockaddr_in)) {
		struct sockaddr_in in;

		memcpy(&in, address, sizeof(in));
		return public4((const unsigned char *)&in.sin_addr);
	}
	if (address->sa_family == AF_INET6 && n >= sizeof(struct sockaddr_in6)) {
		struct sockaddr_in6 in;

		memcpy(&in, address, sizeof(in));
		return public6(in.sin6_addr.s6_addr);
	}
	return false;
}

bool address_text_public(const char *host)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	size_t n = strlen(host);
	char bare[INET6_ADDRSTRLEN] = "";

	if (*host == '[' && n - 2 < sizeof(bare))
		memcpy(bare, host + 1, n - 2);
	if (inet_pton(AF_INET, host, &in.sin_addr) == 1)
		return address_public((const struct sockaddr *)&in, sizeof(in));
	if (inet_pton(AF_INET6, bare, &in6.sin6_addr) == 1)
		return address_public((const struct sockaddr *)&in6, sizeof(in6));
	return !streq(host, "localhost") && !str_ends(host, ".localhost");
}
