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
struct store_job_step {
    slice phase;
    uint64_t done, total;
    int64_t now_ms;
};
/* Where a running job is; others are left alone (ST_CONFLICT). Nothing is written when nothing
 * moved. ret_cancel: its user wants it to end. */
status store_job_progress(struct store_txn *txn, uint64_t user_id, slice id,
                          const struct store_job_step *step, bool *ret_cancel);
/* Queued: cancelled at once. Running: cancel_requested, the worker finishes it. Finished:
 * ST_CONFLICT. */
status store_job_cancel(struct store_txn *txn, uint64_t user_id, slice id, int64_t now_ms);
status store_job_wants_cancel(struct store_txn *txn, uint64_t user_id, slice id, bool *ret);
/* Writes job (state and results set by the caller) over a running or queued one; ST_CONFLICT when
 * it is finished already, so that each job ends exactly once. The body of one that succeeded goes.
 */
status store_job_finish(struct store_txn *txn, const struct store_job *job);
/* A graceful stop: the running job waits again, and the attempt does not count. */
status store_job_return(struct store_txn *txn, uint64_t user_id, slice id);
/* At start: every running job goes back into the queue with the attempts that it had. */
status store_job_requeue(struct store_txn *txn, uint64_t *ret_requeued);
/* Whoever owns it: for the host. Walks the keys of all jobs. */
status store_job_find(struct store_txn *txn, slice id, struct arena *arena, struct store_job *ret);
/* Waiting jobs of one user, counted up to max. */
status store_job_waiting(struct store_txn *txn, uint64_t user_id, uint64_t max, uint64_t *ret);
status store_job_count(struct store_txn *txn, uint64_t *ret_queued, uint64_t *ret_running);

/* When job.expires_ms has come (store_sweep): a waiting job ends as expired, an ended one loses
 * body and answer (is_dropped) and is remembered for this long. */
#define STORE_JOB_KEPT_MS ((int64_t)30 * 86400000)

/* What the job was given and what it answered, any size, beside its row. */
enum store_job_part { STORE_JOB_INPUT = 'i', STORE_JOB_RESULT = 'r' };
status store_job_data_put(struct store_txn *txn, uint64_t user_id, slice id,
                          enum store_job_part part, slice bytes);
/* bytes: as the row says. ST_NOT_FOUND when it is not there any more. */
status store_job_data_get(struct store_txn *txn, uint64_t user_id, slice id,
                          enum store_job_part part, size_t bytes, struct arena *arena, slice *ret);
status store_job_data_drop(struct store_txn *txn, uint64_t user_id, slice id,
                           enum store_job_part part);
status store_job_bytes(struct store_txn *txn, uint64_t *ret); /* of all jobs together */

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
/* Those that are referred to and not copied (replicated_ms == 0), out of an index. */
status store_blob_waiting_list(struct store_txn *txn, struct store_page *page, struct arena *arena,
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
