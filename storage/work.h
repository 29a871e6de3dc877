/* Jobs and their queue; files and the index of blobs.
 *
 * A part of storage.h, which says what holds for all of storage; include that. */
#ifndef STORAGE_WORK_H
#define STORAGE_WORK_H

#include "base/arena.h"
#include "base/crypt.h"
#include "storage/records.h"

struct store_txn;
struct store_page;

/* --- jobs ------------------------------------------------------------------------------------- */

enum store_job_state {
    STORE_JOB_QUEUED,
    STORE_JOB_RUNNING,
    STORE_JOB_SUCCEEDED,
    STORE_JOB_FAILED,
    STORE_JOB_CANCELLED,
    STORE_JOB_EXPIRED
};

/* ST_BUSY when queue_max jobs wait already; ST_CONFLICT when the id exists. */
status store_job_add(struct store_txn *txn, struct store_job *job, uint64_t queue_max);
status store_job_get(struct store_txn *txn, uint64_t user_id, slice id, struct arena *arena,
                     struct store_job *ret);
status store_job_list(struct store_txn *txn, uint64_t user_id, struct store_page *page,
                      struct arena *arena, struct store_job **ret); /* user_id 0 = all */
/* Jobs of the same user in front of it; 0 when it does not wait. */
status store_job_position(struct store_txn *txn, const struct store_job *job, uint64_t *ret);

struct store_claim {
    int64_t now_ms;
    /* How many jobs of the user may run at once. Pure: it may be called twice. */
    unsigned (*slots_max)(struct store_txn *txn, uint64_t user_id, void *arg);
    void *arg;
};
/* The next job, round-robin between users, smallest priority first within one; now running,
 * attempts raised. ST_NOT_FOUND when nothing may run. */
status store_job_claim(struct store_txn *txn, const struct store_claim *claim, struct arena *arena,
                       struct store_job *ret);
/* Phase, done and total of a running job; others are left alone (ST_CONFLICT). */
status store_job_progress(struct store_txn *txn, uint64_t user_id, slice id, slice phase,
                          uint64_t done, uint64_t total);
/* Queued: cancelled at once. Running: cancel_requested, the worker finishes it. Finished:
 * ST_CONFLICT. */
status store_job_cancel(struct store_txn *txn, uint64_t user_id, slice id, int64_t now_ms);
/* Writes job (state and results set by the caller) over a running or queued one; ST_CONFLICT when
 * it is finished already, so that each job ends exactly once. */
status store_job_finish(struct store_txn *txn, const struct store_job *job);
/* At start: running jobs go back into the queue, or fail with error_code "attempts" once they were
 * claimed attempts_max times. */
status store_job_requeue(struct store_txn *txn, uint64_t attempts_max, int64_t now_ms,
                         uint64_t *ret_requeued, uint64_t *ret_failed);
status store_job_count(struct store_txn *txn, uint64_t *ret_queued, uint64_t *ret_running);

/* --- files ------------------------------------------------------------------------------------ */

enum store_file_state { STORE_FILE_UPLOADING, STORE_FILE_COMPLETE };

/* Blobs count their references; storage keeps the index, the appliance the files. Announce a blob
 * with store_blob_put once its bytes are on disk, in the operation that first names it: a record
 * that names an unknown blob is refused (ST_NOT_FOUND). Complete files, analyses (report_sha256)
 * and data sets (sha256, record_sha256) count by themselves; ref and unref are for everything else.
 */
status store_blob_get(struct store_txn *txn, const struct crypt_hash *sha256, struct arena *arena,
                      struct store_blob *ret);
status store_blob_ref(struct store_txn *txn, const struct crypt_hash *sha256, uint64_t size_bytes,
                      int64_t now_ms);
status store_blob_unref(struct store_txn *txn, const struct crypt_hash *sha256, int64_t now_ms);
status store_blob_put(struct store_txn *txn, const struct store_blob *blob); /* not refs */
/* ST_CONFLICT while refs > 0. */
status store_blob_del(struct store_txn *txn, const struct crypt_hash *sha256);
status store_blob_list(struct store_txn *txn, struct store_page *page, struct arena *arena,
                       struct store_blob **ret);

/* A complete file takes a reference on its blob. ST_CONFLICT: the user has that content already. */
status store_file_put(struct store_txn *txn, struct store_stored_file *file);
status store_file_get(struct store_txn *txn, uint64_t user_id, slice id, struct arena *arena,
                      struct store_stored_file *ret);
/* The user's complete file with that content. */
status store_file_find(struct store_txn *txn, uint64_t user_id, const struct crypt_hash *sha256,
                       struct arena *arena, struct store_stored_file *ret);
status store_file_del(struct store_txn *txn, uint64_t user_id, slice id);
status store_file_list(struct store_txn *txn, uint64_t user_id, struct store_page *page,
                       struct arena *arena, struct store_stored_file **ret);
/* Sum of size_bytes of all files of the user, uploads included. */
status store_file_bytes(struct store_txn *txn, uint64_t user_id, uint64_t *ret);

#endif
