/* The container of a backup: head, sealed pieces, checksum. Private to storage. */
#ifndef STORAGE_BACKUP_FILE_H
#define STORAGE_BACKUP_FILE_H

#include "storage/internal.h"

enum {
    BACKUP_PIECE_BYTES = 1 << 20,
    BACKUP_SEALED_BYTES = BACKUP_PIECE_BYTES + CRYPT_STREAM_OVERHEAD,
};

/* What stands in the content, one byte each. */
enum {
    BACKUP_FRAME_DATABASE = 'd', /* length:4, then that much of data.mdb, in order */
    BACKUP_FRAME_BLOB = 'b',     /* sha256:32 size:8, then the bytes */
    BACKUP_FRAME_END = 'e',      /* database bytes:8 blobs:8 */
};

/* A key for the stream, and the head that carries it sealed. Texts of *ret live in `arena`. */
struct backup_seal {
    enum store_backup_kind kind;
    const unsigned char *master, *recipient;
    slice passphrase;
};
status backup_key_make(const struct backup_seal *seal, struct arena *arena,
                       unsigned char ret_key[static CRYPT_KEY_BYTES], struct store_backup_head *ret,
                       struct error *err);
/* The key of the stream out of the head. ST_CONFIG: which key is missing; ST_VERIFY: wrong. */
status backup_key_open(const struct store_backup_head *head, const struct store_backup_keys *keys,
                       unsigned char ret_key[static CRYPT_KEY_BYTES], struct error *err);

/* Both begin zeroed; finish wipes and frees, and is allowed at any time. */
struct backup_writer {
    int fd;                       /* borrowed */
    const char *path;             /* for errors; borrowed */
    uint64_t per_s;               /* most bytes a second; 0 = no limit */
    const atomic_bool *cancelled; /* NULL = never */
    uint64_t bytes;               /* written */
    int64_t began_ms;             /* monotonic */
    struct crypt_stream stream;
    struct crypt_sha256_stream sum;
    struct crypt_hash head_hash; /* goes into every piece */
    unsigned char *plain, *sealed;
    size_t used; /* of plain */
};
/* head->stream is filled in; writes magic and head. */
status backup_writer_begin(struct backup_writer *w, struct store_backup_head *head,
                           const unsigned char key[static CRYPT_KEY_BYTES], struct error *err);
status backup_writer_put(struct backup_writer *w, slice bytes, struct error *err);
status backup_writer_end(struct backup_writer *w, struct error *err); /* last piece, sum, fsync */
void backup_writer_finish(struct backup_writer *w);

struct backup_reader {
    int fd;                       /* owned */
    const char *path;             /* borrowed */
    const atomic_bool *cancelled; /* NULL = never */
    uint64_t left;                /* bytes of pieces not read yet */
    struct crypt_stream stream;
    struct crypt_hash head_hash;
    unsigned char *plain, *sealed;
    size_t at, len; /* of plain */
    bool last;      /* the marked piece was read */
};
/* Opens the file and reads its head (texts in `arena`). */
status backup_reader_open(struct backup_reader *r, const char *path, struct arena *arena,
                          struct store_backup_head *ret, struct error *err);
status backup_reader_begin(struct backup_reader *r, const struct store_backup_head *head,
                           const unsigned char key[static CRYPT_KEY_BYTES], struct error *err);
/* Exactly len bytes; ST_VERIFY when they cannot be had. */
status backup_reader_get(struct backup_reader *r, void *ret, size_t len, struct error *err);
/* At most len bytes that are there at once; 0 at the end. */
status backup_reader_some(struct backup_reader *r, size_t len, slice *ret, struct error *err);
void backup_reader_finish(struct backup_reader *r);

/* Unpacks into scratch/db and checks it all; blobs go to blob_dir (NULL: they are only hashed).
 * The caller removes scratch. */
struct backup_unpack {
    const char *path, *scratch, *blob_dir;
    const struct store_backup_keys *keys;
    const unsigned char *stream_key; /* when it is known already; else NULL */
    const atomic_bool *cancelled;
};
status backup_unpack(const struct backup_unpack *job, struct store_backup_facts *ret,
                     struct error *err);
/* Removes what store_open and backup_unpack made in it, and the directory. */
void backup_scratch_remove(const char *scratch);

/* Path in a sized array; ST_INVALID when it is too long. */
enum { BACKUP_PATH_MAX = 4096 };
status backup_path(char ret[static BACKUP_PATH_MAX], struct error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Rows of a table. */
uint64_t table_rows(struct store_txn *txn, enum table_id table);

#endif
