/* A small HTTP/1.1 client over a unix socket: the CLI's way to the running server. */
#ifndef UNIX_HTTP_H
#define UNIX_HTTP_H

#include "host.h"

/* One request on a connection of its own. ST_UNREACHABLE: nobody listens; ST_TIMEOUT: no whole
 * answer within timeout_ms; ST_TOO_LARGE; ST_UPSTREAM: not HTTP. */
status unix_http_call(const char *path, const struct host_request *request, enum lang lang,
                      int timeout_ms, struct arena *arena, struct host_reply *ret,
                      struct error *err);

/* Parses a whole answer (exposed for tests): status line, Content-Type, plain or chunked body. */
status unix_http_parse(slice bytes, struct arena *arena, struct host_reply *ret, struct error *err);

#endif
