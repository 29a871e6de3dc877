/* Inside of the storage layer: the store, its transactions, rows, keys and walks. The only header
 * that names lmdb.h.
 *
 * From top to bottom: a *row* function takes a C struct; it encodes (codec.c), protects and puts
 * the bytes (value.c) under a key made by key_* (keyspace.c). Lists and sweeps use a *walk*. */
#ifndef STORAGE_INTERNAL_H
#define STORAGE_INTERNAL_H

#include "base/buf.h"
#include "storage/keyspace.def"
#include "storage/storage.h"

#include <lmdb.h>

#include <pthread.h>
#include <stdatomic.h>

/* --- records and tables (keyspace.c, codec.c) ------------------------------------------------- */

enum kind { KIND_u64, KIND_i64, KIND_f64, KIND_bool, KIND_str, KIND_bytes, KIND_hist };

struct field {
    const char *name;
    enum kind kind;
    size_t offset;
};

struct record {
    const char *name;
    uint64_t version; /* stored as "v"; newer ones are refused */
    size_t size;      /* of the C struct */
    const struct field *fields;
    size_t field_count;
};

#define TABLE_ENUM(id, name, number, protection, record, layout) TABLE_##id,
enum table_id { KEYSPACE(TABLE_ENUM) TABLE_COUNT };
#undef TABLE_ENUM

enum protection { PROTECTION_SEALED, PROTECTION_TAGGED };

struct table {
    const char *name;
    unsigned char number; /* on disk: associated data and choice of the key */
    enum protection protection;
    const struct record *record;
    const char *layout;
};

extern const struct table store_tables[TABLE_COUNT];
#define RECORD_EXTERN(name, version) extern const struct record record_##name;
RECORDS(RECORD_EXTERN)
#undef RECORD_EXTERN

const struct field *record_field(const struct record *record, const char *name); /* may be NULL */

/* About how many bytes the map of *row takes; not less, unless a histogram is in it. */
size_t codec_room(const struct record *record, const void *row);
/* Appends the msgpack map of *row. */
void codec_encode(const struct record *record, const void *row, struct buf *out);
/* Fills *ret from a whole map; text points into `bytes`. ST_CORRUPT. */
status codec_decode(const struct record *record, slice bytes, void *ret);

/* --- keys (keyspace.c) ------------------------------------------------------------------------ */

enum { KEY_MAX = 511 }; /* LMDB's limit */

struct key {
    size_t len;
    bool overflow; /* longer than a key may be: nothing can be stored under it */
    unsigned char bytes[KEY_MAX];
};

void key_init(struct key *key);
void key_u64(struct key *key, uint64_t value); /* big-endian */
void key_u32(struct key *key, uint32_t value);
void key_u16(struct key *key, uint16_t value);
void key_byte(struct key *key, unsigned char value);
void key_bytes(struct key *key, slice bytes);
slice key_slice(const struct key *key);

/* The layouts that several files share. KEY_LAYOUT */
struct key key_of_u64(uint64_t value);
struct key key_of_bytes(slice bytes);
struct key key_of_hash(const struct crypt_hash *hash);
struct key key_of_user_u64(uint64_t user_id, uint64_t value);
struct key key_of_user_id(uint64_t user_id, slice id);

uint64_t key_read_u64(slice key, size_t at); /* 0 when it does not reach so far */
uint32_t key_read_u32(slice key, size_t at);

/* --- store and transactions (env.c, txn.c) ---------------------------------------------------- */

enum {
    STORE_MAGIC = 0x53544f52,
    TXN_MAGIC = 0x5354584e,
    READER_MAGIC = 0x53545244,
    STORE_SCHEMA = 5,
    KEY_EPOCH = 1,               /* first byte of every value: which key protects it */
    SCRATCH_BYTES_MAX = 64 << 20 /* decoded rows of one operation */
};

