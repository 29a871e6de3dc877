/* Contents of files on disk, named by their SHA-256: DATA/blobs/aa/bb/aabb… (KEY_LAYOUT).
 *
 * A blob is written into DATA/spool first, synced, renamed to its name, and both directories are
 * synced: when blob_write_commit returns, the bytes survive a power cut. Blobs never change. Files
 * are 0600, directories 0700, and every name is opened below its directory (RESOLVE_BENEATH).
 *
 * The index and its counts of references are storage's (storage/work.h). The order is always: the
 * bytes (work stage), then store_blob_put and the record that names the blob, in one transaction:
 *
 *     TRY(blob_put(app->blobs, bytes, &hash, err));                        work stage
 *     TRY(store_blob_put(txn, &(struct store_blob){.sha256 = …, .size_bytes = …, .created_ms =
 * …})); TRY(store_analysis_put(txn, &row));                                  apply stage
 *
 * A blob that nobody refers to is removed by blob_collect, but not within BLOB_GRACE_MS of its last
 * commit: that is the time between the two steps above. All functions block on the disk: never on
 * an event loop. Any thread. */
#ifndef BLOB_H
#define BLOB_H

#include "base/arena.h"
#include "base/crypt.h"

#include <pthread.h>

#include <stdatomic.h>

struct store;

enum {
    BLOB_SPOOL_NAME_MAX = 64,
    BLOB_SICK_MAX = 64, /* that wait to be fetched back; further ones are found again later */
    BLOB_GRACE_MS = 60 * 60 * 1000, /* a blob without references is kept this long */
};

/* Made by blobs_open; the members belong to blob*.c and upload.c. */
struct blobs {
    const char *data_dir; /* for sentences; borrowed */
    int spool_fd;         /* DATA/spool */
    int root_fd;          /* DATA/blobs */
    _Atomic uint64_t reserve_bytes;
    _Atomic uint64_t serial; /* makes spool names unique */
    pthread_mutex_t names;   /* held while a name below root_fd is made or removed */
    pthread_mutex_t sick;    /* guards the two below */
    struct crypt_hash sick_hashes[BLOB_SICK_MAX]; /* found damaged or missing by a read */
    size_t sick_count;
};

/* Makes the two directories. reserve_bytes: free disk below which no content is written. data_dir is
 * borrowed. Spool files that an earlier process left behind are removed, uploads in parts ("up-…",
 * upload.h) excepted. ST_IO. Main thread; end it with blobs_close. */
status blobs_open(const char *data_dir, uint64_t reserve_bytes, struct blobs **ret,
                  struct error *err);
void blobs_close(struct blobs **blobs); /* NULL is allowed */
/* Another reserve, after a reload of the configuration. */
void blobs_reserve(struct blobs *blobs, uint64_t reserve_bytes);
/* ST_FULL when `bytes` more would leave less than the reserve free. */
status blobs_room(struct blobs *blobs, uint64_t bytes, struct error *err);
/* ST_FULL when less than half of the reserve is free: what the database takes from it for small
 * things ends there, so that deletions and administrators find room. Any thread. */
status blobs_room_for_rows(struct blobs *blobs, struct error *err);

/* One that a read found damaged or missing since it was asked last; false: none. Any thread. */
bool blobs_sick_take(struct blobs *blobs, struct crypt_hash *ret);

/* --- writing ---------------------------------------------------------------------------------- */

struct blob_write {
    struct blobs *blobs;
    int fd;
    char name[BLOB_SPOOL_NAME_MAX];
    struct crypt_sha256_stream sha256;
    uint64_t bytes, bytes_max;
};

/* ST_FULL, ST_IO. Every begin is followed by one commit or abort. */
status blob_write_begin(struct blobs *blobs, uint64_t bytes_max, struct blob_write *ret,
                        struct error *err);
/* ST_TOO_LARGE beyond bytes_max, ST_FULL, ST_IO. */
status blob_write_append(struct blob_write *write, slice bytes, struct error *err);
/* Durable afterwards; the spool file is gone in any case. */
status blob_write_commit(struct blob_write *write, struct crypt_hash *ret_sha256,
                         struct error *err);
void blob_write_abort(struct blob_write *write); /* also after commit: does nothing then */
/* All three for bytes that are in memory. */
status blob_put(struct blobs *blobs, slice bytes, struct crypt_hash *ret_sha256, struct error *err);

/* --- reading ---------------------------------------------------------------------------------- */

/* ST_CORRUPT when the file is missing: asks only for blobs that the index knows. The caller closes
 * the descriptor. */
status blob_open(struct blobs *blobs, const struct crypt_hash *sha256, int *ret_fd,
                 uint64_t *ret_bytes, struct error *err);
/* Reads all of it: ST_CORRUPT when its hash is not its name (a flipped bit, a cut file). */
status blob_verify(struct blobs *blobs, const struct crypt_hash *sha256, struct error *err);
/* The bytes in the arena, verified; ST_TOO_LARGE above bytes_max. */
status blob_read(struct blobs *blobs, const struct crypt_hash *sha256, uint64_t bytes_max,
                 struct arena *arena, slice *ret, struct error *err);

/* Read-only pages of the file, verified as a whole: they belong to the page cache, not to our own
 * memory, and last until blob_unmap. */
struct blob_map {
    slice bytes;
};
status blob_map(struct blobs *blobs, const struct crypt_hash *sha256, struct blob_map *ret,
                struct error *err);
void blob_unmap(struct blob_map *map); /* zeroed is allowed */
/* The reader is past these bytes: their pages need not stay mapped. Reading them again is allowed.
 */
void blob_map_release(const struct blob_map *map, size_t at, size_t bytes);

/* --- removing --------------------------------------------------------------------------------- */

/* Removes the file unless it was committed after before_ms (wall): ST_CONFLICT then. A file that is
 * not there is ST_OK. */
status blob_remove(struct blobs *blobs, const struct crypt_hash *sha256, int64_t before_ms,
                   struct error *err);

/* One step of the collection: at most a few thousand rows of the index, then at most one directory
 * of files that no row knows. Begins with a zeroed struct and goes round for ever. */
struct blob_collector {
    char cursor[256]; /* next page of the index; empty = from the start */
    size_t cursor_len;
    unsigned shard;   /* next of the 256 outer directories */
    uint64_t removed; /* files, in all */
};
status blob_collect(struct blobs *blobs, struct store *store, int64_t now_ms,
                    struct blob_collector *collector, struct error *err);

/* --- for upload.c ----------------------------------------------------------------------------- */

/* A name below the spool; flags of open(2), O_CLOEXEC and mode 0600 are added. -1 and errno. */
int blobs_spool_open(struct blobs *blobs, const char *name, int flags);
int blobs_spool_fd(const struct blobs *blobs); /* the directory */
/* Gives a synced spool file its blob name as a second link. */
status blobs_adopt(struct blobs *blobs, const char *spool_name, const struct crypt_hash *sha256,
                   struct error *err);

#endif
