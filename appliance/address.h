/* Numeric IP addresses and networks: parse, match against CIDR lists, group for limits. Any thread,
 * no allocation. IPv4 inside IPv6 (::ffff:a.b.c.d) counts as IPv4. */
#ifndef ADDRESS_H
#define ADDRESS_H

#include "base/slice.h"
#include "base/status.h"

struct address {
    unsigned char bytes[16]; /* IPv4 in the first four */
    unsigned bits;           /* 32 or 128 */
};

bool address_parse(slice text, struct address *ret);
/* "10.0.0.0/8", "::1/128", a single address; host bits must be zero. */
bool network_parse(slice text, struct address *ret, unsigned *ret_prefix);

/* Is the address in one of the comma-separated networks? An unparsable address is in none. */
bool networks_contain(slice list, slice address);
/* ST_INVALID names the first entry that is no network; at most max entries. */
status networks_check(slice list, size_t max, struct error *err);

/* The address as a limit sees it: an IPv4 address, or the /64 of an IPv6 one (one household gets
 * a /64); 0 when it does not parse. */
uint64_t address_group(slice text);

#endif
