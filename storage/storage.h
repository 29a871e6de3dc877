/* Everything the appliance stores: one LMDB environment, typed and sealed records, one writer.
 *
 * Sections: opening · transactions · writer · records · accounts · limits and usage · cache and
 * idempotency · jobs · files · owned objects · billing · audit · upkeep.
 *
 * Statuses of two kinds. A *failure* (ST_CORRUPT, ST_FULL, ST_IO, ST_NO_MEMORY, ST_TOO_LARGE)
 * sticks to the transaction: every later call on it does nothing and returns the same, and
 * store_txn_error tells why. An *answer* (ST_NOT_FOUND, ST_CONFLICT, ST_QUOTA, ST_LIMIT, ST_BUSY …)
 * leaves the transaction usable.
 *
 * Nothing returned points into the map: text is copied into the caller's arena. Times come from the
 * caller, so that `apply` may run twice with the same outcome. Unless said otherwise: reads in any
 * transaction; put, add, del and everything that changes only in a write transaction. */
#ifndef STORAGE_STORAGE_H
#define STORAGE_STORAGE_H

#include "base/arena.h"
#include "base/crypt.h"
#include "storage/records.h"

struct store;
struct store_txn;
struct store_reader;

/* --- opening ---------------------------------------------------------------------------------- */

struct store_options {
    const char *dir;                 /* the data directory; db/ and owner are made in it, 0700 */
    const unsigned char *master_key; /* CRYPT_KEY_BYTES, copied */
    const char *socket;              /* told to whoever finds the directory taken; may be NULL */
    uint64_t map_bytes;              /* 0 = 64 GiB; the same for every process */
    unsigned readers_max;            /* 0 = 1024 */
    bool must_exist;                 /* ST_NOT_FOUND instead of creating an empty store */
    bool require_durable;            /* refuse tmpfs, overlay and FUSE (ST_CONFIG) */
};

/* Takes DATA/owner for life, then opens or creates DATA/db/data.mdb (under a temporary name, synced
 * and renamed, so a crash leaves all or nothing) and brings it to the newest schema.
 * ST_LOCKED names the process that owns the directory; ST_CONFIG: network file system, wrong key or
 * a newer schema; ST_CORRUPT; ST_IO. Main thread; no fork afterwards except to exec. */
status store_open(const struct store_options *options, struct store **ret, struct error *err);
/* Stops the writer if it runs. All readers must be closed. NULL is allowed. */
void store_close(struct store **store);

struct store_owner {
    uint64_t pid;
    slice socket; /* in the arena */
};
/* Who owns the directory now; ST_NOT_FOUND when nobody does. Any thread, needs no store. */
status store_owner_get(const char *dir, struct arena *arena, struct store_owner *ret,
                       struct error *err);

struct store_info {
    uint64_t map_bytes, file_bytes, disk_free_bytes;
    uint64_t used_bytes, free_bytes; /* pages ever used; those of them free for reuse */
    uint64_t txn_id, schema;
    uint64_t readers_max, readers_used;
    uint64_t oldest_reader_lag; /* commits since the oldest live snapshot began */
    uint64_t oldest_reader_pid; /* 0 = none */
    const char *file_system;    /* "ext4" */
    bool durable;               /* false on tmpfs, overlay, FUSE */
};
status store_info_get(struct store *store, struct store_info *ret, struct error *err);
/* Frees the slots of readers whose process died; call every 10 s. Any thread. */
status store_reader_check(struct store *store, unsigned *ret_freed, struct error *err);

/* --- transactions ----------------------------------------------------------------------------- */

/* One reader per loop and worker, used by one thread at a time; its snapshot slot is reused. */
status store_reader_create(struct store *store, struct store_reader **ret, struct error *err);
void store_reader_destroy(struct store_reader **reader); /* NULL is allowed */
/* A snapshot: end it within the stage, a long one pins freed pages. */
status store_read_begin(struct store_reader *reader, struct store_txn **ret, struct error *err);
void store_read_end(struct store_txn **txn); /* NULL is allowed */

enum status_code store_txn_status(const struct store_txn *txn); /* ST_OK or what stuck */
const struct error *store_txn_error(const struct store_txn *txn);
bool store_txn_is_write(const struct store_txn *txn);

/* --- writer ----------------------------------------------------------------------------------- */

/* Checks first, then puts; reads its inputs, writes the store and its own outputs, nothing else: it
 * runs again when its batch is aborted. A status other than ST_OK undoes all that it wrote. */
typedef status store_apply_fn(struct store_txn *txn, void *arg, struct error *err);

