/* The OpenAPI 3.1 document, made from the route table. Any thread. */
#ifndef OPENAPI_H
#define OPENAPI_H

#include "base/buf.h"
#include "base/text.h"
#include "plans.h"
#include "route.h"

enum { OPENAPI_BYTES_MAX = 4 << 20 };

/* The whole document. Routes of the machine's administrator (NEED_HOST) are left out. */
status openapi_write(const struct plans *plans, const char *version, enum lang lang,
                     struct buf *out, struct error *err);

/* Is the row in the document? Pages and files for browsers, and the host's own routes, are not. */
bool openapi_covers(const struct route *route);
/* A shared schema by name ("ApiKey"), JSON text; NULL when there is none. */
const char *openapi_schema(slice name);
/* What a row lacks for the document ("summary", "response of 200", …); NULL when it is complete. */
const char *openapi_lacks(const struct route *route);

#endif
