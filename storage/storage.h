/* Everything the appliance stores: one LMDB environment, typed and sealed records, one writer.
 *
 * Sections: opening · transactions · writer · records · upkeep; then the tables, each kind in its
 * own part: accounts.h · metering.h · work.h · objects.h.
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

enum store_migrate {
    STORE_MIGRATE_SAFELY,  /* to DATA/backups first, checked, the migration tried on the copy */
    STORE_MIGRATE_BLINDLY, /* a throw-away copy needs no backup */
    STORE_MIGRATE_NEVER,   /* ST_CONFIG */
};

struct store_options {
    const char *dir;                 /* the data directory; db/ and owner are made in it, 0700 */
    const unsigned char *master_key; /* CRYPT_KEY_BYTES, copied */
    const char *socket;              /* told to whoever finds the directory taken; may be NULL */
    uint64_t map_bytes;              /* 0 = 64 GiB; the same for every process */
    unsigned readers_max;            /* 0 = 1024 */
    bool must_exist;                 /* ST_NOT_FOUND instead of creating an empty store */
    bool require_durable;            /* refuse tmpfs, overlay and FUSE (ST_CONFIG) */
    enum store_migrate migrate;      /* what to do with an older schema */
    bool is_owned;                   /* the caller holds DATA/owner (store_restore) */
    const char *program;             /* version, told to the backup before a migration */
    int64_t now_ms;                  /* likewise */
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
    const char *instance;   /* random name of this store, "ins_…"; a restore keeps it */
    uint64_t schema_before; /* what this open found */
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
/* The same, begun by the first read: a stage that reads nothing pays nothing. */
void store_read_later(struct store_reader *reader, struct store_txn **ret);
void store_read_end(struct store_txn **txn); /* NULL is allowed */

/* Grows with every commit that changed or removed a user, an API key or a session, before that
 * commit is told to anybody; not when one was added or its last use noted. What was read from a
 * snapshot begun after this number was is true as long as the number stays. Any thread. */
uint64_t store_identity(const struct store *store);
/* The same for lists of API keys: grows with every change of a key, its last use and new keys too.
 */
uint64_t store_keys_stamp(const struct store *store);
/* And for store_analyses_get: with every analysis billed, reserved or released. */
uint64_t store_months_stamp(const struct store *store);

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

/* --- upkeep ----------------------------------------------------------------------------------- */

/* Drops what expired at now_ms: sessions, tokens, cache, idempotency, reservations, uploads, jobs,
 * analyses. At most max rows; call again while *ret_count == max. */
status store_sweep(struct store_txn *txn, int64_t now_ms, size_t max, size_t *ret_count);

/* Hot, compacting copy into an empty file made by the caller (0600). Any thread; takes long. */
status store_backup(struct store *store, int fd, struct error *err);

/* Rewrites the database without its free pages and closes the store, in every case: nothing else
 * may use it, no writer, no reader. The new file takes the old one's name in one step. Main thread.
 */
status store_compact(struct store **store, uint64_t *ret_before, uint64_t *ret_after,
                     struct error *err);

/* What a migration would do, tried on a copy in `scratch` (made and removed): nothing in
 * options->dir changes. ST_LOCKED while a server runs, ST_CORRUPT when the result does not pass its
 * check. */
status store_migrate_try(const struct store_options *options, const char *scratch,
                         uint64_t *ret_from, uint64_t *ret_to, struct error *err);

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

#include "storage/accounts.h"
#include "storage/backups.h"
#include "storage/metering.h"
#include "storage/objects.h"
#include "storage/work.h"

#endif
