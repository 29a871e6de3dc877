/* Copies of blobs and backups in S3, written behind: nobody waits for them.
 *
 * What is not copied yet stands in the store (blob.replicated_ms == 0), in the same transaction as
 * the record that names the blob; so nothing is lost by a crash, and nothing by S3 being down. A
 * blob is marked only after S3 has confirmed it. Objects are named by their hash, so a copy made
 * twice is the same copy. */
#ifndef REPLICA_H
#define REPLICA_H

#include "base/arena.h"
#include "base/crypt.h"

#include <stdatomic.h>
#include <stdint.h>

struct app;
struct replica;

/* The server's thread. Without s3.endpoint it only waits for a configuration that has one. Start
 * after the store, the blobs and outbound; stop before them. */
status replica_start(struct app *app, struct replica **ret, struct error *err);
void replica_stop(struct replica **replica); /* ends what runs; NULL is allowed */

enum { REPLICA_CURSOR_MAX = 256 };

/* One step over the blobs: at most `max` of those it has to do with. */
struct replica_step {
    size_t max;
    bool verify; /* also read every copy and what is here; damaged or missing ones are replaced */
    const atomic_bool *cancelled; /* may be NULL */
    char
        cursor[REPLICA_CURSOR_MAX]; /* in and out; empty = from the start, or the end was reached */
    uint64_t sent, verified, repaired; /* out: blobs */
    uint64_t restored;                 /* out: damaged or missing here, fetched back */
    uint64_t unreadable;               /* out: damaged or missing here, and still so */
    uint64_t bytes;                    /* out: sent */
};
/* ST_DISABLED, code "s3_off": no S3 is configured, or air-gapped. Else the first error of S3: what
 * was done before it counts. Blocks for the network. */
status replica_step(struct app *app, struct replica_step *step, struct error *err);

/* Fetches one blob back; ST_VERIFY or ST_NOT_FOUND: the copy is no better. Blocks. */
status replica_heal(struct app *app, const struct crypt_hash *sha256, const atomic_bool *cancelled,
                    struct error *err);

/* Blobs that are referred to and not copied. */
struct replica_counts {
    uint64_t blobs, pending, pending_bytes;
};
status replica_count(struct app *app, struct replica_counts *ret, struct error *err);

/* One page of objects: those named like blobs that no row knows are deleted. *token empty = the
 * first page; empty afterwards: that was the last. dry_run only counts. */
struct replica_gc {
    bool dry_run;
    char token[1024];
    uint64_t objects, deleted;
};
status replica_gc(struct app *app, struct replica_gc *gc, struct error *err);

/* Files of backup.dir that are complete and not copied yet; *ret_sent of them went. */
status replica_backups(struct app *app, const atomic_bool *cancelled, uint64_t *ret_sent,
                       struct error *err);
/* Removes copies of backups that backup.keep_daily, _weekly and _monthly do not keep, those excepted
 * that still lie in backup.dir. Only names of `backup create` are touched. Blocks. */
status replica_prune(struct app *app, const atomic_bool *cancelled, uint64_t *ret_removed,
                     struct error *err);

#endif
