/* An appliance on another host: calls over HTTPS with an API key, for the CLI (host.h).
 *
 * Goes through outbound.h: no redirect is followed, certificates are checked, plain http is only
 * spoken to an address written as a number. Nothing of this host's configuration or data directory
 * is read, so it works on a machine that has no appliance. */
#ifndef REMOTE_HTTP_H
#define REMOTE_HTTP_H

#include "host.h"

struct remote;

struct remote_options {
    slice server;  /* "https://sleuth.example.com", perhaps with a port; copied */
    slice api_key; /* copied, wiped at the end */
    slice ca_file; /* PEM; empty = the system's authorities */
};

/* ST_INVALID: not such a URL, or a key with bytes that no header may hold. Connects to nothing. */
status remote_open(const struct remote_options *options, struct remote **ret, struct error *err);
void remote_close(struct remote **remote); /* NULL is allowed */

/* ST_UNREACHABLE: no connection, or a certificate that is not trusted; ST_TIMEOUT, ST_TOO_LARGE. */
status remote_call(struct remote *remote, const struct host_request *request, enum lang lang,
                   int timeout_ms, struct arena *arena, struct host_reply *ret, struct error *err);

#endif
