/* Where outgoing connections may go: the rules of outbound.h, without any socket.
 *
 * A URL is taken apart strictly (nothing that two parsers could read differently), its host is
 * looked up in the configuration's list for the purpose, and every address is judged again at the
 * moment of the connection, so that a name that changes its address gains nothing. Any thread. */
#ifndef EGRESS_H
#define EGRESS_H

#include "outbound.h"

enum { EGRESS_HOST_MAX = 254, EGRESS_URL_MAX = 4096 };

struct config;

/* A URL that may be asked, and what is still to be judged about its address. */
struct egress {
    char host[EGRESS_HOST_MAX]; /* as in the URL, without brackets, NUL-terminated */
    uint16_t port;
    bool https;
    bool is_listed;    /* the host's name is on the list: any public address will do */
    bool is_named;     /* an address that the configuration spells out: also a private one */
    bool is_localhost; /* the configuration says localhost: 127.0.0.0/8 and ::1 */
    slice networks;    /* private addresses in these are allowed; borrowed from the configuration */
};

/* ST_INVALID: not a plain absolute http or https URL. ST_FORBIDDEN, code "egress_forbidden": the
 * rules say no, or the appliance is air-gapped. */
status egress_check(const struct config *config, enum outbound_purpose purpose, slice url,
                    struct egress *ret, struct error *err);

/* May this numeric address be connected to? Plain http only where the configuration names the
 * address or its network. */
bool egress_allows(const struct egress *egress, slice address);

/* Neither private, loopback, link-local, multicast, documentation, nor a form that wraps an IPv4
 * address (mapped, compatible, NAT64, 6to4, Teredo). */
bool egress_is_public(slice address);

#endif
