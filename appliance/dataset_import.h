/* Bundles into the store: everything is checked and copied into blobs first, then one transaction
 * makes all files of the bundle visible, or none. The same bundle again changes nothing. */
#ifndef DATASET_IMPORT_H
#define DATASET_IMPORT_H

#include "dataset.h"
#include "pack.h"

struct dataset_import {
    slice name;             /* empty: "zenodo-ID", or the title of a directory's bundle */
    bool require_signature; /* beside what datasets.signature says */
    bool dry_run;           /* check only: nothing is written */
    int64_t now_ms;
    const atomic_bool *cancelled; /* may be NULL */
};

struct dataset_imported {
    struct pack pack;
    struct store_dataset *rows; /* pack.file_count */
    bool is_trusted;            /* signed by a key of this appliance */
    slice warning;              /* what the policy `warn` has to say; empty = nothing */
};

/* Work: ST_INVALID "bundle_invalid"; ST_VERIFY "checksum_mismatch", "signature_invalid";
 * ST_FORBIDDEN "signature_required" (policy); ST_FULL. */
status dataset_import_read(struct app *app, const struct pack_input *in,
                           const struct dataset_import *options, struct arena *arena,
                           struct dataset_imported *ret, struct error *err);
/* Apply; bytes_max as in dataset_keep. */
status dataset_import_keep(struct store_txn *txn, uint64_t bytes_max,
                           struct dataset_imported *imported, struct error *err);

/* Parts of a bundle that were stored one by one, in order. */
struct dataset_parts {
    struct blobs *blobs;
    const struct crypt_hash *hashes;
    uint64_t *ends; /* [count] bytes up to and with each part */
    size_t count;
    int fd; /* of the part that was read last */
    size_t open;
};
enum { DATASET_PARTS_MAX = 4096 };
/* hashes live as long as the input. End with dataset_parts_close. */
status dataset_parts_open(struct blobs *blobs, const struct crypt_hash *hashes, size_t count,
                          struct arena *arena, struct dataset_parts *ret, struct pack_input *ret_in,
                          struct error *err);
void dataset_parts_close(struct dataset_parts *parts);

#endif
