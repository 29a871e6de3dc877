/* The web/ folder inside the binary: bytes, media types, hashes, compressed twins.
 *
 * Assets are served under a path that holds a hash over all of them, so that browsers may keep them
 * for ever and modules can import each other by name.
 * Any thread after assets_init. */
#ifndef ASSETS_H
#define ASSETS_H

#include "base/slice.h"
#include "base/status.h"

struct asset {
    slice name; /* "style.css" */
    const char *content_type;
    slice bytes;
    slice gzip; /* empty when compression does not make it smaller */
    slice brotli;
    char path[96]; /* "/assets/0123456789abcdef/style.css": hash over all files */
    char etag[17]; /* first 16 hex digits of the SHA-256 */
};

/* Unpacks them, computes hashes and paths; before the first use, further calls do nothing.
 * ST_NO_MEMORY. Any thread. */
status assets_init(struct error *err);

/* By name; NULL when there is none. */
const struct asset *asset_find(slice name);
/* By the path it is served under; NULL for another hash or name. */
const struct asset *asset_at(slice path);
/* Path of an asset that is known to exist: for pages. */
const char *asset_path(const char *name);

const struct asset *asset_list(size_t *ret_count);

#endif
