/* Fetches a content back from S3 that is damaged or missing on the disk. */
#include "replica.h"

#include "app.h"
#include "base/file.h"
#include "blob.h"
#include "config.h"
#include "s3.h"
#include "storage/storage.h"

#include <errno.h>
#include <unistd.h>

static status size_of(struct app *app, const struct crypt_hash *sha256, uint64_t *ret,
                      struct error *err)
{
    struct store_reader *reader;
    struct store_txn *txn;
    struct store_blob row = {0};
    struct arena arena;
    TRY(store_reader_create(app->store, &reader, err));
    arena_init(&arena, 65536);
    status rc = store_read_begin(reader, &txn, err);
    if (rc == ST_OK) {
        rc = store_blob_get(txn, sha256, &arena, &row);
        store_read_end(&txn);
    }
    arena_finish(&arena);
    store_reader_destroy(&reader);
    *ret = row.size_bytes;
    return rc;
}

/* The copy is compared while it comes in; only the right bytes get the blob's name. */
status replica_heal(struct app *app, const struct crypt_hash *sha256, const atomic_bool *cancelled,
                    struct error *err)
{
    struct s3 s3 = {.outbound = app->outbound, .config = app->config, .cancelled = cancelled};
    struct blob_write spool;
    char key[S3_KEY_MAX];
    uint64_t bytes;
    if (!s3_is_on(&s3))
        return error_code(err, ST_DISABLED, "s3_off",
                          "no S3 service is configured, or this appliance is air-gapped");
    TRY(size_of(app, sha256, &bytes, err));
    TRY(blobs_room(app->blobs, bytes, err));
    TRY(blob_write_begin(app->blobs, bytes, &spool, err));
    status rc = s3_get(&s3, s3_blob_key(app->config, sha256, key), sha256, bytes + 1, spool.fd,
                       &bytes, err);
    if (rc == ST_OK && fsync(spool.fd) != 0)
        rc = error_set(err, ST_IO, "cannot write a file in the spool: %s", errno_text(errno));
    if (rc == ST_OK)
        rc = blobs_adopt(app->blobs, spool.name, sha256, err);
    blob_write_abort(&spool); /* its name is gone, or goes */
    return rc;
}