struct store_op {
    store_apply_fn *apply;
    /* Writer thread, after the commit returned or with the failure; err->text may be empty. */
    void (*done)(void *arg, status rc, const struct error *err);
    void *arg;
    struct store_op *next; /* the queue's until done is called */
};

/* Starts the thread; queue_max operations may wait. */
status store_writer_start(struct store *store, size_t queue_max, struct error *err);
/* Any thread, never blocks. ST_BUSY (queue full, or stopping): done is not called. */
status store_submit(struct store *store, struct store_op *op);
/* Applies and commits before it returns: through the writer when it runs, else in this thread. */
status store_apply(struct store *store, store_apply_fn *apply, void *arg, struct error *err);
/* Drains the queue, commits, joins. */
void store_writer_stop(struct store *store);

struct store_writer_stats {
    uint64_t batches, ops, fallbacks, failed_ops;
    uint64_t queued, queue_max;
    uint64_t last_commit_us, max_commit_us; /* of the commit, fsync included */
    int64_t beat_mono_ms;                   /* end of the last idle round or commit */
    bool failed;                            /* a sync failed: no more writes, restart */
};
void store_writer_stats(struct store *store, struct store_writer_stats *ret); /* any thread */

/* --- records ---------------------------------------------------------------------------------- */

/* struct store_user, struct store_api_key …: records.def lists their fields, records.h makes them.
 */

enum {
    STORE_ID_MAX = 48,         /* with NUL: "prj_", 26 characters, "/0000002a" */
    STORE_PAGE_MAX = 200,      /* most rows of one page */
    STORE_SCAN_MAX = 10000,    /* most rows read to fill one page */
    STORE_VALUE_MAX = 8 << 20, /* most bytes of one record; larger things are blobs */
    STORE_EMAIL_MAX = 254,
};

/* "job_01jdb3…": a prefix of 3 letters, 48 bits of time and 80 random bits in base 32, so that ids
 * sort by time and cannot be guessed. Any thread; never inside apply. */
slice store_id_make(char ret[static STORE_ID_MAX], const char *prefix, int64_t now_ms);
/* "prj_…/0000002a" for child number 42. */
slice store_sub_id(char ret[static STORE_ID_MAX], slice parent_id, uint64_t number);
/* Numeric ids (users, keys) come from one durable counter per name. */
status store_next_id(struct store_txn *txn, const char *counter, uint64_t *ret);

/* One page of a list. Zeroed = first page, oldest first, STORE_PAGE_MAX rows. */
struct store_page {
    slice cursor;      /* in: `next` of the page before (untrusted text; ST_INVALID when foreign) */
    slice prefix;      /* in: only ids that begin so, such as "prj_…/" */
    size_t limit;      /* in: rows, 0 or more than STORE_PAGE_MAX = STORE_PAGE_MAX */
    bool newest_first; /* in */
    /* in: keep this row? NULL = all. A page may be short although `next` is set: after
     * STORE_SCAN_MAX rows the search goes on with the next page. */
    bool (*keep)(const void *row, const void *arg);
    const void *arg;
    slice next;   /* out: cursor of the next page, in the arena; empty = the end */
    size_t count; /* out */
};

/* Names and texts that have no record of their own: licence, clock, switches. */
status store_setting_get(struct store_txn *txn, slice name, struct arena *arena, slice *ret);
status store_setting_put(struct store_txn *txn, slice name, slice value);
status store_setting_del(struct store_txn *txn, slice name);

/* --- accounts --------------------------------------------------------------------------------- */

enum store_role { STORE_ROLE_USER, STORE_ROLE_REVIEWER, STORE_ROLE_ADMIN };

/* Trimmed, domain in lower case; ST_INVALID unless it looks like an address of at most
 * STORE_EMAIL_MAX bytes. Uniqueness is by the whole address in lower case (ASCII). */
status store_email_fold(slice text, struct arena *arena, slice *ret, struct error *err);

/* Sets user->id. ST_CONFLICT when the address is taken, ST_INVALID when it is none. */
status store_user_add(struct store_txn *txn, struct store_user *user);
status store_user_get(struct store_txn *txn, uint64_t id, struct arena *arena,
                      struct store_user *ret);
status store_user_find(struct store_txn *txn, slice email, struct arena *arena,
                       struct store_user *ret); /* ST_NOT_FOUND */
/* Replaces the record and raises rev. ST_CONFLICT: address taken; ST_FORBIDDEN: it would leave no
 * enabled admin. */
status store_user_put(struct store_txn *txn, struct store_user *user);
/* Removes the user with sessions, keys, tokens, objects, jobs, files; usage sums stay under the
 * number alone. ST_FORBIDDEN for the last enabled admin. */
