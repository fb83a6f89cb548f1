/* Which network addresses belong to the public internet. Only for this folder. */
#ifndef EXT_ADDRESS_H
#define EXT_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/*
 * False for loopback, private, link-local, multicast, unspecified, documentation and other special addresses, also when
 * they come wrapped in IPv6 (mapped, NAT64, 6to4), and for families other than IPv4 and IPv6.
 */
bool address_public(const struct sockaddr *address, socklen_t n);
/* The same of a host in an address, IPv6 in brackets; names but localhost may be public. */
bool address_text_public(const char *host);

#endif
