/* The client of Zenodo and other InvenioRDM sites: records, versions, files that are checked while
 * they come in.
 *
 * Read only. One request at a time (all callers of the process), five tries with growing pauses on
 * 429, 5xx and broken connections, Retry-After honoured, redirects followed by hand: at most three,
 * only to hosts of the rules (egress.h), and the access token goes along with none of them. */
#ifndef ZENODO_H
#define ZENODO_H

#include "base/crypt.h"
#include "base/md5.h"
#include "outbound.h"
#include "zenodo_record.h"

struct config;

/* One errand; the caller fills it in. */
struct zenodo {
    struct outbound *outbound;
    const struct config *config;
    int64_t patience_ms;          /* most time for pauses between tries; 0 = 20 s */
    const atomic_bool *cancelled; /* may be NULL */
    void (*progress)(void *arg, uint64_t done, uint64_t total); /* of files; may be NULL */
    void *progress_arg;
    int retry_after_s; /* out, with ST_BUSY: when it may be worth another try */
};

/* Errors of all calls: ST_NOT_FOUND "zenodo_record_not_found"; ST_GONE "zenodo_record_deleted";
 * ST_FORBIDDEN "zenodo_restricted" or "egress_forbidden"; ST_BUSY "zenodo_busy" (throttled, or not
 * reachable after all tries); ST_UPSTREAM "zenodo_error"; ST_CANCELLED. They block: fetch stage,
 * job thread, CLI. */

struct zenodo_answer {
    slice json;        /* as it came, for provenance; in the arena */
    slice etag;        /* empty = none */
    bool not_modified; /* the etag that was sent is still good: json is empty */
};
/* The record of a version, or the newest one of a concept. etag may be empty. */
status zenodo_get(struct zenodo *zenodo, slice record_id, slice etag, struct arena *arena,
                  struct zenodo_answer *ret, struct error *err);
/* The id of the version that is called so. */
status zenodo_get_version(struct zenodo *zenodo, slice record_id, slice version,
                          struct arena *arena, slice *ret_id, struct error *err);
/* Files of a record whose JSON has no links to them. */
status zenodo_get_files(struct zenodo *zenodo, struct zenodo_record *record, struct arena *arena,
                        struct error *err);

/* Where a file goes. restart drops what has been taken: the transfer begins again. */
struct zenodo_sink {
    status (*restart)(void *arg, struct error *err);
    status (*take)(void *arg, slice bytes, struct error *err);
    void *arg;
};
struct zenodo_sums {
    struct crypt_hash sha256;
    unsigned char md5[MD5_BYTES];
    uint64_t bytes;
};
/* All bytes of the file into the sink, size and md5 compared with the record's: ST_VERIFY, code
 * "checksum_mismatch", when they differ. ST_TOO_LARGE, code "dataset_too_large", before anything is
 * asked for when the record says more than zenodo.file_mib. A cut transfer goes on where it was
 * (Range) when the server can. After a failure the sink's bytes are worth nothing. */
status zenodo_get_file(struct zenodo *zenodo, const struct zenodo_file *file,
                       const struct zenodo_sink *sink, struct zenodo_sums *ret, struct error *err);

#endif