struct store_txn {
    uint32_t magic;
    struct store *store;
    MDB_txn *mdb;
    bool is_write;
    bool is_later;           /* the snapshot begins with the first read */
    bool identity_moved;     /* a user, key or session was changed or removed */
    bool keys_moved;         /* an API key was added, used, changed or removed */
    bool months_moved;       /* analyses of a month were billed, reserved or released */
    enum status_code failed; /* the sticky status */
    struct error err;        /* why */
    uint64_t changes;        /* puts and deletes so far */
    bool knows_audit; /* the next two are the newest entry of the audit log, as written here */
    uint64_t audit_seq;
    struct crypt_hash audit_hash;
    struct arena scratch; /* emptied when the operation ends */
};

struct store_reader {
    uint32_t magic;
    bool in_use;
    struct store_txn txn; /* its mdb is reset between snapshots */
};

enum { WRITER_BATCH_MAX = 256 };

struct op_result {
    enum status_code rc;
    struct error err;
};

struct writer {
    pthread_mutex_t mutex; /* queue, running, stopping */
    pthread_cond_t wake;
    pthread_mutex_t turn; /* held by whoever uses txn, batch and results */
    pthread_t thread;
    bool is_init, running, stopping;
    struct store_op *head, *tail;
    size_t queued, queue_max;
    struct store_txn txn;                     /* under turn */
    struct store_op *batch[WRITER_BATCH_MAX]; /* under turn */
    struct op_result results[WRITER_BATCH_MAX];
    atomic_uint_fast64_t batches, ops, fallbacks, failed_ops, last_commit_us, max_commit_us;
    atomic_int_fast64_t beat_mono_ms;
    atomic_bool failed; /* a sync failed: what reached the disk is unknown, no more writes */
};

struct store {
    uint32_t magic;
    MDB_env *env;
    MDB_dbi dbi[TABLE_COUNT];
    unsigned char keys[TABLE_COUNT][CRYPT_KEY_BYTES]; /* wiped on close */
    unsigned char lookup_key[CRYPT_KEY_BYTES];        /* e-mail addresses, customer ids */
    unsigned char master[CRYPT_KEY_BYTES];            /* seals backups and opens their check */
    int owner_fd;
    char *dir;       /* DATA */
    char *data_path; /* DATA/db/data.mdb */
    const char *file_system;
    bool durable;
    uint64_t schema, schema_before; /* now; what open found */
    char instance[STORE_ID_MAX];
    unsigned readers_max;
    atomic_uint_fast64_t identity, keys_stamp, months_stamp; /* store_identity and the like */
    struct writer writer;
};

void store_assert(const struct store *store);
void txn_assert(const struct store_txn *txn);

