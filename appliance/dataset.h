/* Data sets: one row per file of a record, its bytes a blob; found in the store, fetched from
 * Zenodo, kept in one transaction.
 *
 * A version of a record never changes, so what was fetched and compared once is used for ever: our
 * SHA-256 of the first fetch is pinned in the row. Only the record's JSON is asked for again
 * (If-None-Match), and only when the mode or the caller says so. Rows belong to everybody
 * (user_id 0). Id: "zenodo-17637303-<16 hex digits of the file name's hash>", so that the files of
 * a record stand side by side; "dir-…" for directories (KEY_LAYOUT). */
#ifndef DATASET_H
#define DATASET_H

#include "blob.h"
#include "source.h"
#include "storage/storage.h"
#include "zenodo.h"

struct app;

enum { DATASET_NAME_MAX = 64, DATASET_ROWS_MAX = STORE_PAGE_MAX /* files of one data set */ };

struct dataset_want {
    struct source source; /* SOURCE_ZENODO or SOURCE_DATASET */
    enum zenodo_pick pick;
    bool revalidate;     /* ask Zenodo also in mode cache-first */
    bool record_only;    /* no file is needed */
    int64_t patience_ms; /* of zenodo.h */
    const atomic_bool *cancelled;
};

struct dataset_got {
    struct zenodo_record record;
    struct store_dataset row; /* without id: nothing but the record (record_only) */
    bool is_new;              /* dataset_keep has something to write */
    bool asked;               /* Zenodo has answered for this call */
    int retry_after_s;        /* out, with ST_BUSY */
};

/* "zenodo-…" or "dir-…" */
slice dataset_id(char ret[static STORE_ID_MAX], slice record_id, slice name, slice file_key);

/* From the store alone. ST_NOT_FOUND, code "dataset_not_found". The texts live in the arena. */
status dataset_find(struct store_txn *txn, const struct dataset_want *want, struct arena *arena,
                    struct dataset_got *ret, struct error *err);

/* From the store or Zenodo, as zenodo.mode says; the file's bytes are a blob afterwards (or were
 * one). Follow with dataset_keep in a write transaction while is_new. ST_CONFLICT, code
 * "dataset_not_available_offline"; errors of zenodo.h. Blocks: fetch stage, job thread. */
status dataset_obtain(struct app *app, const struct dataset_want *want, int64_t now_ms,
                      struct arena *arena, struct dataset_got *ret, struct error *err);
/* Most bytes of all data sets together, as datasets.total_mib says. */
uint64_t dataset_bytes_max(const struct config *config);
/* Have `bytes` more room under that? ST_FULL, code "datasets_full". */
status dataset_room(struct store_txn *txn, uint64_t bytes_max, uint64_t bytes, struct error *err);
/* Apply: the blob and the row. ST_FULL, code "datasets_full": all data sets together would have
 * more than bytes_max; what is stored already may always be written again. */
status dataset_keep(struct store_txn *txn, uint64_t bytes_max, struct dataset_got *got,
                    struct error *err);

/* The record that a row holds; rows of directories get one made of their columns. */
status dataset_record(const struct store_dataset *row, struct arena *arena,
                      struct zenodo_record *ret, struct error *err);

/* Members of a row into the open object. */
void dataset_present(struct json_out *w, const struct store_dataset *row);

#endif
