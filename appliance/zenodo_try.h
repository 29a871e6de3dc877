/* One question to Zenodo with everything that may go wrong on the way: turn, tries, pauses,
 * redirects, and the translation of what comes back. A part of zenodo.c. */
#ifndef ZENODO_TRY_H
#define ZENODO_TRY_H

#include "zenodo.h"

struct zenodo_ask {
    slice url;
    slice etag;      /* If-None-Match; may be empty */
    bool with_token; /* to the base URL's host only, and never along a redirect */
    uint64_t answer_max;
    /* of a file; head == NULL: the body comes in the arena */
    status (*head)(void *arg, const struct outbound_answer *answer, struct error *err);
    status (*part)(void *arg, slice bytes, struct error *err);
    void *arg;
    const uint64_t *taken; /* bytes that the parts had so far: the next try asks for the rest */
    uint64_t wanted;       /* bytes of the whole file */
};

/* ST_OK: 200, 206 or 304; the errors of zenodo.h otherwise. */
status zenodo_try(struct zenodo *zenodo, const struct zenodo_ask *ask, struct arena *arena,
                  struct outbound_answer *ret, struct error *err);

/* Where a redirect leads: absolute, or "/path" at the same host. {NULL, 0}: elsewhere. */
slice zenodo_location(slice url, slice location, struct arena *arena);

#endif