status store_user_del(struct store_txn *txn, uint64_t id);
status store_user_list(struct store_txn *txn, struct store_page *page, struct arena *arena,
                       struct store_user **ret);
/* All users, and those enabled (seats). */
status store_user_count(struct store_txn *txn, uint64_t *ret_all, uint64_t *ret_enabled);

status store_session_put(struct store_txn *txn, const struct store_session *session);
status store_session_get(struct store_txn *txn, const struct crypt_hash *hash, struct arena *arena,
                         struct store_session *ret); /* expired ones are returned too */
/* Sets seen_ms; a session that ended meanwhile stays ended. */
status store_session_touch(struct store_txn *txn, const struct crypt_hash *hash, int64_t seen_ms);
status store_session_list(struct store_txn *txn, uint64_t user_id, struct store_page *page,
                          struct arena *arena, struct store_session **ret);
status store_session_end(struct store_txn *txn, uint64_t user_id, slice id);
/* Ends all but the one with id `keep` (empty = all). */
status store_session_end_all(struct store_txn *txn, uint64_t user_id, slice keep, uint64_t *ret);

enum store_scope {
    STORE_SCOPE_DETECT = 1 << 0,
    STORE_SCOPE_DATASETS_READ = 1 << 1,
    STORE_SCOPE_FILES_READ = 1 << 2,
    STORE_SCOPE_FILES_WRITE = 1 << 3,
    STORE_SCOPE_JOBS = 1 << 4,
    STORE_SCOPE_USAGE_READ = 1 << 5,
    STORE_SCOPE_KEYS_READ = 1 << 6,
    STORE_SCOPE_KEYS_WRITE = 1 << 7,
    STORE_SCOPE_BILLING_READ = 1 << 8,
};

/* id, hash and user_id set by the caller; ST_CONFLICT when the hash exists. */
status store_key_add(struct store_txn *txn, struct store_api_key *key);
status store_key_get(struct store_txn *txn, const struct crypt_hash *hash, struct arena *arena,
                     struct store_api_key *ret); /* revoked and expired ones too */
status store_key_find(struct store_txn *txn, uint64_t user_id, uint64_t key_id, struct arena *arena,
                      struct store_api_key *ret);
/* Replaces the record of that hash and raises rev. */
status store_key_put(struct store_txn *txn, struct store_api_key *key);
/* Sets revoked_ms once; ST_NOT_FOUND also for another user's key. */
status store_key_revoke(struct store_txn *txn, uint64_t user_id, uint64_t key_id, int64_t at_ms);
status store_key_list(struct store_txn *txn, uint64_t user_id, struct store_page *page,
                      struct arena *arena, struct store_api_key **ret); /* user_id 0 = all */
/* Neither revoked nor expired at now_ms. */
status store_key_count(struct store_txn *txn, uint64_t user_id, int64_t now_ms, uint64_t *ret);
struct store_touch {
    struct crypt_hash hash;
    int64_t at_ms;
    slice address; /* may be empty */
};
status store_key_touch(struct store_txn *txn, const struct store_touch *rows, size_t count);

enum store_token_kind {
    STORE_TOKEN_RESET = 1,
    STORE_TOKEN_INVITE,
    STORE_TOKEN_SETUP,
    STORE_TOKEN_SHARE
};
status store_token_put(struct store_txn *txn, const struct store_token *token);
/* ST_NOT_FOUND when unknown, of another kind, or expired at now_ms. */
status store_token_get(struct store_txn *txn, enum store_token_kind kind,
                       const struct crypt_hash *hash, int64_t now_ms, struct arena *arena,
                       struct store_token *ret);
status store_token_del(struct store_txn *txn, const struct crypt_hash *hash);

/* --- limits and usage ------------------------------------------------------------------------- */

/* Day of a moment as in usage_day.day, month as in usage_month.month. */
uint64_t store_day(int64_t at_ms);
uint64_t store_month(int64_t at_ms);

/* Small named windows per user, such as 'd' = calls of the day. Missing = zeroes. */
status store_counter_get(struct store_txn *txn, uint64_t user_id, char window,
                         struct store_counter *ret);
status store_counter_put(struct store_txn *txn, uint64_t user_id, char window,
                         const struct store_counter *counter);
/* Every counter of that window, for loading at start. `each` returns false to stop. */
status store_counter_each(struct store_txn *txn, char window,
                          bool (*each)(void *arg, uint64_t user_id, const struct store_counter *),
                          void *arg);

