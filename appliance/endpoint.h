/* Socket addresses as text: where to listen, who is at the other end, who is behind a proxy.
 *
 * Numeric only; no name is ever resolved. Networks are address.h's. */
#ifndef ENDPOINT_H
#define ENDPOINT_H

#include "base/slice.h"
#include "base/status.h"

#include <sys/socket.h>

enum { ENDPOINT_TEXT_MAX = 64 };

/* "127.0.0.1:5000", "[::1]:0", "0.0.0.0:443" → a socket address. ST_CONFIG names the text. */
status endpoint_parse(slice text, struct sockaddr_storage *ret, socklen_t *ret_len,
                      struct error *err);
/* The reverse. */
slice endpoint_text(const struct sockaddr_storage *sa, char text[static ENDPOINT_TEXT_MAX]);

/* The address without port: "192.0.2.7", "2001:db8::7"; IPv4 inside IPv6 as IPv4. Empty for other
 * families. */
slice endpoint_host(const struct sockaddr_storage *sa, char text[static ENDPOINT_TEXT_MAX]);
bool endpoint_is_loopback(const struct sockaddr_storage *sa);
/* 127.0.0.0/8 and ::1 as text. */
bool endpoint_host_is_loopback(slice host);

/* The client behind trusted proxies: walks X-Forwarded-For from its right end while the address is
 * in one of the `trusted` networks. The peer itself when it is not trusted, and the last good
 * address when the header is malformed. Borrowed from the arguments. */
slice endpoint_client(slice peer, slice forwarded_for, slice trusted);

#endif
