/* One signed request to S3 with its tries, and what its answers mean. A part of s3.c. */
#ifndef S3_ASK_H
#define S3_ASK_H

#include "s3.h"

struct s3_ask {
    const char *method;
    slice key; /* empty = the bucket */
    struct s3_pair query[6];
    size_t query_count;
    struct s3_body body;
    uint64_t answer_max;
    /* of a download; NULL: the body comes in the arena */
    status (*head)(void *arg, const struct outbound_answer *answer, struct error *err);
    status (*part)(void *arg, slice bytes, struct error *err);
    void *arg;
    bool may_miss; /* 404 is ST_OK */
};

/* ST_OK: 2xx (404 with may_miss); errors of s3.h. */
status s3_try(struct s3 *s3, const struct s3_ask *ask, struct arena *arena,
              struct outbound_answer *ret, struct error *err);

/* Scheme, host and path of an object; texts in the arena. */
struct s3_place {
    slice origin; /* "https://host:port" */
    slice host;   /* "host:port" */
    slice path;   /* not encoded */
};
status s3_place_of(const struct config *config, slice key, struct arena *arena,
                   struct s3_place *ret, struct error *err);
struct s3_credentials s3_credentials_of(const struct config *config);

/* The text of the first <name>…</name> behind *rest, which moves behind it; entities of XML are
 * decoded into the arena, or left alone without one (elements inside). False when there is none. */
bool s3_xml_next(slice *rest, const char *name, struct arena *arena, slice *ret);

#endif