/* Adds rows to the sums of user, day, key and endpoint; row->analyses must be 0. */
status store_usage_flush(struct store_txn *txn, const struct store_usage_day *rows, size_t count);
/* One sealed block of calls; at_ms and loop_index name it (one that exists is replaced). */
status store_usage_log(struct store_txn *txn, int64_t at_ms, unsigned loop_index,
                       const struct store_usage_call *calls, size_t count);

struct store_usage_range {
    uint64_t user_id;       /* 0 = all users */
    int64_t from_ms, to_ms; /* from <= at < to; whole days for sums */
};
/* `each` returns false to stop; rows live for the call only. */
status store_usage_days(struct store_txn *txn, const struct store_usage_range *range,
                        bool (*each)(void *arg, const struct store_usage_day *), void *arg);
status store_usage_calls(struct store_txn *txn, const struct store_usage_range *range,
                         bool (*each)(void *arg, const struct store_usage_call *), void *arg);
/* Months in which the user has a row; user_id 0 = all users. */
status store_usage_months(struct store_txn *txn, uint64_t user_id,
                          bool (*each)(void *arg, const struct store_usage_month *), void *arg);
/* Drops blocks older than before_ms, at most max. */
status store_usage_trim(struct store_txn *txn, int64_t before_ms, size_t max, size_t *ret);

struct store_spend {
    uint64_t user_id, api_key_id;
    slice endpoint; /* where the sum of the day goes */
    int64_t at_ms;  /* chooses day and month */
    uint64_t count;
    uint64_t limit; /* of the month, UINT64_MAX = none */
};
/* The billed unit, exact: ST_QUOTA, and nothing counted, when billed + reserved + count > limit.
 * ret_total (optional) = billed + reserved of the month afterwards, or as it is when refused. */
status store_analyses_add(struct store_txn *txn, const struct store_spend *spend,
                          uint64_t *ret_total);
status store_analyses_get(struct store_txn *txn, uint64_t user_id, uint64_t month,
                          struct store_usage_month *ret); /* missing = zeroes */
/* Holds spend->count for job `id` until settled or expired; ST_QUOTA; ST_CONFLICT: held already. */
status store_reserve(struct store_txn *txn, slice id, const struct store_spend *spend,
                     int64_t expires_ms);
/* Bills spend->count of what `id` holds (0 = cancelled or failed) and frees the rest; no-op
 * ST_NOT_FOUND when nothing is held any more. Bills the month in which it was reserved. */
status store_settle(struct store_txn *txn, slice id, const struct store_spend *spend);

/* --- cache and idempotency -------------------------------------------------------------------- */

/* ST_NOT_FOUND when missing or expired at now_ms. */
status store_cache_get(struct store_txn *txn, uint64_t user_id, const struct crypt_hash *hash,
                       int64_t now_ms, struct arena *arena, struct store_cache_entry *ret);
/* Evicts what expires first until all bodies together take at most bytes_max. */
status store_cache_put(struct store_txn *txn, const struct store_cache_entry *entry,
                       uint64_t bytes_max);
/* Of one user, or of everybody with user_id 0. */
status store_cache_clear(struct store_txn *txn, uint64_t user_id, uint64_t *ret_count);
status store_cache_size(struct store_txn *txn, uint64_t *ret_count, uint64_t *ret_bytes);
status store_cache_list(struct store_txn *txn, uint64_t user_id, struct store_page *page,
                        struct arena *arena, struct store_cache_entry **ret);

enum store_idempotency_state {
    STORE_IDEMPOTENCY_IN_FLIGHT,
    STORE_IDEMPOTENCY_DONE,
    STORE_IDEMPOTENCY_SECRET /* done, but the body held a secret and was not kept */
};
/* ST_NOT_FOUND when missing or expired at now_ms. */
status store_idempotency_get(struct store_txn *txn, uint64_t user_id, const struct crypt_hash *hash,
                             int64_t now_ms, struct arena *arena, struct store_idempotency *ret);
status store_idempotency_put(struct store_txn *txn, const struct store_idempotency *row);
status store_idempotency_del(struct store_txn *txn, uint64_t user_id,
                             const struct crypt_hash *hash);

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

/* --- owned objects ---------------------------------------------------------------------------- */

/* Records whose key is (user_id, id): another user's object cannot even be asked for. For each,
 *   store_X_add   must not exist (ST_CONFLICT); raises rev where the record has one
 *   store_X_put   replaces or creates; raises rev
 *   store_X_get   ST_NOT_FOUND
 *   store_X_del   ST_NOT_FOUND; a project takes its children along
 *   store_X_list  one page in order of ids, so in order of time; user_id 0 = all users */
