/* A client of S3 and services that speak like it: objects named by their SHA-256.
 *
 * Path style or bucket as host name; signatures of our own (s3_sign.h); no redirects. Passing
 * troubles (SlowDown, 5xx, broken connections) are tried again with growing pauses; wrong
 * credentials, region or clock are not, and say what to change. Functions block for the network:
 * never on an event loop. Any thread. */
#ifndef S3_H
#define S3_H

#include "base/crypt.h"
#include "outbound.h"
#include "s3_sign.h"

struct config;

enum { S3_KEY_MAX = 256, S3_UPLOAD_MAX = 512 };

struct s3 {
    struct outbound *outbound;
    const struct config *config;
    const atomic_bool *cancelled; /* may be NULL */
};

/* Is an endpoint configured, and may we connect? */
bool s3_is_on(const struct s3 *s3);

/* Errors of all calls: ST_CONFIG, code "s3_refused": credentials, region, clock, rights;
 * ST_NOT_FOUND; ST_UNREACHABLE, code "s3_unreachable": after all tries; ST_UPSTREAM, code
 * "s3_error"; ST_CANCELLED; ST_FORBIDDEN "egress_forbidden". */

struct s3_body {
    slice bytes; /* or, with fd_bytes > 0 or fd >= 0 and is_fd, a file */
    bool is_fd;
    int fd;
    uint64_t fd_offset;
    uint64_t fd_bytes;
    const struct crypt_hash *sha256; /* of the body */
};
/* PUT in one piece; the object is complete or not there. */
status s3_put(struct s3 *s3, slice key, const struct s3_body *body, struct error *err);
/* PUT in parts of s3.part_mib: for files larger than one part. An upload that failed is aborted. */
status s3_put_large(struct s3 *s3, slice key, int fd, uint64_t bytes, struct error *err);
/* One of the two, by size. */
status s3_put_file(struct s3 *s3, slice key, int fd, uint64_t bytes,
                   const struct crypt_hash *sha256, struct error *err);

/* Into an open, empty file (-1 = only compare). ST_VERIFY, code "checksum_mismatch": the bytes are
 * not those of sha256. */
status s3_get(struct s3 *s3, slice key, const struct crypt_hash *sha256, uint64_t bytes_max, int fd,
              uint64_t *ret_bytes, struct error *err);
status s3_head(struct s3 *s3, slice key, uint64_t *ret_bytes, struct error *err);
status s3_delete(struct s3 *s3, slice key, struct error *err); /* also when it is not there */
/* HEAD of the bucket; ST_CONFIG names the region when it is another one. *ret_skew_s: our clock
 * minus theirs. */
status s3_check(struct s3 *s3, int64_t *ret_skew_s, struct error *err);

struct s3_object {
    slice key;
    uint64_t bytes;
};
/* One page of at most 1000 objects under the prefix; *token empty = the first; afterwards the next
 * page's, or empty. */
status s3_list(struct s3 *s3, slice prefix, slice *token, struct arena *arena,
               struct s3_object **ret, size_t *ret_count, struct error *err);
/* Aborts multipart uploads under the prefix that were left behind; *ret_count of them. */
status s3_uploads_abort(struct s3 *s3, slice prefix, size_t *ret_count, struct error *err);

/* A link for anybody, valid for that long. */
status s3_link(struct s3 *s3, slice key, uint32_t seconds, int64_t now_ms, struct arena *arena,
               slice *ret, struct error *err);

/* "PREFIX/ab/abcd…": hexadecimal and the configured prefix only, so that no encoding can matter. */
slice s3_blob_key(const struct config *config, const struct crypt_hash *sha256,
                  char ret[static S3_KEY_MAX]);

#endif