/* Makes the failure stick (the first one wins) and returns the sticky status. */
status txn_fail(struct store_txn *txn, status rc, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Translates an LMDB or errno code; ST_NOT_FOUND and ST_CONFLICT are answers and do not stick. */
status txn_mdb(struct store_txn *txn, int rc, const char *what, enum table_id table);
enum status_code mdb_status(int rc);
/* Out of arena: sticks ST_NO_MEMORY or ST_TOO_LARGE. */
status txn_no_memory(struct store_txn *txn, const struct arena *arena);

/* Begins the snapshot of store_read_later; false after a failure, which sticks. */
bool txn_begun(struct store_txn *txn);

/* Values: the only ways in and out of the database. */
status txn_get(struct store_txn *txn, enum table_id table, slice key, struct arena *arena,
               slice *ret);
status txn_open_value(struct store_txn *txn, enum table_id table, slice key, slice value,
                      struct arena *arena, slice *ret);
status txn_put(struct store_txn *txn, enum table_id table, slice key, slice plain,
               bool must_be_new);
status txn_del(struct store_txn *txn, enum table_id table, slice key);

/* Rows. The record is the table's (value.c). */
status row_get(struct store_txn *txn, enum table_id table, const struct key *key,
               struct arena *arena, void *ret);
status row_put(struct store_txn *txn, enum table_id table, const struct key *key, const void *row);
status row_add(struct store_txn *txn, enum table_id table, const struct key *key, const void *row);
/* row_put that notes only when something was used: store_identity stays. */
status row_touch(struct store_txn *txn, enum table_id table, const struct key *key,
                 const void *row);
status row_del(struct store_txn *txn, enum table_id table, const struct key *key);
status row_decode(struct store_txn *txn, enum table_id table, slice plain, void *ret);
bool row_exists(struct store_txn *txn, enum table_id table, const struct key *key);
/* How many rows the table has; also after a failure, for a check goes on then. */
status row_count(struct store_txn *txn, enum table_id table, uint64_t *ret);

/* Keys in order that begin with a prefix. Rows may be put and deleted meanwhile.
 *   struct walk walk;
 *   for (walk_begin(&walk, txn, TABLE_JOB, &prefix); walk_next(&walk);) … walk.key, walk_row(…)
 *   walk_end(&walk); */
struct walk {
    struct store_txn *txn;
    enum table_id table;
    MDB_cursor *cursor;
    bool newest_first;
    bool started;
    uint64_t changes; /* of the transaction at the last step: the cursor is stale when it moved */
    slice key;        /* now; lives in `at` */
    MDB_val value;    /* as stored */
    struct key prefix;
    struct key at;
};

void walk_begin(struct walk *walk, struct store_txn *txn, enum table_id table,
                const struct key *prefix);
/* Start behind this key (before it with newest_first) instead of at the edge of the prefix. */
void walk_from(struct walk *walk, slice key);
bool walk_next(struct walk *walk); /* false at the end and after a failure */
status walk_row(struct walk *walk, struct arena *arena, void *ret);
void walk_end(struct walk *walk);

/* Deletes every row of the prefix. */
status rows_del_prefix(struct store_txn *txn, enum table_id table, const struct key *prefix);

/* --- shared pieces ---------------------------------------------------------------------------- */

/* One page of rows of `table` below `prefix` (list.c). When `target` is another table, the rows are
 * index entries and ref.data is the key in it. */
struct list {
    enum table_id table, target;
    const struct key *prefix;
};
status list_rows(struct store_txn *txn, const struct list *list, struct store_page *page,
                 struct arena *arena, void **ret);

/* Numbers in table meta (meta.c). */
#define META_STAMP         "txn"            /* number of the transaction that wrote last */
#define META_DATASET_BYTES "datasets.bytes" /* sum of size_bytes */
status meta_get(struct store_txn *txn, const char *name, uint64_t *ret); /* missing = 0 */
status meta_put(struct store_txn *txn, const char *name, uint64_t value);
status meta_add(struct store_txn *txn, const char *name, int64_t delta); /* ST_CORRUPT below 0 */

/* Moves the expiry of a row from old_ms to new_ms (0 = none) in table due (sweep.c). */
status due_move(struct store_txn *txn, enum table_id table, const struct key *key, int64_t old_ms,
                int64_t new_ms);

/* Keys of indexes, made by the file that writes them and compared by invariants.c. KEY_LAYOUT */
struct key due_key(enum table_id table, const struct key *key, int64_t at_ms);
struct key user_email_key(const struct store_txn *txn, slice email);
struct key customer_key(const struct store_txn *txn, slice customer_id);
struct key job_queue_key(const struct store_job *job);
struct key cache_due_key(const struct store_cache_entry *entry);
struct key delivery_due_key(const struct store_delivery *row);

/* Keyed hash under which a personal text is looked up. */
void lookup_hash(const struct store *store, slice text, struct crypt_hash *ret);

/* Removals that keep indexes in step, for cascades and sweeps. */
status session_remove(struct store_txn *txn, const struct store_session *session);
status reservation_remove(struct store_txn *txn, const struct store_reservation *row);
status cache_remove(struct store_txn *txn, const struct store_cache_entry *entry);
/* key_counts.c: the key was written; old = what stood there, NULL for a new one. */
status key_count_move(struct store_txn *txn, const struct store_api_key *old,
                      const struct store_api_key *key);
/* Is the row of that user right? */
status key_count_check(struct store_txn *txn, uint64_t user_id, const struct store_ref *row,
                       bool *ret);
status key_count_all(struct store_txn *txn);      /* migration 4 → 5 */
status cache_order_bodies(struct store_txn *txn); /* migration 2 → 3 */
status job_remove(struct store_txn *txn, const struct store_job *job);
status job_expire(struct store_txn *txn, const struct key *key, int64_t now_ms);
status event_expire(struct store_txn *txn, const struct key *key);
status orphan_expire(struct store_txn *txn, const struct key *key);
status subscription_remove(struct store_txn *txn, uint64_t user_id); /* none is fine */
status usage_day_add(struct store_txn *txn, const struct store_usage_day *row);
status blob_link(struct store_txn *txn, slice sha256, int step); /* +1, -1; empty = no-op */
status blob_waiting_move(struct store_txn *txn, const struct key *key,
                         const struct store_blob *row);              /* the index follows the row */
status objects_remove_user(struct store_txn *txn, uint64_t user_id); /* owned.c */
status owned_remove(struct store_txn *txn, enum table_id table, uint64_t user_id, slice id);

/* env.c → migrate.c, inside the first write transaction: which schema is it (0 = none yet), may it
 * go on, and up to the newest. */
status migrate_schema(struct store_txn *txn, uint64_t *ret, struct error *err);
status migrate_run(struct store_txn *txn, uint64_t schema, struct error *err);
/* The backup before it: DATA/backups/before-schema-5-txn-57.backup; one that is there is enough. */
status migrate_backup(struct store *store, const struct store_options *options, uint64_t schema,
                      struct error *err);
/* env.c: fsync of a directory */
status dir_sync(const char *dir, struct error *err);
/* writer.c: mutexes and conditions */
status writer_init(struct store *store, struct error *err);
void writer_finish(struct store *store);
/* Begins and ends a write transaction object in place. */
status write_begin(struct store *store, struct store_txn *txn, struct error *err);
int write_commit(struct store_txn *txn); /* LMDB's code; ends it in every case */
void write_abort(struct store_txn *txn);

/* owner.c */
status owner_take(const char *dir, const char *socket, int *ret_fd, struct error *err);
/* type as in statfs(2) */
status owner_fs_judge(const char *dir, uint32_t type, bool require_durable, const char **ret_name,
                      bool *ret_durable, struct error *err);
status owner_fs_check(const char *dir, bool require_durable, const char **ret_name,
                      bool *ret_durable, struct error *err);

/* pages.c: reads the file without LMDB, so that nothing in it can crash the process. */
struct pages_db {
    uint32_t pad; /* page size in the free list's */
    uint16_t flags, depth;
    uint64_t branch_pages, leaf_pages, overflow_pages, entries, root;
};
struct pages_meta {
    uint64_t txn_id, last_page;
    uint32_t page_bytes;
    struct pages_db free, main;
};
/* The newest meta page; ST_CORRUPT when one is damaged or the file is cut short. */
status pages_meta_read(int fd, const char *path, struct pages_meta *ret, struct error *err);
/* Visits every page that meta leads to; problems go to check. */
status pages_walk(int fd, const struct pages_meta *meta, struct store_check *check,
                  struct error *err);

/* invariants.c: what must hold between tables. */
void invariants_check(struct store_txn *txn, struct store_check *check);
/* Calls `each` for every row of the table with its key; damaged rows were reported before. */
void check_each(struct store_txn *txn, enum table_id table,
                void (*each)(void *arg, const struct key *key, const void *row), void *arg);

/* Report one problem. */
void check_problem(struct store_check *check, const struct error *what);
void check_report(struct store_check *check, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