#define STORE_OWNED(X)                                                                             \
    X(analysis) X(project) X(round) X(verdict) X(deviation) X(review) X(dataset) X(hook) X(delivery)
#define PROTOTYPES(name)                                                                           \
    status store_##name##_add(struct store_txn *txn, struct store_##name *row);                    \
    status store_##name##_put(struct store_txn *txn, struct store_##name *row);                    \
    status store_##name##_get(struct store_txn *txn, uint64_t user_id, slice id,                   \
                              struct arena *arena, struct store_##name *ret);                      \
    status store_##name##_del(struct store_txn *txn, uint64_t user_id, slice id);                  \
    status store_##name##_list(struct store_txn *txn, uint64_t user_id, struct store_page *page,   \
                               struct arena *arena, struct store_##name **ret);
STORE_OWNED(PROTOTYPES)
#undef PROTOTYPES

/* For roles that may see other people's projects. */
status store_project_owner(struct store_txn *txn, slice id, uint64_t *ret_user_id);
/* Deliveries whose next_ms has come, oldest first, at most limit. */
status store_delivery_due(struct store_txn *txn, int64_t now_ms, size_t limit, struct arena *arena,
                          struct store_delivery **ret, size_t *ret_count);

/* --- billing ---------------------------------------------------------------------------------- */

status store_subscription_get(struct store_txn *txn, uint64_t user_id, struct arena *arena,
                              struct store_subscription *ret);
/* Keeps the index of customers in step. ST_CONFLICT when the customer belongs to another user. */
status store_subscription_put(struct store_txn *txn, const struct store_subscription *row);
status store_subscription_list(struct store_txn *txn, struct store_page *page, struct arena *arena,
                               struct store_subscription **ret);
status store_customer_find(struct store_txn *txn, slice customer_id, uint64_t *ret_user_id);

/* ST_CONFLICT when the event was seen: nothing is written then. */
status store_event_add(struct store_txn *txn, const struct store_billing_event *event);
status store_event_get(struct store_txn *txn, slice id, struct arena *arena,
                       struct store_billing_event *ret);
status store_event_put(struct store_txn *txn, const struct store_billing_event *event);
status store_event_list(struct store_txn *txn, struct store_page *page, struct arena *arena,
                        struct store_billing_event **ret);
/* Events that no user could be found for yet. */
status store_orphan_put(struct store_txn *txn, const struct store_billing_event *event);
status store_orphan_del(struct store_txn *txn, slice id);
status store_orphan_list(struct store_txn *txn, struct store_page *page, struct arena *arena,
                         struct store_billing_event **ret);

/* --- audit ------------------------------------------------------------------------------------ */

/* In the transaction of the change itself. Sets seq, prev_hash and hash of the stored copy. */
status store_audit_add(struct store_txn *txn, const struct store_audit *entry);
status store_audit_list(struct store_txn *txn, struct store_page *page, struct arena *arena,
                        struct store_audit **ret);
/* The newest entry's seq and hash; seq 0 when there is none. */
status store_audit_head(struct store_txn *txn, uint64_t *ret_seq, struct crypt_hash *ret_hash);
/* The hash that an entry must have: for verifiers of an exported log. */
void store_audit_hash(const struct store_audit *entry, struct crypt_hash *ret);
/* Walks the whole chain. ST_VERIFY with a sentence that names the first wrong entry. */
status store_audit_verify(struct store_txn *txn, uint64_t *ret_count, struct error *err);
status store_audit_mark_put(struct store_txn *txn, const struct store_audit_mark *mark);
status store_audit_mark_list(struct store_txn *txn, struct store_page *page, struct arena *arena,
                             struct store_audit_mark **ret);

/* --- upkeep ----------------------------------------------------------------------------------- */

/* Drops what expired at now_ms: sessions, tokens, cache, idempotency, reservations, uploads, jobs,
 * analyses. At most max rows; call again while *ret_count == max. */
status store_sweep(struct store_txn *txn, int64_t now_ms, size_t max, size_t *ret_count);

/* Hot, compacting copy into an empty file made by the caller (0600). Any thread; takes long. */
status store_backup(struct store *store, int fd, struct error *err);

struct store_check {
    void (*problem)(void *arg, const struct error *what); /* one call per problem */
    void *arg;
    uint64_t pages, values, problems; /* out */
};
/* Pages (structure of the file), values (every seal), invariants (indexes, sums, audit chain) of a
 * snapshot. ST_OK when the walk could be done, whatever was found. */
status store_check(struct store *store, struct store_check *check, struct error *err);
/* Pages of a file that no process writes to; needs no key and survives any damage. */
status store_check_pages(const char *path, struct store_check *check, struct error *err);

#endif
