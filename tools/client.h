/* The CLI as a client of the routes: one call, one list of all pages, ids from what people type.
 *
 * The host is opened at the first call and closed by cli_run; handlers cannot tell whether a
 * server or this process runs them. */
#ifndef TOOLS_CLIENT_H
#define TOOLS_CLIENT_H

#include "tools/view.h"

#include "host.h"

/* The open host of this process; opens it at the first use. */
status client_host(struct cli *cli, struct host **ret, struct error *err);

struct request {
    enum method method;
    slice path;
    slice query; /* already encoded */
    slice body;  /* JSON; may be empty */
};

/* Sends, checks the status, parses the answer (an empty one is JSON null). */
status client_call(struct cli *cli, const struct request *request, const struct json **ret,
                   struct error *err);
/* GET of a list with all its pages, shown by `view`. */
status client_list(struct cli *cli, slice path, slice query, const struct view *view,
                   struct error *err);
/* GET of one object, shown by `view`. */
status client_show(struct cli *cli, slice path, const struct view *view, struct error *err);

/* Percent-encodes one path segment or query value. */
void url_encode(struct buf *out, slice text);
/* printf of a path in the arena; on exhaustion an empty slice (the call then fails). */
slice client_path(struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
