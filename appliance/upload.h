/* Uploads in parts: one file in the spool per upload, each part at its place, synced before its
 * answer; the whole becomes a blob without being copied.
 *
 * The record (state STORE_FILE_UPLOADING, which parts are there) is storage's. A part may be sent
 * again. While an upload is completed, parts are refused; a completed file can no longer be written
 * to. All functions block on the disk. Any thread. */
#ifndef UPLOAD_H
#define UPLOAD_H

#include "blob.h"
#include "content.h"

enum {
    UPLOAD_PART_BYTES_MIN = 64 << 10,
    UPLOAD_PART_BYTES_MAX = 8 << 20,
    UPLOAD_PARTS_MAX = 16384,
    UPLOAD_CHUNK_BYTES = 64 << 10,        /* read at a time when an upload is completed */
    UPLOAD_IDLE_MS = 24 * 60 * 60 * 1000, /* an upload ends after so long without a part */
};

struct upload {
    struct blobs *blobs;
    uint64_t user_id;
    slice id; /* of the file */
};

/* Writes and syncs. ST_FULL, ST_IO, ST_CONFLICT (being completed). */
status upload_write(const struct upload *upload, uint64_t offset, slice bytes, struct error *err);

struct upload_finish {
    uint64_t bytes;                /* of the whole */
    const struct crypt_hash *want; /* its hash as the client knows it */
    slice name;                    /* for the media type */
    bool (*cancelled)(void *context);
    void *context;
};
/* Hashes all bytes and links them as a blob; announce it with store_blob_put. The file stays in the
 * spool until upload_collect: an interrupted completion can be repeated.
 * ST_VERIFY (checksum_mismatch), ST_CONFLICT (a part is being written), ST_CANCELLED, ST_IO. */
status upload_finish(const struct upload *upload, const struct upload_finish *options,
                     struct content *ret, struct error *err);

/* Removes spool files of uploads that ended: completed, expired, deleted. For the janitor. */
status upload_collect(struct blobs *blobs, struct store *store, struct error *err);

#endif
