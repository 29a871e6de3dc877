/* Backups: one sealed file with the database and its blobs, and the way back. Part of storage.h.
 *
 *   "sleuth backup 1\n"  length:4  head   a msgpack record in clear: versions, time, whose key
 *   pieces                                crypto_secretstream, 1 MiB of content each, the last
 * marked sha256:32                             of all before it, so that rot is seen without any
 * key
 *
 * The content is the compacted database, then every blob, then their counts. The key of the stream
 * is random and travels in the head, sealed to whoever may open: the holder of the master key, of
 * a secret key, or of a passphrase. Every piece also authenticates the head. The master key is
 * never inside, and values stay sealed by it: a restored database needs it in any case. */
#ifndef STORAGE_BACKUPS_H
#define STORAGE_BACKUPS_H

#include "storage/storage.h"

#include <stdatomic.h>

enum { STORE_BACKUP_ID_BYTES = 8, STORE_BACKUP_HEAD_MAX = 4096 };

enum store_backup_kind {
    STORE_BACKUP_MASTER,     /* opens with the appliance's own master key */
    STORE_BACKUP_RECIPIENT,  /* with the secret key of a public key */
    STORE_BACKUP_PASSPHRASE, /* with a passphrase */
    STORE_BACKUP_KINDS
};
const char *
store_backup_kind_name(uint64_t kind); /* "master", "recipient", "passphrase", "unknown" */

/* What was copied and found. */
struct store_backup_facts {
    uint64_t file_bytes, database_bytes, blob_bytes;
    uint64_t pages, values;             /* walked and opened while it was checked */
    uint64_t blobs;                     /* inside */
    uint64_t blobs_missing;             /* named by the database, but not inside (0 with refs) */
    uint64_t blobs_damaged;             /* inside, but not what their name says */
    uint64_t users, api_keys, analyses; /* rows */
    int64_t copy_ms, check_ms;
};

struct store_backup_options {
    const char *path;    /* made 0600; ST_CONFLICT when it exists */
    const char *scratch; /* a directory for the check: made and removed */
    enum store_backup_kind kind;
    const unsigned char *recipient; /* CRYPT_BOX_KEY_BYTES, for RECIPIENT */
    slice passphrase;               /* for PASSPHRASE */
    const char *program;            /* version of this program */
    int64_t now_ms;
    uint64_t bytes_per_s; /* 0 = as fast as the disk */
    bool without_blobs;
    const atomic_bool *cancelled; /* looked at once a piece; NULL = never */
};
/* A hot copy of a live store, sealed, read back and checked (pages, values, invariants, blobs)
 * before it gets its name. Rotten blobs do not stop it: the facts tell. Any thread; takes long and
 * pins freed pages meanwhile. ST_IO, ST_FULL, ST_CANCELLED, ST_VERIFY when the copy fails its
 * check. */
status store_backup_create(struct store *store, const struct store_backup_options *options,
                           struct store_backup_facts *ret, struct error *err);

/* The head of a backup, without a key. ST_CORRUPT, ST_UNSUPPORTED (a newer format). */
status store_backup_head_read(const char *path, struct arena *arena, struct store_backup_head *ret,
                              struct error *err);
/* Compares the file with the checksum at its end; sees rot and truncation, not malice. */
status store_backup_sum_check(const char *path, struct error *err);

struct store_backup_keys {
    const unsigned char *master;   /* of the store inside; opens MASTER backups and all values */
    const unsigned char *identity; /* secret key; NULL = none */
    slice passphrase;              /* empty = none */
};
/* Opens everything in `scratch` (made and removed) and checks it. ST_VERIFY: wrong key, damaged;
 * ST_CONFIG: a newer schema, or a key is needed that is not there. */
status store_backup_verify(const char *path, const struct store_backup_keys *keys,
                           const char *scratch, struct store_backup_facts *ret, struct error *err);

struct store_restore_options {
    const char *path;
    const char *dir; /* the data directory; made when it is not there */
    struct store_backup_keys keys;
    int64_t now_ms; /* names what is kept: db.pre-restore-20261127T205500Z */
    bool dry_run;   /* everything but the swap and the blobs */
};
struct store_restored {
    struct store_backup_facts facts;
    bool had_database;
    bool knew_before;                   /* the three counts below are known */
    uint64_t users, api_keys, analyses; /* of the database that was there */
    char kept[64];                      /* name of the old database's directory; empty = none */
};
/* Unpacks beside the database, checks, and swaps in one step; what was there is kept. The owner
 * lock is held meanwhile: ST_LOCKED when a server runs. */
status store_restore(const struct store_restore_options *options, struct store_restored *ret,
                     struct error *err);

#endif
